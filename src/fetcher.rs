//! When to ask the cloud what, and what its answers change.
//!
//! Owns: the schedule of every project ([`schedule`]), whether a project may be asked at all ([`gate`]), what an
//! answer means for a job ([`job`]), and the writing of the inventory. Knows nothing of HTTP and text formats: it
//! asks through [`Api`] and reports through [`Observer`].
//!
//! Every project is an actor of its own ([`project`]), started and given other plans by the [`supervisor`], with its own state, budget and failures. An actor holds no
//! lock and waits for nothing but its timer and the answers under way; each question to the cloud ([`ask`]) runs as
//! a task of its own, whose failure, or panic, is the failure of that question alone.

mod api;
mod ask;
mod gate;
mod job;
mod judge;
mod listing;
pub mod overview;
mod pass;
mod project;
pub mod pulse;
mod rhythm;
mod schedule;
mod supervisor;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use regex::Regex;
use url::Url;

pub use self::api::{Api, Observer};
use self::job::WatchedJob;
pub use self::supervisor::{Changes, Replan, run};
use crate::cloud::JobType;
use crate::comparison::verdict::Subject;
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};
use crate::inventory::{Job, Project};
use crate::shard::Shard;

/// What to watch in one project, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its configured name.
    pub name: ProjectName,
    /// Its region.
    pub region: String,
    /// Its id in the cloud.
    pub project_id: ProjectId,
    /// Where it is asked. Region, id and address make the project: with another of these, it is another one.
    pub address: Url,
    /// How often a comparison that may change is asked for.
    pub poll_interval: Duration,
    /// How often a job is asked for of which nothing runs and nothing is due, and a single task that has ended.
    pub idle_interval: Duration,
    /// How often a job's compare policy is asked for.
    pub policy_interval: Duration,
    /// How long an answer speaks for the cloud.
    pub stale_after: Duration,
    /// How many of a job's newest tasks get series of their own.
    pub tasks_per_job: usize,
    /// Questions under way at once.
    pub concurrency: usize,
    /// Jobs whose whole history is watched.
    pub jobs: Vec<JobId>,
    /// Single tasks that are watched.
    pub comparison_tasks: Vec<(JobId, CompareJobId)>,
    /// Which other jobs are found and watched.
    pub discovery: Option<Discovery>,
    /// What is judged of tasks that have ended.
    pub verdicts: Vec<Subject>,
    /// Of the jobs that are found, those are watched that it takes.
    pub shard: Shard,
}

/// Which jobs of a project are found by listing them, and how often.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The types that are listed.
    pub job_types: Vec<JobType>,
    /// A job is watched if its name fits this…
    pub include: Regex,
    /// … and not this.
    pub exclude: Option<Regex>,
    /// How often the jobs are listed.
    pub refresh_interval: Duration,
}

impl PartialEq for Discovery {
    fn eq(&self, other: &Self) -> bool {
        self.finds_the_same_as(other) && self.refresh_interval == other.refresh_interval
    }
}

impl Discovery {
    /// Whether both find the same jobs, however often they look.
    fn finds_the_same_as(&self, other: &Self) -> bool {
        self.job_types == other.job_types
            && self.include.as_str() == other.include.as_str()
            && self.exclude.as_ref().map(Regex::as_str) == other.exclude.as_ref().map(Regex::as_str)
    }
}

impl Plan {
    /// Whether both watch the same project of the same cloud, under whatever name and however often.
    fn is_of_same_project_as(&self, other: &Self) -> bool {
        (&self.region, &self.project_id, &self.address) == (&other.region, &other.project_id, &other.address)
    }

    /// The project as the inventory shows it before anything was asked.
    #[must_use]
    pub fn unasked(&self) -> Project {
        // Of a job that nothing is known of, the time changes nothing.
        let view = |job: &WatchedJob| Arc::new(job.view(Timestamp::UNIX_EPOCH));
        self.project(job::watched(self).iter().map(view).collect())
    }

    fn project(&self, jobs: Vec<Arc<Job>>) -> Project {
        Project {
            name: self.name.clone(),
            region: self.region.clone(),
            project_id: self.project_id.clone(),
            stale_after: self.stale_after,
            tasks_per_job: self.tasks_per_job,
            asked: false,
            up: None,
            problem: None,
            last_discovery: None,
            discovery_problem: None,
            jobs,
        }
    }
}
