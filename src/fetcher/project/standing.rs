//! How the project as a whole stands: what opens and closes its gate, and what follows.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{error, info};

use super::super::gate::{Change, Evidence};
use super::{Actor, Api};
use crate::inventory::Problem;

impl<A: Api> Actor<A> {
    /// Lets the gate judge the project, and acts on its judgement.
    pub(super) fn judge(&mut self, evidence: Evidence, index: usize, problem: Option<Problem>, now: Instant) {
        match self.gate.record(evidence, index, self.watches.len(), now) {
            Change::None => {}
            Change::Opened => self.open(now),
            Change::Closed { pause } => self.close(problem, pause),
        }
        if self.gate.wants_second_opinion(now) {
            self.ask_for_a_second_opinion(now);
        }
    }

    /// Has something asked at once that did not fail lately: an ended task, perhaps, that would not be due for long.
    fn ask_for_a_second_opinion(&mut self, now: Instant) {
        let (jobs, watches) = (&self.jobs, &self.watches);
        self.queue
            .hasten_first(now, |watch| !jobs[watches[watch].job].is_bad(watches[watch].line));
    }

    /// While the project is refused: whether what it was refused with has changed, so that it is worth a try.
    pub(super) fn notice_changed_credentials(&mut self, now: Instant) {
        let credentials = self.api.credentials();
        if std::mem::replace(&mut self.refused_with, credentials) != self.refused_with {
            info!(project = %self.plan.name, "the credentials have changed; the project is tried again");
            self.gate.try_now(now);
        }
    }

    fn open(&mut self, now: Instant) {
        if self.state.up == Some(false) {
            info!(project = %self.plan.name, "the project answers again");
        }
        if std::mem::take(&mut self.lists_names) {
            self.list_names();
        }
        self.state.up = Some(true);
        self.state.problem = None;
        let (jobs, watches) = (&self.jobs, &self.watches);
        let is_bad = |watch: usize| jobs[watches[watch].job].is_bad(watches[watch].line);
        self.queue.hasten(now, is_bad);
        self.slow_queue.hasten(now, is_bad);
    }

    fn list_names(&mut self) {
        let (api, names, project) = (Arc::clone(&self.api), Arc::clone(&self.names), self.plan.name.clone());
        self.listing.spawn(async move { names.list_all(&*api, &project).await });
    }

    fn close(&mut self, problem: Option<Problem>, pause: Duration) {
        self.state.up = Some(false);
        self.state.asked = true;
        self.refused_with = self.api.credentials();
        self.pass.abandon();
        let Some(mut problem) = problem else { return };
        error!(
            project = %self.plan.name, error = %problem.what, remedy = %problem.remedy, next_attempt_in = ?pause,
            "the project cannot be refreshed",
        );
        if let Some(known) = &self.state.problem {
            problem.since = known.since;
        }
        for job in 0..self.jobs.len() {
            self.jobs[job].cut_off(&problem);
            self.update_view(job);
        }
        self.state.problem = Some(problem);
    }
}
