//! The jobs of a project that are watched: configured ones and discovered ones.
//!
//! Owns: which jobs there are, their published views, and which of them are believed to be gone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::super::Plan;
use super::super::job::{Line, WatchedJob, watched};
use super::super::listing::Order;
use super::watch::Watch;
use crate::cloud::JobType;
use crate::ids::JobId;
use crate::inventory;

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

    /// Watches one more. Gives its key.
    pub(super) fn add(&mut self, job: WatchedJob, now: Timestamp) -> usize {
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

    /// Watches the job no longer. Gives the key that it had.
    pub(super) fn remove(&mut self, id: &JobId) -> Option<usize> {
        let key = self.keys.remove(id)?;
        self.jobs.remove(&key);
        self.views.remove(&key);
        Some(key)
    }

    pub(super) fn key(&self, id: &JobId) -> Option<usize> {
        self.keys.get(id).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// How many of them the newest listing called gone, too many to be believed.
    pub(super) fn suspected(&self) -> usize {
        self.suspected.len()
    }

    /// Whether the jobs were listed, or that has failed, once.
    pub(super) fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// A listing is over; `is_unsure` if nothing failed, but it may have overlooked jobs.
    pub(super) fn note_listing(&mut self, is_unsure: bool) {
        self.is_listed = true;
        self.unsure = if is_unsure { self.unsure.saturating_add(1) } else { 0 };
    }

    /// Whether the newest listing may have overlooked jobs that the next one sees.
    pub(super) fn is_worth_another_look(&self) -> bool {
        (1..=SOON_AGAIN).contains(&self.unsure)
    }

    /// Whether the question is about a single task that has ended.
    pub(super) fn is_settled(&self, watch: &Watch) -> bool {
        let job = watch.job.and_then(|key| self.jobs.get(&key));
        job.is_some_and(|job| job.line(&watch.question).is_some_and(Line::is_settled))
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
    pub(super) fn truly_gone(&mut self, gone: HashSet<JobId>) -> HashSet<JobId> {
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
