use std::future::pending;
use std::slice;

use super::*;
use crate::fetcher::project::Actor;
use crate::fetcher::pulse::GRACE;
use crate::fetcher::tests::fake::{Fake, POLL, plan};
use crate::ids::ProjectId;

/// So long a reload may take.
const WAITING: Duration = Duration::from_secs(10);

fn of(name: &str, id: &str) -> Plan {
    Plan {
        name: ProjectName::new(name),
        project_id: ProjectId::new(id),
        poll_interval: POLL * 60 * 24,
        ..plan(&["j"], &[])
    }
}

/// One that watches `plans`, the last of which by an actor that is stuck.
fn supervisor(fake: &Fake, plans: &[Plan]) -> Supervisor<Fake> {
    let mut supervisor = Supervisor {
        running: Vec::new(),
        next_key: 0,
        inventory: Arc::new(Inventory::new(plans.iter().map(Plan::unasked).collect())),
        observer: Arc::new(fake.clone()),
        clock: Clock::system(),
        shutdown: CancellationToken::new(),
    };
    for plan in plans {
        let key = supervisor.new_key();
        let running = supervisor.start(key, plan.clone(), Arc::new(fake.clone()));
        supervisor.running.push(running);
    }
    let stuck = supervisor.running.last_mut().unwrap();
    stuck.keeper.abort();
    stuck.keeper = tokio::spawn(pending());
    supervisor
}

impl Supervisor<Fake> {
    async fn change(&mut self, plans: &[Plan]) -> String {
        let api = |plan: &Plan| {
            let known = self
                .running
                .iter()
                .find(|running| running.plan.project_id == plan.project_id);
            known.map_or_else(|| Arc::new(Fake::new(&self.clock)), |running| Arc::clone(&running.api))
        };
        let projects = plans.iter().map(|plan| (plan.clone(), api(plan))).collect();
        self.replan(projects).await.to_string()
    }

    fn names(&self) -> Vec<String> {
        let snapshot = self.inventory.snapshot();
        snapshot
            .projects
            .iter()
            .map(|project| project.name.to_string())
            .collect()
    }
}

#[tokio::test(start_paused = true)]
async fn an_actor_that_is_stuck_keeps_no_change_waiting_and_is_missed_under_its_new_name() {
    let fake = Fake::new(&Clock::system());
    let mut supervisor = supervisor(&fake, &[of("good", "1"), of("bad", "2")]);
    let start = Instant::now();
    let changes = supervisor
        .change(&[of("better", "1"), of("worse", "2"), of("new", "3")])
        .await;
    assert_eq!(changes, "1 added (new), 2 changed (better, worse), 0 unchanged");
    assert!(start.elapsed() <= WAITING, "{:?}", start.elapsed());
    assert_eq!(supervisor.names(), ["better", "worse", "new"]);
    let worse = supervisor.inventory.project(Key(1)).unwrap();
    assert_eq!(worse.jobs.len(), 1);

    tokio::time::sleep(GRACE + POLL).await;
    assert_eq!(
        supervisor.inventory.project(Key(0)).unwrap().up,
        Some(true),
        "the others go on"
    );
    let stall = fake.pulse.stall(start).expect("a stall");
    assert_eq!(stall.project, Some(ProjectName::new("worse")));
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_end_keeps_no_change_waiting_and_is_not_missed() {
    let fake = Fake::new(&Clock::system());
    let mut supervisor = supervisor(&fake, &[of("good", "1"), of("bad", "2")]);
    tokio::task::yield_now().await;
    let start = Instant::now();
    // As its actor has promised, before it got stuck.
    supervisor
        .place(Key(1))
        .expect_turn(&of("bad", "2"), &fake, Duration::ZERO);
    assert_eq!(
        supervisor.change(&[of("good", "1")]).await,
        "1 removed (bad), 1 unchanged"
    );
    assert!(start.elapsed() <= WAITING, "{:?}", start.elapsed());
    assert_eq!(supervisor.names(), ["good"]);
    tokio::time::sleep(POLL * 60).await;
    assert_eq!(fake.pulse.stall(start), None);
}

#[tokio::test(start_paused = true)]
async fn an_actor_that_is_only_late_shows_its_new_plan_when_it_comes_to_it() {
    let fake = Fake::new(&Clock::system());
    let (before, plan) = (of("late", "2"), of("later", "2"));
    let mut supervisor = supervisor(&fake, slice::from_ref(&before));
    let place = supervisor.place(Key(0));
    let orders = supervisor.running[0].orders.subscribe();
    let actor = Actor::new(before, Arc::new(fake.clone()), place);
    supervisor.running[0].follow(plan, Arc::new(fake), CancellationToken::new());
    supervisor.running[0].orders.borrow().applied.cancel();
    tokio::spawn(actor.run(orders, CancellationToken::new()));
    // Sooner than any answer.
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(supervisor.names(), ["later"]);
}
