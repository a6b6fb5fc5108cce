//! Any history: each sample is what was then, and whoever asks for a moment is told what was then.
//!
//! What was then is found here from the tasks in the plainest way, by the rules of `comparison` alone.

#![allow(clippy::cast_precision_loss, reason = "seconds and counts are far below 2^52")]

use proptest::prelude::*;

use super::*;
use crate::comparison::{Status, Task, newest, newest_ended, newest_successful};

/// What is drawn of a task: its start, its length, its state, and the code of its verdict.
type Drawn = (i64, i64, usize, Option<i64>);

const WORDS: [&str; 5] = ["SUCCESSFUL", "SUCCESSFUL", "FAILED", "TIMEOUT_INTERRUPT", "RUNNING"];
const END: i64 = 5000;

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let task = (0..END + 500, 0..900_i64, 0..WORDS.len(), proptest::option::of(0..4_i64));
    proptest::collection::vec(task, 1..12)
}

fn made(drawn: &[Drawn]) -> Vec<TaskRecord> {
    let make = |(number, (start, length, word, code)): (usize, &Drawn)| {
        let word = WORDS[*word];
        let end = (word != "RUNNING").then_some(start + length);
        let task = task(&format!("t{number}"), word, Some(*start), end);
        match code {
            Some(code) if word != "RUNNING" => judged(task, *code),
            _ => task,
        }
    };
    drawn.iter().enumerate().map(make).collect()
}

/// The tasks as they were at `second`, with their codes.
fn then(drawn: &[Drawn], second: i64) -> Vec<(Task, Option<i64>)> {
    let mut all = Vec::new();
    for (record, (start, length, _, code)) in made(drawn).iter().zip(drawn) {
        let mut task = record.task(at(NOW));
        if *start > second {
            continue;
        }
        let has_ended = task.status.has_ended() && start + length <= second;
        if !has_ended {
            task.status = Status::Running;
            task.end = None;
            task.duration = Some(Duration::from_secs((second - start).cast_unsigned()));
        }
        all.push((task, code.filter(|_| has_ended)));
    }
    all
}

/// Names with their words, and the value, of everything that was then.
fn expected(drawn: &[Drawn], second: i64, shown: usize, begin: i64) -> BTreeMap<String, f64> {
    let mut values = BTreeMap::new();
    let tasks = then(drawn, second);
    let all = || tasks.iter().map(|(task, _)| task);
    let seconds = |time: Option<Timestamp>| time.map(|time| time.as_second() as f64);
    let mut put = |name: String, value: Option<f64>| {
        if let Some(value) = value {
            values.insert(name, value);
        }
    };
    if let Some(newest) = newest(all()) {
        for status in Status::ALL {
            put(
                format!("last_status {status}"),
                Some(f64::from(u8::from(status == newest.status))),
            );
        }
        put("last_start".to_owned(), seconds(newest.start));
        put(
            "last_duration".to_owned(),
            newest.duration.map(|span| span.as_secs_f64()),
        );
        for status in Status::ENDED {
            let ended = |task: &&Task| task.status == status && task.end.unwrap() > at(begin);
            put(format!("ended {status}"), Some(all().filter(ended).count() as f64));
        }
    }
    put(
        "last_end".to_owned(),
        newest_ended(all()).and_then(|task| seconds(task.end)),
    );
    put(
        "last_success".to_owned(),
        newest_successful(all()).and_then(|task| seconds(task.end)),
    );
    // One row: 0 differs, 2 is consistent if the task is, anything else says nothing.
    let verdict = |task: &Task, code: Option<i64>| match code {
        Some(0) => Some(0.0),
        Some(2) if task.status == Status::Successful => Some(1.0),
        _ => None,
    };
    let judged = |wanted: Option<f64>| {
        let fits = |(task, code): &&(Task, Option<i64>)| {
            verdict(task, *code).is_some_and(|verdict| wanted.is_none_or(|wanted| wanted.total_cmp(&verdict).is_eq()))
        };
        newest(tasks.iter().filter(fits).map(|(task, _)| task)).cloned()
    };
    let code = |id: &Task| {
        tasks
            .iter()
            .find(|(task, _)| task.id == id.id)
            .and_then(|(task, code)| verdict(task, *code))
    };
    put("consistent".to_owned(), judged(None).and_then(|task| code(&task)));
    put(
        "last_consistent".to_owned(),
        judged(Some(1.0)).and_then(|task| seconds(task.end)),
    );
    let mut by_age: Vec<_> = all().collect();
    by_age.sort_by(|a, b| crate::comparison::by_age(b, a));
    for task in by_age.into_iter().take(shown) {
        put(format!("task_start {}", task.id), seconds(task.start));
        put(format!("task_end {}", task.id), seconds(task.end));
        put(
            format!("task_duration {}", task.id),
            task.duration.map(|span| span.as_secs_f64()),
        );
        for status in Status::ALL {
            put(
                format!("task_status {} {status}", task.id),
                Some(f64::from(u8::from(status == task.status))),
            );
        }
    }
    values
}

/// The names that [`expected`] gives, of what a text holds.
fn named(samples: &Samples) -> BTreeMap<String, &Vec<(i64, String)>> {
    let mut all = BTreeMap::new();
    for (key, samples) in samples {
        let (name, labels) = key
            .strip_prefix("drs_health_comparison_")
            .unwrap()
            .split_once('{')
            .unwrap();
        let mut short = name
            .trim_end_matches("_timestamp_seconds")
            .trim_end_matches("_seconds")
            .to_owned();
        if ["task_info", "objects", "object_verdict"].contains(&short.as_str()) {
            continue;
        }
        if short == "ended_tasks_total" {
            "ended".clone_into(&mut short);
        }
        for label in ["compare_job_id=\"", "status=\""] {
            if let Some((_, rest)) = labels.split_once(label) {
                short = format!("{short} {}", rest.split('"').next().unwrap());
            }
        }
        assert!(all.insert(short, samples).is_none(), "{key}");
    }
    all
}

proptest! {
    #[test]
    fn the_text_says_what_was_then(
        drawn in drawn(),
        shown in 0..4_usize,
        start in proptest::option::of(0..END - 1),
        instants in proptest::collection::vec(0..END, 8),
    ) {
        let samples = read(&text(&[record(made(&drawn))], shown, &window(start, END), &Labels::default()));
        let named = named(&samples);
        let counted_from = start.unwrap_or(-1);
        let mut moments = BTreeMap::new();
        for (name, samples) in &named {
            for (second, value) in *samples {
                prop_assert!((start.unwrap_or(0)..=END).contains(second));
                let expected = moments
                    .entry(*second)
                    .or_insert_with(|| expected(&drawn, *second, shown, counted_from));
                prop_assert_eq!(Some(value.parse::<f64>().unwrap()), expected.get(name).copied(), "{} at {}", name, second);
            }
        }
        for second in instants.into_iter().filter(|second| start.is_none_or(|start| start <= *second)) {
            for (name, value) in expected(&drawn, second, shown, counted_from) {
                let Some(newest) = named.get(&name).and_then(|all| all.iter().rfind(|(at, _)| *at <= second)) else {
                    return Err(TestCaseError::fail(format!("{name} is not known at {second}")));
                };
                prop_assert!(second - newest.0 < i64::from(STEP), "{} is old at {}", name, second);
                let told = newest.1.parse::<f64>().unwrap();
                let grown = if name.contains("duration") { (second - newest.0) as f64 } else { 0.0 };
                prop_assert!(value >= told && value <= told + grown, "{} is {} and not {} at {}", name, told, value, second);
            }
        }
    }
}
