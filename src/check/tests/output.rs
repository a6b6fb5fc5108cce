//! What is written of a check's outcome: tables and JSON.

use super::super::offline;
use super::super::report::Outcome;
use super::super::table::{Screen, write};
use super::check;
use super::fake::{Fake, JOB, TASK, clock, watching};
use crate::cloud::{Cause, Operation};
use crate::comparison::verdict::Subject;

const PIPE: Screen = Screen {
    width: None,
    colours: false,
};

fn terminal(width: u16) -> Screen {
    Screen {
        width: Some(width),
        colours: false,
    }
}

#[test]
fn offline_nobody_is_asked() {
    let report = offline(&[watching(&[JOB])], &clock());
    assert_eq!((report.result, report.offline), (Outcome::Ok, true));
    let text = write(&report, PIPE);
    assert!(text.contains("watches 1 job") && text.contains("offline"), "{text}");
    assert!(!text.contains("DURATION"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_pipe_gets_every_row_whole_in_one_line() {
    let fake = Fake::good().failing(Operation::ShowComparePolicy, Cause::Forbidden);
    let (report, _) = check(watching(&[JOB]), fake).await;
    let text = write(&report, PIPE);
    let row = text.lines().find(|line| line.contains(TASK)).unwrap();
    for part in [
        "payments",
        "nightly",
        JOB,
        "2024-04-07 10:00:01Z",
        "SUCCESSFUL",
        "8s",
        "consistent",
        "ShowComparePolicy: forbidden",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
    let row = text.lines().find(|line| line.contains("FAILED  ")).unwrap();
    assert!(
        row.contains("to mend it:") && row.contains("until then missing:"),
        "{row}"
    );
    assert!(text.ends_with("1 project, 1 job: 1 failed, 0 warnings\n"), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[tokio::test(start_paused = true)]
async fn a_terminal_gets_no_line_wider_than_itself_also_with_wide_characters() {
    let fake = Fake::good().named("数据库迁移任务数据库迁移任务数据库迁移任务");
    let (report, _) = check(watching(&[JOB]), fake).await;
    for width in [60, 80, 140] {
        let text = write(&report, terminal(width));
        for line in text.lines() {
            assert!(columns(line) <= usize::from(width), "{width}: {line}");
        }
    }
}

/// Chinese characters and their punctuation take two columns.
fn columns(line: &str) -> usize {
    line.chars()
        .map(|character| if character >= '\u{2e80}' { 2 } else { 1 })
        .sum()
}

#[tokio::test(start_paused = true)]
async fn what_comes_from_outside_steers_no_terminal() {
    let fake = Fake::good().named("evil\u{1b}[2Jname\nnext\u{202e}line");
    let (report, _) = check(watching(&[JOB]), fake).await;
    let text = write(&report, PIPE);
    assert!(text.contains(r"evil\u{1b}[2Jname\nnext\u{202e}line"), "{text}");
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.contains(r"evil\u001b[2Jname\nnext"), "{json}");
    let coloured = write(
        &report,
        Screen {
            colours: true,
            ..terminal(200)
        },
    );
    assert!(coloured.contains("\u{1b}["), "colours are wanted here");
    assert!(!coloured.contains("\u{1b}[2J"));
}

#[tokio::test(start_paused = true)]
async fn the_json_has_times_as_text_and_durations_in_seconds() {
    let (report, _) = check(watching(&[JOB]), Fake::good()).await;
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["checked_at"], "2024-04-07T20:00:00Z");
    let job = &json["projects"][0]["jobs"][0];
    assert_eq!(job["newest_task"]["duration_seconds"], 8.0);
    assert_eq!(job["newest_task"]["start_time"], "2024-04-07T10:00:01Z");
    assert_eq!(job["policy"]["next_run"], "2024-04-08T10:00:00Z");
    assert_eq!((&job["found_by"], &job["result"]), (&"jobs".into(), &"ok".into()));
}

#[tokio::test(start_paused = true)]
async fn the_worst_verdict_on_a_job_is_shown() {
    let mut plan = watching(&[JOB]);
    plan.verdicts = Subject::ALL.to_vec();
    let (report, _) = check(plan, Fake::good()).await;
    assert!(write(&report, PIPE).contains("inconsistent"));
}

#[tokio::test(start_paused = true)]
async fn a_terminal_gets_long_texts_below_the_table() {
    let fake = Fake::good().failing(Operation::ShowComparePolicy, Cause::Forbidden);
    let (report, _) = check(watching(&[JOB]), fake).await;
    let text = write(&report, terminal(120));
    let row = text.lines().find(|line| line.contains("see [1]")).unwrap();
    assert!(
        row.contains("ShowComparePolicy") && row.contains("forbidden (DRS.10000001)"),
        "{row}"
    );
    let (_, note) = text.split_once("[1]  payments: ShowComparePolicy").unwrap();
    assert!(
        note.contains("to mend it: grant") && note.contains("until then missing:"),
        "{note}"
    );
}
