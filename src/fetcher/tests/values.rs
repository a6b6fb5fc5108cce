//! Right values: what is shown is what the cloud last said.

use std::time::Duration;

use super::fake::{IDLE, Mood, POLL, Scene, plan, task};
use crate::cloud::Cause;
use crate::comparison::Status;

#[tokio::test(start_paused = true)]
async fn a_task_keeps_the_id_that_was_asked_for() {
    let scene = Scene::start(plan(&[], &[("job", "asked")]), |world| {
        world
            .jobs
            .insert("job".to_owned(), vec![task("asked", "SUCCESSFUL", -9, Some(-1))]);
    });
    scene.pass(Duration::from_secs(1)).await;
    let tasks = scene.tasks("job");
    assert_eq!(
        (tasks[0].id.as_str(), tasks[0].duration),
        ("asked", Some(Duration::from_secs(8)))
    );
    let job = scene.job("job");
    assert_eq!((job.name.as_str(), job.up), ("name of job", Some(true)));
    assert_eq!(job.ended, [0; 4], "history is not counted");
}

#[tokio::test(start_paused = true)]
async fn a_running_task_grows_and_its_end_shows_within_one_poll_interval() {
    for plan in [plan(&["job"], &[]), plan(&[], &[("job", "run")])] {
        let scene = Scene::start(plan, |world| {
            world
                .jobs
                .insert("job".to_owned(), vec![task("run", "RUNNING", -10, None)]);
        });
        let mut last = Duration::ZERO;
        for _ in 0..5 {
            scene.pass(POLL).await;
            let duration = scene.tasks("job")[0].duration.unwrap();
            assert!(duration > last);
            last = duration;
        }
        scene
            .world()
            .jobs
            .insert("job".to_owned(), vec![task("run", "FAILED", -10, Some(301))]);
        scene.pass(POLL).await;
        let tasks = scene.tasks("job");
        assert_eq!(
            (tasks[0].status, tasks[0].duration),
            (Status::Failed, Some(Duration::from_secs(311)))
        );
        assert_eq!(scene.job("job").ended, [0, 1, 0, 0]);
        scene.pass(POLL * 5).await;
        assert_eq!(scene.job("job").ended, [0, 1, 0, 0], "an end is counted once");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_between_two_polls_is_counted_and_history_is_not() {
    let history = vec![
        task("old", "SUCCESSFUL", -90, Some(-80)),
        task("older", "FAILED", -190, Some(-180)),
    ];
    let scene = Scene::start(plan(&["job"], &[("job", "old")]), |world| {
        world.jobs.insert("job".to_owned(), history.clone());
    });
    scene.pass(POLL * 2).await;
    assert_eq!(scene.job("job").ended, [0; 4]);
    let mut news = history;
    news.insert(0, task("new", "TIMEOUT_INTERRUPT", 125, Some(130)));
    scene.world().jobs.insert("job".to_owned(), news);
    scene.pass(POLL * 2).await;
    assert_eq!(scene.job("job").ended, [0, 0, 0, 1]);
    assert_eq!(scene.tasks("job").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failure_changes_no_value_and_says_so() {
    for cause in [
        Cause::Timeout,
        Cause::Connect,
        Cause::Server,
        Cause::Body,
        Cause::Throttled,
        Cause::Forbidden,
    ] {
        let scene = Scene::start(plan(&["sick", "well"], &[]), |world| {
            for job in ["sick", "well"] {
                world
                    .jobs
                    .insert(job.to_owned(), vec![task("t", "SUCCESSFUL", -9, Some(-1))]);
            }
        });
        scene.pass(POLL).await;
        let before = scene.job("sick");
        scene.world().moods.insert("sick".to_owned(), Mood::Fails(cause));
        scene.pass(POLL * 2).await;
        let sick = scene.job("sick");
        assert_eq!(sick.up, Some(false), "{cause:?}");
        assert!(sick.problem.is_some());
        assert!(sick.last_refresh.unwrap() < scene.job("well").last_refresh.unwrap());
        assert_eq!(sick.answers[0].tasks, before.answers[0].tasks);
        assert_eq!(
            (scene.job("well").up, scene.project().up),
            (Some(true), Some(true)),
            "{cause:?}"
        );
        scene.pass(Duration::from_mins(45)).await;
        assert_eq!(scene.tasks("sick"), [], "stale");
        assert_eq!(scene.tasks("well").len(), 1);
        scene.world().moods.clear();
        scene.pass(POLL).await;
        assert_eq!((scene.job("sick").up, scene.tasks("sick").len()), (Some(true), 1));
        assert_eq!(scene.job("sick").problem, None);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_cloud_no_longer_knows_goes_at_once() {
    let scene = Scene::start(plan(&["listed"], &[("single", "t"), ("single", "u")]), |world| {
        world
            .jobs
            .insert("listed".to_owned(), vec![task("t", "RUNNING", -9, None)]);
        world.jobs.insert(
            "single".to_owned(),
            vec![task("t", "RUNNING", -9, None), task("u", "RUNNING", -8, None)],
        );
    });
    scene.pass(POLL).await;
    assert_eq!((scene.tasks("listed").len(), scene.tasks("single").len()), (1, 2));
    scene.world().jobs.remove("listed");
    scene
        .world()
        .jobs
        .insert("single".to_owned(), vec![task("u", "RUNNING", -8, None)]);
    scene.pass(POLL).await;
    assert_eq!((scene.tasks("listed").len(), scene.job("listed").up), (0, Some(false)));
    assert_eq!((scene.tasks("single").len(), scene.job("single").up), (1, Some(false)));
    assert_eq!(scene.project().up, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_the_cloud_no_longer_knows_has_no_status_any_more() {
    let scene = Scene::start(plan(&["job"], &[]), |world| {
        world
            .jobs
            .insert("job".to_owned(), vec![task("t", "RUNNING", -9, None)]);
        world.listed = vec!["job".to_owned()];
    });
    scene.pass(POLL).await;
    let has_facts = |scene: &Scene| scene.job("job").fresh_facts(scene.clock.now()).is_some();
    assert!(has_facts(&scene));
    let tasks = scene.world().jobs.remove("job").unwrap();
    scene.pass(POLL + Duration::from_secs(1)).await;
    assert_eq!((scene.job("job").up, has_facts(&scene)), (Some(false), false));
    // Where the list has it all the same, the list is right, and what it tells does not come and go.
    scene.pass(IDLE * 8 + POLL).await;
    assert_eq!((scene.job("job").up, has_facts(&scene)), (Some(false), true));
    scene.pass(POLL * 3).await;
    assert!(has_facts(&scene));
    scene.world().jobs.insert("job".to_owned(), tasks);
    scene.pass(POLL + Duration::from_secs(1)).await;
    assert_eq!((scene.job("job").up, has_facts(&scene)), (Some(true), true));
}

#[tokio::test(start_paused = true)]
async fn a_settled_task_that_is_deleted_goes_at_its_next_check() {
    let scene = Scene::start(plan(&[], &[("job", "t")]), |world| {
        world
            .jobs
            .insert("job".to_owned(), vec![task("t", "SUCCESSFUL", -9, Some(-1))]);
    });
    scene.pass(POLL).await;
    scene.world().jobs.clear();
    scene.pass(IDLE).await;
    assert_eq!((scene.tasks("job").len(), scene.job("job").up), (0, Some(false)));
}

#[tokio::test(start_paused = true)]
async fn contradictions_are_counted_and_strange_words_shown_as_unknown() {
    let scene = Scene::start(plan(&["job"], &[]), |world| {
        let mut nameless = task("x", "RUNNING", -5, None);
        nameless.id = None;
        world.jobs.insert(
            "job".to_owned(),
            vec![
                task("t", "SUCCESSFUL", -1, Some(-9)),
                task("u", "PAUSED", -9, None),
                nameless,
            ],
        );
    });
    scene.pass(Duration::from_secs(1)).await;
    assert_eq!(scene.world().invalid, 1, "one answer");
    let tasks = scene.tasks("job");
    assert_eq!(
        tasks.iter().map(|task| task.status).collect::<Vec<_>>(),
        [Status::Successful, Status::Unknown]
    );
    assert_eq!(tasks[0].duration, None);
}

#[tokio::test(start_paused = true)]
async fn old_history_that_comes_back_is_not_counted() {
    let history = vec![
        task("old", "SUCCESSFUL", -90, Some(-80)),
        task("older", "FAILED", -190, Some(-180)),
    ];
    let scene = Scene::start(plan(&["job"], &[("job", "old")]), |world| {
        world.jobs.insert("job".to_owned(), history.clone());
    });
    scene.pass(POLL * 2).await;
    for meanwhile in [None, Some(Vec::new())] {
        match meanwhile {
            None => scene.world().jobs.remove("job"),
            Some(tasks) => scene.world().jobs.insert("job".to_owned(), tasks),
        };
        scene.pass(POLL * 2).await;
        scene.world().jobs.insert("job".to_owned(), history.clone());
        scene.pass(POLL * 2).await;
        assert_eq!(scene.job("job").ended, [0; 4]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_answer_counts_when_a_task_is_listed_and_asked_for_and_the_list_fails() {
    let scene = Scene::start(plan(&["job"], &[("job", "run")]), |world| {
        let mut run = task("run", "RUNNING", -10, None);
        run.compute_type = Some("drs".to_owned());
        world.jobs.insert("job".to_owned(), vec![run]);
    });
    scene.pass(POLL * 2).await;
    scene.world().list_fails = true;
    let ended = vec![task("run", "SUCCESSFUL", -10, Some(130))];
    scene.world().jobs.insert("job".to_owned(), ended);
    scene.pass(POLL * 2).await;
    let tasks = scene.tasks("job");
    assert_eq!((tasks.len(), tasks[0].status), (1, Status::Successful));
    assert_eq!(tasks[0].compute_type.as_deref(), Some("drs"), "as the list told");
    assert_eq!(scene.job("job").ended, [1, 0, 0, 0]);
    assert_eq!(scene.job("job").up, Some(false));
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_history_never_came_is_not_judged_by_a_single_task() {
    let scene = Scene::start(plan(&["job"], &[("job", "run")]), |world| {
        world.list_fails = true;
        world
            .jobs
            .insert("job".to_owned(), vec![task("run", "SUCCESSFUL", -10, Some(-1))]);
    });
    scene.pass(POLL * 2).await;
    let job = scene.job("job");
    assert_eq!(scene.tasks("job").len(), 1);
    assert!(!job.is_known(scene.clock.now(), Duration::from_mins(45)));
}
