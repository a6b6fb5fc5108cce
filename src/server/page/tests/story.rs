//! What the page tells of a project and a job.

use super::*;
use crate::exposition::tests::project;

#[test]
fn a_line_says_how_a_job_stands() {
    let page = html_of(vec![project("payments", vec![with_run("job-1", "SUCCESSFUL")])]);
    assert_in_order(
        &page,
        &[
            "The one job is well",
            "Oldest data: <strong>1 min 40 s ago</strong>",
            "As known at 2024-04-07 10:01:40 UTC",
            "job-1",
            "payments",
            ">fine<",
            ">S<",
            ">SUCCESSFUL<",
            "1 min 39 s ago",
            "title=\"2024-04-07 10:00:01 UTC\"",
            "took 8 s",
            "not known",
            "1 min 40 s ago",
        ],
    );
    for text in [
        "lang=\"en\"",
        "<title>",
        "name=\"viewport\"",
        "1.2.3",
        "href=\"/metrics\"",
        "href=\"/-/ready\"",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("<script") && !page.contains("style=") && !page.contains("http-equiv"));
}

#[test]
fn a_duration_stands_beside_what_is_usual() {
    let runs = (0..5).map(|day| {
        let start = -day * 86_400;
        task(&day.to_string(), "SUCCESSFUL", Some(start), Some(start + 60 + day))
    });
    let page = html_of(vec![project(
        "p",
        vec![job("j", vec![answer(None, NOW, runs.collect())])],
    )]);
    assert_in_order(&page, &["took 1 min<", "usually 1 min 2 s"]);
}

#[test]
fn what_differs_is_named_and_since_when() {
    let differs = judged(with_run("j", "SUCCESSFUL"), 0, Some(-86_400));
    let page = html_of(vec![project("p", vec![differs])]);
    assert_in_order(
        &page,
        &[
            "<title>(1) ",
            "1 of 1 job is wrong",
            "data differ",
            ">≠<",
            "≠ differ",
            ">TABLE</code> 1204 → 1203",
            "consistent until 1 d ago",
            "2024-04-06 10:00:00",
        ],
    );
}

#[test]
fn a_refused_project_is_told_once_with_its_remedy_and_before_all_jobs() {
    let cut_off = |id| Job {
        up: Some(false),
        problem: Some(problem("wrong key")),
        ..with_run(id, "SUCCESSFUL")
    };
    let down = Project {
        up: Some(false),
        problem: Some(problem("wrong key")),
        ..project("second", vec![cut_off("job-b"), cut_off("job-c")])
    };
    let page = html_of(vec![project("first", vec![with_run("job-a", "FAILED")]), down]);
    assert_in_order(
        &page,
        &[
            "3 of 3 jobs are wrong",
            "1 of 2 projects cannot be read.",
            "1 project in trouble",
            "second",
            "2 jobs not watched",
            "wrong key",
            "What to do: </strong>ask the owner",
            "Since 2024-04-07 10:00:10, 1 min 30 s ago.",
            "job-a",
            "job-b",
            "as all of its project",
        ],
    );
    assert_eq!(page.matches("wrong key").count(), 1);
}

#[test]
fn a_list_of_jobs_that_cannot_be_had_is_told_with_its_project() {
    let partly = Project {
        last_discovery: Some(at(40)),
        discovery_problem: Some(problem("no permission to list jobs")),
        ..project("second", vec![with_run("job-a", "SUCCESSFUL")])
    };
    let page = html_of(vec![project("first", Vec::new()), partly]);
    assert_in_order(
        &page,
        &[
            "1 project in trouble",
            "second",
            "no permission to list jobs",
            "job-a",
            "1 min ago",
        ],
    );
    assert!(!page.contains("cannot be read"), "its jobs are");
}

#[test]
fn nothing_to_tell_is_told() {
    assert_in_order(
        &html_of(Vec::new()),
        &["No job is watched", "No project is configured."],
    );
    let unasked = Project {
        asked: false,
        up: None,
        ..project("p", Vec::new())
    };
    assert_in_order(
        &html_of(vec![unasked]),
        &["Not every job has been asked yet.", "not asked yet"],
    );
}

#[test]
fn the_page_loads_itself_again_only_for_who_asks() {
    let again = asked(Vec::new(), "refresh=30").html;
    assert!(again.contains("<meta http-equiv=\"refresh\" content=\"30\">"));
    let refused = asked(Vec::new(), "refresh=0");
    assert!(!refused.is_understood && !refused.html.contains("http-equiv"));
}
