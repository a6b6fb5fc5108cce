//! Listing the jobs of a project: to find those to watch, and to know what each is called and does.
//!
//! Owns: which calls a listing takes, and when a job that is missing in one is gone. An item can be missing although
//! it exists: a page fails, or something is deleted while pages are read and all that follows moves up by one. So what
//! is missing is looked up by its id, and only what is not found then, either, is gone.

use std::collections::{HashMap, HashSet};

use super::api::Api;
use crate::cloud::{Answer, Cause, Error, Job, JobList, JobType, MAX_IDS};
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
    has_answer: bool,
}

impl Order {
    /// Lists. A type that fails costs the others nothing.
    ///
    /// # Errors
    /// The first failure, where nothing succeeded, or one that every other call would meet.
    pub(super) async fn ask<A: Api>(&self, api: &A) -> Result<Listed, Error> {
        let mut listed = Listed {
            is_complete: true,
            ..Listed::default()
        };
        for job_type in self.whole.iter().copied() {
            if let Some(answer) = listed.accept(api.jobs(job_type, &[]).await)? {
                listed.is_complete &= answer.is_complete;
                listed.take(job_type, answer.jobs);
                self.look_for_missing(api, job_type, &mut listed).await?;
            }
        }
        let rest = JobType::ALL
            .into_iter()
            .filter(|job_type| !self.whole.contains(job_type));
        for job_type in rest {
            let wanted = self.wanted.iter().filter(|id| !listed.jobs.contains_key(*id)).cloned();
            let wanted: Vec<_> = wanted.collect();
            listed.look_up(api, job_type, &wanted).await?;
        }
        // Perhaps it has only changed its type.
        listed.gone.retain(|id| !listed.jobs.contains_key(id));
        match listed.failure {
            Some(failure) if !listed.has_answer => Err(failure),
            _ => Ok(listed),
        }
    }

    async fn look_for_missing<A: Api>(&self, api: &A, job_type: JobType, listed: &mut Listed) -> Result<(), Error> {
        let of_type = self.found_before.iter().filter(|(_, known)| *known == job_type);
        let missing: Vec<_> = of_type
            .map(|(id, _)| id.clone())
            .filter(|id| !listed.jobs.contains_key(id))
            .collect();
        let looked_up = listed.look_up(api, job_type, &missing).await?;
        let gone = missing.into_iter().take(looked_up);
        let gone: Vec<_> = gone.filter(|id| !listed.jobs.contains_key(id)).collect();
        listed.gone.extend(gone);
        Ok(())
    }
}

impl Listed {
    /// Whether there was nothing to ask, so that the cloud was not asked at all.
    pub(super) fn asked_nobody(&self) -> bool {
        !self.has_answer && self.failure.is_none()
    }

    /// Looks up `ids` among the jobs of a type, and says how many, from the first on, were looked up before one failed.
    async fn look_up<A: Api>(&mut self, api: &A, job_type: JobType, ids: &[JobId]) -> Result<usize, Error> {
        let mut looked_up = 0;
        for ids in ids.chunks(MAX_IDS) {
            let Some(answer) = self.accept(api.jobs(job_type, ids).await)? else {
                break;
            };
            // The cloud may take an id for part of a name.
            self.take(job_type, answer.jobs.into_iter().filter(|job| ids.contains(&job.id)));
            looked_up += ids.len();
        }
        Ok(looked_up)
    }

    /// Takes a failure for what it is: of one call, or of every other as well. Not one more call is made with a refused
    /// key, or to a cloud out of reach; one that does not answer in time may have trouble with this call alone.
    fn accept(&mut self, answer: Result<Answer<JobList>, Error>) -> Result<Option<JobList>, Error> {
        let error = match answer {
            Ok(answer) => {
                self.has_answer = true;
                return Ok(Some(answer.value));
            }
            Err(error) => error,
        };
        let is_everybodys = match error.cause() {
            Cause::Connect | Cause::Tls => true,
            Cause::Timeout => self.failure.is_some() && !self.has_answer,
            cause => cause.is_authentication(),
        };
        if is_everybodys {
            return Err(error);
        }
        self.is_complete = false;
        self.failure.get_or_insert(error);
        Ok(None)
    }

    fn take(&mut self, job_type: JobType, jobs: impl IntoIterator<Item = Job>) {
        self.jobs
            .extend(jobs.into_iter().map(|job| (job.id.clone(), (job_type, job))));
    }
}
