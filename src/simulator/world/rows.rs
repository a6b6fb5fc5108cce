//! What a comparison of rows counts: the databases of the row overview (API text 1.8).
//!
//! Owns: counts and verdicts by database. Knows nothing of when a run takes place.

use serde_json::{Value, json};

use super::chance::chance;
use super::objects::databases_and_tables;
use super::run::{Outcome, Run, Stage};

// Codes of the table in API text 1.8.
const INCONSISTENT: u8 = 0;
const CONSISTENT: u8 = 2;
const FAILED: u8 = 4;
const COMPARING: u8 = 5;
const WAITING: u8 = 6;
const CANCELLED: u8 = 7;
const TIMED_OUT: u8 = 27;

/// What databases are called; there are never more of them.
const NAMES: [&str; 6] = [
    "ledger_db",
    "customers_db",
    "catalog_db",
    "shipping_db",
    "audit_db",
    "reporting_db",
];
/// At most so many tables differ in a run that finds differences.
const MOST_DIFFERENT: u64 = 3;

/// The overview of `run`, which has begun, for the job with this seed.
pub(super) fn overview(seed: u64, run: &Run, stage: Stage, now: i64) -> Vec<Value> {
    let (databases, tables) = databases_and_tables(seed);
    let mut rng = chance(seed, &[run.number, 3]);
    let differs = rng.u64(0..databases);
    let done = run.done(usize::try_from(tables).unwrap_or(usize::MAX), now) as u64;
    let mut before = 0;
    (0..databases)
        .zip(NAMES)
        .map(|(number, name)| {
            let size = tables / databases + u64::from(number < tables % databases);
            let done = done.saturating_sub(before).min(size);
            before += size;
            let is_different = run.outcome == Outcome::Different && number == differs && done == size;
            // One table is missing at the target, as the objects say, too; it is nothing to compare.
            let (inconsistent, uncomparable) = if is_different {
                (rng.u64(1..=MOST_DIFFERENT.min(size - 1)), 1)
            } else {
                (0, 0)
            };
            let status = match (done == size, is_different) {
                (true, true) => INCONSISTENT,
                (true, false) => CONSISTENT,
                (false, _) => unfinished(run, stage, done > 0),
            };
            json!({
                "source_db_name": name,
                "target_db_name": name,
                "status": status,
                "compare_num": size,
                "compare_end_num": done,
                "data_inconsistent_num": inconsistent,
                "uncomparable_num": uncomparable,
            })
        })
        .collect()
}

fn unfinished(run: &Run, stage: Stage, has_begun: bool) -> u8 {
    match (stage, run.outcome) {
        (Stage::Ended, Outcome::TimedOut) => TIMED_OUT,
        (Stage::Ended, Outcome::Cancelled) => CANCELLED,
        (Stage::Ended, _) => FAILED,
        (_, _) if has_begun => COMPARING,
        _ => WAITING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(seed: u64, outcome: Outcome, now: i64) -> Vec<Value> {
        let run = Run::for_test(outcome);
        overview(seed, &run, run.stage(now), now)
    }

    fn sum(rows: &[Value], field: &str) -> u64 {
        rows.iter().map(|row| row[field].as_u64().unwrap()).sum()
    }

    fn statuses(rows: &[Value]) -> Vec<u64> {
        rows.iter().map(|row| row["status"].as_u64().unwrap()).collect()
    }

    #[test]
    fn every_table_is_counted_once_and_done_at_the_end() {
        for seed in 0..50 {
            let (databases, tables) = databases_and_tables(seed);
            let rows = rows(seed, Outcome::Consistent, 999);
            assert_eq!(rows.len() as u64, databases);
            assert_eq!(
                (sum(&rows, "compare_num"), sum(&rows, "compare_end_num")),
                (tables, tables)
            );
            assert!(statuses(&rows).iter().all(|status| *status == 2), "{rows:?}");
        }
    }

    #[test]
    fn differences_are_in_one_database() {
        for seed in 0..50 {
            let rows = rows(seed, Outcome::Different, 999);
            assert_eq!(statuses(&rows).iter().filter(|status| **status == 0).count(), 1);
            assert!((1..=3).contains(&sum(&rows, "data_inconsistent_num")), "{rows:?}");
            assert_eq!(sum(&rows, "uncomparable_num"), 1);
        }
    }

    #[test]
    fn a_run_counts_up_and_one_that_breaks_off_says_why() {
        for seed in 0..50 {
            let (_, tables) = databases_and_tables(seed);
            let half = sum(&rows(seed, Outcome::Consistent, 135), "compare_end_num");
            assert_eq!(half, tables / 2);
            for (outcome, code) in [(Outcome::Failed, 4), (Outcome::Cancelled, 7), (Outcome::TimedOut, 27)] {
                let rows = rows(seed, outcome, 999);
                assert_eq!(*statuses(&rows).last().unwrap(), code);
                assert_eq!(sum(&rows, "compare_end_num"), tables / 2);
            }
        }
    }
}
