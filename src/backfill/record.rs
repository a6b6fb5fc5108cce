//! What the cloud told of one job, in the form in which it waits on disk.
//!
//! Owns: which of the cloud's fields are kept. They are kept as they came: what they mean, `comparison` says when the
//! record is read again.

use serde::{Deserialize, Serialize};

use crate::cloud::{HealthCompareJob, ObjectOverview};
use crate::comparison::verdict::ObjectReport;
use crate::comparison::{Report, Task};
use crate::ids::CompareJobId;
use jiff::Timestamp;

/// One job and its comparison tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The job's id.
    pub job: String,
    /// The cloud's name of it.
    pub name: String,
    /// The tasks that are watched by their id, which are shown however old they are.
    pub asked: Vec<String>,
    /// Its tasks, each once, in any order.
    pub tasks: Vec<TaskRecord>,
}

/// One comparison task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskRecord {
    /// Its id in the list, or the one it was asked for by.
    pub id: String,
    types: Option<String>,
    status: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    compute_type: Option<String>,
    /// Its object overview.
    pub objects: Objects,
}

/// What is known of a task's object overview.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Objects {
    /// It has none, or none was wanted.
    #[default]
    None,
    /// It may have one, but asking has failed.
    Unreadable,
    /// Its rows.
    Rows(Vec<ObjectRow>),
}

/// One row of an object overview.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRow {
    object_type: Option<String>,
    source_count: Option<i64>,
    target_count: Option<i64>,
    status: Option<i64>,
}

impl TaskRecord {
    /// Keeps what the list or the detail says of the task `id`.
    #[must_use]
    pub fn new(id: &str, told: HealthCompareJob) -> Self {
        Self {
            id: id.to_owned(),
            types: told.kind,
            status: told.status,
            start_time: told.start_time,
            end_time: told.end_time,
            compute_type: told.compute_type,
            objects: Objects::None,
        }
    }

    /// The task as it is now.
    #[must_use]
    pub fn task(&self, now: Timestamp) -> Task {
        let report = Report {
            types: self.types.as_deref(),
            status: self.status.as_deref(),
            start_time: self.start_time.as_deref(),
            end_time: self.end_time.as_deref(),
            compute_type: self.compute_type.as_deref(),
        };
        Task::read(CompareJobId::new(&self.id), &report, now).0
    }
}

impl From<ObjectOverview> for ObjectRow {
    fn from(told: ObjectOverview) -> Self {
        Self {
            object_type: told.object_type,
            source_count: told.source_count,
            target_count: told.target_count,
            status: told.status,
        }
    }
}

impl ObjectRow {
    pub(super) fn report(&self) -> ObjectReport<'_> {
        ObjectReport {
            object_type: self.object_type.as_deref(),
            source_count: self.source_count,
            target_count: self.target_count,
            status: self.status,
        }
    }
}
