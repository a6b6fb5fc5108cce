//! When to ask the cloud what, and what its answers change.
//!
//! Owns: the schedule of every project ([`schedule`]), whether a project may be asked at all ([`gate`]), what an
//! answer means for a job ([`job`]), and the writing of the inventory. Knows nothing of HTTP and text formats: it
//! asks through [`Api`] and reports through [`Observer`].
//!
//! Every project is an actor of its own ([`project`]) with its own state, budget and failures. An actor holds no
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
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use regex::Regex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

pub use self::api::{Api, Observer};
use self::job::WatchedJob;
use self::project::{Actor, Place};
use crate::clock::Clock;
use crate::cloud::JobType;
use crate::comparison::verdict::Subject;
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};
use crate::inventory::{Inventory, Job, Problem, Project};

/// What to watch in one project, and how often.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its configured name.
    pub name: ProjectName,
    /// Its region.
    pub region: String,
    /// Its id in the cloud.
    pub project_id: ProjectId,
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

impl Plan {
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

/// Refreshes every project until `shutdown`. The projects of `inventory` are those of `plans`, in the same order.
///
/// A project whose actor panics (a mistake of ours) starts anew after its poll interval; the others go on.
pub async fn run<A: Api>(
    plans: Vec<(Plan, A)>,
    inventory: Arc<Inventory>,
    observer: Arc<dyn Observer>,
    clock: Clock,
    shutdown: CancellationToken,
) {
    let tracker = TaskTracker::new();
    for (index, (plan, api)) in plans.into_iter().enumerate() {
        let place = Place {
            index,
            inventory: Arc::clone(&inventory),
            observer: Arc::clone(&observer),
            clock: clock.clone(),
        };
        tracker.spawn(keep_refreshing(plan, Arc::new(api), place, shutdown.clone()));
    }
    tracker.close();
    tracker.wait().await;
}

async fn keep_refreshing<A: Api>(plan: Plan, api: Arc<A>, place: Place, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        place.expect_turn(&plan, &*api);
        let actor = Actor::new(plan.clone(), Arc::clone(&api), place.clone());
        let Err(panic) = tokio::spawn(actor.run(shutdown.clone())).await else {
            break;
        };
        error!(project = %plan.name, %panic, "the refresh of this project has broken down and starts anew; please report this");
        mark_broken_down(&place);
        place.expect_turn(&plan, &*api);
        let pause = tokio::time::sleep(plan.poll_interval);
        shutdown.run_until_cancelled(pause).await;
    }
    place.observer.gone(&plan.name);
}

/// Nobody refreshes the project now: what it was last known to be must not look refreshed.
fn mark_broken_down(place: &Place) {
    let Some(project) = place.inventory.snapshot().projects.get(place.index).cloned() else {
        return;
    };
    let problem = Problem {
        what: "the exporter broke down while refreshing this project".to_owned(),
        remedy: "report this with the log".to_owned(),
        since: place.clock.now(),
    };
    let cut_off = |job: &Arc<Job>| {
        let problem = Some(problem.clone());
        Arc::new(Job {
            up: Some(false),
            problem,
            ..Job::clone(job)
        })
    };
    let jobs = project.jobs.iter().map(cut_off).collect();
    let problem = Some(problem.clone());
    place.inventory.publish(
        place.index,
        Project {
            up: Some(false),
            problem,
            jobs,
            ..Project::clone(&project)
        },
    );
}
