//! The page as a whole, from what is known to what is told.

mod hostile;
mod order;
mod story;

use std::sync::Arc;

use super::*;
use crate::clock::Clock;
use crate::comparison::Status;
use crate::comparison::verdict::{ObjectReport, Objects, Overview};
use crate::exposition::Publisher;
use crate::exposition::tests::{answer, at, job, task};
use crate::ids::CompareJobId;
use crate::inventory::{Inventory, Job, Judgement, Problem, Project, Verdicts};
use crate::shard::Shard;

/// The moment of all pages here, in seconds after 2024-04-07T10:00:00Z.
const NOW: i64 = 100;

fn published(projects: Vec<Project>) -> Arc<Published> {
    // The clock stands still: no timer is needed to tell this time.
    let inventory = Arc::new(Inventory::new(projects));
    Publisher::new(inventory, Clock::starting_at(at(NOW), 0.0))
        .handle()
        .load()
}

fn settings() -> Settings {
    Settings {
        telemetry_path: "/metrics".to_owned(),
        version: "1.2.3".to_owned(),
        ..Settings::default()
    }
}

fn asked(projects: Vec<Project>, query: &str) -> Page {
    page(&published(projects), &settings(), query)
}

fn html_of(projects: Vec<Project>) -> String {
    let page = asked(projects, "");
    assert!(page.is_understood);
    page.html
}

/// A job with one run, refreshed now.
fn with_run(id: &str, status: &str) -> Job {
    job(id, vec![answer(None, NOW, vec![task("t", status, Some(1), Some(9))])])
}

fn problem(what: &str) -> Problem {
    Problem {
        what: what.to_owned(),
        remedy: "ask the owner".to_owned(),
        since: at(10),
    }
}

/// What a comparison of tables found; `status` as the cloud has it.
fn judgement(task: &str, status: i64) -> Judgement {
    let overview = Overview::Objects(Objects::read([ObjectReport {
        object_type: Some("TABLE"),
        source_count: Some(1204),
        target_count: Some(1203),
        status: Some(status),
    }]));
    Judgement {
        task: CompareJobId::new(task),
        is_consistent: overview.is_consistent(Status::Successful).unwrap(),
        overview,
    }
}

fn judged(job: Job, status: i64, last_consistent: Option<i64>) -> Job {
    Job {
        verdicts: Arc::new(Verdicts {
            objects: Some(judgement("t", status)),
            last_consistent: last_consistent.map(at),
            ..Verdicts::default()
        }),
        ..job
    }
}

/// Whether the texts stand in the page in this order.
#[track_caller]
fn assert_in_order(page: &str, texts: &[&str]) {
    let mut from = 0;
    for text in texts {
        let place = page[from..].find(text);
        assert!(place.is_some(), "{text:?} is not behind those before it in\n{page}");
        from += place.unwrap_or_default() + text.len();
    }
}

#[test]
fn one_of_several_shards_says_which_it_is() {
    let shown = |shard| {
        let settings = Settings { shard, ..settings() };
        page(&published(vec![]), &settings, "").html
    };
    let second = Shard::new(2, 3.try_into().unwrap()).unwrap();
    let html = shown(second);
    assert!(html.contains("<small>1.2.3, shard 2 of 3</small>"), "{html}");
    assert!(html.contains("This is shard 2 of 3, counted from 0"), "{html}");
    assert!(!shown(Shard::WHOLE).contains("hard"), "a lonely one has no number");
}
