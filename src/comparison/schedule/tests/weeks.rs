//! One policy over weeks.

use proptest::prelude::*;

use super::*;

#[test]
fn four_weeks_of_daily_runs_on_time_are_late_only_until_each_starts() {
    for names_next in [false, true] {
        let mut cloud = Cloud::new(DAILY, daily("02-05T02:03:00", 28, 40));
        cloud.names_next = names_next;
        let seen = watch(&cloud, "02-05", "03-04");
        assert_eq!(seen.late.len(), 28);
        assert_eq!(seen.late[0], "02-05T02:00 - 02-05T02:03");
        assert_eq!(seen.late[24], "02-29T02:00 - 02-29T02:03");
        assert!(seen.late.iter().all(|span| span.ends_with("02:03")), "{:?}", seen.late);
        assert_eq!(seen.awaited, seen.late);
        assert_eq!(seen.silent, ["02-05T00:00 - 02-05T02:00"]);
    }
}

#[test]
fn runs_that_start_at_the_very_second_or_some_before_are_never_late() {
    for start in ["02-05T02:00:00", "02-05T01:59:58", "02-05T01:59:01"] {
        for minutes in [0, 1, 30] {
            for names_next in [false, true] {
                let mut cloud = Cloud::new(DAILY, daily(start, 7, minutes));
                cloud.names_next = names_next;
                let seen = watch(&cloud, "02-05T12:00:00", "02-12");
                assert_eq!(seen.late, no_spans(), "{start}, {minutes} minutes");
                assert_eq!(seen.awaited, no_spans());
                assert_eq!(seen.silent, no_spans());
            }
        }
    }
}

#[test]
fn a_late_run_is_late_until_it_starts_and_waited_for_so_long() {
    let cloud = Cloud::new(DAILY, [run(at("02-05T02:00:05"), 5), run(at("02-06T03:59:30"), 5)]);
    let seen = watch(&cloud, "02-05T12:00:00", "02-07");
    assert_eq!(seen.late, ["02-06T02:00 - 02-06T04:00"]);
    assert_eq!(seen.awaited, seen.late);
}

#[test]
fn a_missed_run_is_late_from_the_instant_on_and_waited_for_until_the_window_ends() {
    let mut runs = daily("02-05T02:00:05", 4, 5);
    runs.remove(2);
    for names_next in [false, true] {
        let mut cloud = Cloud::new(DAILY, runs.clone());
        cloud.names_next = names_next;
        let seen = watch(&cloud, "02-05T12:00:00", "02-08T12:00:00");
        assert_eq!(seen.late, ["02-06T02:00 - 02-06T02:01", "02-07T02:00 - 02-08T02:01"]);
        assert_eq!(seen.awaited[1], "02-07T02:00 - 02-07T04:01");
    }
}

#[test]
fn the_due_instant_itself_is_exact() {
    let mut schedule = Schedule::default();
    schedule.observe(policy(DAILY), at("02-05T12:00:00"));
    let tasks = [task(run(at("02-05T02:00:05"), 5), at("02-05T12:00:00"))];
    let due = at("02-06T02:00:00");
    let before = due - 1.nanosecond();
    assert_eq!(schedule.last_due(before, &tasks), Some(at("02-05T02:00:00")));
    assert_eq!(
        (schedule.last_due(due, &tasks), schedule.next_due(before)),
        (Some(due), Some(due))
    );
    assert_eq!(schedule.awaited_until(before, &tasks), None);
    let end = at("02-06T04:00:00");
    assert_eq!(schedule.awaited_until(due, &tasks), Some(end));
    assert_eq!(schedule.awaited_until(end, &tasks), Some(end));
    assert_eq!(schedule.awaited_until(end + 1.nanosecond(), &tasks), None);
}

#[test]
fn a_weekly_policy_has_nothing_due_on_other_days() {
    let weekly = PolicyReport {
        period: Some("* * 1,4"),
        ..DAILY
    };
    let on = |days: &[&str]| -> Vec<Run> { days.iter().map(|day| run(at(&format!("{day}T02:00:00")), 9)).collect() };
    let cloud = Cloud::new(
        weekly,
        on(&["02-05", "02-08", "02-12", "02-19", "02-22", "02-26", "02-29"]),
    );
    let seen = watch(&cloud, "02-05T12:00:00", "03-03");
    assert_eq!(seen.late, ["02-15T02:00 - 02-19T02:00"], "that of the 15th was missed");
    assert_eq!(seen.silent, no_spans());
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_on_which_it_opens() {
    let nights = PolicyReport {
        period: Some("* * 5"),
        begin_time: Some("23:30:00"),
        end_time: Some("01:30:00"),
        ..DAILY
    };
    let cloud = Cloud::new(nights, [run(at("02-09T23:30:00"), 9), run(at("02-17T00:10:00"), 9)]);
    let seen = watch(&cloud, "02-10T12:00:00", "02-24T12:00:00");
    assert_eq!(seen.late, ["02-16T23:30 - 02-17T00:10", "02-23T23:30 - 02-24T12:00"]);
    assert_eq!(seen.awaited[1], "02-23T23:30 - 02-24T01:31");
}

#[test]
fn a_daily_run_that_goes_on_for_26_hours_leaves_out_the_next() {
    for end_time in ["04:00:00", "02:00:00"] {
        let report = PolicyReport {
            end_time: Some(end_time),
            ..DAILY
        };
        let every_other_day = [5, 7, 9].map(|day| run(at(&format!("02-{day:02}T02:00:00")), 26 * 60));
        let seen = watch(&Cloud::new(report, every_other_day), "02-05T12:00:00", "02-11");
        assert_eq!(seen.late, no_spans());
        // One that the cloud queues meanwhile is that day's run.
        let queued = [run(at("02-05T02:00:00"), 25 * 60), run(at("02-06T03:00:01"), 60)];
        let seen = watch(&Cloud::new(report, queued), "02-05T12:00:00", "02-07T02:00:00");
        assert_eq!(seen.late, no_spans());
    }
}

#[test]
fn a_hourly_run_that_goes_on_leaves_out_what_is_due_meanwhile() {
    // `cover` interrupts the old one for the new, a moment after it was due.
    let covered = Run {
        status: Status::Cancelled,
        end: Some(at("02-05T03:00:02")),
        ..run(at("02-05T02:00:00"), 0)
    };
    // `ignore` lets the old one go on, here for 26 hours, and to just before an hour.
    let ignored = [run(at("02-05T03:00:03"), 26 * 60), run(at("02-06T06:00:00"), 10)];
    let runs = [run(at("02-05T01:00:00"), 5), covered].into_iter().chain(ignored);
    let seen = watch(&Cloud::new(HOURLY, runs), "02-05T01:30:00", "02-06T06:30:00");
    assert_eq!(
        seen.late, ["02-05T03:00 - 02-05T03:01"; 0],
        "the old run goes on until it is covered"
    );
    let over = [
        run(at("02-05T01:00:00"), 5),
        run(at("02-05T02:00:00"), 59),
        run(at("02-05T04:00:00"), 5),
    ];
    let seen = watch(&Cloud::new(HOURLY, over), "02-05T01:30:00", "02-05T04:30:00");
    assert_eq!(seen.late, ["02-05T03:00 - 02-05T04:00"]);
}

#[test]
fn a_run_that_has_started_counts_though_another_was_in_its_way() {
    let tasks = [
        task(run(at("02-05T02:00:00"), 25 * 60), at("02-07")),
        task(run(at("02-06T03:00:01"), 60), at("02-07")),
    ];
    let mut schedule = Schedule::default();
    schedule.observe(policy(DAILY), at("02-05T12:00:00"));
    let now = at("02-06T12:00:00");
    assert_eq!(schedule.last_due(now, &tasks), Some(at("02-06T02:00:00")));
    assert_eq!(schedule.last_due(now, &tasks[..1]), Some(at("02-05T02:00:00")));
}

#[test]
fn a_task_that_waits_has_not_started() {
    let mut waiting = task(run(at("02-06T02:00:05"), 5), at("02-06T02:00:05"));
    (waiting.start, waiting.status) = (None, Status::WaitingForRunning);
    let tasks = [task(run(at("02-05T02:00:05"), 5), at("02-05T12:00:00")), waiting];
    let mut schedule = Schedule::default();
    schedule.observe(policy(DAILY), at("02-05T12:00:00"));
    let now = at("02-06T02:10:00");
    assert_eq!(schedule.last_due(now, &tasks), Some(at("02-06T02:00:00")));
    assert_eq!(schedule.awaited_until(now, &tasks), Some(at("02-06T04:00:00")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A job that does all it should is late for no more than the time in which its runs start.
    #[test]
    fn whoever_starts_within_the_window_misses_nothing(
        days in prop::sample::select(vec!["* * 1,2,3,4,5,6,7", "* * 1,3,5", "* * 7"]),
        hours in prop::sample::select(vec![0_i64, 0, 1, 4]),
        begin in 0_i64..1440,
        names_next in any::<bool>(),
        from in 0_i64..(3 * 1440),
        delays in prop::collection::vec((-59_i64..1200, 1_i64..30), 200),
    ) {
        let time = |minutes: i64| format!("{:02}:{:02}:00", minutes / 60 % 24, minutes % 60);
        let (begin_time, end_time) = (time(begin).leak(), time(begin + 600).leak());
        let report = PolicyReport {
            period: Some(days), begin_time: Some(begin_time), end_time: Some(end_time), interval_hour: Some(hours), ..DAILY
        };
        let mut dues: Vec<_> = policy(report).due_until(at("02-19")).map(|due| due.at).collect();
        dues.reverse();
        let runs = dues.iter().zip(&delays).map(|(due, (delay, minutes))| run(*due + delay.seconds(), *minutes));
        let mut cloud = Cloud::new(report, runs);
        cloud.names_next = names_next;
        let start = (at("02-12") + from.minutes()).strftime("%m-%dT%H:%M:%S").to_string();
        let seen = watch(&cloud, &start, "02-19");
        for span in seen.late.iter().chain(&seen.awaited) {
            let (start, end) = span.split_once(" - ").unwrap();
            let length = at(&format!("{end}:00")).duration_since(at(&format!("{start}:00")));
            prop_assert!(length.as_mins() <= 21, "{:?}", seen);
        }
    }
}
