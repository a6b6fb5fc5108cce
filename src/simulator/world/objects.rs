//! What an object comparison counts: the rows of the object overview (API text 1.4).
//!
//! Owns: counts and verdicts by object type. Knows nothing of when a run takes place.

use serde_json::{Value, json};

use super::chance::chance;
use super::run::{Outcome, Run, Stage};

const INCONSISTENT: u8 = 0;
const CONSISTENT: u8 = 2;
const NOT_COMPLETED: u8 = 3;

/// Object types with their smallest and largest number in one database instance.
const TYPES: [(&str, u64, u64); 7] = [
    ("DB", 1, 6),
    ("TABLE", 12, 240),
    ("INDEX", 20, 600),
    ("TABLE_COLLATION", 12, 240),
    ("VIEW", 0, 20),
    ("ROUTINE", 0, 12),
    ("TRIGGER", 0, 8),
];

/// The position in [`TYPES`] of databases.
const DATABASES: usize = 0;
/// The position in [`TYPES`] of the type that differs when a run finds differences: always a table is missing.
const MISSING: usize = 1;
/// And this one differs in substance while the counts are equal.
const ALTERED: usize = 3;

/// The overview of `run` at stage `stage` for the job with this seed; empty when the run does not compare objects,
/// has not begun or has failed.
pub(crate) fn overview(seed: u64, run: &Run, stage: Stage, now: i64) -> Vec<Value> {
    if stage == Stage::Waiting || (stage == Stage::Ended && run.outcome == Outcome::Failed) {
        return Vec::new();
    }
    let done = run.done(TYPES.len(), now);
    (0..TYPES.len())
        .map(|position| {
            if position < done {
                compared(seed, run.outcome, position)
            } else {
                row(position, source_count(seed, position), 0, NOT_COMPLETED)
            }
        })
        .collect()
}

/// How many databases the job with this seed has, and how many tables in all of them: at least two in each.
pub(super) fn databases_and_tables(seed: u64) -> (u64, u64) {
    (source_count(seed, DATABASES), source_count(seed, MISSING))
}

fn compared(seed: u64, outcome: Outcome, position: usize) -> Value {
    let source = source_count(seed, position);
    match (outcome, position) {
        (Outcome::Different, MISSING) => row(position, source, source - 1, INCONSISTENT),
        (Outcome::Different, ALTERED) => row(position, source, source, INCONSISTENT),
        _ => row(position, source, source, CONSISTENT),
    }
}

fn source_count(seed: u64, position: usize) -> u64 {
    let (_, least, most) = TYPES[position];
    chance(seed, &[i64::MIN, i64::try_from(position).unwrap_or(0)]).u64(least..=most)
}

fn row(position: usize, source: u64, target: u64, status: u8) -> Value {
    json!({"type": TYPES[position].0, "source_count": source, "target_count": target, "status": status})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(outcome: Outcome, now: i64) -> Vec<u64> {
        let run = Run::for_test(outcome);
        let rows = overview(5, &run, run.stage(now), now);
        rows.iter().map(|row| row["status"].as_u64().unwrap()).collect()
    }

    #[test]
    fn a_verdict_grows_with_the_run() {
        assert!(statuses(Outcome::Consistent, 99).is_empty());
        assert_eq!(statuses(Outcome::Consistent, 100), [3; 7]);
        assert_eq!(statuses(Outcome::Consistent, 140), [2, 2, 2, 2, 3, 3, 3]);
        assert_eq!(statuses(Outcome::Consistent, 170), [2; 7]);
    }

    #[test]
    fn differences_show_in_a_count_and_without_one() {
        let run = Run::for_test(Outcome::Different);
        let rows = overview(5, &run, Stage::Ended, 999);
        let inconsistent: Vec<&Value> = rows.iter().filter(|row| row["status"] == 0).collect();
        assert_eq!(inconsistent.len(), 2);
        assert_ne!(inconsistent[0]["source_count"], inconsistent[0]["target_count"]);
        assert_eq!(inconsistent[1]["source_count"], inconsistent[1]["target_count"]);
    }

    #[test]
    fn an_interrupted_run_is_never_completed_and_a_failed_one_says_nothing() {
        assert_eq!(statuses(Outcome::TimedOut, 9999), [2, 2, 2, 3, 3, 3, 3]);
        assert!(statuses(Outcome::Failed, 9999).is_empty());
    }
}
