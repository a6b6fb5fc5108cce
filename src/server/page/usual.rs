//! How long a job's runs usually take, and when one takes far longer.
//!
//! Owns: the rule. Pure.

use std::time::Duration;

use crate::comparison::{Status, Task};

/// Fewer runs than this make no habit.
const MIN_RUNS: usize = 3;

/// A run is far longer than usual when it takes more than so many times as long …
const FACTOR: u32 = 3;

/// … and so much longer: nobody needs to know of 9 s instead of 2 s.
const MARGIN: Duration = Duration::from_mins(10);

/// Without a habit, a run that goes on for longer than this: most policies have a run a day.
const WITHOUT_HABIT: Duration = Duration::from_hours(24);

/// The median duration of the runs that ended by themselves, `except` the one that is to be judged by it.
pub(super) fn usual(runs: &[&Task], except: Option<&Task>) -> Option<Duration> {
    let others = runs
        .iter()
        .filter(|run| except.is_none_or(|except| except.id != run.id));
    // A cancelled run says when a person lost patience, one that timed out what the limit is.
    let ended = others.filter(|run| matches!(run.status, Status::Successful | Status::Failed));
    let mut durations: Vec<_> = ended.filter_map(|run| run.duration).collect();
    if durations.len() < MIN_RUNS {
        return None;
    }
    durations.sort_unstable();
    // The lower of the two in the middle: a duration that was really seen.
    durations.get((durations.len() - 1) / 2).copied()
}

/// Whether `run` takes, or took, far longer than usual.
pub(super) fn is_far_longer(run: &Task, usual: Option<Duration>) -> bool {
    let Some(duration) = run.duration else { return false };
    match usual {
        Some(usual) => duration > usual * FACTOR && duration > usual + MARGIN,
        None => !run.status.has_ended() && duration > WITHOUT_HABIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposition::tests::task;

    fn run(id: &str, status: &str, seconds: i64) -> Task {
        let start = -1_000_000;
        task(id, status, Some(start), Some(start + seconds))
    }

    fn usual_of(runs: &[Task]) -> Option<u64> {
        let runs: Vec<_> = runs.iter().collect();
        usual(&runs, runs.first().copied()).map(|usual| usual.as_secs())
    }

    #[test]
    fn it_is_the_median_of_what_ended_before() {
        let ended = |seconds: i64| run(&seconds.to_string(), "SUCCESSFUL", seconds);
        assert_eq!(
            usual_of(&[ended(9000), ended(60), ended(50)]),
            None,
            "two make no habit"
        );
        assert_eq!(usual_of(&[ended(9000), ended(60), ended(50), ended(70)]), Some(60));
        assert_eq!(
            usual_of(&[ended(9000), ended(60), ended(50), ended(70), ended(1)]),
            Some(50)
        );
        let stopped = [
            run("c", "CANCELLED", 7),
            run("t", "TIMEOUT_INTERRUPT", 7000),
            run("r", "RUNNING", 0),
        ];
        assert_eq!(usual_of(&stopped), None);
    }

    #[test]
    fn far_longer_is_both_by_a_factor_and_by_a_margin() {
        let minutes = |minutes| Some(Duration::from_mins(minutes));
        let took = |seconds| run("a", "SUCCESSFUL", seconds);
        assert!(!is_far_longer(&took(9), Some(Duration::from_secs(2))));
        assert!(!is_far_longer(&took(30 * 60), minutes(10)));
        assert!(is_far_longer(&took(30 * 60 + 1), minutes(10)));
        assert!(
            !is_far_longer(&took(5 * 86_400), None),
            "it has ended, and nothing is known of others"
        );
        let goes_on = |start| task("a", "RUNNING", Some(start), None);
        assert!(is_far_longer(&goes_on(-90_000), None) && !is_far_longer(&goes_on(-80_000), None));
    }
}
