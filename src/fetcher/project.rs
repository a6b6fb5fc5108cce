//! The actor of one project: asks what is due and publishes what came of it.
//!
//! - [`watches`]: what is asked again and again, and when; jobs that come and go
//! - [`outcome`]: what the answer to one question, or its failure, means
//! - [`turns`]: when it is asked again
//! - [`estate`]: which jobs there are
//! - [`discovery`]: what a listing of the project's jobs means
//! - [`follow`]: another plan, while it runs
//! - [`standing`]: what all of it means for the project as a whole

mod discovery;
mod estate;
mod follow;
mod outcome;
mod reports;
mod standing;
mod turns;
mod watch;
mod watches;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::error;

use self::estate::Estate;
use self::reports::Reports;
use self::standing::ProjectState;
use self::watches::Watches;
use super::ask::{Asked, Question, Told, ask};
use super::gate::Gate;
use super::pass::Pass;
use super::pulse::Promise;
use super::rhythm::Moment;
use super::schedule::{Turn, Urgency};
use super::supervisor::Orders;
use super::{Api, Observer, Plan};
use crate::clock::Clock;
use crate::cloud::{Cause, CredentialsVersion, Error, Patience};
use crate::inventory::{Inventory, Key, Project};

/// So often an actor turns at least, however long its intervals are: one that is stuck is missed soon.
pub(super) const LONGEST_REST: Duration = Duration::from_mins(5);

/// So often a refused project looks whether its secret files have changed.
const CREDENTIALS_LOOK: Duration = Duration::from_secs(5);

/// Where an actor stands: what it writes to and reads the time from.
#[derive(Clone)]
pub(super) struct Place {
    /// Names the project in the inventory.
    pub(super) key: Key,
    /// Where it publishes.
    pub(super) inventory: Arc<Inventory>,
    /// Whom it tells how it goes.
    pub(super) observer: Arc<dyn Observer>,
    /// The time.
    pub(super) clock: Clock,
}

impl Place {
    /// Promises a turn `within` that time.
    pub(super) fn expect_turn(&self, plan: &Plan, api: &impl Api, within: Duration) {
        let promise = Promise {
            again_by: Instant::now() + within,
            asking_since: None,
            heard_since: None,
            patience: api.patience(),
        };
        self.observer.turned(&plan.name, promise);
    }
}

/// A question that was sent.
struct UnderWay {
    watch: usize,
    since: Instant,
    /// Which of the project's clients asks it.
    generation: u64,
}

/// The actor. See the module's page.
pub(super) struct Actor<A> {
    plan: Plan,
    api: Arc<A>,
    /// How long those of the clients before may take at most.
    old_patience: Patience,
    /// How many clients there were before.
    generation: u64,
    place: Place,
    estate: Estate,
    watches: Watches,
    gate: Gate,
    under_way: JoinSet<Result<Told, Error>>,
    /// What each of them asks.
    sent: HashMap<Id, UnderWay>,
    pass: Pass,
    state: ProjectState,
    /// The credentials that were in use when the gate last closed.
    refused_with: CredentialsVersion,
    reports: Reports,
    /// The plan has changed while the jobs were being listed by the one before.
    lists_again: bool,
    /// The delay that was last told.
    delay: Option<Duration>,
}

impl<A: Api> Actor<A> {
    pub(super) fn new(plan: Plan, api: Arc<A>, place: Place) -> Self {
        let now = Instant::now();
        let mut actor = Self {
            gate: Gate::new(plan.poll_interval, plan.concurrency, now),
            old_patience: api.patience(),
            api,
            generation: 0,
            estate: Estate::new(&plan, place.clock.now()),
            place,
            watches: Watches::new(plan.poll_interval, now),
            under_way: JoinSet::new(),
            sent: HashMap::new(),
            pass: Pass::default(),
            state: ProjectState::default(),
            refused_with: CredentialsVersion::default(),
            reports: Reports::default(),
            lists_again: false,
            delay: None,
            plan,
        };
        // First, so that names are known when the first comparisons are.
        actor.watches.add(None, "", Question::Jobs, now);
        for key in actor.estate.keys() {
            actor.watch(key, now);
        }
        actor
    }

    /// Goes on until `shutdown`, following each of `orders`; what is under way then is given up.
    pub(super) async fn run(mut self, mut orders: Orders<A>, shutdown: CancellationToken) {
        loop {
            // One moment for all three: what becomes due between two would be neither started nor waited for.
            let now = Instant::now();
            self.start_what_is_due(now);
            self.tell_delay(now);
            let wake = self.next_wake(now);
            self.promise(wake);
            tokio::select! {
                // In this order, so that the same cloud is always asked in the same way.
                biased;
                () = shutdown.cancelled() => return,
                Ok(()) = orders.changed() => {
                    let order = Arc::clone(&orders.borrow_and_update());
                    self.take_order(&order).await;
                }
                Some(done) = self.under_way.join_next_with_id() => self.finish(done),
                () = sleep_until(wake) => {}
            }
        }
    }

    fn start_what_is_due(&mut self, now: Instant) {
        if self.gate.is_closed(now) {
            self.notice_changed_credentials(now);
        }
        let width = self.gate.width(now);
        while self.under_way.len() < width {
            if self.gate.wants_trial_question() {
                let gate = &self.gate;
                self.watches.hasten_one(now, |number| !gate.has_failed(number));
            }
            let Some(index) = self.watches.take_next((width / 2).max(1), now) else {
                return;
            };
            self.start(index, now);
        }
    }

    fn start(&mut self, index: usize, now: Instant) {
        let Some(asked) = self.compose(index, now) else {
            return;
        };
        self.begin_pass(index);
        self.watches.started(index, now);
        if let Some(watch) = self.watches.get_mut(index) {
            watch.generation = self.generation;
        }
        self.gate.sent();
        self.pass.started(now);
        let api = Arc::clone(&self.api);
        let task = self.under_way.spawn(async move { ask(&*api, &asked).await });
        let asked = UnderWay {
            watch: index,
            since: now,
            generation: self.generation,
        };
        self.sent.insert(task.id(), asked);
    }

    /// The question as it is to be asked now; none if there is no longer anything to ask.
    fn compose(&mut self, index: usize, now: Instant) -> Option<Asked> {
        let watch = self.watches.get_mut(index)?;
        let Some(key) = watch.job else {
            return Some(Asked::Jobs(self.estate.order(&self.plan)));
        };
        let time = self.place.clock.now();
        let watched = self.estate.job_mut(key)?;
        let job = watched.id.clone();
        Some(match &watch.question {
            Question::Jobs => return None,
            Question::History => Asked::History {
                job,
                wants_name: watched.wants_name(now, self.plan.idle_interval),
            },
            Question::Task(task) => Asked::Task {
                job,
                task: task.clone(),
            },
            Question::Policy => Asked::Policy { job },
            Question::Verdict(subject) => {
                let (task, subject) = (watched.next_to_judge(*subject, time)?.clone(), *subject);
                watch.target = Some(task.clone());
                Asked::Verdict { job, task, subject }
            }
        })
    }

    /// A refresh is over when everything that says how comparisons stand was asked once. It begins when it is known
    /// which jobs there are. What is settled is part of it only when its turn has come.
    fn begin_pass(&mut self, index: usize) {
        if self.pass.is_going_on() || !self.estate.is_listed() {
            return;
        }
        let essential = self.watches.iter().filter(|(_, watch)| watch.question.is_essential());
        let due = essential.filter(|(other, watch)| *other == index || !self.estate.is_settled(watch));
        self.pass.begin(due.map(|(other, _)| other).collect());
    }

    fn tell_delay(&mut self, now: Instant) {
        let delay = self.watches.delay(now);
        if self.delay.replace(delay) != Some(delay) {
            self.place.observer.delayed(&self.plan.name, delay);
        }
    }

    fn promise(&self, again_by: Instant) {
        let since = |sent: &UnderWay| sent.since;
        let promise = Promise {
            again_by,
            asking_since: self.sent.values().map(since).min(),
            heard_since: self.sent.values().filter(|sent| !self.is_old(sent)).map(since).min(),
            patience: self.patience(),
        };
        self.place.observer.turned(&self.plan.name, promise);
    }

    /// How long what is under way may take at most.
    fn patience(&self) -> Patience {
        let now = self.api.patience();
        if self.sent.values().any(|sent| self.is_old(sent)) {
            return self.old_patience.or_longer(now);
        }
        now
    }

    fn is_old(&self, sent: &UnderWay) -> bool {
        sent.generation != self.generation
    }

    fn next_wake(&self, now: Instant) -> Instant {
        let look = self.gate.is_closed(now).then(|| now + CREDENTIALS_LOOK);
        // What is due already waits for room, which an answer under way makes, or the gate.
        [self.watches.next_due_after(now), self.gate.widens_at(now), look]
            .into_iter()
            .flatten()
            .fold(now + LONGEST_REST, Instant::min)
    }

    fn finish(&mut self, done: Result<(Id, Result<Told, Error>), JoinError>) {
        let (id, outcome) = match done {
            Ok((id, outcome)) => (id, Some(outcome)),
            Err(panic) => {
                error!(project = %self.plan.name, %panic, "a question has broken down; please report this");
                (panic.id(), None)
            }
        };
        let now = Instant::now();
        let Some(UnderWay { watch: index, .. }) = self.sent.remove(&id) else {
            return;
        };
        let busy = self.pass.ended(index, now);
        let hung = matches!(&outcome, Some(Err(error)) if error.cause() == Cause::Timeout);
        if self.watches.ended(index, hung) {
            if matches!(&outcome, Some(Err(error)) if self.is_old_refusal(index, error)) {
                let urgency = Urgency::Ordinary;
                self.watches.wait(index, Turn { due: now, urgency });
            } else {
                let failure = self.take_outcome(index, outcome, now);
                self.put_back(index, failure);
            }
            if self.lists_again {
                self.lists_again = !self.watches.hasten_listing(now);
            }
        }
        if let Some(busy) = busy {
            self.place.observer.refreshed(&self.plan.name, busy);
        }
        self.note_whether_all_is_asked();
        self.publish();
    }

    fn note_whether_all_is_asked(&mut self) {
        self.state.asked |= self.estate.is_listed() && self.watches.are_all_answered();
    }

    /// The present moment by both clocks.
    fn moment(&self) -> Moment {
        Moment {
            time: self.place.clock.now(),
            instant: Instant::now(),
        }
    }

    fn publish(&self) {
        self.place.inventory.publish(self.place.key, self.view());
    }

    /// The project as the inventory shows it.
    fn view(&self) -> Project {
        let mut project = self.plan.project(self.estate.views());
        project.asked = self.state.asked;
        project.up = self.state.up;
        project.problem.clone_from(&self.state.problem);
        project.last_discovery = self.state.last_discovery;
        project.discovery_problem.clone_from(&self.state.discovery_problem);
        project
    }
}
