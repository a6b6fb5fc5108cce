//! Another plan for a project that runs: what is known of what stays stays, and only what is new is asked.
//!
//! Knows nothing of where a plan comes from.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;
use tracing::info;

use super::super::Plan;
use super::super::ask::Question;
use super::super::job::{WatchedJob, watched};
use super::super::supervisor::Order;
use super::{Actor, Api};
use crate::ids::JobId;

impl<A: Api> Actor<A> {
    /// Follows `order`, tells what the project looks like then, and goes on when all projects are to be seen so.
    pub(super) async fn take_order(&mut self, order: &Order<A>) {
        let proposal = order.take_proposal();
        self.follow(order.plan.clone(), &order.api);
        if let Some(proposal) = proposal {
            // Nobody listens when all is ending.
            let _ = proposal.send(self.view());
        }
        order.applied.cancelled().await;
        // If it came too late, nobody has taken it.
        self.publish();
    }

    fn follow(&mut self, plan: Plan, api: &Arc<A>) {
        let now = Instant::now();
        let old = std::mem::replace(&mut self.plan, plan);
        if !Arc::ptr_eq(&self.api, api) {
            self.take_api(Arc::clone(api), now);
        }
        self.gate.adjust(self.plan.poll_interval, self.plan.concurrency);
        self.watches.set_poll_interval(self.plan.poll_interval);
        let known = self.estate.len();
        self.let_jobs_go_or_follow(now);
        let kept = self.estate.len();
        self.watch_new_jobs(now);
        let (gone, new) = (known - kept, self.estate.len() - kept);
        self.wait_by_new_intervals();
        // New jobs have names and types to be told, another filter may find others, and a listing of nothing says that
        // there is nothing to know.
        if new > 0 || self.finds_others_than(&old) || self.has_nothing_to_ask() {
            self.lists_again = !self.watches.hasten_listing(now);
        }
        // What it still waited for may be gone.
        self.note_whether_all_is_asked();
        if self.plan.discovery.is_none() {
            (self.state.last_discovery, self.state.discovery_problem) = (None, None);
        }
        // Under another name nothing was told yet.
        self.delay = None;
        if old.name != self.plan.name {
            self.place.observer.gone(&old.name);
        }
        info!(project = %self.plan.name, jobs = kept, new, gone, "the project is watched by its new configuration");
    }

    fn let_jobs_go_or_follow(&mut self, now: Instant) {
        let configured: HashMap<JobId, Vec<Question>> = watched(&self.plan)
            .into_iter()
            .map(|job| (job.id, job.lines.into_iter().map(|line| line.question).collect()))
            .collect();
        for key in self.estate.keys() {
            let Some(job) = self.estate.job(key) else { continue };
            let discovery = self.plan.discovery.as_ref();
            let fits = |job_type: &_| discovery.is_some_and(|discovery| discovery.wants(*job_type, &job.name));
            let found = job.listed_as.filter(fits);
            match (configured.get(&job.id), found) {
                (None, None) => {
                    let id = job.id.clone();
                    self.unwatch(&id, "is no longer configured", now);
                }
                (Some(questions), found) => {
                    let mut questions = questions.clone();
                    if found.is_some() && !questions.contains(&Question::History) {
                        questions.push(Question::History);
                    }
                    let plan = &self.plan;
                    self.estate
                        .update(key, self.place.clock.now(), |job| job.follow(plan, &questions, None));
                    self.ask_what_is_new(key, now);
                }
                (None, found) => {
                    let plan = &self.plan;
                    self.estate.update(key, self.place.clock.now(), |job| {
                        job.follow(plan, &[Question::History], found);
                    });
                    self.ask_what_is_new(key, now);
                }
            }
        }
    }

    fn watch_new_jobs(&mut self, now: Instant) {
        let time = self.place.clock.now();
        for job in watched(&self.plan) {
            if self.estate.key(&job.id).is_none() {
                let key = self.estate.add(job, time);
                self.watch(key, now);
            }
        }
    }

    /// Asks no longer what the job's plan does not ask, and at once what it did not ask before.
    fn ask_what_is_new(&mut self, key: usize, now: Instant) {
        let questions = self.estate.job(key).map(WatchedJob::questions).unwrap_or_default();
        let gone = self.watches.keep_only(key, |question| questions.contains(question));
        self.forget_questions(&gone, now);
        self.watch(key, now);
        self.ask_for_verdicts(key, self.moment());
    }

    /// No jobs, and none to be found.
    fn has_nothing_to_ask(&self) -> bool {
        self.estate.len() == 0 && self.plan.discovery.is_none()
    }

    fn finds_others_than(&self, old: &Plan) -> bool {
        match (&old.discovery, &self.plan.discovery) {
            (Some(old), Some(new)) => !new.finds_the_same_as(old),
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }
}
