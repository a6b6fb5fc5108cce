//! How the project as a whole stands: what opens and closes its gate, and what follows.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::{error, info};

use super::super::gate::{Change, Evidence};
use super::watch::Watch;
use super::{Actor, Api};
use crate::cloud::Error;
use crate::inventory::Problem;

/// What is shown of the project itself.
#[derive(Default)]
pub(super) struct ProjectState {
    pub(super) asked: bool,
    pub(super) up: Option<bool>,
    pub(super) problem: Option<Problem>,
    pub(super) last_discovery: Option<Timestamp>,
    pub(super) discovery_problem: Option<Problem>,
}

impl<A: Api> Actor<A> {
    /// Lets the gate judge the project, and acts on its judgement.
    pub(super) fn judge(&mut self, evidence: Evidence, index: usize, problem: Option<Problem>, now: Instant) {
        // Calls that only add to what is known may fail for reasons of their own. While the project is tried, any counts:
        // the next one may not be due for long.
        let is_telling = self.watches.is_telling(index) || !self.gate.is_open();
        let says_nothing = evidence == Evidence::Unreachable && !is_telling;
        let change = if says_nothing {
            Change::None
        } else {
            self.gate.record(evidence, index, self.watches.count_telling(), now)
        };
        match change {
            // It has rested, and there is something to ask again.
            Change::None if evidence == Evidence::LetIn && self.gate.is_open() => self.state.up = Some(true),
            Change::None => {}
            Change::Opened => self.open(now),
            Change::Closed { pause } => self.close(problem, pause, now),
        }
        if self.gate.wants_second_opinion(now) {
            self.watches.hasten_a_good_one(now);
        }
    }

    /// While the project is refused: whether what it was refused with has changed, so that it is worth a try.
    pub(super) fn notice_changed_credentials(&mut self, now: Instant) {
        let credentials = self.api.credentials();
        if std::mem::replace(&mut self.refused_with, credentials) != self.refused_with {
            info!(project = %self.plan.name, "the credentials have changed; the project is tried again");
            self.gate.try_now(now);
        }
    }

    /// Others ask from now on, perhaps with other credentials: what was refused to the old ones is worth a try.
    pub(super) fn take_api(&mut self, api: Arc<A>, now: Instant) {
        // What the old ones are still asking may take as long as they would.
        self.old_patience = self.patience();
        self.api = api;
        self.generation += 1;
        self.refused_with = self.api.credentials();
        self.gate.try_now(now);
    }

    /// Whether it was refused to credentials that are no longer used.
    pub(super) fn is_old_refusal(&self, index: usize, error: &Error) -> bool {
        let is_old = |watch: &Watch| watch.generation != self.generation;
        error.cause().is_authentication() && self.watches.get(index).is_some_and(is_old)
    }

    /// There is nothing to ask: all jobs of the project are other shards'. So nothing is known of it, and nothing fails.
    pub(super) fn rest(&mut self) {
        self.state.up = None;
        self.state.problem = None;
    }

    fn open(&mut self, now: Instant) {
        if self.state.up == Some(false) {
            info!(project = %self.plan.name, "the project answers again");
        }
        self.state.up = Some(true);
        self.state.problem = None;
        self.watches.hasten_what_failed(now);
    }

    fn close(&mut self, problem: Option<Problem>, pause: Duration, now: Instant) {
        self.state.up = Some(false);
        self.state.asked = true;
        self.refused_with = self.api.credentials();
        self.pass.abandon(now);
        let Some(mut problem) = problem else { return };
        error!(
            project = %self.plan.name, error = %problem.what, remedy = %problem.remedy, next_attempt_in = ?pause,
            "the project cannot be refreshed",
        );
        if let Some(known) = &self.state.problem {
            problem.since = known.since;
        }
        self.watches.cut_off();
        self.estate
            .update_all(self.place.clock.now(), |job| job.cut_off(&problem));
        self.state.problem = Some(problem);
    }
}
