//! What the outcome of one question changes, and what of it is logged.

use std::collections::HashSet;

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::super::ask::Told;
use super::super::gate::Evidence;
use super::{Actor, Api, Watch};
use crate::cloud::{Cause, Error};
use crate::inventory::Problem;

/// Oddities of one kind that are remembered as reported; beyond, one more tells nobody anything.
const MAX_REPORTED: usize = 100;

impl<A: Api> Actor<A> {
    pub(super) fn take(&mut self, index: usize, told: Told, now: Instant) {
        self.report(index, &told);
        let Watch { job, line, .. } = self.watches[index];
        if self.jobs[job].is_bad(line) {
            info!(project = %self.plan.name, job_id = %self.jobs[job].id, "refreshed again");
        }
        self.jobs[job].answered(line, told, self.place.clock.now());
        self.update_view(job);
        self.judge(Evidence::LetIn, index, None, now);
    }

    pub(super) fn take_failure(&mut self, index: usize, error: &Error, now: Instant) {
        let cause = error.cause();
        let Watch { job, line, .. } = self.watches[index];
        if cause.is_invalid_response() {
            self.place.observer.invalid_response(&self.plan.name, error.operation());
        }
        let problem = self.problem(error);
        let job = &mut self.jobs[job];
        let is_news = job.failed(line, problem.clone(), cause == Cause::NotFound);
        // A refusal is the project's trouble and told once, by the gate.
        if is_news && !cause.is_authentication() {
            warn!(project = %self.plan.name, job_id = %job.id, job_name = %job.name, %error, "not refreshed");
        } else {
            debug!(project = %self.plan.name, job_id = %job.id, %error, "not refreshed");
        }
        self.update_view(self.watches[index].job);
        let evidence = match cause {
            Cause::CredentialsUnavailable => Evidence::Unprovided,
            cause if cause.is_authentication() => Evidence::Refused,
            _ if error.was_let_in() => Evidence::LetIn,
            _ => Evidence::Unreachable,
        };
        self.judge(evidence, index, Some(problem), now);
    }

    pub(super) fn take_breakdown(&mut self, index: usize) {
        let Watch { job, line, .. } = self.watches[index];
        let problem = Problem {
            what: "the exporter broke down over the cloud's answer".to_owned(),
            remedy: "report this with the log".to_owned(),
            since: self.place.clock.now(),
        };
        self.jobs[job].failed(line, problem, false);
        self.update_view(job);
    }

    fn problem(&self, error: &Error) -> Problem {
        Problem {
            what: error.what(),
            remedy: error.remedy().to_owned(),
            since: self.place.clock.now(),
        }
    }

    /// Logs what is strange in an answer, each thing once, and counts what cannot be true.
    fn report(&mut self, index: usize, told: &Told) {
        let watched = &self.jobs[self.watches[index].job];
        let (project, job_id) = (&self.plan.name, &watched.id);
        let operation = watched.lines[self.watches[index].line].question.operation();
        for word in &told.unknown_words {
            if is_news(&mut self.reported_words, word) {
                warn!(%project, %job_id, status = ?word, "the cloud reports a status that is not known here; it is shown as UNKNOWN and as not ended");
            }
        }
        if told.contradictions.is_empty() && told.nameless_items == 0 {
            return;
        }
        self.place.observer.invalid_response(project, operation);
        if told.nameless_items > 0 && is_news(&mut self.reported_ids, job_id.as_str()) {
            warn!(%project, %job_id, items = told.nameless_items, "the cloud lists comparisons without an id; they are not shown");
        }
        for (compare_job_id, contradiction) in &told.contradictions {
            if is_news(&mut self.reported_ids, compare_job_id.as_str()) {
                warn!(%project, %job_id, %compare_job_id, %contradiction, "the cloud's answer contradicts itself; what follows from it is not shown");
            }
        }
    }
}

/// Whether `oddity` was not reported before; when very many were, nothing is news any more.
fn is_news(reported: &mut HashSet<String>, oddity: &str) -> bool {
    reported.len() < MAX_REPORTED && reported.insert(oddity.to_owned())
}
