//! What a comparison of accounts finds: users and their privileges (API text 1.7).
//!
//! Owns: users and verdicts. Knows nothing of when a run takes place.
//! The verdict is declared a number and documented by names, and no key is published. Numbers it is, then, and those of
//! the row comparison: the names say the same as theirs.

use serde_json::{Value, json};

use super::chance::{chance, uuid};
use super::run::{Outcome, Run, Stage};
use super::task::time_text;

const INCONSISTENT: u8 = 0;
const CONSISTENT: u8 = 2;
const MISSING: u8 = 3;
const FAILED: u8 = 4;
const COMPARING: u8 = 5;
const WAITING: u8 = 6;

/// What users are called. No job has more: the whole truth of a large world is to stay readable.
const NAMES: [&str; 6] = ["root", "app_rw", "app_ro", "billing", "backup", "monitor"];
/// The fewest that a job has.
const LEAST: usize = 3;
/// The user who differs, where one does.
const DIFFERENT: usize = 1;
const PRIVILEGES: &str = "ALL ON *.*";

/// The users that `run`, which has begun, has compared or is to compare, for the job with this seed.
pub(super) fn comparison(seed: u64, run: &Run, stage: Stage, now: i64) -> Vec<Value> {
    // The same users in every run, and a verdict by the run.
    let mut rng = chance(seed, &[i64::MIN, 100]);
    let users = rng.usize(LEAST..=NAMES.len());
    let done = run.done(users, now);
    let different = different(seed, run);
    (0..users)
        .map(|number| {
            let result = match (number < done, number) {
                (true, DIFFERENT) => different,
                (true, _) => CONSISTENT,
                (false, _) if stage == Stage::Ended => FAILED,
                (false, _) if number == done => COMPARING,
                (false, _) => WAITING,
            };
            let target = match result {
                INCONSISTENT => "SELECT ON *.*",
                MISSING => "",
                _ => PRIVILEGES,
            };
            json!({
                "id": uuid(&mut rng),
                "src_user_name": NAMES[number],
                "tar_user_name": if result == MISSING { "" } else { NAMES[number] },
                "src_privileges": PRIVILEGES,
                "tar_privileges": target,
                "is_target_existed": result != MISSING,
                "compare_result": result,
                "created_at": time_text(run.begins),
                "updated_at": time_text(now.min(run.ends)),
            })
        })
        .collect()
}

/// The verdict of the one user who may differ: in a run that finds differences mostly does.
fn different(seed: u64, run: &Run) -> u8 {
    let verdicts = [INCONSISTENT, MISSING, CONSISTENT];
    match run.outcome {
        Outcome::Different => verdicts[chance(seed, &[run.number, 4]).usize(0..verdicts.len())],
        _ => CONSISTENT,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn results(seed: u64, outcome: Outcome, now: i64) -> Vec<u64> {
        let run = Run::for_test(outcome);
        let users = comparison(seed, &run, run.stage(now), now);
        users
            .iter()
            .map(|user| user["compare_result"].as_u64().unwrap())
            .collect()
    }

    #[test]
    fn users_are_compared_one_by_one() {
        let at_start = results(5, Outcome::Consistent, 100);
        assert_eq!(at_start[..2], [5, 6]);
        assert!(results(5, Outcome::Consistent, 170).iter().all(|result| *result == 2));
        assert_eq!(*results(5, Outcome::TimedOut, 999).last().unwrap(), 4);
    }

    #[test]
    fn a_difference_is_one_users_or_nobodys() {
        let mut seen = HashSet::new();
        for seed in 0..50 {
            let results = results(seed, Outcome::Different, 999);
            assert!(results.iter().filter(|result| **result != 2).count() <= 1);
            seen.insert(results[1]);
        }
        assert_eq!(seen, HashSet::from([0, 2, 3]));
    }
}
