//! One project's client: a typed method per operation.
//!
//! Owns: the paths and parameters of the operations. What is common to all calls is in `session`.

use std::sync::Arc;

use reqwest::Method;
use serde::de::DeserializeOwned;
use url::Url;

use super::address;
use super::cause::Cause;
use super::credentials::CredentialsVersion;
use super::error::Error;
use super::http::SetupError;
use super::model::{Answer, ComparePolicy, HealthCompareJob, Job, JobType, ObjectOverview, WireJob};
use super::operation::{Observer, Operation};
use super::paging::{Page, collect};
use super::request::Call;
use super::session::Session;
use super::settings::Settings;
use crate::clock::Clock;
use crate::ids::{CompareJobId, JobId, ProjectId};

/// Items per page of comparison tasks: the most that the API allows (API text, 1.1).
const COMPARE_JOBS_LIMIT: usize = 1000;
/// Items per page of jobs: the API tells no limit, so one that no server should mind.
const JOBS_LIMIT: usize = 100;

/// Asks the cloud about one project. Cheap to clone; clones share limits, connections and credentials.
///
/// A call makes up to three attempts where the failure may pass, none of them later than 30 s after the first, each
/// bounded by the configured time-out; waiting for the rate limit comes on top.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    project: ProjectId,
    drs: Url,
    language: &'static str,
    session: Session,
}

impl Client {
    /// Makes a client; nothing is sent yet, and no secret is read.
    ///
    /// # Errors
    /// When the CA file, the proxy's address or the system's certificates are unusable.
    pub fn new(settings: Settings, clock: Clock, observer: Arc<dyn Observer>) -> Result<Self, SetupError> {
        let session = Session::new(&settings, clock, observer)?;
        Ok(Self(Arc::new(Inner {
            project: settings.project_id,
            drs: settings.drs,
            language: settings.language.as_str(),
            session,
        })))
    }

    /// Which version of the secret files there is now, to see whether a refusal is worth another try.
    #[must_use]
    pub fn credentials(&self) -> CredentialsVersion {
        self.0.session.credentials()
    }

    /// One health comparison task: `GET /v5/{project_id}/jobs/{job_id}/health-compare-jobs/{compare_job_id}`.
    ///
    /// # Errors
    /// [`Cause::NotFound`] for an unknown job or task, and any other cause.
    pub async fn show_health_compare_job_detail(
        &self,
        job: &JobId,
        compare_job: &CompareJobId,
    ) -> Result<Answer<HealthCompareJob>, Error> {
        let path = ["jobs", job.as_str(), "health-compare-jobs", compare_job.as_str()];
        self.object(self.get(Operation::ShowHealthCompareJobDetail, &path, &[])?)
            .await
    }

    /// All health comparison tasks of a job, in the cloud's order, each once:
    /// `GET /v5/{project_id}/jobs/{job_id}/health-compare-jobs`, page by page.
    ///
    /// # Errors
    /// [`Cause::NotFound`] for an unknown job, and any other cause; a failed page fails the list.
    pub async fn show_health_compare_job_list(&self, job: &JobId) -> Result<Answer<Vec<HealthCompareJob>>, Error> {
        let operation = Operation::ShowHealthCompareJobList;
        collect(
            operation,
            COMPARE_JOBS_LIMIT,
            |task: &HealthCompareJob| task.id.as_deref(),
            |offset| {
                let (limit, offset) = (COMPARE_JOBS_LIMIT.to_string(), offset.to_string());
                let path = ["jobs", job.as_str(), "health-compare-jobs"];
                let call = self.get(operation, &path, &[("limit", &limit), ("offset", &offset)]);
                // Some of the reference's own examples write the name in the other way (API text, 1.10).
                async move {
                    self.page(call?, &["compare_jobs", "compareJobs"], &["count", "total_count"])
                        .await
                }
            },
        )
        .await
    }

    /// All jobs of one type, each once: `GET /v5/{project_id}/jobs`, page by page. `name` asks for jobs with that
    /// name or id only, as the cloud matches them.
    ///
    /// # Errors
    /// Any cause; a failed page fails the list.
    pub async fn list_jobs(&self, job_type: JobType, name: Option<&str>) -> Result<Answer<Vec<Job>>, Error> {
        let operation = Operation::ListJobs;
        let jobs = collect(operation, JOBS_LIMIT, WireJob::id, |offset| {
            let (limit, offset) = (JOBS_LIMIT.to_string(), offset.to_string());
            let mut query = vec![("job_type", job_type.as_str()), ("limit", &limit), ("offset", &offset)];
            query.extend(name.map(|name| ("name", name)));
            let call = self.get(operation, &["jobs"], &query);
            async move { self.page(call?, &["jobs"], &["total_count", "count"]).await }
        })
        .await?;
        Ok(Answer {
            value: jobs.value.into_iter().filter_map(WireJob::into_job).collect(),
            answered_at: jobs.answered_at,
        })
    }

    /// What the object comparison of one task found, per type of object:
    /// `GET /v5/{project_id}/jobs/{job_id}/health-compare-jobs/object/{compare_job_id}`.
    ///
    /// # Errors
    /// [`Cause::NotFound`] for an unknown job or task, and any other cause.
    pub async fn show_health_object_compare_job_overview(
        &self,
        job: &JobId,
        compare_job: &CompareJobId,
    ) -> Result<Answer<Vec<ObjectOverview>>, Error> {
        let path = [
            "jobs",
            job.as_str(),
            "health-compare-jobs",
            "object",
            compare_job.as_str(),
        ];
        let call = self.get(Operation::ShowHealthObjectCompareJobOverview, &path, &[])?;
        let Answer { value, answered_at } = self.page(call, &["compare_result"], &["count", "total_count"]).await?;
        Ok(Answer {
            value: value.items,
            answered_at,
        })
    }

    /// When a job's comparisons run: `GET /v5/{project_id}/jobs/{job_id}/compare-policy`.
    ///
    /// # Errors
    /// [`Cause::NotFound`] for an unknown job, and any other cause.
    pub async fn show_compare_policy(&self, job: &JobId) -> Result<Answer<ComparePolicy>, Error> {
        let path = ["jobs", job.as_str(), "compare-policy"];
        self.object(self.get(Operation::ShowComparePolicy, &path, &[])?).await
    }

    fn get(&self, operation: Operation, path: &[&str], query: &[(&str, &str)]) -> Result<Call, Error> {
        let inner = &*self.0;
        let segments: Vec<&str> = ["v5", inner.project.as_str()].iter().chain(path).copied().collect();
        let url = address::build(&inner.drs, &segments, query).map_err(|_| {
            // No such id can exist, since it could not be asked for.
            Error::new(operation, Cause::NotFound)
                .with_message("an id is empty, `.` or `..`, which no address can hold")
        })?;
        Ok(Call {
            operation,
            method: Method::GET,
            url,
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("x-language", inner.language.to_owned()),
            ],
            project: Some(inner.project.clone()),
            body: Vec::new(),
            secrets: Vec::new(),
        })
    }

    async fn object<T: DeserializeOwned>(&self, call: Call) -> Result<Answer<T>, Error> {
        let answered = self.0.session.ask(call).await?;
        Ok(Answer {
            value: answered.object()?,
            answered_at: answered.at(),
        })
    }

    async fn page<T: DeserializeOwned>(
        &self,
        call: Call,
        names: &[&str],
        totals: &[&str],
    ) -> Result<Answer<Page<T>>, Error> {
        let answered = self.0.session.ask(call).await?;
        let (items, total) = answered.list(names, totals)?;
        Ok(Answer {
            value: Page { items, total },
            answered_at: answered.at(),
        })
    }
}
