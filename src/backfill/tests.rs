//! What the texts of these tests are made of and read by, and single examples. Properties are in `properties`.

mod examples;
mod properties;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;

use super::record::{ObjectRow, Objects, TaskRecord};
use super::*;
use crate::cloud::{HealthCompareJob, ObjectOverview};
use crate::ids::{ProjectId, ProjectName};
use crate::inventory::Project;

/// All tests are about seconds after this one, a multiple of every step in use.
const ZERO: i64 = 1_712_448_000;
/// When everything was asked for.
const NOW: i64 = 100_000;
const STEP: u32 = 240;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(ZERO + second).unwrap()
}

fn window(start: Option<i64>, end: i64) -> Window {
    Window {
        start: start.map(at),
        end: at(end),
        step: NonZeroU32::new(STEP).unwrap(),
    }
}

fn task(id: &str, status: &str, start: Option<i64>, end: Option<i64>) -> TaskRecord {
    let told = HealthCompareJob {
        status: Some(status.to_owned()),
        kind: Some("lines,object_comparison".to_owned()),
        start_time: start.map(|second| at(second).to_string()),
        end_time: end.map(|second| at(second).to_string()),
        compute_type: Some("drs".to_owned()),
        ..HealthCompareJob::default()
    };
    TaskRecord::new(id, told)
}

/// The same, and what it found of its tables: the API's code.
fn judged(mut task: TaskRecord, code: i64) -> TaskRecord {
    let row = ObjectOverview {
        object_type: Some("TABLE".to_owned()),
        source_count: Some(2),
        target_count: Some(code),
        status: Some(code),
    };
    task.objects = Objects::Rows(vec![ObjectRow::from(row)]);
    task
}

fn record(tasks: Vec<TaskRecord>) -> Record {
    Record {
        job: "j".to_owned(),
        name: "a name".to_owned(),
        asked: Vec::new(),
        tasks,
    }
}

fn project(tasks_per_job: usize) -> Project {
    Project {
        name: ProjectName::new("payments"),
        region: "r".to_owned(),
        project_id: ProjectId::new("p"),
        stale_after: Duration::from_mins(1),
        tasks_per_job,
        asked: false,
        up: None,
        problem: None,
        last_discovery: None,
        discovery_problem: None,
        jobs: Vec::new(),
    }
}

fn text(records: &[Record], tasks_per_job: usize, window: &Window, labels: &Labels) -> String {
    let mut spool = Spool::new().unwrap();
    for (rank, record) in records.iter().enumerate() {
        spool.push(0, rank, record).unwrap();
    }
    let (mut out, mut steps) = (Vec::new(), 0);
    let projects = [project(tasks_per_job)];
    let written = write(&spool.finish(), &projects, window, at(NOW), labels, &mut out, || {
        steps += 1;
    })
    .unwrap();
    assert_eq!(steps, PASSES * records.len());
    let text = String::from_utf8(out).unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!((written.samples, written.bytes), (samples as u64, text.len() as u64));
    text
}

/// The samples of each series, by seconds.
type Samples = BTreeMap<String, Vec<(i64, String)>>;

/// Reads a text, and sees that it is in the order that `OpenMetrics` wants.
fn read(text: &str) -> Samples {
    let body = text.strip_suffix("# EOF\n").unwrap();
    let mut all = Samples::new();
    let mut families = Vec::new();
    let mut current = String::new();
    for line in body.lines() {
        if let Some(header) = line.strip_prefix("# TYPE ") {
            let name = header.split(' ').next().unwrap().to_owned();
            assert!(!families.contains(&name), "{name} is there twice");
            families.push(name);
        } else if !line.starts_with('#') {
            let (rest, second) = line.rsplit_once(' ').unwrap();
            let (key, value) = rest.rsplit_once(' ').unwrap();
            let family = families.last().unwrap();
            assert!(key.starts_with(family.as_str()), "{line} is not of {family}");
            let second = second.parse::<i64>().unwrap() - ZERO;
            let samples = all.entry(key.to_owned()).or_default();
            assert!(key == current || samples.is_empty(), "{key} is interrupted");
            assert!(
                samples.last().is_none_or(|(last, _)| *last < second),
                "{line} goes back"
            );
            samples.push((second, value.to_owned()));
            key.clone_into(&mut current);
        }
    }
    all
}

/// What a Prometheus that holds `samples` says of the series that has all of `parts` in it, at `second`.
fn value<'a>(samples: &'a Samples, parts: &[&str], second: i64) -> Option<&'a str> {
    let mut found = samples
        .iter()
        .filter(|(key, _)| parts.iter().all(|part| key.contains(part)));
    let (_, samples) = found.next()?;
    assert!(found.next().is_none(), "{parts:?} is more than one series");
    let (last, value) = samples.iter().rfind(|(at, _)| *at <= second)?;
    (second - last < i64::from(STEP)).then_some(value.as_str())
}
