//! Who is asked next, and what is known after the answers in any order.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::comparison::verdict::{ObjectReport, Objects, RowReport, Tally};
use crate::comparison::{Report, Status};

/// The task that started so many minutes after the first, and took one.
fn task(minute: i64, status: Status) -> Task {
    let time = |minute: i64| Timestamp::from_second(1_712_484_000 + 60 * minute).unwrap().to_string();
    let report = Report {
        types: Some("lines,object_comparison"),
        status: Some(status.as_str()),
        start_time: Some(&time(minute)),
        end_time: Some(&time(minute + 1)),
        compute_type: None,
    };
    Task::read(CompareJobId::new(format!("t{minute}")), &report, Timestamp::MAX).0
}

fn ended(minutes: impl IntoIterator<Item = i64>) -> Vec<Task> {
    minutes
        .into_iter()
        .map(|minute| task(minute, Status::Successful))
        .collect()
}

/// An overview whose only row has this status: 2 consistent, 0 inconsistent, 3 not completed.
fn objects(status: i64) -> Overview {
    Overview::Objects(Objects::read([ObjectReport {
        object_type: Some("TABLE"),
        status: Some(status),
        ..ObjectReport::default()
    }]))
}

/// Long after everything that these tests tell of: nothing changes any more.
fn later() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn next<'a>(judge: &Judge, tasks: &'a [Task]) -> Option<&'a str> {
    judge.next(tasks.iter(), later()).map(CompareJobId::as_str)
}

fn newest(judge: &Judge) -> Option<(String, bool)> {
    let judgement = judge.newest()?;
    Some((judgement.task.to_string(), judgement.is_consistent))
}

#[test]
fn the_newest_that_has_ended_and_compares_the_subject_is_asked_first() {
    let judge = Judge::new(Subject::Objects);
    let mut tasks = ended([1, 3, 2]);
    assert_eq!(next(&judge, &tasks), Some("t3"));
    tasks.push(task(4, Status::Running));
    tasks.push(task(5, Status::Unknown));
    tasks.push(Task {
        types: crate::comparison::ComparisonTypes::from_joined("lines"),
        ..task(6, Status::Successful)
    });
    assert_eq!(next(&judge, &tasks), Some("t3"));
    tasks.push(task(7, Status::TimeoutInterrupt));
    assert_eq!(next(&judge, &tasks), Some("t7"), "it may have found a difference");
    assert_eq!(next(&Judge::new(Subject::Accounts), &tasks), None);
    assert_eq!(next(&judge, &[]), None);
}

#[test]
fn the_walk_ends_at_the_newest_consistent_one() {
    let mut judge = Judge::new(Subject::Objects);
    let tasks = ended(0..5);
    for (status, then) in [(3, Some("t3")), (0, Some("t2")), (2, None)] {
        let asked = next(&judge, &tasks).unwrap().to_owned();
        let told = tasks.iter().find(|task| task.id.as_str() == asked).unwrap();
        judge.take(told, objects(status), later());
        assert_eq!(next(&judge, &tasks), then);
    }
    assert_eq!(newest(&judge), Some(("t3".to_owned(), false)));
    assert_eq!(judge.last_consistent(), tasks[2].end);
}

#[test]
fn of_rows_the_newest_judged_one_is_enough() {
    let mut judge = Judge::new(Subject::Rows);
    let tasks = ended(0..5);
    judge.take(&tasks[4], Overview::Rows(Tally::default()), later());
    assert_eq!((next(&judge, &tasks), newest(&judge)), (Some("t3"), None));
    let different = RowReport {
        status: Some(0),
        ..RowReport::default()
    };
    judge.take(&tasks[3], Overview::Rows(Tally::of_rows([different])), later());
    assert_eq!(
        (next(&judge, &tasks), newest(&judge)),
        (None, Some(("t3".to_owned(), false)))
    );
}

#[test]
fn a_task_that_was_stopped_is_not_judged_consistent() {
    for status in [Status::Failed, Status::Cancelled, Status::TimeoutInterrupt] {
        let mut judge = Judge::new(Subject::Objects);
        let tasks = [task(1, Status::Successful), task(2, status)];
        judge.take(&tasks[1], objects(2), later());
        assert_eq!((newest(&judge), judge.last_consistent()), (None, None), "{status}");
        assert_eq!(next(&judge, &tasks), Some("t1"));
        judge.take(&tasks[0], objects(2), later());
        assert_eq!(newest(&judge), Some(("t1".to_owned(), true)));
        judge.take(&tasks[1], objects(0), later());
        assert_eq!(newest(&judge), Some(("t2".to_owned(), false)), "what differs, differs");
    }
}

#[test]
fn one_that_cannot_be_had_is_passed_over() {
    let mut judge = Judge::new(Subject::Objects);
    let tasks = ended(0..3);
    judge.give_up(&tasks[2].id, later());
    assert_eq!((next(&judge, &tasks), newest(&judge)), (Some("t1"), None));
}

#[test]
fn what_the_cloud_forgot_stays_known_and_is_not_remembered_as_asked() {
    let mut judge = Judge::new(Subject::Objects);
    let tasks = ended(0..3);
    judge.take(&tasks[1], objects(2), later());
    judge.take(&tasks[2], objects(0), later());
    judge.keep_only(|id| id.as_str() == "t0");
    assert!(judge.asked.is_empty());
    assert_eq!(newest(&judge), Some(("t2".to_owned(), false)));
    assert_eq!(judge.last_consistent(), tasks[1].end);
    judge.take(&tasks[0], objects(2), later());
    assert_eq!(
        newest(&judge),
        Some(("t2".to_owned(), false)),
        "an older one is no news"
    );
    assert_eq!(judge.last_consistent(), tasks[1].end);
}

#[test]
fn a_long_history_without_a_verdict_is_not_walked_to_its_end() {
    let mut judge = Judge::new(Subject::Objects);
    let tasks = ended(0..100);
    let mut calls = 0;
    while let Some(asked) = judge.next(tasks.iter(), later()).cloned() {
        let task = tasks.iter().find(|task| task.id == asked).unwrap();
        judge.take(task, objects(3), later());
        calls += 1;
    }
    assert_eq!(calls, LOOK_BACK);
}

#[test]
fn a_task_that_two_answers_tell_of_is_asked_once() {
    let mut judge = Judge::new(Subject::Objects);
    let twice = [
        task(1, Status::Running),
        task(1, Status::Successful),
        task(1, Status::Successful),
    ];
    assert_eq!(next(&judge, &twice), Some("t1"));
    judge.take(&twice[1], objects(0), later());
    assert_eq!(next(&judge, &twice), None);
}

proptest! {
    /// However the history grows between the calls, in the end it is known what the newest of all found.
    #[test]
    fn what_is_known_is_what_the_newest_found(
        found in prop::collection::vec((0_i64..5, prop::sample::select(Status::ENDED.to_vec())), 1..12),
        shown in prop::collection::vec(1_usize..12, 0..6),
    ) {
        let tasks: Vec<_> = (0..).zip(&found).map(|(minute, (_, status))| task(minute, *status)).collect();
        let codes: HashMap<_, _> = tasks.iter().zip(&found).map(|(task, (code, _))| (task.id.clone(), *code)).collect();
        let mut judge = Judge::new(Subject::Objects);
        for count in shown.into_iter().chain([tasks.len()]) {
            let known = &tasks[..count.min(tasks.len())];
            let mut asked = 0;
            while let Some(id) = judge.next(known.iter(), later()).cloned() {
                let told = known.iter().find(|task| task.id == id).unwrap();
                judge.take(told, objects(codes[&id]), later());
                asked += 1;
                prop_assert!(asked <= known.len());
            }
        }
        let verdict = |task: &Task| objects(codes[&task.id]).is_consistent(task.status);
        let expected = tasks.iter().rev().find_map(|task| Some((task.id.to_string(), verdict(task)?)));
        prop_assert_eq!(newest(&judge), expected);
        let consistent = tasks.iter().rfind(|task| verdict(task) == Some(true));
        prop_assert_eq!(judge.last_consistent(), consistent.and_then(|task| task.end));
    }
}

#[test]
fn where_three_are_refused_no_older_one_is_asked_but_a_newer_one_is() {
    let mut judge = Judge::new(Subject::Objects);
    let mut tasks = ended(1..=9);
    for expected in ["t9", "t8", "t7"] {
        assert_eq!(next(&judge, &tasks), Some(expected));
        judge.give_up(&CompareJobId::new(expected), later());
    }
    assert_eq!(next(&judge, &tasks), None);
    tasks.push(task(10, Status::Successful));
    assert_eq!(next(&judge, &tasks), Some("t10"));
    judge.take(&task(10, Status::Successful), objects(3), later());
    assert_eq!(next(&judge, &tasks), None);
}

#[test]
fn what_judged_nothing_is_asked_again_for_an_hour_after_the_end_and_no_longer() {
    let tasks = ended([1, 2]);
    let end = tasks[1].end.unwrap();
    let after = |minutes: i64| end + jiff::SignedDuration::from_mins(minutes);
    for found in [Overview::Objects(Objects::default()), objects(3)] {
        let mut judge = Judge::new(Subject::Objects);
        let asked_at = |judge: &Judge, minutes| judge.next(tasks.iter(), after(minutes)).cloned();
        judge.take(&tasks[1], found, after(1));
        assert_eq!(asked_at(&judge, 2), Some(tasks[0].id.clone()), "meanwhile an older one");
        judge.take(&tasks[0], objects(2), after(2));
        assert_eq!(asked_at(&judge, 5), None, "not at once");
        assert_eq!(asked_at(&judge, 11), Some(tasks[1].id.clone()));
        judge.take(&tasks[1], objects(3), after(11));
        assert_eq!(asked_at(&judge, 20), None);
        assert_eq!(asked_at(&judge, 59), Some(tasks[1].id.clone()));
        assert_eq!(asked_at(&judge, 60), None, "it has settled");
        judge.take(&tasks[1], objects(0), after(59));
        assert_eq!(
            (newest(&judge), asked_at(&judge, 59)),
            (Some(("t2".to_owned(), false)), None)
        );
    }
}
