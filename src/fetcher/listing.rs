//! Listing the jobs of a project: to find those to watch, and to know what each is called and does.
//!
//! Owns: which calls a listing takes, and when a job that is missing in one is gone. An item can be missing although
//! it exists: a page fails, or something is deleted while pages are read and all that follows moves up by one. So what
//! is missing is looked up by its id, and only what is not found then, either, is gone.

use std::collections::{HashMap, HashSet};

use super::api::Api;
use crate::cloud::{Cause, Error, Job, JobType, MAX_IDS};
use crate::ids::JobId;

/// What a listing is to find.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Types of which all jobs are listed.
    pub(super) whole: Vec<JobType>,
    /// Jobs that were found by listing a whole type before, and the type of each.
    pub(super) found_before: Vec<(JobId, JobType)>,
    /// Jobs of unknown type, to be looked up unless the whole types have them.
    pub(super) wanted: Vec<JobId>,
}

/// What a listing found.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// The jobs, each with its type.
    pub(super) jobs: HashMap<JobId, (JobType, Job)>,
    /// Jobs found before that do not exist any more.
    pub(super) gone: HashSet<JobId>,
    /// The first thing that failed. What it should have told stays as it was known.
    pub(super) failure: Option<Error>,
    /// Whether all jobs of all whole types were seen for sure.
    pub(super) is_complete: bool,
}

impl Order {
    /// Lists. A type that fails costs the others nothing.
    ///
    /// # Errors
    /// The first failure, where nothing succeeded, or of a kind that every other call would meet.
    pub(super) async fn ask<A: Api>(&self, api: &A) -> Result<Listed, Error> {
        let mut listed = Listed {
            is_complete: true,
            ..Listed::default()
        };
        let mut any_success = false;
        for job_type in self.whole.iter().copied() {
            match api.jobs(job_type, &[]).await {
                Ok(answer) => {
                    any_success = true;
                    listed.is_complete &= answer.value.is_complete;
                    listed.take(job_type, answer.value.jobs);
                    self.look_for_missing(api, job_type, &mut listed).await;
                }
                Err(error) if is_everybodys(&error) => return Err(error),
                Err(error) => listed.fail(error),
            }
        }
        let rest = JobType::ALL
            .into_iter()
            .filter(|job_type| !self.whole.contains(job_type));
        for job_type in rest {
            let wanted = self.wanted.iter().filter(|id| !listed.jobs.contains_key(*id)).cloned();
            let wanted: Vec<_> = wanted.collect();
            any_success |= look_up(api, job_type, &wanted, &mut listed).await > 0;
            if let Some(error) = listed.failure.take_if(|error| is_everybodys(error)) {
                return Err(error);
            }
        }
        match listed.failure {
            Some(failure) if !any_success => Err(failure),
            _ => Ok(listed),
        }
    }

    async fn look_for_missing<A: Api>(&self, api: &A, job_type: JobType, listed: &mut Listed) {
        let of_type = self.found_before.iter().filter(|(_, known)| *known == job_type);
        let missing: Vec<_> = of_type
            .map(|(id, _)| id.clone())
            .filter(|id| !listed.jobs.contains_key(id))
            .collect();
        let looked_up = look_up(api, job_type, &missing, listed).await;
        let gone = missing
            .into_iter()
            .take(looked_up)
            .filter(|id| !listed.jobs.contains_key(id));
        let gone: Vec<_> = gone.collect();
        listed.gone.extend(gone);
    }
}

/// Whether no other call would do better now: not one more is made with a refused key, or to a cloud out of reach.
fn is_everybodys(error: &Error) -> bool {
    error.cause().is_authentication() || matches!(error.cause(), Cause::Connect | Cause::Timeout | Cause::Tls)
}

/// Looks up `ids` among the jobs of a type, and says how many, from the first on, were looked up before one failed.
async fn look_up<A: Api>(api: &A, job_type: JobType, ids: &[JobId], listed: &mut Listed) -> usize {
    let mut looked_up = 0;
    for ids in ids.chunks(MAX_IDS) {
        match api.jobs(job_type, ids).await {
            // The cloud may take an id for part of a name.
            Ok(answer) => listed.take(
                job_type,
                answer.value.jobs.into_iter().filter(|job| ids.contains(&job.id)),
            ),
            Err(error) => {
                listed.fail(error);
                break;
            }
        }
        looked_up += ids.len();
    }
    looked_up
}

impl Listed {
    fn take(&mut self, job_type: JobType, jobs: impl IntoIterator<Item = Job>) {
        self.jobs
            .extend(jobs.into_iter().map(|job| (job.id.clone(), (job_type, job))));
    }

    fn fail(&mut self, error: Error) {
        self.is_complete = false;
        self.failure.get_or_insert(error);
    }
}
