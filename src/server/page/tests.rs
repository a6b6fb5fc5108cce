use std::sync::Arc;

use super::*;
use crate::clock::Clock;
use crate::exposition::Publisher;
use crate::exposition::tests::{answer, at, job, project, task};
use crate::inventory::Inventory;

const NOW: i64 = 100;

fn page(projects: Vec<Project>) -> String {
    // The clock stands still: no timer is needed to tell this time.
    let publisher = Publisher::new(Arc::new(Inventory::new(projects)), Clock::starting_at(at(NOW), 0.0));
    let settings = Settings {
        telemetry_path: "/metrics".to_owned(),
        version: "1.2.3".to_owned(),
    };
    html(&publisher.handle().load(), &settings)
}

fn with_task(id: &str, status: &str) -> Job {
    job(id, vec![answer(None, NOW, vec![task("t", status, Some(1), Some(9))])])
}

fn problem(what: &str) -> Problem {
    Problem {
        what: what.to_owned(),
        remedy: "ask the owner".to_owned(),
        since: at(10),
    }
}

/// Whether the texts stand in the page in this order.
fn in_order(page: &str, texts: &[&str]) -> bool {
    let places: Vec<_> = texts.iter().map(|text| page.find(text)).collect();
    places.iter().all(Option::is_some) && places.is_sorted()
}

#[test]
fn a_line_says_what_the_newest_comparison_is() {
    let page = page(vec![project("payments", vec![with_task("job-1", "SUCCESSFUL")])]);
    let row = ["job-1", "SUCCESSFUL", "2024-04-07 10:00:01", "8 s", "1 min 40 s ago"];
    assert!(in_order(&page, &row), "{page}");
    for text in [
        "lang=\"en\"",
        "<title>",
        "name=\"viewport\"",
        "scope=\"col\"",
        "UTC",
        "1.2.3",
        "href=\"/metrics\"",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("<script") && !page.contains("style="));
}

#[test]
fn failures_come_first() {
    let unreachable = Job {
        up: Some(false),
        problem: Some(problem("no permission")),
        ..with_task("job-d", "RUNNING")
    };
    let jobs = vec![
        with_task("job-a", "SUCCESSFUL"),
        with_task("job-b", "FAILED"),
        job("job-c", Vec::new()),
        unreachable,
    ];
    let page_of_jobs = page(vec![project("p", jobs)]);
    assert!(in_order(
        &page_of_jobs,
        &["job-d", "no permission", "ask the owner", "job-b", "job-c", "job-a"]
    ));
    let down = Project {
        up: Some(false),
        problem: Some(problem("wrong key")),
        ..project("second", Vec::new())
    };
    let page_of_projects = page(vec![project("first", Vec::new()), down]);
    assert!(in_order(&page_of_projects, &["second", "down", "wrong key", "first"]));
}

#[test]
fn why_there_is_nothing_is_told() {
    let stale = job(
        "stale",
        vec![answer(None, -100_000, vec![task("t", "RUNNING", Some(1), None)])],
    );
    let asked = |id, up| Job {
        up,
        ..job(id, Vec::new())
    };
    let jobs = vec![
        asked("deleted", Some(false)),
        asked("never", None),
        job("empty", vec![answer(None, NOW, Vec::new())]),
        stale,
    ];
    let page = page(vec![project("p", jobs)]);
    let told = [
        "deleted",
        "unknown",
        "never",
        "no answer yet",
        "empty",
        "none in the cloud",
        ">stale<",
        ">stale<",
    ];
    assert!(in_order(&page, &told), "{page}");
}

#[test]
fn hostile_names_stay_text() {
    let job = Job {
        name: "<script>alert(1)</script>".to_owned(),
        ..with_task("\"><b>", "RUNNING")
    };
    let page = page(vec![project("<i>", vec![job])]);
    assert!(!page.contains("<script>") && !page.contains("<b>") && !page.contains("<i>"));
    assert!(page.contains("&lt;script&gt;alert(1)"));
}
