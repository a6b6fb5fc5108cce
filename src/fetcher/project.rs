//! The actor of one project: asks what is due and publishes what came of it.
//!
//! What an outcome means is in [`outcome`], what it means for the project as a whole in [`standing`].

mod outcome;
mod standing;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::ask::{Question, Told, ask};
use super::gate::Gate;
use super::job::{WatchedJob, watched};
use super::names::{MANY_JOBS, Names};
use super::pass::Pass;
use super::schedule::{Queue, next_slot, phase};
use super::{Api, Observer, Plan};
use crate::clock::Clock;
use crate::cloud::{Cause, CredentialsVersion, Error};
use crate::inventory::{self, Inventory, Problem};

/// So often a refused project looks whether its secret files have changed.
const CREDENTIALS_LOOK: Duration = Duration::from_secs(5);

/// Where an actor stands: what it writes to and reads the time from.
#[derive(Clone)]
pub(super) struct Place {
    /// The project's place in the inventory.
    pub(super) index: usize,
    /// Where it publishes.
    pub(super) inventory: Arc<Inventory>,
    /// Whom it tells how it goes.
    pub(super) observer: Arc<dyn Observer>,
    /// The time.
    pub(super) clock: Clock,
}

/// One question of one job, and its rhythm.
struct Watch {
    job: usize,
    line: usize,
    phase: f64,
    asked_at: Instant,
    /// Its newest asking hung: it may not take more than its share of what can be under way.
    is_slow: bool,
}

/// The actor. See the module's page.
pub(super) struct Actor<A> {
    plan: Plan,
    api: Arc<A>,
    place: Place,
    origin: Instant,
    jobs: Vec<WatchedJob>,
    /// The newest view of each job, as published.
    views: Vec<Arc<inventory::Job>>,
    watches: Vec<Watch>,
    gate: Gate,
    queue: Queue,
    slow_queue: Queue,
    under_way: JoinSet<Result<Told, Error>>,
    watch_of: HashMap<Id, usize>,
    slow_under_way: usize,
    names: Arc<Names>,
    /// Whether all names are still to be listed.
    lists_names: bool,
    /// That listing, while it goes on; ends with the actor.
    listing: JoinSet<()>,
    pass: Pass,
    state: ProjectState,
    /// The credentials that were in use when the gate last closed.
    refused_with: CredentialsVersion,
    /// Words for a status that were reported.
    reported_words: HashSet<String>,
    /// Tasks and jobs of which something impossible was reported.
    reported_ids: HashSet<String>,
}

#[derive(Default)]
struct ProjectState {
    asked: bool,
    up: Option<bool>,
    problem: Option<Problem>,
}

impl<A: Api> Actor<A> {
    pub(super) fn new(plan: Plan, api: Arc<A>, place: Place) -> Self {
        let now = Instant::now();
        let jobs = watched(&plan);
        let watches: Vec<_> = jobs
            .iter()
            .enumerate()
            .flat_map(|(job, watched)| {
                let name = &watched.id;
                watched.lines.iter().enumerate().map(move |(line, asked)| Watch {
                    job,
                    line,
                    phase: phase(&(name, &asked.question)),
                    asked_at: now,
                    is_slow: false,
                })
            })
            .collect();
        let mut queue = Queue::default();
        for watch in 0..watches.len() {
            queue.push(now, watch);
        }
        Self {
            gate: Gate::new(plan.poll_interval, plan.concurrency, now),
            views: jobs.iter().map(|job| Arc::new(job.view())).collect(),
            api,
            place,
            origin: now,
            jobs,
            watches,
            queue,
            slow_queue: Queue::default(),
            under_way: JoinSet::new(),
            watch_of: HashMap::new(),
            slow_under_way: 0,
            names: Arc::default(),
            lists_names: plan.jobs.len() >= MANY_JOBS,
            listing: JoinSet::new(),
            pass: Pass::default(),
            state: ProjectState::default(),
            refused_with: CredentialsVersion::default(),
            reported_words: HashSet::new(),
            reported_ids: HashSet::new(),
            plan,
        }
    }

    /// Goes on until `shutdown`; what is under way then is given up.
    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        loop {
            self.start_what_is_due();
            let wake = self.next_wake();
            tokio::select! {
                () = shutdown.cancelled() => return,
                Some(done) = self.under_way.join_next_with_id() => self.finish(done),
                () = sleep_until(wake) => {}
            }
        }
    }

    fn start_what_is_due(&mut self) {
        let now = Instant::now();
        if self.gate.is_closed(now) {
            self.notice_changed_credentials(now);
        }
        let width = self.gate.width(now);
        if self.gate.takes_trial_question() {
            let queue = if self.queue.is_empty() {
                &mut self.slow_queue
            } else {
                &mut self.queue
            };
            queue.hasten_first(now, |_| true);
        }
        while self.under_way.len() < width {
            let slow_has_room = self.slow_under_way < (width / 2).max(1);
            let Some(watch) = self.take_next(slow_has_room, now) else {
                return;
            };
            self.start(watch, now);
        }
    }

    /// The longest due, whether it is slow or not, unless the slow ones have their share already.
    fn take_next(&mut self, slow_has_room: bool, now: Instant) -> Option<usize> {
        let is_first = |due: Instant| self.queue.next_due().is_none_or(|other| due < other);
        if slow_has_room && self.slow_queue.next_due().is_some_and(is_first) {
            return self.slow_queue.pop_due(now);
        }
        self.queue.pop_due(now)
    }

    fn start(&mut self, index: usize, now: Instant) {
        if !self.pass.is_going_on() {
            // What is settled is part of a refresh only when its turn has come.
            let due = (0..self.watches.len())
                .filter(|watch| *watch == index || !self.is_settled(*watch))
                .collect();
            self.pass.begin(due);
        }
        self.pass.started(now);
        let watch = &mut self.watches[index];
        watch.asked_at = now;
        self.slow_under_way += usize::from(watch.is_slow);
        let job = &mut self.jobs[watch.job];
        let (api, id, question) = (
            Arc::clone(&self.api),
            job.id.clone(),
            job.lines[watch.line].question.clone(),
        );
        let names = (question == Question::History && job.wants_name(now, self.plan.idle_interval))
            .then(|| Arc::clone(&self.names));
        let task = self
            .under_way
            .spawn(async move { ask(&*api, &id, &question, names.as_deref()).await });
        self.watch_of.insert(task.id(), index);
    }

    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        // What is due already waits for room, which an answer under way makes, or the gate.
        let due = [self.queue.next_due(), self.slow_queue.next_due()].map(|due| due.filter(|due| *due > now));
        let look = self.gate.is_closed(now).then(|| now + CREDENTIALS_LOOK);
        due.into_iter()
            .chain([self.gate.widens_at(now), look])
            .flatten()
            .min()
            .unwrap_or(now + self.plan.poll_interval)
    }

    fn finish(&mut self, done: Result<(Id, Result<Told, Error>), JoinError>) {
        let (id, outcome) = match done {
            Ok((id, outcome)) => (id, Some(outcome)),
            Err(panic) => {
                error!(project = %self.plan.name, %panic, "a question has broken down; please report this");
                (panic.id(), None)
            }
        };
        let Some(index) = self.watch_of.remove(&id) else { return };
        let now = Instant::now();
        self.slow_under_way -= usize::from(self.watches[index].is_slow);
        let cause = outcome
            .as_ref()
            .and_then(|outcome| outcome.as_ref().err())
            .map(Error::cause);
        self.watches[index].is_slow = cause == Some(Cause::Timeout);
        let busy = self.pass.ended(index, now);
        match outcome {
            Some(Ok(told)) => self.take(index, told, now),
            Some(Err(error)) => self.take_failure(index, &error, now),
            None => self.take_breakdown(index),
        }
        self.put_back(index);
        if let Some(busy) = busy {
            self.place.observer.refreshed(&self.plan.name, busy);
            self.state.asked = true;
        }
        self.publish();
    }

    fn put_back(&mut self, index: usize) {
        let interval = if self.is_settled(index) {
            self.plan.idle_interval
        } else {
            self.plan.poll_interval
        };
        let watch = &self.watches[index];
        let due = next_slot(self.origin, interval, watch.phase, watch.asked_at);
        let queue = if watch.is_slow {
            &mut self.slow_queue
        } else {
            &mut self.queue
        };
        queue.push(due, index);
    }

    fn is_settled(&self, index: usize) -> bool {
        let watch = &self.watches[index];
        self.jobs[watch.job].is_settled(watch.line)
    }

    fn update_view(&mut self, job: usize) {
        self.views[job] = Arc::new(self.jobs[job].view());
    }

    fn publish(&self) {
        let mut project = self.plan.project(self.views.clone());
        project.asked = self.state.asked;
        project.up = self.state.up;
        project.problem.clone_from(&self.state.problem);
        self.place.inventory.publish(self.place.index, project);
    }
}
