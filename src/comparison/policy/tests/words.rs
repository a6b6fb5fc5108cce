//! What a policy's words mean. 2023-06-12, the day of the API's example, was a Monday.

use super::*;

#[test]
fn the_example_of_the_api_has_its_next_run_due_when_it_says() {
    let policy = read(PolicyReport {
        next_compare_time: Some("2023-06-12T08:00:00Z"),
        ..DAILY
    });
    assert_eq!(policy.status, PolicyStatus::Open);
    assert_eq!(
        next(&policy, "2023-06-12T07:59:59Z", 3),
        ["Mon 12 08:00", "Tue 13 08:00", "Wed 14 08:00"]
    );
}

#[test]
fn every_form_of_the_days_is_read() {
    let all = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    for (period, days) in [
        ("* * 1,2,3,4,5,6,7", &all[..]),
        ("*", &all),
        ("* * *", &all),
        ("* * ?", &all),
        ("* * 1-7", &all),
        ("* * 0-6", &all),
        ("1,2,3,4,5,6,7", &all),
        ("  *  *   1,3,5 ", &["Mon", "Wed", "Fri"]),
        ("* * 5,3,1,3", &["Mon", "Wed", "Fri"]),
        ("* * 1-3,5", &["Mon", "Tue", "Wed", "Fri"]),
        ("* * 0", &["Sun"]),
        ("* * 7", &["Sun"]),
        ("* * 0,6", &["Sat", "Sun"]),
    ] {
        let policy = read(PolicyReport {
            period: Some(period),
            ..DAILY
        });
        let week = due_between(&policy, "2023-06-12T00:00:00Z", "2023-06-18T23:59:59Z");
        let found: Vec<_> = week.iter().map(|text| &text[..3]).collect();
        assert_eq!(found, days, "{period:?}");
        assert!(week.iter().all(|text| text.ends_with("08:00")), "{week:?}");
    }
}

#[test]
fn days_that_are_none_make_no_rule_and_are_told() {
    for period in [
        "daily",
        "* * 8",
        "* * 1,8",
        "* * 5-1",
        "* * 1,",
        "* * -1",
        "* * 1-",
        "* * 256",
        "* * */2",
        "* * MON",
        // A day of the month, an hour: not every day.
        "* 15 *",
        "0 2 * * *",
        "1 * 1",
        "* * 1, 3, 5",
    ] {
        let (policy, contradictions) = Policy::read(&PolicyReport {
            period: Some(period),
            ..DAILY
        });
        assert!(
            matches!(contradictions[..], [Contradiction::Unreadable { field: "period", .. }]),
            "{period:?}"
        );
        assert_eq!(policy.next_due(at("2023-06-12T00:00:00Z")), None, "{period:?}");
        assert_eq!(policy.due_until(at("2023-06-12T12:00:00Z")).next(), None, "{period:?}");
    }
}

#[test]
fn a_window_is_read_with_and_without_seconds_and_over_midnight() {
    let hours = Duration::from_hours;
    for (begin, end, first, expected) in [
        ("08:00", Some("10:00"), "Mon 12 08:00", hours(2)),
        (" 08:00:00 ", Some("10:00:00"), "Mon 12 08:00", hours(2)),
        ("23:00:00", Some("01:30:00"), "Mon 12 23:00", Duration::from_mins(150)),
        ("00:00:00", Some("24:00:00"), "Mon 12 00:00", hours(24)),
        ("08:00:00", Some("24:00"), "Mon 12 08:00", hours(16)),
        // Whatever the cloud means by it: a window that is never open it can hardly be.
        ("08:00:00", Some("08:00:00"), "Mon 12 08:00", hours(24)),
        ("08:00:00", Some(""), "Mon 12 08:00", hours(24)),
        ("08:00:00", None, "Mon 12 08:00", hours(24)),
    ] {
        let policy = read(PolicyReport {
            begin_time: Some(begin),
            end_time: end,
            ..DAILY
        });
        assert_eq!(next(&policy, "2023-06-11T23:59:59Z", 1), [first], "{begin} {end:?}");
        let due = policy.next_due(at("2023-06-11T23:59:59Z")).unwrap().to_string();
        assert_eq!(room(&policy, &due), expected, "{begin} {end:?}");
    }
}

#[test]
fn a_window_that_cannot_be_read_makes_no_rule() {
    for (begin, end, field) in [
        ("25:00:00", "10:00:00", "begin_time"),
        ("8 o'clock", "10:00:00", "begin_time"),
        ("08:00:00", "10:99:00", "end_time"),
        ("08:00:00", "-1", "end_time"),
    ] {
        let (policy, contradictions) = Policy::read(&PolicyReport {
            begin_time: Some(begin),
            end_time: Some(end),
            ..DAILY
        });
        assert_eq!(policy.next_due(at("2023-06-12T00:00:00Z")), None);
        let [Contradiction::Unreadable { field: found, .. }] = contradictions[..] else {
            panic!("{contradictions:?}");
        };
        assert_eq!(found, field);
    }
}

#[test]
fn hourly_runs_are_due_within_the_window_and_not_at_its_end() {
    let hourly = |begin, end, hours| {
        read(PolicyReport {
            begin_time: Some(begin),
            end_time: Some(end),
            interval_hour: Some(hours),
            ..DAILY
        })
    };
    let day = |policy: &Policy| due_between(policy, "2023-06-12T05:59:59Z", "2023-06-13T05:59:59Z");
    assert_eq!(
        day(&hourly("08:00:00", "10:00:00", 1)),
        ["Mon 12 08:00", "Mon 12 09:00"]
    );
    assert_eq!(
        day(&hourly("08:00:00", "10:00:01", 1)),
        ["Mon 12 08:00", "Mon 12 09:00", "Mon 12 10:00"]
    );
    assert_eq!(day(&hourly("08:00:00", "10:00:00", 4)), ["Mon 12 08:00"]);
    assert_eq!(
        day(&hourly("22:30:00", "03:00:00", 2)),
        ["Mon 12 22:30", "Tue 13 00:30", "Tue 13 02:30"]
    );
    assert_eq!(day(&hourly("00:00:00", "23:59:59", 1)).len(), 24);
    assert_eq!(day(&hourly("00:00:00", "00:00:00", 24)), ["Tue 13 00:00"]);
}

#[test]
fn no_interval_is_one_run_a_window_and_one_that_leaves_doubt_is_no_rule() {
    let of = |hours| {
        Policy::read(&PolicyReport {
            interval_hour: hours,
            end_time: Some("08:00:00"),
            ..DAILY
        })
    };
    for hours in [None, Some(0), Some(24)] {
        let (policy, contradictions) = of(hours);
        assert_eq!(contradictions, []);
        let first = next(&policy, "2023-06-12T00:00:00Z", 2);
        assert_eq!(first, ["Mon 12 08:00", "Tue 13 08:00"], "{hours:?}");
    }
    // Nobody says from when on 5, or 48, hours are counted.
    for hours in [5, 25, 48, i64::MAX] {
        let (policy, contradictions) = of(Some(hours));
        assert_eq!(contradictions, []);
        assert_eq!(policy.next_due(at("2023-06-12T00:00:00Z")), None, "{hours}");
    }
    for hours in [-1, i64::MIN] {
        let (policy, contradictions) = of(Some(hours));
        assert_eq!(policy.next_due(at("2023-06-12T00:00:00Z")), None);
        let is_told = matches!(
            contradictions[..],
            [Contradiction::Unreadable {
                field: "interval_hour",
                ..
            }]
        );
        assert!(is_told, "{hours}");
    }
}

#[test]
fn an_open_policy_of_nothing_has_nothing_due() {
    let policy = read(PolicyReport {
        status: Some("OPEN"),
        ..PolicyReport::default()
    });
    let now = at("2023-06-12T08:00:00Z");
    assert_eq!((policy.status, policy.next_due(now)), (PolicyStatus::Open, None));
    assert_eq!(policy.due_since(now, now).next(), None);
}

#[test]
fn a_policy_that_is_not_open_has_nothing_due_whatever_else_it_says() {
    for (word, status) in [
        (Some("CLOSED"), PolicyStatus::Closed),
        (Some("NO_SUPPORT"), PolicyStatus::NoSupport),
        (Some("PAUSED"), PolicyStatus::Unknown),
        (Some("open"), PolicyStatus::Unknown),
        (Some(""), PolicyStatus::Unknown),
        (None, PolicyStatus::Unknown),
    ] {
        let policy = read(PolicyReport {
            status: word,
            next_compare_time: Some("2023-06-13T08:00:00Z"),
            end_time: Some("nonsense"),
            ..DAILY
        });
        assert_eq!(policy.status, status, "{word:?}");
        assert_eq!(policy.next_due(at("2023-06-12T00:00:00Z")), None, "{word:?}");
        assert_eq!(policy.due_until(at("2023-06-14T00:00:00Z")).next(), None, "{word:?}");
    }
}
