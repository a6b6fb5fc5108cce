//! What of the cloud's answers and failures is logged: each thing once, so that nothing floods the log.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, warn};

use super::super::ask::{Question, Tasks};
use super::{Actor, Api};
use crate::cloud::{Cause, Error, Operation};
use crate::comparison::Contradiction;
use crate::comparison::verdict::Overview;
use crate::ids::CompareJobId;

/// Oddities of one kind that are remembered as reported; beyond, one more tells nobody anything.
const MAX_REPORTED: usize = 100;

/// The same failure of a call that only adds to what is known is told again after so long, whichever job it is about.
const TOLD_AGAIN_AFTER: Duration = Duration::from_hours(1);

/// What was reported.
#[derive(Default)]
pub(super) struct Reports {
    /// Words for a status that were reported.
    words: HashSet<String>,
    /// Tasks and jobs of which something impossible was reported.
    ids: HashSet<String>,
    failures: HashMap<(Operation, Cause), Instant>,
}

impl<A: Api> Actor<A> {
    /// Logs what is strange in an answer, each thing once, and counts what cannot be true.
    pub(super) fn report_oddities(&mut self, key: usize, question: &Question, told: &Tasks) {
        let Some(watched) = self.estate.job(key) else { return };
        let (project, job_id) = (&self.plan.name, &watched.id);
        for word in &told.unknown_words {
            if is_news(&mut self.reports.words, word) {
                warn!(%project, %job_id, status = ?word, "the cloud reports a status that is not known here; it is shown as UNKNOWN and as not ended");
            }
        }
        if told.contradictions.is_empty() && told.nameless_items == 0 {
            return;
        }
        self.place.observer.invalid_response(project, question.operation());
        if told.nameless_items > 0 && is_news(&mut self.reports.ids, job_id.as_str()) {
            warn!(%project, %job_id, items = told.nameless_items, "the cloud lists comparisons without an id; they are not shown");
        }
        for (compare_job_id, contradiction) in &told.contradictions {
            if is_news(&mut self.reports.ids, compare_job_id.as_str()) {
                warn!(%project, %job_id, %compare_job_id, %contradiction, "the cloud's answer contradicts itself; what follows from it is not shown");
            }
        }
    }

    pub(super) fn report_odd_policy(&mut self, key: usize, contradictions: &[Contradiction]) {
        let Some(job) = self.estate.job(key).filter(|_| !contradictions.is_empty()) else {
            return;
        };
        let (project, job_id) = (&self.plan.name, &job.id);
        self.place
            .observer
            .invalid_response(project, Question::Policy.operation());
        for contradiction in contradictions {
            if is_news(&mut self.reports.ids, &format!("policy of {job_id}")) {
                warn!(%project, %job_id, %contradiction, "the job's compare policy cannot be read; what follows from it is not shown");
            }
        }
    }

    pub(super) fn report_odd_overview(&mut self, key: usize, task: &CompareJobId, overview: &Overview) {
        let (Overview::Objects(objects), Some(job)) = (overview, self.estate.job(key)) else {
            return;
        };
        if objects.odd_rows == 0 {
            return;
        }
        let (project, job_id) = (&self.plan.name, &job.id);
        self.place
            .observer
            .invalid_response(project, Operation::ShowHealthObjectCompareJobOverview);
        if is_news(&mut self.reports.ids, &format!("overview of {task}")) {
            warn!(%project, %job_id, compare_job_id = %task, rows = objects.odd_rows, "the cloud's verdict has rows that cannot be understood; they count as not completed");
        }
    }

    /// Logs the failure of a call that only adds to what is known, once per operation and cause.
    pub(super) fn report_failure(&mut self, error: &Error, key: Option<usize>) {
        let project = &self.plan.name;
        let job_id = key.and_then(|key| self.estate.job(key)).map(|job| job.id.to_string());
        let job_id = job_id.unwrap_or_default();
        let (now, what) = (Instant::now(), (error.operation(), error.cause()));
        let told = self.reports.failures.get(&what);
        // A refusal is the project's trouble and told once, by the gate.
        let is_old = told.is_some_and(|told| now - *told < TOLD_AGAIN_AFTER) || error.cause().is_authentication();
        if is_old {
            debug!(%project, job_id, %error, "not asked with success");
            return;
        }
        self.reports.failures.insert(what, now);
        warn!(%project, job_id, %error, "a call fails that adds to what is shown; its series are missing or old, all others go on");
    }
}

/// Whether `oddity` was not reported before; when very many were, nothing is news any more.
fn is_news(reported: &mut HashSet<String>, oddity: &str) -> bool {
    reported.len() < MAX_REPORTED && reported.insert(oddity.to_owned())
}
