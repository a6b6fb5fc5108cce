//! How soon something is asked again.
//!
//! Owns: the intervals, and which of them fits what is known. A job of which something runs, or is due, is asked at
//! every poll interval; one whose policy says that nothing is due, rarely until it is.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Plan;
use super::job::WatchedJob;
use super::schedule::{Turn, Urgency, next_slot};

/// The same moment by both clocks: policies speak of the time of day, timers do not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// By the exporter's clock.
    pub(super) time: Timestamp,
    /// By the timer.
    pub(super) instant: Instant,
}

impl Moment {
    /// When it is `time` by the timer; now if that has passed.
    fn instant_of(self, time: Timestamp) -> Instant {
        let ahead = Duration::try_from(time.duration_since(self.time)).unwrap_or_default();
        self.instant + ahead
    }
}

/// One thing's place within the intervals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beat {
    /// From where intervals are counted.
    pub(super) origin: Instant,
    /// Its fixed moment within any interval.
    pub(super) phase: f64,
    /// When it was last asked.
    pub(super) asked_at: Instant,
}

impl Beat {
    /// The next turn at this interval.
    pub(super) fn every(self, interval: Duration, urgency: Urgency) -> Turn {
        self.after(self.asked_at, interval, urgency)
    }

    fn after(self, moment: Instant, interval: Duration, urgency: Urgency) -> Turn {
        Turn {
            due: next_slot(self.origin, interval, self.phase, moment),
            urgency,
        }
    }
}

/// When the history of `job` is asked for again.
pub(super) fn of_history(plan: &Plan, job: &WatchedJob, beat: Beat, now: Moment) -> Turn {
    let is_going_on = job.tasks().any(|task| !task.status.has_ended());
    if is_going_on || job.awaits_run(now.time) {
        return beat.every(plan.poll_interval, Urgency::Urgent);
    }
    if !job.says_when_runs_are_due(now.time) {
        return beat.every(plan.poll_interval, Urgency::Ordinary);
    }
    let idle = beat.every(plan.idle_interval, Urgency::Ordinary);
    let Some(next_run) = job.next_due(now.time) else {
        return idle;
    };
    let next_run = beat.after(now.instant_of(next_run), plan.poll_interval, Urgency::Urgent);
    if next_run.due <= idle.due { next_run } else { idle }
}

/// When the policy of `job` is asked for again, as long as it answers.
pub(super) fn of_policy(plan: &Plan, job: &WatchedJob, beat: Beat, now: Moment) -> Turn {
    // Of a run that was due and does not start, the reason may be that the policy has changed.
    let interval = if job.is_overdue(now.time, plan.idle_interval) {
        plan.idle_interval
    } else {
        plan.policy_interval
    };
    beat.every(interval, Urgency::Background)
}
