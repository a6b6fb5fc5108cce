//! What a check has found, as plain data.
//!
//! Owns: the outcome's form. Serialised it is the document that `--output json` writes, described in `docs/check.md`:
//! fields may be added, but none is renamed or taken away without another [`FORMAT`]. Times are RFC 3339, durations
//! seconds. Knows nothing of how it came about.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::build_info::VERSION;

/// The version of the form.
const FORMAT: u32 = 1;

/// How something turned out, the better ones less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It works.
    Ok,
    /// Nobody knows: it was not asked for, or nothing was there to ask about.
    NotAsked,
    /// It works, and may not be what was meant.
    Warning,
    /// It does not work.
    Failed,
}

/// The whole outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    format: u32,
    exporter_version: &'static str,
    /// When the check ended, by this machine's clock.
    #[serde(serialize_with = "time")]
    pub checked_at: Timestamp,
    /// Whether nobody was asked.
    pub offline: bool,
    /// The worst there is.
    pub result: Outcome,
    /// In the configuration's order.
    pub projects: Vec<Project>,
}

impl Report {
    /// Adds what follows from the projects.
    #[must_use]
    pub fn new(checked_at: Timestamp, offline: bool, projects: Vec<Project>) -> Self {
        Self {
            format: FORMAT,
            exporter_version: VERSION,
            // To the second: more says nothing.
            checked_at: Timestamp::from_second(checked_at.as_second()).unwrap_or(checked_at),
            offline,
            result: worst(projects.iter().map(|project| project.result)),
            projects,
        }
    }
}

/// The worst of several; what was not asked is no reason to worry by itself.
fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    outcomes
        .filter(|outcome| *outcome != Outcome::NotAsked)
        .max()
        .unwrap_or(Outcome::Ok)
}

/// One project.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Project {
    /// Its configured name.
    pub project: String,
    /// Its region.
    pub region: String,
    /// Its id in the cloud.
    pub project_id: String,
    /// The worst of its findings.
    pub result: Outcome,
    /// How far this machine's clock is ahead of the cloud's, to half a second; none where no answer told.
    pub clock_ahead_seconds: Option<f64>,
    /// What was found of the set-up.
    pub findings: Vec<Finding>,
    /// Every job that was asked about: configured ones first, then discovered ones.
    pub jobs: Vec<Job>,
}

impl Project {
    /// Sets the result.
    #[must_use]
    pub(super) fn judged(mut self) -> Self {
        self.result = worst(self.findings.iter().map(|finding| finding.result));
        self
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What: an operation of the API, or `configuration`, `endpoint`, `credentials`, `project_id`, `clock`,
    /// `discovery`, `the_rest`.
    pub check: String,
    /// How it turned out.
    pub result: Outcome,
    /// What was found, in words.
    pub detail: String,
    /// Why it failed, as one of a closed set of words.
    pub cause: Option<&'static str>,
    /// The cloud's own error code.
    pub code: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// What the exporter does not show until then.
    pub missing: Option<&'static str>,
    /// The jobs that it is about; empty where it is about the project.
    pub job_ids: Vec<String>,
}

impl Finding {
    pub(super) fn new(check: impl Into<String>, result: Outcome, detail: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            result,
            detail: detail.into(),
            cause: None,
            code: None,
            remedy: None,
            missing: None,
            job_ids: Vec::new(),
        }
    }

    pub(super) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// How a job came to be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// It stands in the configuration.
    Jobs,
    /// Single comparison tasks of it do.
    ComparisonTasks,
    /// Discovery found it.
    Discovery,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Job {
    /// Its id.
    pub job_id: String,
    /// Its name, where an answer told it.
    pub job_name: Option<String>,
    /// The kind of job, where an answer told it.
    pub job_type: Option<String>,
    /// Why it is here.
    pub found_by: FoundBy,
    /// How asking about it turned out.
    pub result: Outcome,
    /// Its newest comparison task, of those that are watched.
    pub newest_task: Option<Task>,
    /// What was judged of its newest ended task, by subject.
    pub verdicts: Vec<Verdict>,
    /// When its comparisons run; none where that was not told, or not asked.
    pub policy: Option<Policy>,
    /// What failed.
    pub failures: Vec<Failure>,
}

/// One comparison task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Task {
    /// Its id.
    pub compare_job_id: String,
    /// Its state, as the metrics call it.
    pub status: &'static str,
    /// When it started.
    #[serde(serialize_with = "maybe_time")]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(serialize_with = "maybe_time")]
    pub end_time: Option<Timestamp>,
    /// How long it took, or has been taking.
    #[serde(rename = "duration_seconds", serialize_with = "maybe_seconds")]
    pub duration: Option<Duration>,
}

/// A verdict on one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// `objects`, `rows` or `accounts`.
    pub subject: &'static str,
    /// Whether source and target hold the same; none where the overview judges nothing.
    pub consistent: Option<bool>,
}

/// A compare policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its state, as the metrics call it.
    pub status: &'static str,
    /// When the next run is due.
    #[serde(serialize_with = "maybe_time")]
    pub next_run: Option<Timestamp>,
    /// When the newest run was due, if it has not started and may not any more.
    #[serde(serialize_with = "maybe_time")]
    pub missed_run: Option<Timestamp>,
}

/// One failed question about a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The operation that failed.
    pub operation: &'static str,
    /// The task asked for, if the question was about one.
    pub compare_job_id: Option<String>,
    /// Why, as one of a closed set of words.
    pub cause: &'static str,
    /// The cloud's own error code.
    pub code: Option<String>,
    /// What happened, in words.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
}

fn time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

#[allow(clippy::ref_option, reason = "the form that serde calls")]
fn maybe_time<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

#[allow(clippy::ref_option, reason = "the form that serde calls")]
fn maybe_seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serializer.serialize_f64(duration.as_secs_f64()),
        None => serializer.serialize_none(),
    }
}
