use std::future::pending;

use super::*;
use crate::fetcher::pulse::GRACE;
use crate::fetcher::tests::fake::{Fake, POLL, plan};
use crate::ids::ProjectId;

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
    assert!(start.elapsed() <= PATIENCE, "{:?}", start.elapsed());
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
    assert!(start.elapsed() <= PATIENCE, "{:?}", start.elapsed());
    assert_eq!(supervisor.names(), ["good"]);
    tokio::time::sleep(POLL * 60).await;
    assert_eq!(fake.pulse.stall(start), None);
}

#[tokio::test(start_paused = true)]
async fn an_actor_that_is_only_late_shows_its_new_plan_when_it_comes_to_it() {
    let fake = Fake::new(&Clock::system());
    let mut supervisor = supervisor(&fake, &[of("good", "1"), of("late", "2")]);
    supervisor.change(&[of("good", "1"), of("later", "2")]).await;
    // It has had no time so far.
    let late = &supervisor.running[1];
    let (end, orders) = (late.end.clone(), late.orders.subscribe());
    tokio::spawn(keep_refreshing(orders, supervisor.place(Key(1)), end));
    tokio::time::sleep(POLL).await;
    assert_eq!(supervisor.inventory.project(Key(1)).unwrap().up, Some(true));
    assert_eq!(supervisor.names(), ["good", "later"]);
}
