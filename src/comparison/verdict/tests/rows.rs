//! Verdicts on numbers of rows.

use proptest::prelude::*;

use super::*;

/// The row of the API text's example: 16 tables, all compared, none inconsistent, status 2.
const EXAMPLE: RowReport = RowReport {
    status: Some(2),
    tables: Some(16),
    compared: Some(16),
    inconsistent: Some(0),
    uncomparable: Some(0),
};

fn tally(rows: &[RowReport]) -> [u64; 3] {
    let tally = Tally::of_rows(rows.iter().copied());
    Finding::ALL.map(|finding| tally.of(finding))
}

fn judge(rows: &[RowReport]) -> Option<bool> {
    verdict(&Overview::Rows(Tally::of_rows(rows.iter().copied())))
}

fn numbers(tables: i64, compared: i64, inconsistent: i64, uncomparable: i64) -> RowReport {
    RowReport {
        status: Some(2),
        tables: Some(tables),
        compared: Some(compared),
        inconsistent: Some(inconsistent),
        uncomparable: Some(uncomparable),
    }
}

#[test]
fn the_example_of_the_api_is_consistent() {
    assert_eq!((tally(&[EXAMPLE]), judge(&[EXAMPLE])), ([16, 0, 0], Some(true)));
    assert_eq!(tally(&[EXAMPLE, EXAMPLE]), [32, 0, 0]);
    assert_eq!(judge(&[]), None);
}

#[test]
fn each_code_means_what_the_table_says() {
    for code in -1..30 {
        let row = RowReport {
            status: Some(code),
            ..EXAMPLE
        };
        let expected = match code {
            // 10: both databases are empty, and so are the same.
            2 | 10 => ([16, 0, 0], Some(true)),
            // Inconsistent, or something is there on one side only.
            0 | 3 | 8 | 9 | 11 | 12 | 21 | 22 => ([16, 1, 0], Some(false)),
            _ => ([16, 0, 1], None),
        };
        assert_eq!((tally(&[row]), judge(&[row])), expected, "code {code}");
    }
    let silent = RowReport {
        status: None,
        ..EXAMPLE
    };
    assert_eq!(judge(&[silent]), None);
}

#[test]
fn the_numbers_count_each_table_once() {
    assert_eq!(tally(&[numbers(16, 16, 3, 0)]), [13, 3, 0]);
    assert_eq!(judge(&[numbers(16, 16, 3, 0)]), Some(false));
    // Whether or not the two that cannot be compared count as compared.
    assert_eq!(tally(&[numbers(16, 16, 0, 2)]), [14, 0, 2]);
    assert_eq!(tally(&[numbers(16, 14, 0, 2)]), [14, 0, 2]);
    assert_eq!(judge(&[numbers(16, 16, 0, 2)]), None);
    assert_eq!(tally(&[numbers(16, 10, 0, 2)]), [8, 0, 8], "the fewer, in doubt");
    assert_eq!(tally(&[numbers(16, 1, 0, 2)]), [0, 0, 16]);
    assert_eq!(tally(&[numbers(16, 10, 1, 0)]), [9, 1, 6]);
    assert_eq!(judge(&[numbers(16, 15, 0, 0)]), None, "one was not compared");
}

#[test]
fn a_code_that_the_numbers_explain_counts_no_part_more() {
    let different = RowReport {
        status: Some(0),
        ..numbers(16, 16, 3, 0)
    };
    assert_eq!(tally(&[different]), [13, 3, 0]);
    let comparing = RowReport {
        status: Some(5),
        ..numbers(16, 10, 0, 0)
    };
    assert_eq!(tally(&[comparing]), [10, 0, 6]);
}

#[test]
fn empty_databases_are_no_obstacle_and_no_proof() {
    let empty = RowReport {
        status: Some(10),
        ..numbers(0, 0, 0, 0)
    };
    assert_eq!((tally(&[empty]), judge(&[empty])), ([0, 0, 0], None));
    assert_eq!(judge(&[empty, EXAMPLE]), Some(true));
}

#[test]
fn a_number_that_is_missing_is_not_zero() {
    let without = [
        RowReport {
            tables: None,
            ..EXAMPLE
        },
        RowReport {
            compared: None,
            ..EXAMPLE
        },
        RowReport {
            inconsistent: None,
            ..EXAMPLE
        },
        RowReport {
            uncomparable: None,
            ..EXAMPLE
        },
    ];
    for row in without {
        assert_eq!((tally(&[row]), judge(&[EXAMPLE, row])), ([0, 0, 1], None), "{row:?}");
    }
    let differs = RowReport {
        inconsistent: Some(1),
        ..RowReport::default()
    };
    assert_eq!((tally(&[differs]), judge(&[differs])), ([0, 1, 0], Some(false)));
    let one_sided = RowReport {
        status: Some(22),
        ..RowReport::default()
    };
    assert_eq!((tally(&[one_sided]), judge(&[one_sided])), ([0, 1, 0], Some(false)));
}

#[test]
fn numbers_that_contradict_each_other_prove_nothing() {
    for row in [
        numbers(16, 17, 0, 0),
        numbers(16, 16, 0, 17),
        numbers(-16, -16, 0, 0),
        numbers(16, 16, -1, 0),
        numbers(16, 16, 0, i64::MAX),
        numbers(0, i64::MAX, 0, 0),
    ] {
        assert_eq!((tally(&[row]), judge(&[row])), ([0, 0, 1], None), "{row:?}");
    }
    for row in [
        numbers(16, 2, 3, 0),
        numbers(2, 2, 3, 0),
        numbers(16, 16, i64::MAX, i64::MAX),
    ] {
        assert_eq!((tally(&[row]), judge(&[row])), ([0, 1, 0], Some(false)), "{row:?}");
    }
}

#[test]
fn absurd_sums_stay_within_bounds() {
    let huge = numbers(i64::MAX, i64::MAX, 0, 0);
    assert_eq!(tally(&[huge; 3])[0], u64::MAX);
    assert_eq!(judge(&[huge; 3]), Some(true));
}

prop_compose! {
    fn any_row()(
        numbers in prop::array::uniform4(prop::option::of(prop_oneof![-1_i64..4, any::<i64>()])),
        status in prop::option::of(prop_oneof![any::<i64>(), -1_i64..30, Just(2)]),
    ) -> RowReport {
        let [tables, compared, inconsistent, uncomparable] = numbers;
        RowReport { status, tables, compared, inconsistent, uncomparable }
    }
}

proptest! {
    #[test]
    fn consistent_is_what_was_compared_to_the_end_and_says_so(rows in prop::collection::vec(any_row(), 0..4)) {
        let verdict = judge(&rows);
        if verdict == Some(true) {
            for row in &rows {
                prop_assert!(matches!(row.status, Some(2 | 10)));
                prop_assert!(row.tables.is_some() && row.tables == row.compared);
                prop_assert_eq!((row.inconsistent, row.uncomparable), (Some(0), Some(0)));
            }
        }
        if rows.iter().any(|row| row.inconsistent.is_some_and(|tables| tables > 0)) {
            prop_assert_eq!(verdict, Some(false));
        }
    }

    #[test]
    fn possible_numbers_make_as_many_parts_as_tables(
        tables in 0_i64..100, compared in 0_i64..100, inconsistent in 0_i64..100, uncomparable in 0_i64..100,
    ) {
        let row = numbers(tables, compared, inconsistent, uncomparable);
        let is_possible = compared <= tables && inconsistent <= compared && inconsistent + uncomparable <= tables;
        let expected = if is_possible { tables.unsigned_abs() } else { 1 };
        prop_assert_eq!(tally(&[row]).iter().sum::<u64>(), expected);
    }
}
