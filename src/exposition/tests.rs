//! What the tests of this room share, and those of the room as a whole.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::bufread::GzDecoder;
use jiff::Timestamp;

use super::own::OwnMetrics;
use super::*;
use crate::clock::Clock;
use crate::comparison::{Report, Task};
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};
use crate::inventory::{Answer, Inventory, Job, Project};

/// So many seconds after 2024-04-07T10:00:00Z.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_712_484_000 + second).unwrap()
}

/// A task as answered at second 100.
pub(crate) fn task(id: &str, status: &str, start: Option<i64>, end: Option<i64>) -> Task {
    let text = |second: Option<i64>| second.map(|second| at(second).to_string());
    let (start, end) = (text(start), text(end));
    let report = Report {
        status: Some(status),
        start_time: start.as_deref(),
        end_time: end.as_deref(),
        ..Report::default()
    };
    Task::read(CompareJobId::new(id), &report, at(100)).0
}

pub(crate) fn answer(asked_for: Option<&str>, refreshed: i64, tasks: Vec<Task>) -> Answer {
    Answer {
        asked_for: asked_for.map(CompareJobId::new),
        refreshed_at: at(refreshed),
        tasks: tasks.into(),
    }
}

pub(crate) fn job(id: &str, answers: Vec<Answer>) -> Job {
    Job {
        id: JobId::new(id),
        name: String::new(),
        up: Some(true),
        last_refresh: Some(at(0)),
        problem: None,
        watches_history: false,
        answers,
        ended: [0; 4],
        facts: None,
        schedule: None,
        verdicts: Arc::default(),
    }
}

pub(crate) fn project(name: &str, jobs: Vec<Job>) -> Project {
    Project {
        name: ProjectName::new(name),
        region: "ap-southeast-1".to_owned(),
        project_id: ProjectId::new("p1"),
        stale_after: Duration::from_mins(45),
        tasks_per_job: 5,
        asked: true,
        up: Some(true),
        problem: None,
        last_discovery: None,
        discovery_problem: None,
        jobs: jobs.into_iter().map(Arc::new).collect(),
    }
}

/// A job with one task of its own.
pub(crate) fn job_with_task(number: usize) -> Job {
    job(
        &format!("j{number}"),
        vec![answer(None, 0, vec![task("t", "RUNNING", Some(0), None)])],
    )
}

pub(crate) fn joined(parts: &[bytes::Bytes]) -> Vec<u8> {
    parts.concat()
}

pub(crate) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = GzDecoder::new(bytes);
    let mut out = Vec::new();
    decoder.read_to_end(&mut out).unwrap();
    assert!(decoder.into_inner().is_empty(), "one member and nothing behind it");
    out
}

#[tokio::test(start_paused = true)]
async fn a_zipped_scrape_is_the_plain_one() {
    let jobs = (0..100).map(job_with_task).collect();
    let inventory = Arc::new(Inventory::new(vec![project("a", jobs), project("b", Vec::new())]));
    let published = Publisher::new(inventory, Clock::starting_at(at(100), 1.0))
        .handle()
        .load();
    // The process's own values change from scrape to scrape, and are not the matter here.
    let without_process = |text: Vec<u8>| {
        let text = String::from_utf8(text).unwrap();
        text.lines()
            .filter(|line| !line.starts_with("process_"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let own = OwnMetrics::new("1", "r", "c");
    for format in Format::ALL {
        let scrape = |encoding| joined(&scrape::parts(&published, &own, format, encoding));
        let plain = without_process(scrape(Encoding::Identity));
        assert_eq!(plain, without_process(gunzip(&scrape(Encoding::Gzip))));
        assert_eq!(plain.last().unwrap() == "# EOF", format == Format::OpenMetrics);
        assert_eq!(plain.iter().filter(|line| line.starts_with("drs_job_up{")).count(), 100);
        let types = plain
            .iter()
            .filter(|line| line.starts_with("# TYPE drs_job_up "))
            .count();
        assert_eq!(types, 1, "a family is in one piece");
    }
}
