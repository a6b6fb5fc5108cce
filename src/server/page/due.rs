//! When a job's runs are due, as far as it is known.
//!
//! Owns: what is late and what is missed. Pure; when something was due is the schedule's matter.

use std::time::Duration;

use jiff::Timestamp;

use crate::comparison::Task;
use crate::comparison::policy::PolicyStatus;
use crate::inventory::Job;

/// So long a run that was due may be late before it is called missed: the cloud starts its runs within minutes.
const LATE: Duration = Duration::from_mins(30);

/// What is known of a job's schedule.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) next: Option<Timestamp>,
    /// The run that was due and has not started.
    pub(super) missed: Option<Missed>,
    /// The policy's state.
    pub(super) policy: Option<PolicyStatus>,
}

/// A run that was due and has not started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missed {
    /// When it was due.
    pub(super) since: Timestamp,
    /// Whether it may still start.
    pub(super) is_late: bool,
}

impl Due {
    /// Of `job`, whose newest run is `newest`.
    pub(super) fn of(job: &Job, newest: Option<&Task>, now: Timestamp) -> Self {
        let Some(schedule) = job.fresh_schedule(now) else {
            return Self::default();
        };
        // As the metrics have it: due later than the newest start. `None` is before any time.
        let missed = schedule
            .last
            .filter(|due| Some(*due) > newest.and_then(|task| task.start));
        Self {
            next: schedule.next,
            missed: missed.map(|since| Missed {
                since,
                is_late: now.duration_since(since).unsigned_abs() <= LATE,
            }),
            policy: Some(schedule.status),
        }
    }
}
