//! Order, states, filter and pages.

use std::time::Duration;

use super::super::fleet::PAGE;
use super::super::state::State;
use super::*;
use crate::comparison::policy::PolicyStatus;
use crate::exposition::tests::project;
use crate::inventory::{Schedule, Snapshot};

fn schedule(last: Option<i64>, next: Option<i64>) -> Schedule {
    Schedule {
        refreshed_at: at(NOW),
        stale_after: Duration::from_hours(4),
        status: if next.is_some() {
            PolicyStatus::Open
        } else {
            PolicyStatus::Closed
        },
        next: next.map(at),
        last: last.map(at),
    }
}

/// A job for each state, the least urgent first.
fn one_of_each() -> Vec<Job> {
    let goes_on = |id, status, start| job(id, vec![answer(None, NOW, vec![task("t", status, Some(start), None)])]);
    let scheduled = |id, last, next| Job {
        schedule: Some(schedule(last, next)),
        ..with_run(id, "SUCCESSFUL")
    };
    let failing = Job {
        up: Some(false),
        problem: Some(problem("no permission")),
        ..with_run("unreachable", "SUCCESSFUL")
    };
    let stale = vec![answer(
        None,
        -100_000,
        vec![task("t", "SUCCESSFUL", Some(-200_000), Some(-190_000))],
    )];
    vec![
        with_run("fine", "SUCCESSFUL"),
        goes_on("running", "RUNNING", 1),
        job("empty", vec![answer(None, NOW, Vec::new())]),
        Job {
            up: None,
            ..job("unasked", Vec::new())
        },
        scheduled("late", Some(50), Some(3600)),
        scheduled("closed", None, None),
        failing,
        judged(job("stale", stale), 0, None),
        goes_on("slow", "FULL_DOING", -90_000),
        goes_on("stuck", "WAITING_FOR_RUNNING", -7200),
        Job {
            schedule: Some(schedule(Some(-7200), Some(3600))),
            ..job(
                "missed",
                vec![answer(
                    None,
                    NOW,
                    vec![task("t", "SUCCESSFUL", Some(-90_000), Some(-80_000))],
                )],
            )
        },
        with_run("timed-out", "TIMEOUT_INTERRUPT"),
        with_run("failed", "FAILED"),
        judged(with_run("differs", "SUCCESSFUL"), 0, None),
    ]
}

/// The ids of the rows on the page that is asked for.
fn ids(projects: Vec<Project>, query: &str) -> Vec<String> {
    let published = published(projects);
    let fleet = Fleet::new(&published.snapshot, published.at);
    let (query, mistakes) = Query::read(query);
    assert_eq!(mistakes, [""; 0]);
    let found = fleet.find(&query);
    found.rows.iter().map(|row| row.job.id.to_string()).collect()
}

#[test]
fn the_most_urgent_comes_first() {
    let expected: Vec<_> = State::ALL.into_iter().map(State::slug).collect();
    assert_eq!(ids(vec![project("p", one_of_each())], ""), expected);
}

#[test]
fn a_job_is_found_by_each_of_its_states() {
    let both = Job {
        schedule: Some(schedule(None, None)),
        ..judged(with_run("both", "FAILED"), 0, None)
    };
    for state in ["differs", "failed", "closed", "wrong"] {
        assert_eq!(
            ids(vec![project("p", vec![both.clone()])], &format!("state={state}")),
            ["both"]
        );
    }
    for state in State::ALL {
        let found = ids(vec![project("p", one_of_each())], &format!("state={}", state.slug()));
        assert_eq!(found, [state.slug()]);
    }
    assert_eq!(ids(vec![project("p", one_of_each())], "state=wrong").len(), 8);
}

#[test]
fn words_are_looked_for_in_names_ids_and_projects() {
    let named = |id, name: &str| Job {
        name: name.to_owned(),
        ..with_run(id, "SUCCESSFUL")
    };
    let projects = || {
        vec![
            project("payments", vec![named("a-1", "Orders-MySQL"), named("b-2", "订单库")]),
            project("analytics", vec![named("a-3", "orders")]),
        ]
    };
    for (query, expected) in [
        ("q=ORDERS", vec!["a-1", "a-3"]),
        ("q=orders+pay", vec!["a-1"]),
        ("q=%E8%AE%A2%E5%8D%95", vec!["b-2"]),
        ("q=a-&project=analytics", vec!["a-3"]),
        ("q=nothing", vec![]),
    ] {
        assert_eq!(ids(projects(), query), expected, "{query}");
    }
    let unknown = asked(projects(), "project=%3Cb%3E");
    assert!(!unknown.is_understood && unknown.html.contains("project=&lt;b&gt;: no project is called so"));
    assert!(asked(projects(), "q=nothing").html.contains("Nothing fits."));
}

#[test]
fn many_jobs_are_on_several_pages_and_each_is_on_one() {
    let many = |count: usize| {
        vec![project(
            "p",
            (0..count).map(|id| with_run(&id.to_string(), "RUNNING")).collect(),
        )]
    };
    let jobs = 2 * PAGE + 1;
    let pages: Vec<_> = (1..=3).map(|page| ids(many(jobs), &format!("page={page}"))).collect();
    assert_eq!(pages.concat(), (0..jobs).map(|id| id.to_string()).collect::<Vec<_>>());
    assert_eq!(ids(many(jobs), "page=9000"), pages[2], "the last one");
    let second = asked(many(jobs), "page=2&refresh=30").html;
    assert_in_order(
        &second,
        &[
            "Jobs 51 to 100 of 101, ",
            "rel=\"prev\" href=\"?refresh=30\"",
            "Page 2 of 3",
            "rel=\"next\" href=\"?page=3&amp;refresh=30\"",
        ],
    );
}

#[test]
fn the_page_stays_small_however_many_jobs_there_are() {
    let runs = || (0..30).map(|run| task(&run.to_string(), "FAILED", Some(-run * 1000), Some(-run * 1000 + 9)));
    let jobs = (0..1000).map(|id| Job {
        name: format!("{id} {}", "长".repeat(10_000)),
        problem: Some(problem(&"x".repeat(10_000))),
        ..job(
            &format!("{id}-{}", "i".repeat(1000)),
            vec![answer(None, NOW, runs().collect())],
        )
    });
    // Without the metrics: of these names they would be gigabytes.
    let snapshot = Snapshot {
        projects: vec![Arc::new(project("p", jobs.collect()))],
        ..Snapshot::default()
    };
    let page = html(&Fleet::new(&snapshot, at(NOW)), &settings(), &Query::default(), &[]);
    assert!(page.len() < 500_000, "{} bytes", page.len());
}

#[test]
fn only_a_job_that_was_told_of_before_is_stale() {
    let job = Job {
        watches_history: true,
        up: None,
        ..job(
            "j",
            vec![answer(Some("t"), NOW, vec![task("t", "RUNNING", Some(1), None)])],
        )
    };
    assert_eq!(ids(vec![project("p", vec![job])], "state=unasked"), ["j"]);
}

#[test]
fn the_strip_has_the_newest_run_on_the_right_and_what_was_missed_behind_it() {
    let run = |id: &str, status, start| task(id, status, Some(start), Some(start + 9));
    let runs = vec![
        run("a", "FAILED", -200_000),
        run("t", "SUCCESSFUL", -90_000),
        run("b", "CANCELLED", -100_000),
        run("c", "SUCCESSFUL", -150_000),
    ];
    let job = Job {
        schedule: Some(schedule(Some(-7200), Some(3600))),
        ..judged(job("j", vec![answer(None, NOW, runs)]), 2, Some(-90_000 + 9))
    };
    let page = html_of(vec![project("p", vec![job])]);
    let strip = &page[page.find("<ol class=\"strip\"").unwrap()..];
    assert_in_order(strip, &[">F<", ">S<", ">C<", ">=<", ">M<", "</ol>"]);
    assert_in_order(
        strip,
        &[
            "title=\"failed; FAILED, started 2024-04-05 02:26:40, 9 s\"",
            "was due 2024-04-07 08:00:00",
        ],
    );
}
