//! Runs and their plan.

use super::*;

const ANCHOR: i64 = 1_000_000;

fn plan() -> Plan {
    Plan {
        seed: 1,
        timetable: Timetable::every(120, ANCHOR),
        pace: Pace::Brisk,
        reports: 30,
        first: -29,
        last: i64::MAX,
        luck: Luck::Mixed,
        opening: Opening::Any,
    }
}

#[test]
fn a_run_waits_runs_and_ends_before_the_next_is_due() {
    for run in plan().kept(ANCHOR + 60 * 120) {
        assert_eq!(run.stage(run.due), Stage::Waiting);
        assert_eq!(run.stage(run.begins), Stage::Running);
        assert_eq!(run.stage(run.ends), Stage::Ended);
        assert!(run.due < run.begins && run.begins < run.ends && run.ends < run.due + 120);
    }
}

#[test]
fn the_latest_reports_are_kept_newest_first_and_their_ids_stay() {
    let at_start: Vec<Run> = plan().kept(ANCHOR).collect();
    assert_eq!(at_start.len(), 30);
    assert_eq!(at_start[0].number, 0);
    let later: Vec<Run> = plan().kept(ANCHOR + 3 * 120).collect();
    assert_eq!(later.len(), 30);
    assert_eq!(later[3..], at_start[..27]);
}

#[test]
fn a_plan_that_stopped_stays_due_in_the_past() {
    let stopped = Plan { last: -20, ..plan() };
    assert_eq!(stopped.kept(ANCHOR).next().unwrap().number, -20);
    assert_eq!(stopped.next_due(ANCHOR), ANCHOR - 19 * 120);
    assert_eq!(plan().next_due(ANCHOR), ANCHOR + 120);
}

#[test]
fn mixed_luck_knows_every_outcome() {
    let outcomes: Vec<Outcome> = (0..100).map(|percent| plan().outcome(percent)).collect();
    for outcome in [
        Outcome::Consistent,
        Outcome::Different,
        Outcome::Failed,
        Outcome::TimedOut,
        Outcome::Cancelled,
    ] {
        assert!(outcomes.contains(&outcome), "{outcome:?}");
    }
}
