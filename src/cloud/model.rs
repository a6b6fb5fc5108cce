//! The shapes of the answers, read leniently.
//!
//! Owns: which fields jobs, tasks and policies have. How far the wire may differ from the reference is in `lenient`,
//! what a comparison found in `findings`. What a value means is not said here.

use jiff::Timestamp;
use serde::Deserialize;

use super::lenient::{number, text, texts};
use crate::ids::JobId;

/// What the cloud answered, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// The time of the answer by the cloud's clock (the header `Date`; of the last page where there are several),
    /// by ours where it has none. The cloud writes start times by its own clock, so this is the "now" to go with them.
    pub answered_at: Timestamp,
}

impl<T> Answer<T> {
    /// The same answer, read further.
    pub(super) fn map<U>(self, read: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: read(self.value),
            answered_at: self.answered_at,
        }
    }
}

/// One health comparison task (API text, 1.1 and 1.2). Raw text: `None` where the cloud gave nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct HealthCompareJob {
    /// The cloud's id of the task; in the reference's own example another than the one asked for.
    #[serde(default, deserialize_with = "text")]
    pub id: Option<String>,
    /// The comparison's types, joined by commas in any order, such as `lines,object_comparison`.
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// The task's status, such as `SUCCESSFUL`.
    #[serde(default, deserialize_with = "text")]
    pub status: Option<String>,
    /// When it started, UTC, such as `2024-04-07T10:00:01Z`.
    #[serde(default, deserialize_with = "text")]
    pub start_time: Option<String>,
    /// When it ended, UTC.
    #[serde(default, deserialize_with = "text")]
    pub end_time: Option<String>,
    /// The DRS job's name; only in the detail.
    #[serde(default, deserialize_with = "text")]
    pub job_name: Option<String>,
    /// Where the comparison computes (`drs`, `db`); only in the list.
    #[serde(default, deserialize_with = "text")]
    pub compute_type: Option<String>,
}

/// The kinds of DRS jobs; a query must name one (API text, 2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum JobType {
    /// One-time or continuous migration.
    Migration,
    /// Data synchronisation.
    Sync,
    /// Disaster recovery.
    CloudDataGuard,
    /// Workload replay.
    Replay,
}

impl JobType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Migration, Self::Sync, Self::CloudDataGuard, Self::Replay];

    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Sync => "sync",
            Self::CloudDataGuard => "cloudDataGuard",
            Self::Replay => "replay",
        }
    }
}

/// One DRS job (API text, 2.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Its id. An entry without one is left out: nothing can be asked about it.
    pub id: JobId,
    /// Its name.
    pub name: Option<String>,
    /// Its status, such as `INCRE_TRANSFER_STARTED`.
    pub status: Option<String>,
    /// The kind of job, such as `sync`.
    pub job_type: Option<String>,
    /// Source and target engine, such as `mysql-to-mysql`.
    pub engine_type: Option<String>,
    /// `FULL_TRANS`, `FULL_INCR_TRANS` or `INCR_TRANS`.
    pub task_type: Option<String>,
}

/// The jobs that a listing gave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobList {
    /// Each job once.
    pub jobs: Vec<Job>,
    /// Whether nothing speaks against these being all there are. False where fewer came than the cloud's own total,
    /// where pages overlapped or the total changed between them (jobs moved meanwhile, and one may have moved past),
    /// or where an entry has no id. A job that an incomplete list lacks may still exist.
    pub is_complete: bool,
}

/// [`Job`] as it is on the wire.
#[derive(Deserialize)]
pub(super) struct WireJob {
    #[serde(default, deserialize_with = "text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "text")]
    job_type: Option<String>,
    #[serde(default, deserialize_with = "text")]
    engine_type: Option<String>,
    #[serde(default, deserialize_with = "text")]
    task_type: Option<String>,
}

impl WireJob {
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(super) fn into_job(self) -> Option<Job> {
        Some(Job {
            id: JobId::new(self.id?),
            name: self.name,
            status: self.status,
            job_type: self.job_type,
            engine_type: self.engine_type,
            task_type: self.task_type,
        })
    }
}

/// When a job's health comparisons run (API text, 1.5).
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct ComparePolicy {
    /// `OPEN`, `CLOSED` or `NO_SUPPORT`.
    #[serde(default, deserialize_with = "text")]
    pub status: Option<String>,
    /// The days, such as `* * 1,3,5`; 1 is Monday.
    #[serde(default, deserialize_with = "text")]
    pub period: Option<String>,
    /// The window's begin, `HH:mm:ss`, UTC.
    #[serde(default, deserialize_with = "text")]
    pub begin_time: Option<String>,
    /// The window's end, `HH:mm:ss`, UTC.
    #[serde(default, deserialize_with = "text")]
    pub end_time: Option<String>,
    /// The types that are compared.
    #[serde(default, rename = "compare_type", deserialize_with = "texts")]
    pub compare_types: Vec<String>,
    /// When the next run is due, UTC.
    #[serde(default, deserialize_with = "text")]
    pub next_compare_time: Option<String>,
    /// `normal` or `manyToOne`.
    #[serde(default, deserialize_with = "text")]
    pub compare_policy: Option<String>,
    /// Hours between runs; only where runs are hourly.
    #[serde(default, deserialize_with = "number")]
    pub interval_hour: Option<i64>,
    /// What a run does when the one before is still active: `cover` or `ignore`.
    #[serde(default, deserialize_with = "text")]
    pub conflict_strategy: Option<String>,
}
