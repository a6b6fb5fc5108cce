//! Policies that change, close and open.

use super::*;

/// The same window in the afternoon.
const AFTERNOON: PolicyReport<'static> = PolicyReport {
    begin_time: Some("14:00:00"),
    end_time: Some("16:00:00"),
    ..DAILY
};

#[test]
fn a_run_moved_to_the_afternoon_is_due_there_and_no_more_at_night() {
    for names_next in [false, true] {
        let mut runs = daily("02-05T02:00:00", 3, 5);
        runs.extend(daily("02-07T14:01:00", 3, 5));
        let mut cloud = Cloud::new(DAILY, runs).then(at("02-07T12:00:00"), AFTERNOON);
        cloud.names_next = names_next;
        let seen = watch(&cloud, "02-05T12:00:00", "02-10");
        // Heard of at 12:00 sharp.
        assert_eq!(
            seen.late,
            [
                "02-07T14:00 - 02-07T14:01",
                "02-08T14:00 - 02-08T14:01",
                "02-09T14:00 - 02-09T14:01"
            ]
        );
        assert_eq!(seen.silent, no_spans(), "what was due before the change stays known");
    }
}

#[test]
fn what_is_due_around_an_unseen_change_counts_for_nobody() {
    for names_next in [false, true] {
        // Moved away from 14:00 just before, and from night to afternoon just after.
        let away = Cloud::new(AFTERNOON, daily("02-05T14:00:00", 1, 5)).then(at("02-06T13:59:00"), DAILY);
        let towards = Cloud::new(DAILY, daily("02-05T02:00:00", 2, 5)).then(at("02-06T14:30:00"), AFTERNOON);
        for (mut cloud, to) in [(away, "02-07T02:00:00"), (towards, "02-07T14:00:00")] {
            cloud.names_next = names_next;
            let seen = watch(&cloud, "02-05T15:00:00", to);
            // Nobody knows of the change before 15:00.
            let late: Vec<_> = seen
                .late
                .iter()
                .filter(|span| !span.starts_with("02-06T14:00 - 02-06T15:00"))
                .collect();
            assert!(late.is_empty(), "{seen:?}");
        }
    }
}

#[test]
fn a_run_missed_before_a_change_stays_missed_and_is_not_waited_for() {
    for names_next in [false, true] {
        let mut cloud = Cloud::new(DAILY, daily("02-05T02:00:00", 1, 5)).then(at("02-06T03:00:00"), AFTERNOON);
        cloud.names_next = names_next;
        let seen = watch(&cloud, "02-05T12:30:00", "02-06T14:00:00");
        // Heard of at 02:30, and as changed at 04:30.
        assert_eq!(seen.late, ["02-06T02:00 - 02-06T14:00"]);
        let seen = watch(&cloud, "02-05T13:01:00", "02-06T14:00:00");
        // Heard of at 01:01, and as changed at 03:01: nobody knows whether before or after 02:00.
        assert_eq!(seen.late, ["02-06T02:00 - 02-06T03:01"]);
        assert_eq!(seen.awaited, ["02-06T02:00 - 02-06T03:01"]);
    }
}

#[test]
fn nobody_waits_for_a_run_of_a_policy_that_is_no_more() {
    let mut schedule = Schedule::default();
    for time in ["02-05T12:00:00", "02-06T02:30:00"] {
        schedule.observe(policy(DAILY), at(time));
    }
    let now = at("02-06T03:00:00");
    assert_eq!(schedule.awaited_until(now, &[]), Some(at("02-06T04:00:00")));
    schedule.observe(policy(AFTERNOON), at("02-06T02:45:00"));
    assert_eq!(schedule.last_due(now, &[]), Some(at("02-06T02:00:00")));
    assert_eq!(schedule.awaited_until(now, &[]), None);
}

#[test]
fn while_a_policy_is_closed_nothing_is_due_and_afterwards_nothing_was() {
    for names_next in [false, true] {
        let mut runs = daily("02-05T02:00:00", 2, 5);
        runs.extend(daily("02-10T02:00:00", 1, 5));
        let mut cloud = Cloud::new(DAILY, runs)
            .then(at("02-06T12:00:00"), CLOSED)
            .then(at("02-09T12:00:00"), DAILY);
        cloud.names_next = names_next;
        let seen = watch(&cloud, "02-05T12:00:00", "02-11");
        assert_eq!(seen.late, no_spans());
        assert_eq!(seen.awaited, no_spans());
        assert_eq!(
            seen.silent,
            ["02-06T12:00 - 02-09T12:00"],
            "then what was due before is told again"
        );
    }
}

#[test]
fn what_was_missed_before_closing_is_told_again_when_it_opens() {
    let cloud = Cloud::new(DAILY, daily("02-05T02:00:00", 1, 5))
        .then(at("02-06T12:00:00"), CLOSED)
        .then(at("02-06T16:00:00"), DAILY);
    let seen = watch(&cloud, "02-05T12:00:00", "02-06T20:00:00");
    assert_eq!(seen.late, ["02-06T02:00 - 02-06T12:00", "02-06T16:00 - 02-06T20:00"]);
    assert_eq!(seen.awaited, ["02-06T02:00 - 02-06T04:01"]);
}

#[test]
fn a_next_run_from_before_it_was_closed_is_not_due_when_it_opens() {
    let stale = PolicyReport {
        next_compare_time: Some("2024-02-07T02:00:00Z"),
        ..DAILY
    };
    let tasks = [task(run(at("02-06T02:00:00"), 5), at("02-06T12:00:00"))];
    let mut schedule = Schedule::default();
    schedule.observe(policy(stale), at("02-06T12:00:00"));
    schedule.observe(policy(CLOSED), at("02-06T14:00:00"));
    for (hour, now) in [(1, at("02-08T14:00:00")), (2, at("02-08T16:00:00"))] {
        schedule.observe(policy(stale), now);
        assert_eq!(schedule.last_due(now, &tasks), Some(at("02-06T02:00:00")), "{hour}");
    }
}

#[test]
fn each_change_of_the_window_is_one_and_another_next_run_is_none() {
    let mut schedule = Schedule::default();
    for (text, next) in [
        ("02-05T12:00:00", "2024-02-06T02:00:00Z"),
        ("02-06T12:00:00", "2024-02-07T02:00:00Z"),
    ] {
        let report = PolicyReport {
            next_compare_time: Some(next),
            ..DAILY
        };
        schedule.observe(policy(report), at(text));
    }
    assert_eq!(schedule.last_due(at("02-06T12:00:00"), &[]), Some(at("02-06T02:00:00")));
    assert_eq!(schedule.changed, None);
    schedule.observe(policy(AFTERNOON), at("02-06T12:00:01"));
    assert_eq!(schedule.changed, Some(at("02-06T12:00:01")));
}

#[test]
fn the_state_is_that_of_the_newest_answer() {
    let mut schedule = Schedule::default();
    assert_eq!((schedule.status(), schedule.next_due(at("02-05"))), (None, None));
    for (report, status) in [
        (DAILY, PolicyStatus::Open),
        (CLOSED, PolicyStatus::Closed),
        (
            PolicyReport {
                status: Some("NO_SUPPORT"),
                ..DAILY
            },
            PolicyStatus::NoSupport,
        ),
        (PolicyReport::default(), PolicyStatus::Unknown),
    ] {
        schedule.observe(policy(report), at("02-05"));
        assert_eq!(schedule.status(), Some(status));
        let is_open = status == PolicyStatus::Open;
        assert_eq!(schedule.next_due(at("02-05")).is_some(), is_open);
        assert_eq!(schedule.last_due(at("02-07"), &[]).is_some(), is_open);
        assert_eq!(schedule.awaited_until(at("02-07T02:00:00"), &[]).is_some(), is_open);
    }
}
