//! Verdicts on objects.

use proptest::prelude::*;

use super::*;

fn row(object_type: &str, source: i64, target: i64, status: i64) -> ObjectReport<'_> {
    ObjectReport {
        object_type: Some(object_type),
        source_count: Some(source),
        target_count: Some(target),
        status: Some(status),
    }
}

fn judge(rows: &[ObjectReport<'_>]) -> Option<bool> {
    verdict(&Overview::Objects(Objects::read(rows.iter().copied())))
}

#[test]
fn the_example_of_the_api_is_consistent() {
    let rows = [
        row("DB", 1, 1, 2),
        row("INDEX", 2, 2, 2),
        row("TABLE", 2, 2, 2),
        row("TABLE_COLLATION", 2, 2, 2),
    ];
    let objects = Objects::read(rows);
    assert_eq!(objects.odd_rows, 0);
    let types: Vec<_> = objects.types.iter().map(|found| found.object_type.as_str()).collect();
    assert_eq!(types, ["DB", "INDEX", "TABLE", "TABLE_COLLATION"]);
    let first = ObjectFinding {
        object_type: "DB".to_owned(),
        source: Some(1),
        target: Some(1),
        finding: Finding::Consistent,
    };
    assert_eq!(objects.types[0], first);
    assert_eq!(judge(&rows), Some(true));
}

#[test]
fn the_clouds_finding_counts_and_not_the_numbers_of_objects() {
    assert_eq!(judge(&[row("TABLE_COLLATION", 2, 2, 0)]), Some(false));
    // More at the target: what the source has may all be there.
    assert_eq!(judge(&[row("TABLE", 2, 5, 2)]), Some(true));
    assert_eq!(judge(&[row("TABLE", 2, 2, 2), row("VIEW", 0, 0, 0)]), Some(false));
}

#[test]
fn an_unknown_type_counts_as_any_other() {
    assert_eq!(judge(&[row("SEQUENCE", 3, 3, 2)]), Some(true));
    assert_eq!(judge(&[row("TABLE", 1, 1, 2), row("SEQUENCE", 3, 3, 0)]), Some(false));
}

#[test]
fn a_part_that_was_not_completed_leaves_it_open_unless_another_differs() {
    let rows = [row("TABLE", 2, 2, 2), row("INDEX", 2, 2, 3)];
    assert_eq!(judge(&rows), None);
    assert_eq!(judge(&[rows[0], rows[1], row("VIEW", 1, 0, 0)]), Some(false));
    assert_eq!(Objects::read(rows).odd_rows, 0, "3 is a word of the API");
}

#[test]
fn a_status_that_is_missing_or_not_known_is_never_consistent() {
    for status in [None, Some(1), Some(4), Some(-2), Some(i64::MAX), Some(i64::MIN)] {
        let odd = ObjectReport {
            status,
            ..row("VIEW", 1, 1, 2)
        };
        assert_eq!(judge(&[row("TABLE", 1, 1, 2), odd]), None, "{status:?}");
        assert_eq!(judge(&[row("TABLE", 1, 2, 0), odd]), Some(false), "{status:?}");
        let objects = Objects::read([odd]);
        assert_eq!((objects.odd_rows, objects.types.len()), (1, 1));
        assert_eq!(objects.types[0].finding, Finding::NotCompleted);
    }
}

#[test]
fn a_row_without_a_type_is_not_shown_but_counts() {
    for object_type in [None, Some(""), Some(" ")] {
        let nameless = |status| ObjectReport {
            object_type,
            ..row("", 1, 1, status)
        };
        let objects = Objects::read([nameless(0), nameless(2)]);
        assert_eq!((objects.odd_rows, objects.types.len()), (2, 0));
        assert_eq!(judge(&[row("TABLE", 1, 1, 2), nameless(2)]), None);
        assert_eq!(judge(&[row("TABLE", 1, 1, 2), nameless(3)]), None);
        assert_eq!(judge(&[nameless(0), nameless(2), row("TABLE", 1, 1, 2)]), Some(false));
    }
}

#[test]
fn nothing_told_judges_nothing() {
    assert_eq!(judge(&[]), None);
    assert_eq!(Objects::read([]), Objects::default());
}

#[test]
fn of_a_type_that_comes_twice_the_worse_counts_in_any_order() {
    let (good, bad, open) = (row("TABLE", 1, 1, 2), row("TABLE", 9, 8, 0), row(" TABLE", 5, 5, 3));
    for rows in [[good, bad, open], [bad, open, good], [open, good, bad]] {
        let objects = Objects::read(rows);
        assert_eq!(objects.types.len(), 1);
        assert_eq!((objects.types[0].source, objects.types[0].target), (Some(9), Some(8)));
        assert_eq!(judge(&rows), Some(false));
    }
    assert_eq!(judge(&[good, open]), None);
    assert_eq!(judge(&[good, good]), Some(true));
}

#[test]
fn a_count_below_zero_is_none_and_its_row_is_odd() {
    let rows = [row("TABLE", -1, 2, 2), row("VIEW", 0, i64::MIN, 2)];
    let objects = Objects::read(rows);
    assert_eq!(objects.odd_rows, 2);
    assert_eq!((objects.types[0].source, objects.types[0].target), (None, Some(2)));
    assert_eq!((objects.types[1].source, objects.types[1].target), (Some(0), None));
    assert_eq!(judge(&rows), None);
}

#[test]
fn a_count_that_is_not_told_is_none_and_no_oddity() {
    let rows = [ObjectReport {
        source_count: None,
        target_count: None,
        ..row("TABLE", 0, 0, 2)
    }];
    let objects = Objects::read(rows);
    assert_eq!((objects.odd_rows, objects.types[0].source), (0, None));
    assert_eq!(judge(&rows), Some(true));
}

#[test]
fn only_a_successful_task_is_consistent_and_only_an_ended_one_is_judged() {
    let consistent = Overview::Objects(Objects::read([row("TABLE", 1, 1, 2)]));
    let different = Overview::Objects(Objects::read([row("TABLE", 1, 1, 0)]));
    for status in Status::ALL {
        let is_consistent = (status == Status::Successful).then_some(true);
        assert_eq!(consistent.is_consistent(status), is_consistent, "{status}");
        let is_different = status.has_ended().then_some(false);
        assert_eq!(different.is_consistent(status), is_different, "{status}");
    }
}

prop_compose! {
    fn any_row()(
        object_type in prop::option::of("(TABLE|VIEW|[ a-z]{0,3})"),
        counts in prop::array::uniform2(prop::option::of(prop_oneof![any::<i64>(), 0_i64..3])),
        status in prop::option::of(prop_oneof![any::<i64>(), -1_i64..5]),
    ) -> (Option<String>, [Option<i64>; 2], Option<i64>) {
        (object_type, counts, status)
    }
}

proptest! {
    #[test]
    fn consistent_is_what_says_so_in_every_row(
        rows in prop::collection::vec(any_row(), 0..5),
        status in prop::sample::select(Status::ALL.to_vec()),
        turn in 0_usize..5,
    ) {
        let mut reports: Vec<_> = rows
            .iter()
            .map(|(object_type, [source_count, target_count], status)| ObjectReport {
                object_type: object_type.as_deref(),
                source_count: *source_count,
                target_count: *target_count,
                status: *status,
            })
            .collect();
        let judge = |reports: &[ObjectReport<'_>]| {
            Overview::Objects(Objects::read(reports.iter().copied())).is_consistent(status)
        };
        let verdict = judge(&reports);
        let says = |code| rows.iter().filter(|(_, _, status)| *status == Some(code)).count();
        if verdict == Some(true) {
            prop_assert_eq!(says(2), rows.len());
            prop_assert!(status == Status::Successful && !rows.is_empty());
        }
        prop_assert_eq!(verdict == Some(false), says(0) > 0 && status.has_ended());
        reports.rotate_left(turn.min(rows.len()));
        prop_assert_eq!(judge(&reports), verdict);
    }
}
