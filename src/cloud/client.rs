//! One project's client: a typed method per operation.
//!
//! Owns: the paths and parameters of the operations about jobs and their comparisons; those about what a comparison
//! found are in `findings`. What is common to all calls is in `session`.

use std::sync::Arc;

use reqwest::Method;
use serde::de::DeserializeOwned;
use url::Url;

use super::address;
use super::cause::Cause;
use super::credentials::CredentialsVersion;
use super::error::Error;
use super::http::SetupError;
use super::model::{Answer, ComparePolicy, HealthCompareJob, JobList, JobType, WireJob};
use super::operation::{Observer, Operation};
use super::paging::{Collected, Page, collect};
use super::patience::Patience;
use super::request::Call;
use super::session::Session;
use super::settings::Settings;
use crate::clock::Clock;
use crate::ids::{CompareJobId, JobId, ProjectId};

/// Items per page of comparison tasks: the most that the API allows (API text, 1.1).
const COMPARE_JOBS_LIMIT: usize = 1000;
/// Items per page of jobs: the API tells no limit, so one that no server should mind.
const JOBS_LIMIT: usize = 100;

/// So many ids, joined by commas, may be looked up by the `name` of one [`Client::list_jobs`] (API text, 2.1).
pub const MAX_IDS: usize = 10;

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
    patience: Patience,
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
            patience: Patience::of(&settings.http),
        })))
    }

    /// How long its calls may take at most.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.0.patience
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
        let path = ["jobs", job.as_str(), "health-compare-jobs"];
        // Some of the reference's own examples write the name in the other way (API text, 1.10).
        let names = Names {
            items: &["compare_jobs", "compareJobs"],
            total: &["count", "total_count"],
        };
        let tasks = self
            .list(
                operation,
                COMPARE_JOBS_LIMIT,
                &names,
                |task: &HealthCompareJob| task.id.as_deref(),
                |page| self.get(operation, &path, page),
            )
            .await?;
        Ok(tasks.map(|tasks| tasks.items))
    }

    /// All jobs of one type, each once: `GET /v5/{project_id}/jobs`, page by page. `name` asks for jobs with that
    /// name or id only, as the cloud matches them; it may be up to [`MAX_IDS`] ids with commas between them.
    ///
    /// # Errors
    /// Any cause; a failed page fails the list.
    pub async fn list_jobs(&self, job_type: JobType, name: Option<&str>) -> Result<Answer<JobList>, Error> {
        let names = Names {
            items: &["jobs"],
            total: &["total_count", "count"],
        };
        let jobs = self
            .list(Operation::ListJobs, JOBS_LIMIT, &names, WireJob::id, |page| {
                let mut query = vec![("job_type", job_type.as_str())];
                query.extend(name.map(|name| ("name", name)));
                query.extend(page);
                self.get(Operation::ListJobs, &["jobs"], &query)
            })
            .await?;
        Ok(jobs.map(|Collected { items, is_complete }| {
            let came = items.len();
            let jobs: Vec<_> = items.into_iter().filter_map(WireJob::into_job).collect();
            JobList {
                is_complete: is_complete && jobs.len() == came,
                jobs,
            }
        }))
    }

    /// When a job's comparisons run: `GET /v5/{project_id}/jobs/{job_id}/compare-policy`.
    ///
    /// # Errors
    /// [`Cause::NotFound`] for an unknown job, and any other cause.
    pub async fn show_compare_policy(&self, job: &JobId) -> Result<Answer<ComparePolicy>, Error> {
        let path = ["jobs", job.as_str(), "compare-policy"];
        self.object(self.get(Operation::ShowComparePolicy, &path, &[])?).await
    }

    /// A call below `/v5/{project_id}`.
    pub(super) fn get(&self, operation: Operation, path: &[&str], query: &[(&str, &str)]) -> Result<Call, Error> {
        self.get_of("v5", operation, path, query)
    }

    /// A call of the given version of the API.
    pub(super) fn get_of(
        &self,
        version: &str,
        operation: Operation,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Call, Error> {
        let inner = &*self.0;
        let segments: Vec<&str> = [version, inner.project.as_str()].iter().chain(path).copied().collect();
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

    /// A list that comes at once.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        call: Call,
        names: &Names<'_>,
    ) -> Result<Answer<Page<T>>, Error> {
        let answered = self.0.session.ask(call).await?;
        let (items, total) = answered.list(names.items, names.total)?;
        Ok(Answer {
            value: Page { items, total },
            answered_at: answered.at(),
        })
    }

    /// A list that comes in pages of `limit` items; `call` is given the parameters that ask for one page.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        operation: Operation,
        limit: usize,
        names: &Names<'_>,
        id: impl Fn(&T) -> Option<&str>,
        call: impl Fn(&[(&str, &str)]) -> Result<Call, Error>,
    ) -> Result<Answer<Collected<T>>, Error> {
        collect(operation, limit, id, |offset| {
            let (limit, offset) = (limit.to_string(), offset.to_string());
            let call = call(&[("limit", &limit), ("offset", &offset)]);
            async move { self.page(call?, names).await }
        })
        .await
    }
}

/// What a list is called in an answer: the first of each that is there.
pub(super) struct Names<'a> {
    pub(super) items: &'a [&'a str],
    pub(super) total: &'a [&'a str],
}
