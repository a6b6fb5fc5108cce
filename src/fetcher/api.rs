//! What the fetcher needs of the cloud, and whom it tells how it goes.

use std::time::Duration;

use crate::cloud::{Answer, Client, CredentialsVersion, Error, HealthCompareJob, Job, JobType, Operation};
use crate::ids::{CompareJobId, JobId, ProjectName};

/// The calls that the fetcher makes; [`Client`] makes them over HTTP, a test answers them from memory.
pub trait Api: Send + Sync + 'static {
    /// What tells whether the credentials that are used next are others than before.
    fn credentials(&self) -> CredentialsVersion;

    /// One comparison task (`ShowHealthCompareJobDetail`).
    fn task(
        &self,
        job: &JobId,
        task: &CompareJobId,
    ) -> impl Future<Output = Result<Answer<HealthCompareJob>, Error>> + Send;

    /// All comparison tasks of a job that the cloud still keeps (`ShowHealthCompareJobList`).
    fn tasks(&self, job: &JobId) -> impl Future<Output = Result<Answer<Vec<HealthCompareJob>>, Error>> + Send;

    /// The jobs of one type (`ListJobs`), all of them or the one with the id `job`.
    fn jobs(
        &self,
        job_type: JobType,
        job: Option<&JobId>,
    ) -> impl Future<Output = Result<Answer<Vec<Job>>, Error>> + Send;
}

impl Api for Client {
    fn credentials(&self) -> CredentialsVersion {
        Client::credentials(self)
    }

    async fn task(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<HealthCompareJob>, Error> {
        self.show_health_compare_job_detail(job, task).await
    }

    async fn tasks(&self, job: &JobId) -> Result<Answer<Vec<HealthCompareJob>>, Error> {
        self.show_health_compare_job_list(job).await
    }

    async fn jobs(&self, job_type: JobType, job: Option<&JobId>) -> Result<Answer<Vec<Job>>, Error> {
        let Answer { value, answered_at } = self.list_jobs(job_type, job.map(JobId::as_str)).await?;
        Ok(Answer {
            value: value.jobs,
            answered_at,
        })
    }
}

/// Is told how refreshing goes: the exporter's own metrics.
pub trait Observer: Send + Sync + 'static {
    /// A whole refresh of a project, and how long requests were under way in it.
    fn refreshed(&self, project: &ProjectName, busy: Duration);

    /// An answer that contradicts the API, or itself.
    fn invalid_response(&self, project: &ProjectName, operation: Operation);
}
