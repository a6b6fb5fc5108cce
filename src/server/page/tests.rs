use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::Clock;
use crate::comparison::policy::PolicyStatus;
use crate::comparison::verdict::{ObjectReport, Objects, Overview};
use crate::exposition::Publisher;
use crate::exposition::tests::{answer, at, job, project, task};
use crate::ids::CompareJobId;
use crate::inventory::{Inventory, Job, Judgement, Schedule, Verdicts};

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

fn judgement(rows: &[(&'static str, i64)]) -> Judgement {
    let rows = rows.iter().map(|(object_type, status)| ObjectReport {
        object_type: Some(object_type),
        status: Some(*status),
        ..ObjectReport::default()
    });
    let overview = Overview::Objects(Objects::read(rows));
    Judgement {
        task: CompareJobId::new("t"),
        is_consistent: overview.is_consistent(Status::Successful).unwrap(),
        overview,
    }
}

#[test]
fn the_verdict_over_the_data_stands_beside_the_status() {
    let judged = |id, status, last_consistent| Job {
        verdicts: Arc::new(Verdicts {
            objects: Some(judgement(&[("TABLE", status)])),
            last_consistent,
            ..Verdicts::default()
        }),
        ..with_task(id, "SUCCESSFUL")
    };
    let jobs = vec![
        with_task("job-a", "SUCCESSFUL"),
        judged("job-b", 2, Some(at(9))),
        judged("job-c", 0, Some(at(-86_400))),
    ];
    let page = page(vec![project("p", jobs)]);
    let told = [
        "1 of them need a look",
        "job-c",
        "SUCCESSFUL",
        ">differs<",
        "consistent until 2024-04-06 10:00:00",
        "job-a",
        ">unknown<",
        "job-b",
        ">consistent<",
    ];
    assert!(in_order(&page, &told), "{page}");
    assert_eq!(page.matches("consistent until").count(), 1);
}

#[test]
fn a_stale_job_has_no_verdict_and_nothing_due() {
    let stale = Job {
        verdicts: Arc::new(Verdicts {
            objects: Some(judgement(&[("TABLE", 0)])),
            ..Verdicts::default()
        }),
        schedule: Some(schedule(-200_000, Some(50))),
        answers: vec![answer(None, -100_000, vec![task("t", "SUCCESSFUL", Some(1), Some(9))])],
        ..job("j", Vec::new())
    };
    let page = page(vec![project("p", vec![stale])]);
    assert!(!page.contains(">differs<") && !page.contains("missed"), "{page}");
}

fn schedule(last: i64, next: Option<i64>) -> Schedule {
    Schedule {
        refreshed_at: at(NOW),
        stale_after: Duration::from_hours(4),
        status: if next.is_some() {
            PolicyStatus::Open
        } else {
            PolicyStatus::Closed
        },
        next: next.map(at),
        last: next.map(|_| at(last)),
    }
}

#[test]
fn what_is_due_late_and_missed_is_told() {
    let with_schedule = |id, schedule| Job {
        schedule: Some(schedule),
        ..with_task(id, "SUCCESSFUL")
    };
    let jobs = vec![
        with_schedule("job-a", schedule(0, Some(3600))),
        with_schedule("job-b", schedule(50, Some(3600))),
        with_schedule("job-c", schedule(0, None)),
        Job {
            schedule: Some(schedule(-7200, Some(3600))),
            ..job("job-d", vec![answer(None, NOW, Vec::new())])
        },
    ];
    let page = page(vec![project("p", jobs)]);
    let told = [
        "job-d",
        ">missed<",
        "due 2024-04-07 08:00:00",
        "2024-04-07 11:00:00",
        "job-a",
        "job-b",
        ">late<",
        "due 2024-04-07 10:00:50",
        "job-c",
        "policy is CLOSED",
    ];
    assert!(in_order(&page, &told), "{page}");
    assert_eq!(page.matches("missed").count() + page.matches(">late<").count(), 2);
}

#[test]
fn a_discovery_that_fails_is_told_with_its_project() {
    let partly = Project {
        last_discovery: Some(at(40)),
        discovery_problem: Some(problem("no permission to list jobs")),
        ..project("second", vec![with_task("job-a", "SUCCESSFUL")])
    };
    let page = page(vec![project("first", Vec::new()), partly]);
    let told = [
        "second",
        "listed 1 min ago",
        "no permission to list jobs",
        "ask the owner",
        "job-a",
        "first",
    ];
    assert!(in_order(&page, &told), "{page}");
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
