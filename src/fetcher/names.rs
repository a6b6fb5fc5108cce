//! The names of a project's jobs, found in as few calls as can be.
//!
//! Owns: which call tells a name. The list of comparisons has none, and a name is asked for once, not per poll.

use std::collections::HashMap;
use std::sync::OnceLock;

use tracing::debug;

use super::api::Api;
use crate::cloud::JobType;
use crate::comparison::{self, Task};
use crate::ids::{JobId, ProjectName};

/// From so many watched jobs on, listing all jobs of the project costs less than asking for each name.
pub(super) const MANY_JOBS: usize = 20;

/// The names that one listing of the whole project told; nothing before it is over.
#[derive(Debug, Default)]
pub(super) struct Names(OnceLock<HashMap<JobId, String>>);

impl Names {
    /// Lists all jobs of the project. What fails leaves its names to [`Names::of`].
    pub(super) async fn list_all<A: Api>(&self, api: &A, project: &ProjectName) {
        let mut names = HashMap::new();
        for job_type in JobType::ALL {
            match api.jobs(job_type, None).await {
                Ok(jobs) => names.extend(jobs.value.into_iter().filter_map(|job| Some((job.id, job.name?)))),
                Err(error) => {
                    debug!(%project, ?job_type, %error, "jobs not listed; their names are asked for one by one");
                }
            }
        }
        // Set once: an actor lists once.
        let _ = self.0.set(names);
    }

    /// The name of `job`, whose tasks are `tasks`: as it was listed, or else from the detail of any task, which has it
    /// in one call. A job without tasks is looked for by its id among the jobs of each type, since the API has no call
    /// over all types (API text 2.1).
    pub(super) async fn of<A: Api>(&self, api: &A, job: &JobId, tasks: &[Task]) -> Option<String> {
        if let Some(name) = self.0.get().and_then(|names| names.get(job)) {
            return Some(name.clone());
        }
        if let Some(newest) = comparison::newest(tasks) {
            return api.task(job, &newest.id).await.ok()?.value.job_name;
        }
        for job_type in JobType::ALL {
            let jobs = api.jobs(job_type, Some(job)).await.ok()?;
            if let Some(found) = jobs.value.into_iter().find(|found| found.id == *job) {
                return found.name;
            }
        }
        None
    }
}
