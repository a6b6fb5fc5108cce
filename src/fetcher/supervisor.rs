//! Which projects are watched: starts their actors, gives them other plans, and ends them.
//!
//! Owns: who goes on and who begins anew when the plans change, and that readers see all of a change at once. Knows
//! nothing of what an actor does.
//!
//! A change has two steps. First every actor concerned follows its new plan and tells what its project then looks
//! like; it publishes nothing meanwhile. Then the inventory takes all of it in one step, and all go on. An actor that
//! is stuck does not keep the others waiting for long.

mod changes;
mod keeper;
mod matching;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

pub use self::changes::Changes;
use self::keeper::keep_refreshing;
use self::matching::match_up;
use super::project::Place;
use super::{Api, Observer, Plan};
use crate::clock::Clock;
use crate::ids::ProjectName;
use crate::inventory::{Inventory, Key, Project};

/// So long a change waits for an actor to take it over, or to end. It only has to think, so who needs longer is stuck,
/// or the machine is overloaded.
const PATIENCE: Duration = Duration::from_secs(5);

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

    fn place(&self, key: Key) -> Place {
        Place {
            key,
            inventory: Arc::clone(&self.inventory),
            observer: Arc::clone(&self.observer),
            clock: self.clock.clone(),
        }
    }

    fn start(&self, key: Key, plan: Plan, api: Arc<A>) -> Running<A> {
        let place = self.place(key);
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
        let is_dropped = |name: &&ProjectName| !new.iter().any(|plan| plan.name == **name);
        let dropped: Vec<_> = old.iter().map(|plan| &plan.name).filter(is_dropped).cloned().collect();
        // Whoever waits for this is let go when it is dropped, whatever happens here.
        let applied = CancellationToken::new();
        let _let_go = applied.clone().drop_guard();

        let mut next = Vec::with_capacity(projects.len());
        for (place, (plan, api)) in matches.into_iter().zip(projects) {
            let Some(mut running) = place.and_then(|place| before[place].take()) else {
                changes.added.push(plan.name.clone());
                next.push((self.new_key(), Next::Begins(plan, api)));
                continue;
            };
            let key = running.key;
            if running.plan == plan && Arc::ptr_eq(&running.api, &api) {
                changes.unchanged += 1;
                next.push((key, Next::GoesOn(running)));
            } else {
                changes.changed.push(plan.name.clone());
                let proposal = running.follow(plan, api, applied.clone());
                next.push((key, Next::Follows(running, proposal)));
            }
        }
        let removed: Vec<_> = before.into_iter().flatten().collect();
        changes.removed = removed.iter().map(|running| running.plan.name.clone()).collect();
        let is_news = !was_in_order || next.iter().any(|(_, next)| !matches!(next, Next::GoesOn(_)));

        let deadline = Instant::now() + PATIENCE;
        end(removed, deadline).await;
        let mut arranged = Vec::with_capacity(next.len());
        for (key, next) in &mut next {
            arranged.push((*key, self.project(next, deadline).await));
        }
        if is_news {
            self.inventory.arrange(arranged);
        }
        for name in &dropped {
            self.observer.gone(name);
        }
        for (key, next) in next {
            let running = match next {
                Next::GoesOn(running) | Next::Follows(running, _) => running,
                Next::Begins(plan, api) => self.start(key, plan, api),
            };
            self.running.push(running);
        }
        changes
    }

    /// What the project looks like from now on; none if as before.
    async fn project(&self, next: &mut Next<A>, deadline: Instant) -> Option<Project> {
        let (running, proposal) = match next {
            Next::GoesOn(_) => return None,
            Next::Begins(plan, _) => return Some(plan.unasked()),
            Next::Follows(running, proposal) => (running, proposal),
        };
        match self.shutdown.run_until_cancelled(timeout_at(deadline, proposal)).await {
            Some(Ok(Ok(project))) => Some(project),
            // The actor has broken down, and another one begins from nothing.
            Some(Ok(Err(_))) => Some(running.plan.unasked()),
            Some(Err(_)) => {
                warn!(project = %running.plan.name, "the refresh of this project is stuck and has not taken its new configuration; all others go on by theirs");
                // Its promises are made under the name before, if at all.
                let place = self.place(running.key);
                place.expect_turn(&running.plan, &*running.api, Duration::ZERO);
                self.as_before(running)
            }
            None => self.as_before(running),
        }
    }

    /// The project as it was, under the name that it has now.
    fn as_before(&self, running: &Running<A>) -> Option<Project> {
        let known = self.inventory.project(running.key)?;
        Some(Project {
            name: running.plan.name.clone(),
            ..Project::clone(&known)
        })
    }
}

/// Ends all of `removed`.
async fn end<A: Api>(removed: Vec<Running<A>>, deadline: Instant) {
    for running in &removed {
        running.end.cancel();
    }
    for running in removed {
        let name = running.plan.name.clone();
        if timeout_at(deadline, running.ended()).await.is_err() {
            warn!(project = %name, "the refresh of this project, which is no longer configured, is stuck and has not ended");
        }
    }
}

/// What becomes of a project's actor.
enum Next<A> {
    GoesOn(Running<A>),
    /// It is to tell what its project looks like by its new plan.
    Follows(Running<A>, oneshot::Receiver<Project>),
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

#[cfg(test)]
mod tests;
