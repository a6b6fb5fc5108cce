//! What a configuration says, once it was read and found right.
//!
//! Owns: the types that the rest of the program sees. Knows nothing of YAML: every value here is already
//! parsed, inside its bounds and with its default filled in.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;
use url::Url;

use crate::comparison::verdict::Subject;
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};
use crate::secret::Secret;

/// A whole configuration file.
#[derive(Clone, Debug)]
pub struct Config {
    /// How often a comparison that may change is asked for. 100 ms to 1 day.
    pub poll_interval: Duration,
    /// How often a job is asked for of which nothing runs and nothing is due, and a single task that has ended. Never
    /// shorter than `poll_interval`.
    pub idle_interval: Duration,
    /// How often a job's compare policy is asked for. Never shorter than `idle_interval`.
    pub policy_interval: Duration,
    /// After how long without a refresh a job loses its comparison series. At least twice `idle_interval`.
    pub stale_after: Duration,
    /// How many of a job's newest tasks get series of their own; 0 means none.
    pub tasks_per_job: usize,
    /// The language of the cloud's messages.
    pub language: Language,
    /// The projects to watch: at least one, with names that differ.
    pub projects: Vec<Project>,
}

/// The header `X-Language` of every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `en-us`
    English,
    /// `zh-cn`
    Chinese,
}

/// One project of one region: its own credentials, budget and schedule.
#[derive(Clone, Debug)]
pub struct Project {
    /// The label `project`; unique in the file.
    pub name: ProjectName,
    /// Letters, digits, `-`, `_` and `.` only: it becomes part of host names.
    pub region: String,
    /// The cloud's id of the project.
    pub project_id: ProjectId,
    /// Where the services are, if not where the region's name puts them.
    pub endpoints: Endpoints,
    /// How to get in.
    pub credentials: Credentials,
    /// How to talk to the cloud: the project's own settings over the global ones over the defaults.
    pub http: Http,
    /// Single comparison tasks; no pair occurs twice.
    pub comparison_tasks: Vec<ComparisonTask>,
    /// Jobs whose comparisons are all watched; no job occurs twice.
    pub jobs: Vec<JobId>,
    /// Which other jobs are found by themselves.
    pub discovery: Option<Discovery>,
    /// What is judged of comparisons that have ended: the project's own choice over the global one. Each once.
    pub verdicts: Vec<Subject>,
}

/// Which jobs of a project are found by listing them.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The types of jobs; at least one, each once.
    pub job_types: Vec<JobType>,
    /// A job is watched if its name fits this…
    pub include: Regex,
    /// … and not this.
    pub exclude: Option<Regex>,
    /// How often the jobs are listed.
    pub refresh_interval: Duration,
}

/// The types of DRS jobs, by the API's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobType {
    /// `migration`
    Migration,
    /// `sync`
    Sync,
    /// `cloudDataGuard`: disaster recovery.
    CloudDataGuard,
    /// `replay`
    Replay,
}

/// Addresses that replace those of the public cloud: `http` or `https`, a host and maybe a port, nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// The service DRS.
    pub drs: Option<Url>,
    /// The service IAM, which gives tokens.
    pub iam: Option<Url>,
}

/// One comparison task, named by the two ids in the path of its call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ComparisonTask {
    /// The DRS job.
    pub job_id: JobId,
    /// The comparison task of that job.
    pub compare_job_id: CompareJobId,
}

/// How a project's calls are authenticated.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Requests are signed with an access key.
    AkSk {
        /// The access key's id (AK).
        access_key: Secret,
        /// The secret access key (SK).
        secret_key: Secret,
        /// Goes with temporary keys only.
        security_token: Option<Secret>,
    },
    /// IAM gives a token for a user's password.
    Password {
        /// The account's name.
        domain: String,
        /// The user's name.
        user: String,
        /// The user's password.
        password: Secret,
    },
    /// A token that somebody else keeps fresh.
    Token(Secret),
    /// Temporary keys from the ECS instance's metadata service.
    Agency {
        /// Replaces the address of the metadata service.
        endpoint: Option<Url>,
    },
    /// What the SDK would use: its environment variables, then its profile file.
    Sdk,
}

/// Limits and ways of the calls to the cloud, all values filled in.
#[derive(Clone, PartialEq)]
pub struct Http {
    /// A whole request, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// Requests under way at once.
    pub concurrency: NonZeroU32,
    /// Requests a second, above 0.
    pub rate_limit: f64,
    /// The largest answer that is read, in bytes.
    pub max_response_bytes: u64,
    /// A proxy for all calls. May hold a password: never print it.
    pub proxy_url: Option<Url>,
    /// Certificates (PEM) to trust besides the usual ones.
    pub ca_file: Option<PathBuf>,
}

/// Shows of the proxy its host only.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("timeout", &self.timeout)
            .field("concurrency", &self.concurrency)
            .field("rate_limit", &self.rate_limit)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("proxy_url", &self.proxy_url.as_ref().map(Url::host_str))
            .field("ca_file", &self.ca_file)
            .finish()
    }
}
