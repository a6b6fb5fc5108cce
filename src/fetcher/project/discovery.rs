//! What a listing of the project's jobs changes.
//!
//! A configured job stays whatever a listing says; a discovered one goes when it is gone for sure, or no longer wanted
//! by its name.

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::super::Discovery;
use super::super::job::WatchedJob;
use super::super::listing::Listed;
use super::{Actor, Api};
use crate::cloud::{Job, JobType};
use crate::ids::JobId;
use crate::inventory::Problem;

impl<A: Api> Actor<A> {
    /// Starts to ask everything about a job.
    pub(super) fn watch(&mut self, key: usize, now: Instant) {
        let Some(job) = self.estate.job(key) else { return };
        for question in job.questions() {
            if self.watches.find(key, &question).is_none() {
                self.watches.add(Some(key), job.id.as_str(), question, now);
            }
        }
    }

    /// Takes a listing: new jobs are watched, those that are gone no longer.
    pub(super) fn take_jobs(&mut self, listed: Listed, now: Instant) {
        let time = self.place.clock.now();
        let gone = self.estate.truly_gone(listed.gone);
        let suspected = self.estate.suspected();
        if suspected > 0 {
            warn!(project = %self.plan.name, jobs = suspected, "most jobs are not listed any more; they are kept until the next listing says the same");
        }
        for id in &gone {
            self.unwatch(id, "is gone", now);
        }
        // The API lists the jobs of all shards; with those of others ends here what we have to do.
        let shard = self.plan.shard;
        let jobs = listed.jobs.into_values().filter(|(_, job)| shard.takes(&job.id));
        let mut jobs: Vec<_> = jobs.collect();
        // The cloud's order changes with every new job; this one only moves what comes after.
        jobs.sort_by(|(_, a), (_, b)| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let known = self.estate.len();
        for (job_type, job) in &jobs {
            self.take_job(*job_type, job, time, now);
        }
        // One line for all: the first listing may find thousands.
        if let Some(found @ 1..) = self.estate.len().checked_sub(known) {
            info!(project = %self.plan.name, jobs = found, "jobs are found and watched from now on");
        }
        let is_sure = listed.is_complete && suspected == 0;
        self.estate.note_listing(!is_sure && listed.failure.is_none());
        if is_sure && self.plan.discovery.is_some() {
            self.state.last_discovery = Some(time);
        }
        self.note_discovery(listed.failure.as_ref().map(|error| self.problem(error)));
    }

    /// No listing came: what is known of jobs is all that there is to know.
    pub(super) fn take_failed_listing(&mut self, problem: Problem) {
        self.estate.note_listing(false);
        self.note_discovery(Some(problem));
    }

    fn note_discovery(&mut self, mut problem: Option<Problem>) {
        if let (Some(problem), Some(known)) = (&mut problem, &self.state.discovery_problem)
            && problem.is_same_trouble(known)
        {
            problem.since = known.since;
        }
        // Without discovery a listing only tells names and facts.
        self.state.discovery_problem = problem.filter(|_| self.plan.discovery.is_some());
    }

    fn take_job(&mut self, job_type: JobType, listed: &Job, time: Timestamp, now: Instant) {
        let key = self.estate.key(&listed.id);
        let known = key.and_then(|key| self.estate.job(key));
        // No field is required: one without a name is called what it was.
        let name = listed.name.as_deref().filter(|name| !name.is_empty());
        let name = name.or(known.map(|job| job.name.as_str())).unwrap_or_default();
        let discovery = self.plan.discovery.as_ref();
        let is_wanted = discovery.is_some_and(|discovery| discovery.wants(job_type, name));
        let Some((key, known)) = key.zip(known) else {
            if is_wanted {
                let job = WatchedJob::found(&self.plan, job_type, listed, time);
                debug!(project = %self.plan.name, job_id = %job.id, job_name = %job.name, "a job is found");
                let key = self.estate.add(job, time);
                self.watch(key, now);
            }
            return;
        };
        if known.discovered.is_some() && !is_wanted {
            self.unwatch(&listed.id, "is no longer wanted by its name", now);
            return;
        }
        self.estate.update(key, time, |job| {
            job.listed(job_type, listed, time);
            if is_wanted {
                job.watch_history();
            }
        });
        self.watch(key, now);
    }

    /// Asks no longer about the job, and forgets it.
    pub(super) fn unwatch(&mut self, id: &JobId, why: &str, now: Instant) {
        let Some(key) = self.estate.remove(id) else { return };
        info!(project = %self.plan.name, job_id = %id, why, "a job is watched no longer");
        let gone = self.watches.remove_job(key);
        self.forget_questions(&gone, now);
    }

    /// These questions are asked no longer.
    pub(super) fn forget_questions(&mut self, numbers: &[usize], now: Instant) {
        for number in numbers {
            if let Some(busy) = self.pass.forget(*number, now) {
                self.place.observer.refreshed(&self.plan.name, busy);
            }
        }
    }
}

impl Discovery {
    pub(super) fn wants(&self, job_type: JobType, name: &str) -> bool {
        let is_excluded = self.exclude.as_ref().is_some_and(|exclude| exclude.is_match(name));
        self.job_types.contains(&job_type) && self.include.is_match(name) && !is_excluded
    }
}
