//! The samples of when a job's comparisons are due.
//!
//! Knows nothing of how that is worked out.

use super::super::catalogue::Family;
use super::super::text::Value;
use super::Texts;
use crate::comparison::policy::PolicyStatus;
use crate::inventory::Schedule;

/// Appends the schedule of a job.
pub(super) fn push(texts: &mut Texts, job_labels: &str, schedule: &Schedule) {
    let state = |status: PolicyStatus| (status.as_str(), Value::flag(status == schedule.status));
    let states = PolicyStatus::ALL.into_iter().map(state);
    texts.push_set(Family::PolicyStatus, job_labels, "status", states);
    texts.push_some(Family::NextScheduled, job_labels, schedule.next);
    texts.push_some(Family::LastScheduled, job_labels, schedule.last);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::lines;
    use super::*;
    use crate::exposition::tests::{answer, at, job};
    use crate::inventory::Job;

    const NOW: i64 = 100;

    #[test]
    fn a_schedule_shows_while_it_and_the_job_are_known() {
        let schedule = Schedule {
            refreshed_at: at(0),
            stale_after: Duration::from_secs(200),
            status: PolicyStatus::Open,
            next: Some(at(3600)),
            last: Some(at(-3600)),
        };
        let with_schedule = |refreshed, schedule| Job {
            schedule,
            ..job("j", vec![answer(None, refreshed, Vec::new())])
        };
        let fresh = with_schedule(NOW, Some(schedule.clone()));
        let states = lines(&fresh, 5, Family::PolicyStatus);
        assert!(
            states.len() == 4 && states[0].ends_with("status=\"OPEN\"} 1"),
            "{states:?}"
        );
        assert_eq!(states.iter().filter(|line| line.ends_with(" 0")).count(), 3);
        assert!(lines(&fresh, 5, Family::NextScheduled)[0].ends_with("} 1712487600"));
        assert!(lines(&fresh, 5, Family::LastScheduled)[0].ends_with("} 1712480400"));
        let closed = Schedule {
            status: PolicyStatus::Closed,
            next: None,
            last: None,
            ..schedule.clone()
        };
        let closed = with_schedule(NOW, Some(closed));
        assert!(lines(&closed, 5, Family::PolicyStatus)[1].ends_with("status=\"CLOSED\"} 1"));
        let old = Schedule {
            refreshed_at: at(-101),
            ..schedule.clone()
        };
        for family in [Family::PolicyStatus, Family::NextScheduled, Family::LastScheduled] {
            let shown = |job: &Job| lines(job, 5, family);
            assert_eq!(shown(&with_schedule(NOW, None)), [""; 0], "never read");
            assert_eq!(shown(&with_schedule(NOW, Some(old.clone()))), [""; 0], "stale itself");
            let stale_job = with_schedule(-100_000, Some(schedule.clone()));
            assert_eq!(shown(&stale_job), [""; 0], "nothing to compare it with");
            assert!(family == Family::PolicyStatus || shown(&closed).is_empty());
        }
    }
}
