//! The shapes of the answers, read leniently.
//!
//! Owns: which fields there are and how far the wire may differ from the reference, which declares none of them
//! required: a missing field, `null` and `""` are all "not given"; a number where text is expected is kept as its
//! text; unknown fields are passed over. What a value means is not said here.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

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

/// What the object comparison found for one type of object (API text, 1.4).
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct ObjectOverview {
    /// The type of object, such as `TABLE`.
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub object_type: Option<String>,
    /// Objects of that type at the source.
    #[serde(default, deserialize_with = "number")]
    pub source_count: Option<i64>,
    /// Objects of that type at the target.
    #[serde(default, deserialize_with = "number")]
    pub target_count: Option<i64>,
    /// 0 inconsistent, 2 consistent, 3 not completed.
    #[serde(default, deserialize_with = "number")]
    pub status: Option<i64>,
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

/// Text, or whatever else is there as its JSON text; nothing for `null` and `""`.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A whole number, also when written as text; anything else counts as not given.
pub(super) fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(deserializer).map(|value| text_of(&value))
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Value::deserialize(deserializer).map(|value| number_of(&value))
}

/// An array of texts; also one text with commas, as the tasks' `type` is written.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Value::deserialize(deserializer).map(|value| match value {
        Value::Array(items) => items.iter().filter_map(text_of).collect(),
        Value::String(text) => text
            .split(',')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    })
}
