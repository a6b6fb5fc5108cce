//! Examples and properties of policies: the words, and the instants that follow from them.

mod due;
mod words;

use std::time::Duration;

use super::*;

/// An open policy with daily runs.
const DAILY: PolicyReport<'static> = PolicyReport {
    status: Some("OPEN"),
    period: Some("* * 1,2,3,4,5,6,7"),
    begin_time: Some("08:00:00"),
    end_time: Some("10:00:00"),
    next_compare_time: None,
    interval_hour: None,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Reads what is all readable.
fn read(report: PolicyReport<'_>) -> Policy {
    let (policy, contradictions) = Policy::read(&report);
    assert_eq!(contradictions, [], "{report:?}");
    policy
}

/// When runs are due after `from`, up to `to`, in order, without year and seconds.
fn due_between(policy: &Policy, from: &str, to: &str) -> Vec<String> {
    let mut texts: Vec<_> = policy
        .due_since(at(from), at(to))
        .map(|due| due.at.strftime("%a %d %H:%M").to_string())
        .collect();
    texts.reverse();
    texts
}

/// The first that are due after `from`.
fn next(policy: &Policy, from: &str, count: usize) -> Vec<String> {
    let first = policy.next_due(at(from));
    std::iter::successors(first, |due| policy.next_due(*due))
        .take(count)
        .map(|due| due.strftime("%a %d %H:%M").to_string())
        .collect()
}

fn room(policy: &Policy, due: &str) -> Duration {
    let due = policy.due(at(due));
    due.until.duration_since(due.at).unsigned_abs()
}
