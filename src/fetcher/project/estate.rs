//! The jobs of a project that are watched: configured ones and discovered ones.
//!
//! Owns: which jobs there are, their published views, and what a listing changes. A configured job stays whatever a
//! listing says; a discovered one goes when it is gone for sure, or no longer wanted by its name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::super::job::{WatchedJob, watched};
use super::super::listing::{Listed, Order};
use super::super::{Discovery, Plan};
use super::watches::Watch;
use super::{Actor, Api};
use crate::cloud::{Job, JobType};
use crate::ids::JobId;
use crate::inventory::{self, Problem};

/// From so many configured jobs on, listing all jobs of the project costs less than looking them up.
const MANY_JOBS: usize = 20;

/// So many jobs going at once are believed only when the next listing says the same, if they are also most of those
/// that were discovered: a cloud that answers nothing for a moment must not empty every graph.
const MASS: usize = 10;

/// So many listings in a row that did not see all jobs for sure are each repeated soon: what moves while pages are read
/// comes to rest. What is never sure, because the cloud lists something without an id, is not worth more than others.
const SOON_AGAIN: u32 = 3;

/// The watched jobs, by keys that are never used again.
pub(super) struct Estate {
    jobs: BTreeMap<usize, WatchedJob>,
    /// The newest view of each job, as published.
    views: BTreeMap<usize, Arc<inventory::Job>>,
    keys: HashMap<JobId, usize>,
    next_key: usize,
    /// Whether the jobs were listed, or that has failed, once.
    is_listed: bool,
    /// How many listings in a row did not see all jobs for sure although nothing failed.
    unsure: u32,
    /// Jobs that the newest listing called gone, too many to be believed.
    suspected: HashSet<JobId>,
}

impl Estate {
    /// The configured jobs.
    pub(super) fn new(plan: &Plan, now: Timestamp) -> Self {
        let mut estate = Self {
            jobs: BTreeMap::new(),
            views: BTreeMap::new(),
            keys: HashMap::new(),
            next_key: 0,
            is_listed: false,
            unsure: 0,
            suspected: HashSet::new(),
        };
        for job in watched(plan) {
            estate.add(job, now);
        }
        estate
    }

    fn add(&mut self, job: WatchedJob, now: Timestamp) -> usize {
        let key = self.next_key;
        self.next_key += 1;
        self.keys.insert(job.id.clone(), key);
        self.views.insert(key, Arc::new(job.view(now)));
        self.jobs.insert(key, job);
        key
    }

    pub(super) fn keys(&self) -> Vec<usize> {
        self.jobs.keys().copied().collect()
    }

    pub(super) fn job(&self, key: usize) -> Option<&WatchedJob> {
        self.jobs.get(&key)
    }

    pub(super) fn job_mut(&mut self, key: usize) -> Option<&mut WatchedJob> {
        self.jobs.get_mut(&key)
    }

    pub(super) fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// Whether the newest listing may have overlooked jobs that the next one sees.
    pub(super) fn is_worth_another_look(&self) -> bool {
        (1..=SOON_AGAIN).contains(&self.unsure)
    }

    /// Whether the question is about a single task that has ended.
    pub(super) fn is_settled(&self, watch: &Watch) -> bool {
        let job = watch.job.and_then(|key| self.jobs.get(&key));
        job.is_some_and(|job| job.line(&watch.question).is_some_and(|line| job.is_settled(line)))
    }

    /// The jobs as published, in a fixed order.
    pub(super) fn views(&self) -> Vec<Arc<inventory::Job>> {
        self.views.values().cloned().collect()
    }

    /// Changes a job, and its view.
    pub(super) fn update<T>(
        &mut self,
        key: usize,
        now: Timestamp,
        change: impl FnOnce(&mut WatchedJob) -> T,
    ) -> Option<T> {
        let job = self.jobs.get_mut(&key)?;
        let result = change(job);
        self.views.insert(key, Arc::new(job.view(now)));
        Some(result)
    }

    /// Changes every job, and its view.
    pub(super) fn update_all(&mut self, now: Timestamp, change: impl Fn(&mut WatchedJob)) {
        for (key, job) in &mut self.jobs {
            change(job);
            self.views.insert(*key, Arc::new(job.view(now)));
        }
    }

    /// What the next listing is to find.
    pub(super) fn order(&self, plan: &Plan) -> Order {
        let configured = self.jobs.values().filter(|job| job.discovered.is_none());
        let wanted: Vec<_> = configured.map(|job| job.id.clone()).collect();
        let whole = match &plan.discovery {
            Some(discovery) => discovery.job_types.clone(),
            None if wanted.len() >= MANY_JOBS => JobType::ALL.to_vec(),
            None => Vec::new(),
        };
        let found_before = self
            .jobs
            .values()
            .filter_map(|job| Some((job.id.clone(), job.discovered?)));
        Order {
            whole,
            found_before: found_before.collect(),
            wanted,
        }
    }

    /// Those of `gone` that are gone for sure.
    fn truly_gone(&mut self, gone: HashSet<JobId>) -> HashSet<JobId> {
        let discovered = self.jobs.values().filter(|job| job.discovered.is_some()).count();
        let suspected = std::mem::take(&mut self.suspected);
        if gone.len() <= MASS || gone.len() * 2 <= discovered {
            return gone;
        }
        let (believed, suspected) = gone.into_iter().partition(|id| suspected.contains(id));
        self.suspected = suspected;
        believed
    }
}

impl<A: Api> Actor<A> {
    /// Starts to ask everything about a job.
    pub(super) fn watch(&mut self, key: usize, now: Instant) {
        let Some(job) = self.estate.job(key) else { return };
        for question in job.questions() {
            if self.watches.find(key, &question).is_none() {
                self.watches.add(Some(key), job.id.to_string(), question, now);
            }
        }
    }

    /// Takes a listing: new jobs are watched, those that are gone no longer.
    pub(super) fn take_jobs(&mut self, listed: Listed, now: Instant) {
        let time = self.place.clock.now();
        let gone = self.estate.truly_gone(listed.gone);
        if !self.estate.suspected.is_empty() {
            let jobs = self.estate.suspected.len();
            warn!(project = %self.plan.name, jobs, "most jobs are not listed any more; they are kept until the next listing says the same");
        }
        for id in &gone {
            self.unwatch(id, "is gone", now);
        }
        let mut jobs: Vec<_> = listed.jobs.into_values().collect();
        // The cloud's order changes with every new job; this one only moves what comes after.
        jobs.sort_by(|(_, a), (_, b)| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let known = self.estate.jobs.len();
        for (job_type, job) in &jobs {
            self.take_job(*job_type, job, time, now);
        }
        // One line for all: the first listing may find thousands.
        if let Some(found @ 1..) = self.estate.jobs.len().checked_sub(known) {
            info!(project = %self.plan.name, jobs = found, "jobs are found and watched from now on");
        }
        let is_sure = listed.is_complete && self.estate.suspected.is_empty();
        let is_unsure = !is_sure && listed.failure.is_none();
        self.estate.unsure = if is_unsure {
            self.estate.unsure.saturating_add(1)
        } else {
            0
        };
        if is_sure && self.plan.discovery.is_some() {
            self.state.last_discovery = Some(time);
        }
        self.note_listing(listed.failure.as_ref().map(|error| self.problem(error)));
    }

    pub(super) fn note_failed_listing(&mut self, problem: Problem) {
        self.estate.unsure = 0;
        self.note_listing(Some(problem));
    }

    /// A listing is over, well or not: it is known which jobs there are, as far as it can be.
    fn note_listing(&mut self, mut problem: Option<Problem>) {
        self.estate.is_listed = true;
        if let (Some(problem), Some(known)) = (&mut problem, &self.state.discovery_problem)
            && problem.is_same_trouble(known)
        {
            problem.since = known.since;
        }
        // Without discovery a listing only tells names and facts.
        self.state.discovery_problem = problem.filter(|_| self.plan.discovery.is_some());
    }

    fn take_job(&mut self, job_type: JobType, listed: &Job, time: Timestamp, now: Instant) {
        let key = self.estate.keys.get(&listed.id).copied();
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

    fn unwatch(&mut self, id: &JobId, why: &str, now: Instant) {
        let Some(key) = self.estate.keys.remove(id) else { return };
        info!(project = %self.plan.name, job_id = %id, why, "a job is watched no longer");
        self.estate.jobs.remove(&key);
        self.estate.views.remove(&key);
        for number in self.watches.remove_job(key) {
            if let Some(busy) = self.pass.forget(number, now) {
                self.place.observer.refreshed(&self.plan.name, busy);
            }
        }
    }
}

impl Discovery {
    fn wants(&self, job_type: JobType, name: &str) -> bool {
        let is_excluded = self.exclude.as_ref().is_some_and(|exclude| exclude.is_match(name));
        self.job_types.contains(&job_type) && self.include.is_match(name) && !is_excluded
    }
}
