//! What is shown of what is known, and for how long.

use super::*;
use crate::comparison::Report;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_712_484_000 + second).unwrap()
}

fn task(id: &str, second: i64, compute_type: Option<&str>) -> Task {
    let start = at(second).to_string();
    let report = Report {
        status: Some("RUNNING"),
        start_time: Some(&start),
        compute_type,
        ..Report::default()
    };
    Task::read(CompareJobId::new(id), &report, at(60)).0
}

fn answer(asked_for: Option<&str>, refreshed: i64, tasks: Vec<Task>) -> Answer {
    Answer {
        asked_for: asked_for.map(CompareJobId::new),
        refreshed_at: at(refreshed),
        tasks: tasks.into(),
    }
}

fn job(answers: Vec<Answer>) -> Job {
    Job {
        id: JobId::new("job"),
        name: String::new(),
        up: Some(true),
        last_refresh: None,
        problem: None,
        watches_history: false,
        answers,
        ended: [0; 4],
        facts: None,
        schedule: None,
        verdicts: Arc::default(),
    }
}

#[test]
fn each_task_counts_once_and_the_newest_answers_word_counts() {
    let job = job(vec![
        answer(None, 30, vec![task("a", 1, Some("old")), task("b", 5, None)]),
        answer(Some("a"), 60, vec![task("a", 1, Some("new"))]),
    ]);
    let tasks = job.fresh_tasks(at(61), Duration::from_mins(1));
    let ids: Vec<_> = tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["b", "a"]);
    assert_eq!(tasks[1].compute_type.as_deref(), Some("new"));
    assert!(job.is_asked_for(&CompareJobId::new("a")) && !job.is_asked_for(&CompareJobId::new("b")));
}

#[test]
fn a_single_task_does_not_speak_for_a_job_whose_history_is_watched() {
    let limit = Duration::from_mins(1);
    let mut job = job(vec![answer(Some("a"), 60, vec![task("a", 1, None)])]);
    assert!(job.is_known(at(61), limit));
    job.watches_history = true;
    assert!(!job.is_known(at(61), limit));
    job.answers.push(answer(None, 60, Vec::new()));
    assert!(job.is_known(at(61), limit) && !job.is_known(at(200), limit));
}

#[test]
fn an_answer_goes_when_it_is_too_old_and_not_before() {
    let job = job(vec![answer(None, 0, vec![task("a", 0, None)])]);
    let limit = Duration::from_mins(1);
    assert_eq!(job.fresh_tasks(at(60), limit).len(), 1);
    assert_eq!(job.fresh_tasks(at(61), limit).len(), 0);
    assert_eq!(job.fresh_tasks(at(-100), limit).len(), 1, "the clock was set back");
}

#[test]
fn a_reader_keeps_its_moment_while_the_next_is_published() {
    let project = Project {
        name: ProjectName::new("payments"),
        region: "ap-southeast-1".to_owned(),
        project_id: ProjectId::new("p"),
        stale_after: Duration::from_mins(1),
        tasks_per_job: 5,
        asked: false,
        up: None,
        problem: None,
        last_discovery: None,
        discovery_problem: None,
        jobs: Vec::new(),
    };
    let inventory = Inventory::new(vec![project.clone()]);
    let mut changes = inventory.changes();
    let before = inventory.snapshot();
    inventory.publish(Key(0), Project { asked: true, ..project });
    assert!(!before.is_complete() && inventory.snapshot().is_complete());
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    assert!(!changes.has_changed().unwrap());
}

#[test]
fn projects_come_go_and_move_in_one_step_and_readiness_stays() {
    let named = |name: &str, asked: bool| Project {
        name: ProjectName::new(name),
        region: "ap-southeast-1".to_owned(),
        project_id: ProjectId::new("p"),
        stale_after: Duration::from_mins(1),
        tasks_per_job: 5,
        asked,
        up: None,
        problem: None,
        last_discovery: None,
        discovery_problem: None,
        jobs: Vec::new(),
    };
    let look = |inventory: &Inventory| {
        let snapshot = inventory.snapshot();
        let all: Vec<_> = snapshot
            .projects
            .iter()
            .map(|project| project.name.to_string())
            .collect();
        (all.join(" "), snapshot.is_complete(), snapshot.was_complete)
    };
    let inventory = Inventory::new(vec![named("a", false), named("b", true)]);
    assert_eq!(look(&inventory), ("a b".to_owned(), false, false));
    inventory.arrange(vec![(Key(1), None)]);
    assert_eq!(
        look(&inventory),
        ("b".to_owned(), true, true),
        "what was waited for is gone"
    );
    inventory.arrange(vec![
        (Key(2), Some(named("c", false))),
        (Key(1), Some(named("d", true))),
    ]);
    assert_eq!(look(&inventory), ("c d".to_owned(), false, true));
    inventory.publish(Key(0), named("late", true));
    inventory.publish(Key(2), named("e", false));
    assert_eq!(look(&inventory), ("e d".to_owned(), false, true));
    assert!(inventory.project(Key(0)).is_none() && inventory.project(Key(1)).unwrap().asked);
}
