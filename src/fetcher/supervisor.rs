//! Which projects are watched: starts their actors, gives them other plans, and ends them.
//!
//! Owns: who goes on and who begins anew when the plans change, and that readers see all of a change at once. Knows
//! nothing of what an actor does.
//!
//! A change has two steps. First every actor concerned follows its new plan and tells what its project then looks
//! like; it publishes nothing meanwhile. Then the inventory takes all of it in one step, and all go on.

mod matching;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::error;

use self::matching::match_up;
use super::project::{Actor, Place};
use super::{Api, Observer, Plan};
use crate::clock::Clock;
use crate::ids::ProjectName;
use crate::inventory::{Inventory, Job, Key, Problem, Project};

/// A project that is watched, and who asks for it. That a client is another one is told by its address in memory: who
/// wants the old one to go on gives the very same.
type Watched<A> = (Plan, Arc<A>);

/// All projects from now on, in their order.
#[derive(Debug)]
pub struct Replan<A> {
    /// What is to be watched.
    pub projects: Vec<Watched<A>>,
    /// Is told when that is in effect.
    pub done: oneshot::Sender<Changes>,
}

/// What a change of plans came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Projects that are new, or begin anew.
    pub added: Vec<ProjectName>,
    /// Projects that go on with something changed.
    pub changed: Vec<ProjectName>,
    /// Projects that are watched no longer.
    pub removed: Vec<ProjectName>,
    /// How many go on as they were.
    pub unchanged: usize,
}

/// What an actor is to do from now on.
pub(super) struct Order<A> {
    pub(super) plan: Plan,
    pub(super) api: Arc<A>,
    /// To be told what the project looks like by this order.
    proposal: Mutex<Option<oneshot::Sender<Project>>>,
    /// Cancelled when the inventory has it.
    pub(super) applied: CancellationToken,
}

/// The newest order.
pub(super) type Orders<A> = watch::Receiver<Arc<Order<A>>>;

impl<A> Order<A> {
    /// Who waits for the project as it looks by this order. Nobody, the second time.
    pub(super) fn take_proposal(&self) -> Option<oneshot::Sender<Project>> {
        self.proposal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// One project that is watched.
struct Running<A> {
    key: Key,
    plan: Plan,
    api: Arc<A>,
    orders: watch::Sender<Arc<Order<A>>>,
    end: CancellationToken,
    keeper: JoinHandle<()>,
}

struct Supervisor<A> {
    running: Vec<Running<A>>,
    next_key: usize,
    inventory: Arc<Inventory>,
    observer: Arc<dyn Observer>,
    clock: Clock,
    shutdown: CancellationToken,
}

/// Refreshes every project until `shutdown`, and changes what is watched as `replans` say, one after the other. The
/// projects of `inventory` are those of `projects`, in the same order.
///
/// A project whose actor panics (a mistake of ours) starts anew after its poll interval; the others go on.
pub async fn run<A: Api>(
    projects: Vec<Watched<A>>,
    mut replans: mpsc::Receiver<Replan<A>>,
    inventory: Arc<Inventory>,
    observer: Arc<dyn Observer>,
    clock: Clock,
    shutdown: CancellationToken,
) {
    let mut supervisor = Supervisor {
        running: Vec::new(),
        next_key: 0,
        inventory,
        observer,
        clock,
        shutdown: shutdown.clone(),
    };
    for (plan, api) in projects {
        let key = supervisor.new_key();
        let running = supervisor.start(key, plan, api);
        supervisor.running.push(running);
    }
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            Some(Replan { projects, done }) = replans.recv() => {
                let changes = supervisor.replan(projects).await;
                // Nobody may care.
                let _ = done.send(changes);
            }
        }
    }
    for running in supervisor.running {
        running.ended().await;
    }
}

impl<A: Api> Supervisor<A> {
    fn new_key(&mut self) -> Key {
        self.next_key += 1;
        Key(self.next_key - 1)
    }

    fn start(&self, key: Key, plan: Plan, api: Arc<A>) -> Running<A> {
        let place = Place {
            key,
            inventory: Arc::clone(&self.inventory),
            observer: Arc::clone(&self.observer),
            clock: self.clock.clone(),
        };
        let order = Order {
            plan: plan.clone(),
            api: Arc::clone(&api),
            proposal: Mutex::new(None),
            applied: CancellationToken::new(),
        };
        let (orders, receiver) = watch::channel(Arc::new(order));
        let end = self.shutdown.child_token();
        Running {
            key,
            plan,
            api,
            orders,
            keeper: tokio::spawn(keep_refreshing(receiver, place, end.clone())),
            end,
        }
    }

    async fn replan(&mut self, projects: Vec<Watched<A>>) -> Changes {
        let mut changes = Changes::default();
        let mut before: Vec<_> = std::mem::take(&mut self.running).into_iter().map(Some).collect();
        let old: Vec<_> = before.iter().flatten().map(|running| &running.plan).collect();
        let new: Vec<_> = projects.iter().map(|(plan, _)| plan).collect();
        let matches = match_up(&old, &new);
        let was_in_order = matches.iter().copied().eq((0..before.len()).map(Some));
        // Whoever waits for this is let go when it is dropped, whatever happens here.
        let applied = CancellationToken::new();
        let _let_go = applied.clone().drop_guard();

        let mut next = Vec::with_capacity(projects.len());
        for (place, (plan, api)) in matches.into_iter().zip(projects) {
            let Some(mut running) = place.and_then(|place| before[place].take()) else {
                changes.added.push(plan.name.clone());
                let key = self.new_key();
                let unasked = plan.unasked();
                next.push((key, Next::Begins(plan, api), Some(unasked)));
                continue;
            };
            let key = running.key;
            if running.plan == plan && Arc::ptr_eq(&running.api, &api) {
                changes.unchanged += 1;
                next.push((key, Next::GoesOn(running), None));
                continue;
            }
            changes.changed.push(plan.name.clone());
            let proposal = running.follow(plan, api, applied.clone());
            // The actor has broken down, and another one begins from nothing.
            let proposed = self.shutdown.run_until_cancelled(proposal).await;
            let project = proposed.and_then(Result::ok).unwrap_or_else(|| running.plan.unasked());
            next.push((key, Next::GoesOn(running), Some(project)));
        }
        for running in before.into_iter().flatten() {
            changes.removed.push(running.plan.name.clone());
            running.end.cancel();
            running.ended().await;
        }
        let is_news = !was_in_order || next.iter().any(|(_, _, project)| project.is_some());
        let (arranged, next): (Vec<_>, Vec<_>) = next
            .into_iter()
            .map(|(key, next, project)| ((key, project), (key, next)))
            .unzip();
        if is_news {
            self.inventory.arrange(arranged);
        }
        for (key, next) in next {
            let running = match next {
                Next::GoesOn(running) => running,
                Next::Begins(plan, api) => self.start(key, plan, api),
            };
            self.running.push(running);
        }
        changes
    }
}

/// What becomes of a project's actor.
enum Next<A> {
    GoesOn(Running<A>),
    Begins(Plan, Arc<A>),
}

impl<A: Api> Running<A> {
    /// Orders another plan. Gives where the project is told as it looks by that.
    fn follow(&mut self, plan: Plan, api: Arc<A>, applied: CancellationToken) -> oneshot::Receiver<Project> {
        let (proposal, proposed) = oneshot::channel();
        (self.plan, self.api) = (plan.clone(), Arc::clone(&api));
        self.orders.send_replace(Arc::new(Order {
            plan,
            api,
            proposal: Mutex::new(Some(proposal)),
            applied,
        }));
        proposed
    }

    async fn ended(self) {
        if let Err(panic) = self.keeper.await {
            error!(project = %self.plan.name, %panic, "the watch over this project has broken down; please report this");
        }
    }
}

async fn keep_refreshing<A: Api>(mut orders: Orders<A>, place: Place, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let order = Arc::clone(&orders.borrow_and_update());
        // Who waits for what a broken actor knew waits in vain.
        drop(order.take_proposal());
        place.expect_turn(&order.plan, &*order.api);
        let actor = Actor::new(order.plan.clone(), Arc::clone(&order.api), place.clone());
        let Err(panic) = tokio::spawn(actor.run(orders.clone(), shutdown.clone())).await else {
            break;
        };
        error!(project = %order.plan.name, %panic, "the refresh of this project has broken down and starts anew; please report this");
        mark_broken_down(&place);
        place.expect_turn(&order.plan, &*order.api);
        tokio::select! {
            () = tokio::time::sleep(order.plan.poll_interval) => {}
            () = shutdown.cancelled() => {}
            _ = orders.changed() => {}
        }
    }
    place.observer.gone(&orders.borrow().plan.name);
}

/// Nobody refreshes the project now: what it was last known to be must not look refreshed.
fn mark_broken_down(place: &Place) {
    let Some(project) = place.inventory.project(place.key) else {
        return;
    };
    let problem = Problem {
        what: "the exporter broke down while refreshing this project".to_owned(),
        remedy: "report this with the log".to_owned(),
        since: place.clock.now(),
    };
    let cut_off = |job: &Arc<Job>| {
        let problem = Some(problem.clone());
        Arc::new(Job {
            up: Some(false),
            problem,
            ..Job::clone(job)
        })
    };
    let jobs = project.jobs.iter().map(cut_off).collect();
    let problem = Some(problem.clone());
    place.inventory.publish(
        place.key,
        Project {
            up: Some(false),
            problem,
            jobs,
            ..Project::clone(&project)
        },
    );
}

/// `2 projects added (a, b), 1 changed (c), 7 unchanged`.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, names) in [
            ("added", &self.added),
            ("changed", &self.changed),
            ("removed", &self.removed),
        ] {
            if !names.is_empty() {
                write!(f, "{} {what} (", names.len())?;
                let names = names.iter().map(ProjectName::as_str).take(SHOWN_NAMES);
                f.write_str(&names.collect::<Vec<_>>().join(", "))?;
                f.write_str("), ")?;
            }
        }
        write!(f, "{} unchanged", self.unchanged)
    }
}

/// So many names of each kind are told; a log line of a thousand helps nobody.
const SHOWN_NAMES: usize = 20;
