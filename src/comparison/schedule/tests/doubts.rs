//! What cannot be known: before the first answer, where the cloud's words disagree, where it says little.

use proptest::prelude::*;

use super::*;

/// What an exporter that starts at `now` says at once.
fn restarted(report: PolicyReport<'_>, runs: &[Run], now: &str) -> (Option<Timestamp>, Option<Timestamp>) {
    let now = at(now);
    let mut schedule = Schedule::default();
    schedule.observe(policy(report), now);
    let tasks: Vec<_> = runs.iter().map(|run| task(*run, now)).collect();
    (schedule.last_due(now, &tasks), schedule.awaited_until(now, &tasks))
}

#[test]
fn after_a_restart_a_missed_run_is_found_from_the_runs_before() {
    let runs = daily("02-05T02:00:05", 3, 5);
    let (last, awaited) = restarted(DAILY, &runs, "02-08T03:00:00");
    assert_eq!(last, Some(at("02-08T02:00:00")), "missed");
    assert_eq!(awaited, Some(at("02-08T04:00:00")));
    let (last, awaited) = restarted(DAILY, &runs, "02-10T12:00:00");
    assert_eq!((last, awaited), (Some(at("02-10T02:00:00")), None), "missed thrice");
    let (last, awaited) = restarted(DAILY, &runs, "02-07T12:00:00");
    assert_eq!((last, awaited), (Some(at("02-07T02:00:00")), None), "not missed");
}

#[test]
fn a_new_policy_has_missed_nothing() {
    // A new job; one whose only run was made by hand; one that was compared at another time until now.
    for runs in [
        vec![],
        vec![run(at("02-07T17:00:00"), 5)],
        daily("02-05T14:00:00", 3, 5),
    ] {
        let (last, awaited) = restarted(DAILY, &runs, "02-08T10:00:00");
        let newest = runs.iter().map(|run| run.start).max();
        assert!(last.is_none() || last <= newest, "{runs:?}");
        assert_eq!(awaited, None);
        // A run may start all the same.
        let (last, awaited) = restarted(DAILY, &runs, "02-08T02:30:00");
        assert!(last.is_none() || last <= newest, "{runs:?}");
        assert_eq!(awaited, Some(at("02-08T04:00:00")));
    }
    let seen = watch(&Cloud::new(DAILY, []), "02-05T10:00:00", "02-06T12:00:00");
    assert_eq!(seen.silent, ["02-05T10:00 - 02-06T02:00"]);
    assert_eq!(seen.late, ["02-06T02:00 - 02-06T12:00"], "but from then on it has");
}

#[test]
fn a_start_somewhere_in_a_day_long_window_proves_no_policy() {
    let all_day = PolicyReport {
        end_time: None,
        ..DAILY
    };
    let by_hand = [run(at("02-07T15:00:00"), 5)];
    let (last, _) = restarted(all_day, &by_hand, "02-08T10:00:00");
    assert_eq!(last, Some(at("02-07T02:00:00")));
    let (last, _) = restarted(all_day, &[run(at("02-07T03:59:59"), 5)], "02-08T10:00:00");
    assert_eq!(last, Some(at("02-08T02:00:00")));
}

#[test]
fn what_the_cloud_says_is_overdue_is_so_also_after_a_restart() {
    let overdue = PolicyReport {
        next_compare_time: Some("2024-02-08T02:00:00Z"),
        ..DAILY
    };
    let (last, awaited) = restarted(overdue, &[], "02-08T03:00:00");
    assert_eq!(
        (last, awaited),
        (Some(at("02-08T02:00:00")), Some(at("02-08T04:00:00")))
    );
    let (last, awaited) = restarted(overdue, &daily("02-08T02:00:05", 1, 5), "02-08T03:00:00");
    assert_eq!((last, awaited), (Some(at("02-08T02:00:00")), None));
}

#[test]
fn a_named_run_that_passes_was_due_without_any_rule() {
    let naming = |next| {
        policy(PolicyReport {
            period: Some("nonsense"),
            next_compare_time: Some(next),
            ..DAILY
        })
    };
    let mut schedule = Schedule::default();
    schedule.observe(naming("2024-02-06T05:00:00Z"), at("02-05T12:00:00"));
    assert_eq!(schedule.last_due(at("02-06T04:59:59"), &[]), None);
    assert_eq!(schedule.last_due(at("02-06T05:00:00"), &[]), Some(at("02-06T05:00:00")));
    schedule.observe(naming("2024-02-07T05:00:00Z"), at("02-06T12:00:00"));
    let now = at("02-06T13:00:00");
    assert_eq!(schedule.last_due(now, &[]), Some(at("02-06T05:00:00")));
    assert_eq!(schedule.next_due(now), Some(at("02-07T05:00:00")));
}

#[test]
fn until_the_run_that_the_cloud_names_none_is_due() {
    let naming = |next| {
        policy(PolicyReport {
            next_compare_time: Some(next),
            ..DAILY
        })
    };
    let mut schedule = Schedule::default();
    let tasks = [task(run(at("02-05T02:00:00"), 5), at("02-05T12:00:00"))];
    // That of the 6th is left out, and that of the 7th put off within its window, and then to the next day.
    schedule.observe(naming("2024-02-07T02:00:00Z"), at("02-05T12:00:00"));
    assert_eq!(
        schedule.last_due(at("02-06T12:00:00"), &tasks),
        Some(at("02-05T02:00:00"))
    );
    schedule.observe(naming("2024-02-07T03:30:00Z"), at("02-07T01:00:00"));
    assert_eq!(
        schedule.last_due(at("02-07T03:29:59"), &tasks),
        Some(at("02-05T02:00:00"))
    );
    schedule.observe(naming("2024-02-08T02:00:00Z"), at("02-07T03:00:00"));
    assert_eq!(
        schedule.last_due(at("02-07T23:00:00"), &tasks),
        Some(at("02-05T02:00:00"))
    );
    assert_eq!(
        schedule.last_due(at("02-08T02:00:00"), &tasks),
        Some(at("02-08T02:00:00"))
    );
}

#[test]
fn a_window_in_another_time_zone_makes_nothing_due() {
    // The words say 10:00 to 12:00 in local time, the runs take place at 02:00 UTC.
    let local = PolicyReport {
        begin_time: Some("10:00:00"),
        end_time: Some("12:00:00"),
        ..DAILY
    };
    let tasks = [task(run(at("02-06T02:00:05"), 5), at("02-06T03:00:00"))];
    let mut schedule = Schedule::default();
    for (now, next) in [
        ("02-05T12:00:00", "2024-02-06T02:00:00Z"),
        ("02-06T03:00:00", "2024-02-07T02:00:00Z"),
    ] {
        let report = PolicyReport {
            next_compare_time: Some(next),
            ..local
        };
        schedule.observe(policy(report), at(now));
    }
    assert_eq!(
        schedule.last_due(at("02-06T23:00:00"), &tasks),
        Some(at("02-06T02:00:00"))
    );
}

#[test]
fn a_cloud_that_draws_another_moment_each_day_misses_nothing() {
    let naming = |next| {
        policy(PolicyReport {
            next_compare_time: Some(next),
            ..DAILY
        })
    };
    let started = run(at("02-06T02:10:05"), 5);
    let tasks = [task(started, at("02-06T12:00:00"))];
    let mut schedule = Schedule::default();
    schedule.observe(naming("2024-02-06T02:10:00Z"), at("02-05T12:00:00"));
    schedule.observe(naming("2024-02-07T03:40:00Z"), at("02-06T03:00:00"));
    assert!(schedule.last_due(at("02-06T12:00:00"), &tasks).unwrap() <= started.start);
    // An exporter that starts then does not know of the first moment.
    let report = PolicyReport {
        next_compare_time: Some("2024-02-07T03:40:00Z"),
        ..DAILY
    };
    assert_eq!(
        restarted(report, &[started], "02-06T12:00:00"),
        (Some(started.start), None)
    );
}

#[test]
fn a_run_that_ended_just_before_may_have_been_in_the_way() {
    let ending = |end| Run {
        end: Some(at(end)),
        ..run(at("02-05T02:00:00"), 0)
    };
    let seen = |run| watch(&Cloud::new(HOURLY, [run]), "02-05T02:30:00", "02-05T03:30:00");
    assert_eq!(seen(ending("02-05T02:59:01")).late, no_spans());
    assert_eq!(seen(ending("02-05T02:59:00")).late, ["02-05T03:00 - 02-05T03:30"]);
}

#[test]
fn a_run_that_ended_without_saying_when_was_in_the_way_within_its_window_only() {
    let silent = Run {
        end: None,
        ..run(at("02-05T02:00:05"), 0)
    };
    let hourly = PolicyReport {
        interval_hour: Some(1),
        end_time: Some("06:00:00"),
        ..DAILY
    };
    let seen = watch(&Cloud::new(hourly, [silent]), "02-05T02:30:00", "02-06T03:00:00");
    assert_eq!(seen.late, ["02-06T02:00 - 02-06T03:00"]);
    let all_day = PolicyReport {
        end_time: None,
        ..DAILY
    };
    let seen = watch(&Cloud::new(all_day, [silent]), "02-05T02:30:00", "02-06T03:00:00");
    assert_eq!(seen.late, ["02-06T02:00 - 02-06T03:00"]);
}

#[test]
fn a_run_in_a_state_that_is_not_known_is_one_that_goes_on() {
    let strange = Run {
        status: Status::Unknown,
        end: None,
        ..run(at("02-05T02:00:05"), 0)
    };
    let seen = watch(&Cloud::new(DAILY, [strange]), "02-05T02:30:00", "02-07T03:00:00");
    assert_eq!((seen.late, seen.awaited), (no_spans(), no_spans()));
}

#[test]
fn an_answer_from_a_clock_that_was_set_back_changes_nothing() {
    let mut schedule = Schedule::default();
    for time in ["02-05T12:00:00", "02-06T12:00:00", "02-06T01:00:00"] {
        schedule.observe(policy(DAILY), at(time));
    }
    assert_eq!(schedule.last_due(at("02-06T12:00:00"), &[]), Some(at("02-06T02:00:00")));
    assert_eq!(
        schedule.last_due(at("02-06T01:30:00"), &[]),
        None,
        "as it was known then"
    );
}

#[test]
fn an_answer_from_a_clock_far_ahead_is_forgotten_with_the_next_one() {
    let mut schedule = Schedule::default();
    let far = "2099-01-01T00:00:00Z".parse().unwrap();
    for time in [at("02-05T12:00:00"), far, at("02-06T12:00:00")] {
        schedule.observe(policy(HOURLY), time);
    }
    for hour in 13..20 {
        schedule.observe(policy(HOURLY), at(&format!("02-06T{hour}:30:00")));
    }
    let now = at("02-06T19:31:00");
    assert_eq!(schedule.last_due(now, &[]), Some(at("02-06T19:00:00")));
    assert!(schedule.passed.iter().all(|due| due.at <= now));
}

#[test]
fn no_more_is_remembered_than_is_of_use() {
    let mut schedule = Schedule::default();
    for hours in 0..400 {
        schedule.observe(policy(HOURLY), at("02-05T00:30:00") + hours.hours());
    }
    schedule.observe(policy(HOURLY), at("03-10"));
    assert_eq!(schedule.passed.len(), REMEMBERED);
    assert_eq!(schedule.passed.last().unwrap().at, at("03-10"));
}

/// Any time at all, most of them within two months.
fn any_time() -> impl Strategy<Value = Timestamp> {
    let first = at("02-05").as_second();
    prop_oneof![
        8 => (0_i64..60 * 86400).prop_map(move |ahead| Timestamp::from_second(first + ahead).unwrap()),
        1 => Just(Timestamp::MIN),
        1 => Just(Timestamp::MAX),
    ]
}

fn any_run() -> impl Strategy<Value = Run> {
    let end = prop::option::of(any_time());
    let status = prop::sample::select(Status::ALL.to_vec());
    (any_time(), end, status).prop_map(|(start, end, status)| Run { start, end, status })
}

proptest! {
    #[test]
    fn no_answers_and_no_tasks_make_it_panic_or_tell_the_future(
        heard in prop::collection::vec((any_time(), prop::option::of(any_time()), 0_usize..4), 0..8),
        runs in prop::collection::vec(any_run(), 0..6),
        now in any_time(),
    ) {
        let mut schedule = Schedule::default();
        for (time, next, number) in &heard {
            let next = next.map(|next| next.to_string());
            let report = PolicyReport { next_compare_time: next.as_deref(), ..[DAILY, HOURLY, CLOSED, PolicyReport::default()][*number] };
            schedule.observe(policy(report), *time);
        }
        let tasks: Vec<_> = runs.iter().map(|run| task(*run, now)).collect();
        let last = schedule.last_due(now, &tasks);
        prop_assert!(last.is_none_or(|last| last <= now));
        prop_assert!(schedule.next_due(now).is_none_or(|next| next > now));
        prop_assert!(schedule.awaited_until(now, &tasks).is_none_or(|until| until >= now));
        prop_assert!(schedule.passed.len() <= REMEMBERED);
        // Whoever says more of runs can only say less of missed ones.
        if let Some(newest) = tasks.iter().filter_map(|task| task.start).max() {
            let going_on = Run { start: newest, end: None, status: Status::Running };
            let more: Vec<_> = tasks.iter().cloned().chain([task(going_on, now)]).collect();
            prop_assert!(schedule.last_due(now, &more) <= last);
        }
    }
}
