//! What ended tasks found: asked once each, and as few of them as can be.

use std::time::Duration;

use super::fake::{IDLE, POLL, Scene, plan, task};
use crate::cloud::{Cause, HealthCompareJob};
use crate::comparison::verdict::Subject;

fn comparing(id: &str, status: &str, start: i64, end: Option<i64>) -> HealthCompareJob {
    HealthCompareJob {
        kind: Some("lines,object_comparison".to_owned()),
        ..task(id, status, start, end)
    }
}

/// So many seconds before the scene begins, the newest task of a history is over and its overview complete.
const SETTLED: i64 = 2 * 3600;

/// A job whose tasks, the newest first, found this.
fn history(found: &[&[(&'static str, i64)]]) -> Scene {
    Scene::start(plan(&["job"], &[]), |world| {
        let mut tasks = Vec::new();
        for (age, objects) in (1..).zip(found) {
            let id = format!("t{age}");
            tasks.push(comparing(
                &id,
                "SUCCESSFUL",
                -100 * age - SETTLED,
                Some(10 - 100 * age - SETTLED),
            ));
            world.objects.insert(id, objects.to_vec());
        }
        world.jobs.insert("job".to_owned(), tasks);
    })
}

fn verdict(scene: &Scene) -> Option<(String, bool)> {
    let job = scene.job("job");
    let judged = job.verdicts.objects.as_ref()?;
    Some((judged.task.to_string(), judged.is_consistent))
}

/// When the data were last found consistent, as [`history`] counts.
fn last_consistent(scene: &Scene) -> Option<i64> {
    let end = scene.job("job").verdicts.last_consistent?;
    Some(super::fake::epoch().as_second() - end.as_second() - SETTLED)
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_ended_is_judged_once_within_a_poll() {
    let scene = history(&[&[("TABLE", 2)]]);
    scene.pass(POLL).await;
    assert_eq!(
        (verdict(&scene), last_consistent(&scene)),
        (Some(("t1".to_owned(), true)), Some(90))
    );
    let running = comparing("new", "RUNNING", 60, None);
    scene.world().jobs.get_mut("job").unwrap().push(running);
    scene.world().objects.insert("new".to_owned(), vec![("TABLE", 0)]);
    scene.pass(POLL * 3).await;
    assert_eq!(
        verdict(&scene),
        Some(("t1".to_owned(), true)),
        "one that runs is not judged"
    );
    let ended = comparing("new", "SUCCESSFUL", 60, Some(200));
    scene.world().jobs.insert("job".to_owned(), vec![ended]);
    scene.pass(POLL + Duration::from_secs(5)).await;
    assert_eq!(verdict(&scene), Some(("new".to_owned(), false)));
    assert_eq!(
        last_consistent(&scene),
        Some(90),
        "also when the cloud has forgotten that run"
    );
    scene.pass(Duration::from_hours(24)).await;
    assert_eq!(scene.calls("objects", None), 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_as_few_are_asked_as_can_be() {
    let consistent: &[_] = &[("TABLE", 2), ("INDEX", 2)];
    let different: &[_] = &[("TABLE", 2), ("INDEX", 0)];
    let partial: &[_] = &[("TABLE", 2), ("INDEX", 3)];
    for (found, expected, last, calls) in [
        (
            &[consistent, consistent, consistent][..],
            Some(("t1", true)),
            Some(90),
            1,
        ),
        (
            &[different, different, consistent, consistent],
            Some(("t1", false)),
            Some(290),
            3,
        ),
        (
            &[partial, &[], different, consistent, different],
            Some(("t3", false)),
            Some(390),
            4,
        ),
        (&[partial, consistent], Some(("t2", true)), Some(190), 2),
        (&[partial, partial, &[]], None, None, 3),
    ] {
        let scene = history(found);
        scene.pass(Duration::from_hours(2)).await;
        let expected = expected.map(|(task, is_consistent)| (task.to_owned(), is_consistent));
        assert_eq!(
            (verdict(&scene), last_consistent(&scene)),
            (expected, last),
            "{found:?}"
        );
        assert_eq!(scene.calls("objects", None), calls, "{found:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_costs_the_verdict_alone_and_is_not_asked_for_all_the_time() {
    for cause in [Cause::Forbidden, Cause::NotInRegion] {
        let scene = history(&[&[("TABLE", 2)], &[("TABLE", 2)]]);
        scene.world().failing.insert("objects", cause);
        scene.pass(Duration::from_hours(8)).await;
        assert_eq!(verdict(&scene), None);
        assert_eq!((scene.job("job").up, scene.project().up), (Some(true), Some(true)));
        let calls = scene.calls("objects", None);
        assert!((4..=5).contains(&calls), "{calls} in four policy intervals");
        scene.world().failing.clear();
        scene.pass(Duration::from_hours(2) + POLL).await;
        assert_eq!(verdict(&scene), Some(("t1".to_owned(), true)), "granted later");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_whose_verdict_cannot_be_had_is_passed_over_and_a_passing_failure_is_not() {
    let scene = history(&[&[("TABLE", 2)], &[("TABLE", 0)]]);
    scene.world().failing.insert("objects", Cause::Refused);
    scene.pass(IDLE * 2).await;
    assert_eq!((verdict(&scene), scene.calls("objects", None)), (None, 2));
    scene.pass(Duration::from_hours(24)).await;
    assert_eq!(scene.calls("objects", None), 2, "the cloud has spoken");

    let scene = history(&[&[("TABLE", 2)]]);
    scene.world().failing.insert("objects", Cause::Server);
    scene.pass(POLL).await;
    scene.world().failing.clear();
    scene.pass(IDLE + POLL).await;
    assert_eq!(verdict(&scene), Some(("t1".to_owned(), true)));
}

#[tokio::test(start_paused = true)]
async fn a_verdict_that_is_refused_just_after_the_end_is_not_lost() {
    let scene = Scene::start(plan(&["job"], &[]), |world| {
        let tasks = vec![comparing("t1", "SUCCESSFUL", -100, Some(-90))];
        world.jobs.insert("job".to_owned(), tasks);
        world.objects.insert("t1".to_owned(), vec![("TABLE", 0)]);
        world.failing.insert("objects", Cause::Refused);
    });
    scene.pass(POLL * 5).await;
    assert_eq!((verdict(&scene), scene.calls("objects", None)), (None, 1));
    scene.world().failing.clear();
    scene.pass(IDLE + POLL).await;
    assert_eq!(verdict(&scene), Some(("t1".to_owned(), false)));

    scene.world().failing.insert("objects", Cause::Refused);
    let next = comparing("t2", "SUCCESSFUL", 1300, Some(1310));
    scene.world().jobs.get_mut("job").unwrap().push(next);
    scene.pass(Duration::from_hours(24)).await;
    let calls = scene.calls("objects", Some("job/t2"));
    assert!((3..=7).contains(&calls), "{calls}: for an hour, and then no more");
}

#[tokio::test(start_paused = true)]
async fn rows_and_accounts_are_asked_only_where_they_are_wanted() {
    let mut tasks = vec![comparing("t1", "SUCCESSFUL", -100, Some(-90))];
    tasks[0].kind = Some("lines,account,object_comparison".to_owned());
    let start = |verdicts: Vec<Subject>| {
        let mut plan = plan(&["job"], &[]);
        plan.verdicts = verdicts;
        Scene::start(plan, |world| {
            world.jobs.insert("job".to_owned(), tasks.clone());
        })
    };
    let scene = start(vec![Subject::Objects]);
    scene.pass(POLL * 5).await;
    assert_eq!(
        ["objects", "rows", "accounts"].map(|what| scene.calls(what, None)),
        [1, 0, 0]
    );
    let scene = start(Subject::ALL.to_vec());
    scene.world().failing.insert("rows", Cause::Refused);
    scene.pass(POLL * 5).await;
    assert_eq!(
        ["objects", "rows", "accounts"].map(|what| scene.calls(what, None)),
        [1, 1, 1]
    );
    assert_eq!(scene.job("job").up, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_not_listed_for_a_moment_while_it_is_judged_is_judged_later() {
    let scene = history(&[&[("TABLE", 2)]]);
    scene.world().delays_of.insert("objects", POLL * 2);
    scene.pass(POLL / 2).await;
    let tasks = std::mem::take(scene.world().jobs.get_mut("job").unwrap());
    scene.pass(POLL * 2).await;
    scene.world().jobs.insert("job".to_owned(), tasks);
    assert_eq!(verdict(&scene), None);
    scene.pass(POLL * 4).await;
    assert_eq!(verdict(&scene), Some(("t1".to_owned(), true)));
    assert_eq!(scene.calls("objects", None), 2);
}

#[tokio::test(start_paused = true)]
async fn an_overview_that_the_cloud_completes_only_after_the_end_is_not_lost() {
    let scene = Scene::start(plan(&["job"], &[]), |world| {
        let tasks = vec![comparing("t1", "SUCCESSFUL", -100, Some(-90))];
        world.jobs.insert("job".to_owned(), tasks);
    });
    scene.pass(POLL * 5).await;
    assert_eq!(
        (verdict(&scene), scene.calls("objects", None)),
        (None, 1),
        "nothing yet"
    );
    scene.world().objects.insert("t1".to_owned(), vec![("TABLE", 2)]);
    scene.pass(IDLE + POLL).await;
    assert_eq!(verdict(&scene), Some(("t1".to_owned(), true)));
    scene.pass(Duration::from_hours(24)).await;
    assert_eq!(scene.calls("objects", None), 2);
}
