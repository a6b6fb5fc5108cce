//! What the fetcher needs of the cloud, and whom it tells how it goes.

use std::time::Duration;

use super::pulse::Promise;
use crate::cloud::{
    AccountComparison, Answer, Client, ComparePolicy, CredentialsVersion, Error, HealthCompareJob, JobList, JobType,
    ObjectOverview, Operation, Patience, RowOverview,
};
use crate::ids::{CompareJobId, JobId, ProjectName};

/// The calls that the fetcher makes; [`Client`] makes them over HTTP, a test answers them from memory.
pub trait Api: Send + Sync + 'static {
    /// What tells whether the credentials that are used next are others than before.
    fn credentials(&self) -> CredentialsVersion;

    /// How long its calls may take at most.
    fn patience(&self) -> Patience;

    /// One comparison task (`ShowHealthCompareJobDetail`).
    fn task(
        &self,
        job: &JobId,
        task: &CompareJobId,
    ) -> impl Future<Output = Result<Answer<HealthCompareJob>, Error>> + Send;

    /// All comparison tasks of a job that the cloud still keeps (`ShowHealthCompareJobList`).
    fn tasks(&self, job: &JobId) -> impl Future<Output = Result<Answer<Vec<HealthCompareJob>>, Error>> + Send;

    /// When a job's comparisons run (`ShowComparePolicy`).
    fn policy(&self, job: &JobId) -> impl Future<Output = Result<Answer<ComparePolicy>, Error>> + Send;

    /// What a task found in objects (`ShowHealthObjectCompareJobOverview`).
    fn objects(
        &self,
        job: &JobId,
        task: &CompareJobId,
    ) -> impl Future<Output = Result<Answer<Vec<ObjectOverview>>, Error>> + Send;

    /// What a task found in rows (`ListDataCompareOverview`).
    fn rows(
        &self,
        job: &JobId,
        task: &CompareJobId,
    ) -> impl Future<Output = Result<Answer<Vec<RowOverview>>, Error>> + Send;

    /// What a task found in accounts (`ShowCompareUsersDetail`).
    fn accounts(
        &self,
        job: &JobId,
        task: &CompareJobId,
    ) -> impl Future<Output = Result<Answer<Vec<AccountComparison>>, Error>> + Send;

    /// The jobs of one type (`ListJobs`): all of them, or those of these ids, up to [`MAX_IDS`](crate::cloud::MAX_IDS).
    fn jobs(&self, job_type: JobType, ids: &[JobId]) -> impl Future<Output = Result<Answer<JobList>, Error>> + Send;
}

impl Api for Client {
    fn credentials(&self) -> CredentialsVersion {
        Client::credentials(self)
    }

    fn patience(&self) -> Patience {
        Client::patience(self)
    }

    async fn task(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<HealthCompareJob>, Error> {
        self.show_health_compare_job_detail(job, task).await
    }

    async fn tasks(&self, job: &JobId) -> Result<Answer<Vec<HealthCompareJob>>, Error> {
        self.show_health_compare_job_list(job).await
    }

    async fn policy(&self, job: &JobId) -> Result<Answer<ComparePolicy>, Error> {
        self.show_compare_policy(job).await
    }

    async fn objects(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<ObjectOverview>>, Error> {
        self.show_health_object_compare_job_overview(job, task).await
    }

    async fn rows(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<RowOverview>>, Error> {
        self.list_data_compare_overview(job, task).await
    }

    async fn accounts(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<AccountComparison>>, Error> {
        self.show_compare_users_detail(job, task).await
    }

    async fn jobs(&self, job_type: JobType, ids: &[JobId]) -> Result<Answer<JobList>, Error> {
        let joined = ids.iter().map(JobId::as_str).collect::<Vec<_>>().join(",");
        let name = (!ids.is_empty()).then_some(joined.as_str());
        self.list_jobs(job_type, name).await
    }
}

/// Is told how refreshing goes: the exporter's own metrics.
pub trait Observer: Send + Sync + 'static {
    /// A whole refresh of a project, and how long requests were under way in it.
    fn refreshed(&self, project: &ProjectName, busy: Duration);

    /// An answer that contradicts the API, or itself.
    fn invalid_response(&self, project: &ProjectName, operation: Operation);

    /// For how long the most overdue question of a project has been waiting for its turn; told whenever it changes.
    fn delayed(&self, project: &ProjectName, delay: Duration);

    /// A project goes on, and says when that will be told again; told at each of its turns.
    fn turned(&self, _project: &ProjectName, _promise: Promise) {}

    /// A project is watched no longer.
    fn gone(&self, _project: &ProjectName) {}
}
