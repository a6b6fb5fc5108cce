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
    pub(super) fn judge(&mut self, evidence: Evidence, problem: Option<Problem>, now: Instant) {
        let active = (0..self.watches.len()).filter(|watch| !self.is_settled(*watch)).count();
        match self.gate.record(evidence, active, now) {
            Change::None => {}
            Change::Opened => self.open(now),
            Change::Closed { pause } => self.close(problem, pause),
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
