use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::comparison::Report;
use crate::exposition::tests::{answer, at, job, project, task};
use crate::ids::CompareJobId;

const NOW: i64 = 100;

/// The lines of one family, for `job` of a project that shows `tasks_per_job` tasks.
pub(super) fn lines(job: &Job, tasks_per_job: usize, family: Family) -> Vec<String> {
    let mut texts = Texts::new();
    let project = Project {
        tasks_per_job,
        ..project("payments", Vec::new())
    };
    push_job(&mut texts, &project, job, at(NOW));
    texts.0[family as usize].lines().map(str::to_owned).collect()
}

/// The one line that does not say 0.
fn current(lines: &[String]) -> &str {
    let mut set = lines.iter().filter(|line| !line.ends_with(" 0"));
    let line = set.next().unwrap();
    assert!(set.next().is_none() && lines.len() == Status::ALL.len(), "{lines:?}");
    line
}

#[test]
fn the_sources_example_is_a_duration_of_eight_seconds() {
    let report = Report {
        types: Some("object_comparison,lines"),
        status: Some("SUCCESSFUL"),
        start_time: Some("2024-04-07T10:00:01Z"),
        end_time: Some("2024-04-07T10:00:09Z"),
        ..Report::default()
    };
    let id = CompareJobId::new("118d1bdc-b3c8-48a0-af77-3400da6e9291");
    let (task, _) = Task::read(id.clone(), &report, at(0));
    let job = Job {
        name: "DRS-7754".to_owned(),
        ..job("163b98e8", vec![answer(Some(id.as_str()), 0, vec![task])])
    };
    let labels = "project=\"payments\",job_id=\"163b98e8\",job_name=\"DRS-7754\",compare_job_id=\"118d1bdc-b3c8-48a0-af77-3400da6e9291\"";
    assert_eq!(
        lines(&job, 5, Family::TaskDuration),
        [format!("drs_health_comparison_task_duration_seconds{{{labels}}} 8")]
    );
    assert_eq!(
        lines(&job, 5, Family::TaskEnd),
        [format!(
            "drs_health_comparison_task_end_timestamp_seconds{{{labels}}} 1712484009"
        )]
    );
    assert_eq!(
        lines(&job, 5, Family::TaskInfo),
        [format!(
            "drs_health_comparison_task_info{{{labels},compare_types=\"lines,object_comparison\",compute_type=\"\"}} 1"
        )]
    );
    assert_eq!(
        current(&lines(&job, 5, Family::TaskStatus)),
        format!("drs_health_comparison_task_status{{{labels},status=\"SUCCESSFUL\"}} 1")
    );
}

#[test]
fn the_newest_tasks_are_shown_and_those_that_were_asked_for() {
    let history = (0..9)
        .map(|n| task(&format!("t{n}"), "SUCCESSFUL", Some(n), Some(n + 1)))
        .collect();
    let old = task("old", "FAILED", Some(-500), Some(-400));
    let job = job(
        "j",
        vec![answer(None, NOW, history), answer(Some("old"), NOW, vec![old])],
    );
    let shown = |tasks_per_job| {
        let lines = lines(&job, tasks_per_job, Family::TaskStart);
        let id = |line: &String| {
            line.split("compare_job_id=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
                .to_owned()
        };
        lines.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(shown(2), ["t8", "t7", "old"]);
    assert_eq!(shown(0), ["old"]);
}

#[test]
fn newest_ended_and_successful_may_be_three_tasks() {
    let tasks = vec![
        task("running", "RUNNING", Some(50), None),
        task("failed", "FAILED", Some(40), Some(45)),
        task("good", "SUCCESSFUL", Some(30), Some(39)),
    ];
    // Job series speak of all tasks, also where none gets series of its own.
    let job = job("j", vec![answer(None, NOW, tasks)]);
    let value = |family| {
        lines(&job, 0, family)[0]
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<i64>()
            .unwrap()
    };
    assert!(current(&lines(&job, 0, Family::LastStatus)).contains("\"RUNNING\""));
    assert_eq!(value(Family::LastStart), at(50).as_second());
    assert_eq!(value(Family::LastEnd), at(45).as_second());
    assert_eq!(value(Family::LastSuccess), at(39).as_second());
    assert_eq!(value(Family::LastDuration), NOW - 50);
    assert!(
        lines(&job, 5, Family::TaskEnd)
            .iter()
            .all(|line| !line.contains("running"))
    );
}

#[test]
fn what_the_cloud_did_not_give_is_no_series() {
    let job = Job {
        up: None,
        last_refresh: None,
        ..job("j", vec![answer(None, NOW, vec![task("t", "", None, None)])])
    };
    for family in [
        Family::TaskStart,
        Family::TaskEnd,
        Family::TaskDuration,
        Family::LastStart,
        Family::LastEnd,
        Family::LastDuration,
        Family::LastSuccess,
        Family::JobUp,
        Family::JobLastRefresh,
    ] {
        assert_eq!(lines(&job, 5, family), [""; 0], "{family:?}");
    }
    assert!(current(&lines(&job, 5, Family::TaskStatus)).contains("\"UNKNOWN\""));
}

#[test]
fn an_empty_history_is_nine_zeros_and_no_status() {
    let job = Job {
        ended: [1, 2, 3, 4],
        ..job("j", vec![answer(None, NOW, Vec::new())])
    };
    assert_eq!(lines(&job, 5, Family::LastStatus), [""; 0]);
    let retained = lines(&job, 5, Family::RetainedTasks);
    assert!(retained.len() == 9 && retained.iter().all(|line| line.ends_with(" 0")));
    let ended = lines(&job, 5, Family::EndedTasks);
    assert!(
        ended[2].ends_with("status=\"CANCELLED\"} 3") && ended.len() == 4,
        "{ended:?}"
    );
}

#[test]
fn a_stale_job_keeps_only_how_its_refreshing_stands() {
    let fresh = job(
        "j",
        vec![answer(None, 0, vec![task("t", "SUCCESSFUL", Some(-9), Some(-1))])],
    );
    let mut texts = Texts::new();
    let project = Project {
        stale_after: Duration::from_secs(99),
        ..project("p", Vec::new())
    };
    let stale = Job {
        up: Some(false),
        ..fresh
    };
    push_job(&mut texts, &project, &stale, at(100));
    let shown: Vec<_> = texts.iter().filter(|text| !text.is_empty()).collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown[0].starts_with("drs_job_up{") && shown[0].ends_with(" 0\n"));
    assert!(shown[1].starts_with("drs_job_last_refresh_timestamp_seconds{"));
}

#[test]
fn a_project_is_up_only_after_it_was_asked() {
    let mut texts = Texts::new();
    let project = Project {
        up: None,
        ..project("p", vec![job("j", Vec::new())])
    };
    push_project(&mut texts, &project);
    push_project(
        &mut texts,
        &Project {
            up: Some(false),
            ..project
        },
    );
    let all: String = texts.iter().collect();
    assert_eq!(all.matches("drs_project_up{project=\"p\"} 0\n").count(), 1);
    assert_eq!(all.matches("drs_project_jobs{project=\"p\"} 1\n").count(), 2);
    assert!(all.contains("drs_project_info{project=\"p\",region=\"ap-southeast-1\",project_id=\"p1\"} 1\n"));
}

#[test]
fn hostile_text_stays_within_its_line() {
    let name = format!("a\"b\\c\nd\0\r\u{2028}中{}", "x".repeat(10_000));
    let job = Job {
        name,
        ..job(
            "j\"",
            vec![answer(None, NOW, vec![task("t\n", "RUNNING", Some(1), None)])],
        )
    };
    let mut texts = Texts::new();
    push_job(&mut texts, &project("p\n", Vec::new()), &job, at(NOW));
    for line in texts.iter().flat_map(|text| text.split_terminator('\n')) {
        assert!(
            line.starts_with("drs_") && line.contains("p\\n") && line.contains("j\\\""),
            "{line}"
        );
    }
}

#[test]
fn what_the_list_tells_of_a_job_is_shown_and_no_status_where_it_tells_none() {
    let facts = Facts {
        refreshed_at: at(0),
        stale_after: Duration::from_secs(200),
        job_type: "sync".to_owned(),
        engine_type: "mysql-to-mysql".to_owned(),
        task_type: "FULL_INCR_TRANS".to_owned(),
        status: "INCRE_TRANSFER_STARTED".to_owned(),
    };
    let told = |facts| Job {
        facts,
        ..job("j", Vec::new())
    };
    let known = told(Some(Arc::new(facts.clone())));
    let labels = "project=\"payments\",job_id=\"j\",job_name=\"\"";
    assert_eq!(
        lines(&known, 5, Family::JobInfo),
        [format!(
            "drs_job_info{{{labels},job_type=\"sync\",engine_type=\"mysql-to-mysql\",task_type=\"FULL_INCR_TRANS\"}} 1"
        )]
    );
    assert_eq!(
        lines(&known, 5, Family::JobStatus),
        [format!(
            "drs_job_status{{{labels},status=\"INCRE_TRANSFER_STARTED\"}} 1"
        )]
    );
    let silent = Facts {
        status: String::new(),
        ..facts.clone()
    };
    assert_eq!(lines(&told(Some(Arc::new(silent))), 5, Family::JobStatus), [""; 0]);
    assert_eq!(lines(&told(None), 5, Family::JobInfo), [""; 0]);
    let old = Facts {
        refreshed_at: at(-101),
        ..facts
    };
    for family in [Family::JobInfo, Family::JobStatus] {
        assert_eq!(lines(&told(Some(Arc::new(old.clone()))), 5, family), [""; 0], "stale");
    }
}

#[test]
fn the_last_discovery_shows_where_there_was_one() {
    let mut texts = Texts::new();
    push_project(&mut texts, &project("p", Vec::new()));
    assert_eq!(texts.0[Family::ProjectLastDiscovery as usize], "");
    let discovered = Project {
        last_discovery: Some(at(5)),
        ..project("p", Vec::new())
    };
    push_project(&mut texts, &discovered);
    assert_eq!(
        texts.0[Family::ProjectLastDiscovery as usize],
        "drs_project_last_discovery_timestamp_seconds{project=\"p\"} 1712484005\n"
    );
}
