//! The instants that a policy has due, and the cloud's own word against its rule.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

const MONDAY: &str = "2023-06-12T00:00:00Z";

fn naming(next: &'static str) -> PolicyReport<'static> {
    PolicyReport {
        next_compare_time: Some(next),
        ..DAILY
    }
}

#[test]
fn a_next_run_that_fits_the_rule_changes_nothing() {
    let policy = read(naming("2023-06-12T08:00:00Z"));
    let expected = ["Mon 12 08:00", "Tue 13 08:00"];
    assert_eq!(due_between(&policy, MONDAY, "2023-06-13T09:00:00Z"), expected);
    assert_eq!(next(&policy, MONDAY, 2), expected);
}

#[test]
fn a_next_run_later_in_the_window_moves_the_rule() {
    let policy = read(naming("2023-06-12T09:20:00Z"));
    let expected = ["Mon 12 09:20", "Tue 13 09:20"];
    assert_eq!(due_between(&policy, MONDAY, "2023-06-13T09:20:00Z"), expected);
    assert_eq!(next(&policy, MONDAY, 2), expected);
    assert_eq!(room(&policy, "2023-06-12T09:20:00Z"), Duration::from_mins(40));
    let due = policy.due(at("2023-06-12T09:20:00Z"));
    assert_eq!(
        due.from,
        at("2023-06-12T07:59:00Z"),
        "another moment of the window will do"
    );

    let hourly = read(PolicyReport {
        begin_time: Some("22:00:00"),
        end_time: Some("02:00:00"),
        interval_hour: Some(1),
        ..naming("2023-06-13T00:45:00Z")
    });
    assert_eq!(
        due_between(&hourly, MONDAY, "2023-06-13T22:50:00Z"),
        ["Tue 13 00:45", "Tue 13 01:45", "Tue 13 22:45"],
        "and none before what is named"
    );
    assert_eq!(room(&hourly, "2023-06-13T00:45:00Z"), Duration::from_hours(1));
    assert_eq!(room(&hourly, "2023-06-13T01:45:00Z"), Duration::from_mins(15));
}

#[test]
fn a_moved_rule_may_begin_its_windows_beyond_midnight() {
    let policy = read(PolicyReport {
        period: Some("* * 1"),
        begin_time: Some("23:00:00"),
        end_time: Some("03:00:00"),
        ..naming("2023-06-13T01:00:00Z")
    });
    assert_eq!(
        due_between(&policy, MONDAY, "2023-06-30T00:00:00Z"),
        ["Tue 13 01:00", "Tue 20 01:00", "Tue 27 01:00"]
    );
    assert_eq!(next(&policy, "2023-06-13T01:00:00Z", 1), ["Tue 20 01:00"]);
    assert_eq!(next(&policy, "2023-06-20T00:59:59Z", 1), ["Tue 20 01:00"]);
}

#[test]
fn a_next_run_outside_of_all_windows_is_all_that_is_due() {
    // Eight hours off, as if the window were in local time; at its end; on another day.
    for (report, named) in [
        (naming("2023-06-12T00:00:01Z"), "Mon 12 00:00"),
        (naming("2023-06-12T10:00:00Z"), "Mon 12 10:00"),
        (
            PolicyReport {
                period: Some("* * 1"),
                ..naming("2023-06-13T08:00:00Z")
            },
            "Tue 13 08:00",
        ),
    ] {
        let policy = read(report);
        assert_eq!(due_between(&policy, MONDAY, "2023-06-20T00:00:00Z"), [named]);
        assert_eq!(next(&policy, MONDAY, 2), [named]);
        assert_eq!(policy.due_until(at("2023-06-20T00:00:00Z")).next(), None);
        let due = policy.next.unwrap().to_string();
        assert_eq!(room(&policy, &due), Duration::from_hours(2), "the window's length");
    }
}

#[test]
fn a_next_run_that_has_passed_leaves_the_rule() {
    let policy = read(naming("2023-06-12T08:30:00Z"));
    assert_eq!(
        due_between(&policy, "2023-06-12T08:30:00Z", "2023-06-14T12:00:00Z"),
        ["Tue 13 08:30", "Wed 14 08:30"]
    );
    assert_eq!(next(&policy, "2023-06-12T08:30:00Z", 1), ["Tue 13 08:30"]);
}

#[test]
fn without_a_rule_what_is_named_is_due() {
    let policy = read(PolicyReport {
        status: Some("OPEN"),
        next_compare_time: Some("2023-06-12T08:00:00Z"),
        ..PolicyReport::default()
    });
    let named = ["Mon 12 08:00"];
    assert_eq!(due_between(&policy, MONDAY, "2023-06-12T08:00:00Z"), named);
    assert!(due_between(&policy, MONDAY, "2023-06-12T07:59:59Z").is_empty());
    assert!(due_between(&policy, "2023-06-12T08:00:00Z", "2023-06-13T08:00:00Z").is_empty());
    assert_eq!(room(&policy, "2023-06-12T08:00:00Z"), Duration::from_hours(24));
}

#[test]
fn months_years_and_leap_days_are_days_as_all_others() {
    let policy = read(DAILY);
    assert_eq!(
        due_between(&policy, "2024-02-27T09:00:00Z", "2024-03-01T09:00:00Z"),
        ["Wed 28 08:00", "Thu 29 08:00", "Fri 01 08:00"]
    );
    assert_eq!(
        due_between(&policy, "2023-12-30T09:00:00Z", "2024-01-01T09:00:00Z"),
        ["Sun 31 08:00", "Mon 01 08:00"]
    );
}

fn time_of_day() -> impl Strategy<Value = String> {
    (0_i32..24, 0_i32..60, 0_i32..60).prop_map(|(hour, minute, second)| format!("{hour:02}:{minute:02}:{second:02}"))
}

prop_compose! {
    /// A policy as the API describes it, told around `heard`; the next run may fit or not.
    fn sound_policy()(
        days in prop::collection::btree_set(1_u8..=7, 1..=7),
        begin in time_of_day(),
        end in prop::option::of(time_of_day()),
        hours in prop::option::of(prop::sample::select(vec![0_i64, 1, 2, 3, 4, 6, 8, 12, 24])),
        heard in 1_500_000_000_i64..2_000_000_000,
        named in prop::option::of(-100_000_i64..700_000),
    ) -> (Policy, String, Timestamp) {
        let days: Vec<_> = days.iter().map(u8::to_string).collect();
        let period = format!("* * {}", days.join(","));
        let named = named.map(|ahead| Timestamp::from_second(heard + ahead).unwrap().to_string());
        let report = PolicyReport {
            status: Some("OPEN"), period: Some(&period), begin_time: Some(&begin), end_time: end.as_deref(),
            next_compare_time: named.as_deref(), interval_hour: hours,
        };
        (read(report), format!("{report:?}"), Timestamp::from_second(heard).unwrap())
    }
}

/// Extremes too.
fn any_time() -> impl Strategy<Value = Timestamp> {
    let around_now = (1_600_000_000_000_i64..1_800_000_000_000).prop_map(|ms| Timestamp::from_millisecond(ms).unwrap());
    let nanos = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    let anywhere = nanos.prop_map(|nanos| Timestamp::from_nanosecond(nanos).unwrap());
    prop_oneof![
        around_now,
        anywhere,
        Just(Timestamp::MIN),
        Just(Timestamp::MAX),
        Just(Timestamp::UNIX_EPOCH)
    ]
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![
        ".*",
        "[0-9*,?: -]{0,12}",
        "[* ]{0,4}[0-7](,[0-7]){0,3}",
        "[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?",
        any_time().prop_map(|time| time.to_string()),
    ])
}

prop_compose! {
    fn any_policy()(
        texts in prop::array::uniform4(any_text()),
        hours in prop::option::of(prop_oneof![any::<i64>(), -2_i64..30]),
    ) -> Policy {
        let [period, begin_time, end_time, next_compare_time] = &texts;
        Policy::read(&PolicyReport {
            status: Some("OPEN"),
            period: period.as_deref(),
            begin_time: begin_time.as_deref(),
            end_time: end_time.as_deref(),
            next_compare_time: next_compare_time.as_deref(),
            interval_hour: hours,
        }).0
    }
}

/// What must hold of any policy at any time.
fn check(policy: &Policy, heard: Timestamp, to: Timestamp) -> Result<(), TestCaseError> {
    prop_assert!(policy.next_due(heard).is_none_or(|next| next > heard));
    let dues: Vec<_> = policy.due_since(heard, to).collect();
    prop_assert!(dues.is_sorted_by(|newer, older| newer.at > older.at));
    for due in &dues {
        prop_assert!(heard < due.at && due.at <= to);
        prop_assert!(due.from <= due.at && due.at <= due.until && policy.due(due.at) == *due);
        prop_assert!(policy.window_end(due.at) >= due.at);
    }
    prop_assert!(policy.due_until(to).all(|due| due.at <= to));
    Ok(())
}

proptest! {
    #[test]
    fn no_words_and_no_times_make_it_panic_or_go_backwards(policy in any_policy(), heard in any_time(), to in any_time()) {
        check(&policy, heard, to)?;
    }

    #[test]
    fn what_comes_next_is_what_will_have_been_due((policy, words, heard) in sound_policy(), ahead in 0_i64..600_000) {
        let to = Timestamp::from_second(heard.as_second() + ahead).unwrap();
        check(&policy, heard, to)?;
        let first = policy.next_due(heard);
        let ahead: Vec<_> = std::iter::successors(first, |due| policy.next_due(*due)).take_while(|due| *due <= to).collect();
        let mut back: Vec<_> = policy.due_since(heard, to).map(|due| due.at).collect();
        back.reverse();
        prop_assert_eq!(ahead, back, "{}", words);
    }

    #[test]
    fn a_rule_has_runs_due_on_its_days_from_its_begin_at_its_interval(
        days in prop::collection::btree_set(1_i8..=7, 1..=7),
        begin in 0_i64..1440,
        window in 1_i64..=1440,
        hours in prop::sample::select(vec![0_i64, 1, 2, 3, 4, 6, 8, 12, 24]),
        to in 1_500_000_000_i64..2_000_000_000,
    ) {
        let time = |minutes: i64| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
        let words: Vec<_> = days.iter().map(i8::to_string).collect();
        let (period, begin_time, end_time) = (format!("* * {}", words.join(",")), time(begin), time(begin + window));
        let policy = read(PolicyReport {
            period: Some(&period), begin_time: Some(&begin_time), end_time: Some(&end_time), interval_hour: Some(hours), ..DAILY
        });
        // Every minute of a week is asked by another way whether a run is due.
        let to = Timestamp::from_second(to / 60 * 60).unwrap();
        let is_due = |instant: Timestamp| {
            let open = TimeZone::UTC.to_datetime(Timestamp::from_second(instant.as_second() - begin * 60).unwrap());
            let minutes = i64::from(open.hour()) * 60 + i64::from(open.minute());
            let is_turn = if hours == 0 { minutes == 0 } else { minutes % (hours * 60) == 0 };
            days.contains(&open.weekday().to_monday_one_offset()) && minutes < window && is_turn
        };
        let minutes = (0..7 * 1440).map(|back| Timestamp::from_second(to.as_second() - back * 60).unwrap());
        let expected: Vec<_> = minutes.filter(|instant| is_due(*instant)).collect();
        let week_ago = Timestamp::from_second(to.as_second() - 7 * 86400).unwrap();
        let found: Vec<_> = policy.due_until(to).map(|due| due.at).take_while(|due| *due > week_ago).collect();
        prop_assert_eq!(found, expected);
    }
}
