//! Single cases, each of which could be decided otherwise.

use super::*;

const LAST_STATUS: &str = "drs_health_comparison_last_status{";
const TASK_STATUS: &str = "drs_health_comparison_task_status{";
const LAST_DURATION: &str = "drs_health_comparison_last_duration_seconds{";
const LAST_END: &str = "drs_health_comparison_last_end_timestamp_seconds{";
const CONSISTENT: &str = "drs_health_comparison_consistent{";
const LAST_CONSISTENT: &str = "drs_health_comparison_last_consistent_timestamp_seconds{";
const ENDED: &str = "drs_health_comparison_ended_tasks_total{";

fn written(tasks: Vec<TaskRecord>) -> Samples {
    read(&text(&[record(tasks)], 5, &window(None, NOW), &Labels::default()))
}

fn status(samples: &Samples, family: &str, second: i64) -> Option<String> {
    let is = |word: &&str| value(samples, &[family, &format!("status=\"{word}\"")], second) == Some("1");
    let words = ["RUNNING", "WAITING_FOR_RUNNING", "SUCCESSFUL", "FAILED", "UNKNOWN"];
    words.iter().find(|word| is(word)).map(|word| (*word).to_owned())
}

#[test]
fn a_task_runs_until_its_end_and_then_is_what_it_is() {
    let samples = written(vec![task("t", "SUCCESSFUL", Some(1000), Some(1601))]);
    for (second, expected) in [
        (999, None),
        (1000, Some("RUNNING")),
        (1600, Some("RUNNING")),
        (1601, Some("SUCCESSFUL")),
    ] {
        assert_eq!(status(&samples, LAST_STATUS, second).as_deref(), expected, "{second}");
        assert_eq!(status(&samples, TASK_STATUS, second).as_deref(), expected, "{second}");
    }
    assert_eq!(status(&samples, LAST_STATUS, NOW).as_deref(), Some("SUCCESSFUL"));
    assert_eq!(
        value(&samples, &[LAST_DURATION], 1201),
        Some("200"),
        "known to the step"
    );
    assert_eq!(value(&samples, &[LAST_DURATION], 1601), Some("601"));
    assert_eq!(value(&samples, &[LAST_END], 1600), None);
    assert_eq!(value(&samples, &[LAST_END], 1601).unwrap(), (ZERO + 1601).to_string());
}

#[test]
fn a_value_that_stays_has_a_sample_at_its_change_and_at_each_step() {
    let samples = written(vec![task("t", "FAILED", Some(250), Some(500))]);
    let (_, ended) = samples.iter().find(|(key, _)| key.contains(LAST_END)).unwrap();
    let seconds: Vec<_> = ended.iter().map(|(second, _)| *second).collect();
    assert_eq!(seconds[..3], [500, 720, 960]);
    assert_eq!(seconds.last(), Some(&(NOW - NOW % i64::from(STEP))));
}

#[test]
fn a_task_that_goes_on_is_what_it_is_since_its_start() {
    for word in ["RUNNING", "WAITING_FOR_RUNNING", "PAUSED"] {
        let samples = written(vec![task("t", word, Some(1000), None)]);
        let expected = if word == "PAUSED" { "UNKNOWN" } else { word };
        for second in [1000, 50_000, NOW] {
            assert_eq!(status(&samples, TASK_STATUS, second).as_deref(), Some(expected));
        }
        assert_eq!(value(&samples, &[LAST_END], NOW), None);
    }
}

#[test]
fn a_task_that_ended_nobody_knows_when_does_not_run_for_ever() {
    let samples = written(vec![task("t", "FAILED", Some(1000), None)]);
    assert_eq!(status(&samples, LAST_STATUS, 1000).as_deref(), Some("FAILED"));
    assert_eq!(value(&samples, &[LAST_END], NOW), None);
    assert_eq!(value(&samples, &[LAST_DURATION], NOW), None);
    assert_eq!(value(&samples, &[ENDED, "FAILED"], 1000), Some("1"));
}

#[test]
fn an_end_before_the_start_gives_no_duration() {
    let samples = written(vec![task("t", "FAILED", Some(1000), Some(900))]);
    assert_eq!(status(&samples, LAST_STATUS, 999), None);
    assert_eq!(status(&samples, LAST_STATUS, 1000).as_deref(), Some("FAILED"));
    assert_eq!(value(&samples, &[LAST_DURATION], 1000), None);
    assert_eq!(value(&samples, &[LAST_END], 1000).unwrap(), (ZERO + 900).to_string());
}

#[test]
fn a_fraction_of_a_second_counts_from_the_next_whole_one() {
    let mut told = HealthCompareJob {
        status: Some("RUNNING".to_owned()),
        ..HealthCompareJob::default()
    };
    told.start_time = Some((at(1000) + Duration::from_millis(250)).to_string());
    let samples = written(vec![TaskRecord::new("t", told)]);
    assert_eq!(status(&samples, LAST_STATUS, 1000), None);
    assert_eq!(status(&samples, LAST_STATUS, 1001).as_deref(), Some("RUNNING"));
    assert_eq!(value(&samples, &[LAST_DURATION], 1001), Some("0.75"));
}

#[test]
fn a_task_without_a_start_has_no_place() {
    assert!(written(vec![task("t", "FAILED", None, Some(1000))]).is_empty());
    assert_eq!(
        text(&[record(Vec::new())], 5, &window(None, NOW), &Labels::default()),
        "# EOF\n"
    );
}

#[test]
fn a_verdict_holds_from_the_end_of_its_task_to_the_next_verdict() {
    let samples = written(vec![
        judged(task("good", "SUCCESSFUL", Some(1000), Some(1100)), 2),
        task("unjudged", "FAILED", Some(2000), Some(2100)),
        judged(task("bad", "SUCCESSFUL", Some(3000), Some(3100)), 0),
    ]);
    for (second, expected) in [
        (1099, None),
        (1100, Some("1")),
        (2500, Some("1")),
        (3099, Some("1")),
        (3100, Some("0")),
    ] {
        assert_eq!(value(&samples, &[CONSISTENT], second), expected, "{second}");
    }
    assert_eq!(
        value(&samples, &[LAST_CONSISTENT], NOW).unwrap(),
        (ZERO + 1100).to_string()
    );
    let inconsistent = ["object_verdict{", "TABLE", "\"inconsistent\""];
    assert_eq!(value(&samples, &inconsistent, 3099), Some("0"));
    assert_eq!(value(&samples, &inconsistent, 3100), Some("1"));
    assert_eq!(value(&samples, &["objects{", "target"], 1100), Some("2"));
}

#[test]
fn an_old_verdict_does_not_hold_where_a_newer_one_could_not_be_read() {
    let mut unreadable = task("unreadable", "SUCCESSFUL", Some(2000), Some(2100));
    unreadable.objects = Objects::Unreadable;
    let samples = written(vec![
        judged(task("good", "SUCCESSFUL", Some(1000), Some(1100)), 2),
        unreadable,
    ]);
    assert_eq!(value(&samples, &[CONSISTENT], 2099), Some("1"));
    assert_eq!(value(&samples, &[CONSISTENT], 2400), None);
    assert_eq!(
        value(&samples, &[LAST_CONSISTENT], 2400).unwrap(),
        (ZERO + 1100).to_string()
    );
}

#[test]
fn the_newest_tasks_of_then_are_shown_and_those_that_were_asked_for() {
    let tasks = (0..6).map(|n| task(&format!("t{n}"), "FAILED", Some(n * 1000), Some(n * 1000 + 10)));
    let asked = Record {
        asked: vec!["t0".to_owned()],
        ..record(tasks.collect())
    };
    let samples = read(&text(&[asked], 2, &window(None, NOW), &Labels::default()));
    let last = |id: &str| {
        let mut of_task = samples
            .iter()
            .filter(|(key, _)| key.contains(TASK_STATUS) && key.contains(id));
        of_task.next().unwrap().1.last().unwrap().0
    };
    assert!(last("t1") < 3000 && last("t1") > 3000 - i64::from(STEP));
    assert!(last("t0") > NOW - i64::from(STEP));
}

#[test]
fn from_a_given_start_on_all_is_there_that_was_there_then_and_ends_are_counted_anew() {
    let tasks = vec![
        task("old", "SUCCESSFUL", Some(1000), Some(1100)),
        task("just over", "SUCCESSFUL", Some(4000), Some(5000)),
        task("new", "SUCCESSFUL", Some(6000), Some(6100)),
    ];
    let samples = read(&text(
        &[record(tasks)],
        5,
        &window(Some(5000), 7000),
        &Labels::default(),
    ));
    assert_eq!(status(&samples, LAST_STATUS, 4999), None);
    assert_eq!(status(&samples, LAST_STATUS, 5000).as_deref(), Some("SUCCESSFUL"));
    assert_eq!(value(&samples, &[ENDED, "SUCCESSFUL"], 5000), Some("0"));
    assert_eq!(value(&samples, &[ENDED, "SUCCESSFUL"], 6100), Some("1"));
    assert!(
        samples
            .values()
            .flatten()
            .all(|(second, _)| (5000..=7000).contains(second))
    );
}

#[test]
fn labels_for_all_stand_beside_the_others() {
    let labels = Labels::new([("job", "drs"), ("instance", "a\"b")]);
    let text = text(
        &[record(vec![task("t", "FAILED", Some(0), Some(1))])],
        5,
        &window(None, 10),
        &labels,
    );
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    for line in samples {
        assert!(
            line.contains("{job=\"drs\",instance=\"a\\\"b\",project=\"payments\","),
            "{line}"
        );
    }
}
