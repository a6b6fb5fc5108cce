//! How soon something is asked again.
//!
//! Owns: the intervals, and which of them fits what is known. A job of which something runs, or is due, is asked at
//! every poll interval; one whose policy says that nothing is due, rarely until it is.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Plan;
use super::ask::Question;
use super::job::{Line, WatchedJob};
use super::schedule::{Turn, Urgency, next_slot};
use crate::cloud::Cause;

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

/// What a failure says of the next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The next asking may succeed.
    MayPass,
    /// What is not allowed, or not there, will not be there soon.
    WillLast,
}

impl Failure {
    pub(super) fn of(cause: Cause) -> Self {
        match cause {
            Cause::Forbidden | Cause::NotInRegion | Cause::Blocked => Self::WillLast,
            _ => Self::MayPass,
        }
    }
}

/// When the history of `job` is asked for again.
pub(super) fn of_history(plan: &Plan, job: &WatchedJob, beat: Beat, now: Moment) -> Turn {
    let is_going_on = job.tasks().any(|task| !task.status.has_ended());
    if is_going_on || job.awaits_run(now.time) {
        return beat.every(plan.poll_interval, Urgency::Urgent);
    }
    // What has failed may be over at the next poll; an idle interval later the job's series could be out of date.
    let has_failed = job.line(&Question::History).is_some_and(Line::is_bad);
    if has_failed || !job.says_when_runs_are_due(now.time) {
        return beat.every(plan.poll_interval, Urgency::Ordinary);
    }
    let idle = beat.every(plan.idle_interval, Urgency::Ordinary);
    let Some(next_run) = job.next_due(now.time) else {
        return idle;
    };
    let next_run = beat.after(now.instant_of(next_run), plan.poll_interval, Urgency::Urgent);
    if next_run.due <= idle.due { next_run } else { idle }
}

/// When a single task is asked for again.
pub(super) fn of_task(plan: &Plan, line: &Line, beat: Beat) -> Turn {
    if line.is_settled() {
        return beat.every(plan.idle_interval, Urgency::Ordinary);
    }
    // What is not known, perhaps because it is no more, does not go before what is known to run.
    let urgency = if line.goes_on() {
        Urgency::Urgent
    } else {
        Urgency::Ordinary
    };
    beat.every(plan.poll_interval, urgency)
}

/// When something is asked again that only adds to what is known, and that has failed.
pub(super) fn of_failed(plan: &Plan, failure: Failure, beat: Beat) -> Turn {
    let interval = match failure {
        Failure::MayPass => plan.idle_interval,
        Failure::WillLast => plan.policy_interval,
    };
    beat.every(interval, Urgency::Background)
}

/// When the policy of `job` is asked for again, as long as it answers.
pub(super) fn of_policy(plan: &Plan, job: &WatchedJob, beat: Beat, now: Moment) -> Turn {
    // Of a run that was due and does not start, the reason may be that the policy has changed. One that is out of date
    // although it was read, because the clock was set, costs a call a poll interval until it is read again.
    let interval = if job.is_overdue(now.time, plan.idle_interval) || !job.policy_is_fresh(now.time) {
        plan.idle_interval
    } else {
        plan.policy_interval
    };
    beat.every(interval, Urgency::Background)
}

#[cfg(test)]
mod tests {
    use super::super::job::watched;
    use super::super::tests::fake::{IDLE, POLL, epoch, plan};
    use super::*;
    use crate::comparison::policy::{Policy, PolicyReport};

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_by_hours_keeps_nothing_waiting_and_makes_no_storm() {
        let hour = Duration::from_hours(1);
        let (plan, start) = (plan(&["job"], &[]), Instant::now());
        let daily = PolicyReport {
            status: Some("OPEN"),
            period: Some("* * *"),
            begin_time: Some("09:00:00"),
            end_time: Some("09:30:00"),
            ..PolicyReport::default()
        };
        let mut job = watched(&plan).remove(0);
        job.take_policy(Policy::read(&daily).0, epoch(), epoch());
        let beat = Beat {
            origin: start,
            phase: 0.5,
            asked_at: start + hour,
        };
        let now = |time| Moment {
            time,
            instant: start + hour,
        };
        let waits = |turn: Turn| turn.due - beat.asked_at;
        for set in [epoch() - hour * 48, epoch() + hour, epoch() + hour * 3] {
            assert!((POLL..=IDLE).contains(&waits(of_history(&plan, &job, beat, now(set)))));
            assert!(waits(of_policy(&plan, &job, beat, now(set))) > IDLE);
        }
        let out_of_date = now(epoch() + hour * 5);
        assert!(waits(of_history(&plan, &job, beat, out_of_date)) <= POLL);
        assert!(
            waits(of_policy(&plan, &job, beat, out_of_date)) <= IDLE,
            "it is read again soon"
        );
    }
}
