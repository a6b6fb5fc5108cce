use std::sync::Arc;

use super::*;
use crate::comparison::Status;
use crate::comparison::verdict::{ObjectReport, RowReport};
use crate::exposition::jobs;
use crate::exposition::tests::{answer, at, job, task};
use crate::ids::CompareJobId;
use crate::inventory::Job;

const LABELS: &str = "project=\"payments\",job_id=\"j\",job_name=\"\"";

const ALL: [Family; 8] = [
    Family::LastConsistent,
    Family::Consistent,
    Family::Objects,
    Family::ObjectVerdict,
    Family::RowsConsistent,
    Family::RowTables,
    Family::AccountsConsistent,
    Family::AccountResults,
];

/// The lines of one family, of a job that was refreshed at `refreshed` and has these verdicts.
fn lines_of(refreshed: i64, verdicts: &Verdicts, family: Family) -> Vec<String> {
    let tasks = vec![task("t", "SUCCESSFUL", Some(1), Some(9))];
    let job = Job {
        verdicts: Arc::new(verdicts.clone()),
        ..job("j", vec![answer(None, refreshed, tasks)])
    };
    jobs::tests::lines(&job, 5, family)
}

fn lines(verdicts: &Verdicts, family: Family) -> Vec<String> {
    lines_of(0, verdicts, family)
}

fn judgement(overview: Overview) -> Judgement {
    let is_consistent = overview.is_consistent(Status::Successful).unwrap();
    Judgement {
        task: CompareJobId::new("t"),
        is_consistent,
        overview,
    }
}

fn row(object_type: &str, source: Option<i64>, target: Option<i64>, status: i64) -> ObjectReport<'_> {
    ObjectReport {
        object_type: Some(object_type),
        source_count: source,
        target_count: target,
        status: Some(status),
    }
}

fn objects(rows: Vec<ObjectReport<'_>>) -> Verdicts {
    Verdicts {
        objects: Some(judgement(Overview::Objects(Objects::read(rows)))),
        ..Verdicts::default()
    }
}

#[test]
fn a_difference_shows_with_its_type_and_its_counts() {
    let verdicts = objects(vec![
        row("TABLE", Some(12), Some(11), 0),
        row("INDEX", Some(4), Some(4), 2),
    ]);
    assert_eq!(
        lines(&verdicts, Family::Consistent),
        [format!("drs_health_comparison_consistent{{{LABELS}}} 0")]
    );
    let counts = lines(&verdicts, Family::Objects);
    assert_eq!(counts.len(), 4);
    for (side, count) in [("source", 12), ("target", 11)] {
        let line = format!("drs_health_comparison_objects{{{LABELS},object_type=\"TABLE\",side=\"{side}\"}} {count}");
        assert!(counts.contains(&line), "{counts:?}");
    }
    let states = lines(&verdicts, Family::ObjectVerdict);
    assert_eq!(states.len(), 6);
    for (object_type, verdict) in [("TABLE", "inconsistent"), ("INDEX", "consistent")] {
        let line = format!(
            "drs_health_comparison_object_verdict{{{LABELS},object_type=\"{object_type}\",verdict=\"{verdict}\"}} 1"
        );
        assert!(states.contains(&line), "{states:?}");
    }
    assert_eq!(states.iter().filter(|line| line.ends_with(" 1")).count(), 2);
}

#[test]
fn all_the_same_is_one_and_has_its_time() {
    let verdicts = Verdicts {
        last_consistent: Some(at(9)),
        ..objects(vec![row("TABLE", Some(1), Some(1), 2)])
    };
    assert_eq!(
        lines(&verdicts, Family::Consistent),
        [format!("drs_health_comparison_consistent{{{LABELS}}} 1")]
    );
    assert_eq!(
        lines(&verdicts, Family::LastConsistent),
        [format!(
            "drs_health_comparison_last_consistent_timestamp_seconds{{{LABELS}}} 1712484009"
        )]
    );
}

#[test]
fn what_was_not_judged_or_counted_is_no_series() {
    for family in ALL {
        assert_eq!(lines(&Verdicts::default(), family), [""; 0], "{family:?}");
    }
    let verdicts = objects(vec![row("TABLE", None, Some(0), 2)]);
    let counts = lines(&verdicts, Family::Objects);
    assert!(
        counts.len() == 1 && counts[0].ends_with("side=\"target\"} 0"),
        "{counts:?}"
    );
}

#[test]
fn verdicts_go_stale_with_the_job() {
    let verdicts = Verdicts {
        last_consistent: Some(at(9)),
        ..objects(vec![row("TABLE", Some(1), Some(1), 2)])
    };
    for family in [Family::Consistent, Family::LastConsistent, Family::Objects] {
        assert!(!lines(&verdicts, family).is_empty());
        assert_eq!(lines_of(-100_000, &verdicts, family), [""; 0]);
    }
}

#[test]
fn rows_and_accounts_are_counted_and_never_named() {
    let rows = RowReport {
        status: Some(0),
        tables: Some(10),
        compared: Some(9),
        inconsistent: Some(2),
        uncomparable: Some(3),
    };
    let accounts = [Some("CONSISTENT"), Some("CONSISTENT")];
    let verdicts = Verdicts {
        rows: Some(judgement(Overview::Rows(Tally::of_rows([rows])))),
        accounts: Some(judgement(Overview::Accounts(Tally::of_accounts(accounts)))),
        ..Verdicts::default()
    };
    let counts = |name: &str, counts: [u64; 3]| {
        let words = ["consistent", "inconsistent", "not_completed"];
        let line = |(word, count)| format!("drs_health_comparison_{name}{{{LABELS},verdict=\"{word}\"}} {count}");
        words.into_iter().zip(counts).map(line).collect::<Vec<_>>()
    };
    assert_eq!(lines(&verdicts, Family::RowTables), counts("row_tables", [4, 2, 4]));
    assert_eq!(
        lines(&verdicts, Family::AccountResults),
        counts("account_results", [2, 0, 0])
    );
    assert!(lines(&verdicts, Family::RowsConsistent)[0].ends_with("} 0"));
    assert!(lines(&verdicts, Family::AccountsConsistent)[0].ends_with("} 1"));
    assert_eq!(
        lines(&verdicts, Family::Consistent),
        [""; 0],
        "objects are another matter"
    );
}

#[test]
fn hostile_types_are_escaped_and_bounded_in_length_and_number() {
    let long = "x".repeat(10_000);
    let mut names: Vec<String> = (0..1000).map(|number| format!("TYPE_{number:03}")).collect();
    names.extend(["\"}\n# EOF\\".to_owned(), long]);
    let rows = names.iter().map(|name| row(name, Some(1), Some(1), 2));
    // The one that differs is not shown, and counts all the same.
    let verdicts = objects(rows.chain([row("TYPE_zzz", Some(1), Some(2), 0)]).collect());
    let shown = lines(&verdicts, Family::ObjectVerdict);
    assert_eq!(shown.len(), 3 * MAX_OBJECT_TYPES);
    assert!(
        shown[0].contains("object_type=\"\\\"}\\n# EOF\\\\\",verdict"),
        "{}",
        shown[0]
    );
    assert!(shown.iter().all(|line| line.len() < 1000));
    assert!(lines(&verdicts, Family::Consistent)[0].ends_with("} 0"));
}
