use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::exposition::tests::{at, job_with_task, project};

fn snapshot(jobs: usize) -> Snapshot {
    Snapshot {
        projects: vec![Arc::new(project("p", (0..jobs).map(job_with_task).collect()))],
        ..Snapshot::default()
    }
}

/// The same, with one job replaced.
fn changed(snapshot: &Snapshot, place: usize, job: Job) -> Snapshot {
    let mut project = Project::clone(&snapshot.projects[0]);
    project.jobs[place] = Arc::new(job);
    Snapshot {
        projects: vec![Arc::new(project)],
        ..Snapshot::default()
    }
}

fn text(exposition: &Exposition) -> String {
    exposition
        .segments(Format::Text)
        .map(|segment| std::str::from_utf8(segment.plain()).unwrap())
        .collect()
}

/// Blocks of `new` that are not in `old`.
fn made(old: &Exposition, new: &Exposition) -> Vec<String> {
    let known: Vec<_> = old
        .segments(Format::Text)
        .map(|segment| segment.plain().as_ptr())
        .collect();
    new.segments(Format::Text)
        .filter(|segment| !known.contains(&segment.plain().as_ptr()))
        .map(|segment| String::from_utf8(segment.plain().to_vec()).unwrap())
        .collect()
}

#[test]
fn only_the_families_and_the_group_that_changed_are_made_again() {
    let mut renderer = Renderer::new();
    let before = snapshot(3 * GROUP_JOBS);
    let first = renderer.render(&before, at(10));
    assert_eq!(
        made(&first, &renderer.render(&before, at(11))),
        [""; 0],
        "nothing changed"
    );
    let job = Job {
        last_refresh: Some(at(11)),
        ..job_with_task(GROUP_JOBS)
    };
    let second = renderer.render(&changed(&before, GROUP_JOBS, job), at(12));
    let made = made(&first, &second);
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(made[0].starts_with("drs_job_last_refresh_timestamp_seconds{"));
    assert_eq!(made[0].lines().count(), GROUP_JOBS);
}

#[test]
fn what_is_kept_and_what_is_new_make_the_same_text_as_all_new() {
    let mut renderer = Renderer::new();
    let mut snapshot = snapshot(2 * GROUP_JOBS + 5);
    renderer.render(&snapshot, at(10));
    for place in [0, GROUP_JOBS - 1, GROUP_JOBS, 2 * GROUP_JOBS + 4] {
        snapshot = changed(
            &snapshot,
            place,
            Job {
                up: Some(false),
                ..job_with_task(place)
            },
        );
        let kept = renderer.render(&snapshot, at(11));
        let new = Renderer::new().render(&snapshot, at(11));
        assert_eq!(text(&kept), text(&new));
        assert_eq!(gzip_end(&kept), gzip_end(&new));
    }
    // Fewer jobs: nothing of the others stays.
    let mut project = Project::clone(&snapshot.projects[0]);
    project.jobs.drain(3..GROUP_JOBS + 10);
    let snapshot = Snapshot {
        projects: vec![Arc::new(project)],
        ..Snapshot::default()
    };
    assert_eq!(
        text(&renderer.render(&snapshot, at(11))),
        text(&Renderer::new().render(&snapshot, at(11)))
    );
}

fn gzip_end(exposition: &Exposition) -> Bytes {
    crate::exposition::segment::gzip_trailer(&exposition.checksum(Format::OpenMetrics), 0)
}

#[test]
fn time_alone_takes_a_stale_jobs_series_away() {
    let mut renderer = Renderer::new();
    let snapshot = snapshot(1);
    let limit = Duration::from_mins(45).as_secs().cast_signed();
    assert!(text(&renderer.render(&snapshot, at(limit))).contains("task_status{"));
    let stale = text(&renderer.render(&snapshot, at(limit + 1)));
    assert!(
        !stale.contains("comparison") && stale.contains("drs_job_up{"),
        "{stale}"
    );
    assert!(
        text(&renderer.render(&snapshot, at(0))).contains("task_status{"),
        "the clock was set back"
    );
}

#[test]
fn a_project_that_changed_its_name_is_made_again() {
    let mut renderer = Renderer::new();
    let snapshot = snapshot(1);
    renderer.render(&snapshot, at(0));
    let mut renamed = Project::clone(&snapshot.projects[0]);
    renamed.name = ProjectName::new("q");
    let text = text(&renderer.render(
        &Snapshot {
            projects: vec![Arc::new(renamed)],
            ..Snapshot::default()
        },
        at(0),
    ));
    assert!(text.contains("project=\"q\"") && !text.contains("project=\"p\""));
}
