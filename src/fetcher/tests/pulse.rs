use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::fake::{Mood, POLL, Scene, daily, plan, task};
use crate::cloud::{Cause, Patience};
use crate::fetcher::project::LONGEST_REST;
use crate::fetcher::pulse::{GRACE, Halted, Promise, Pulse, Stall};
use crate::fetcher::{Plan, Replan};
use crate::ids::ProjectName;

const SILENCE: Duration = Duration::from_mins(6);
const QUESTION: Duration = Duration::from_hours(1);

/// A job of which something runs, one that is idle, and a single task.
fn scene(everybody: Mood) -> Scene {
    Scene::start(plan(&["busy", "idle"], &[("single", "t")]), |world| {
        world.everybody = everybody;
        for (job, status, end) in [
            ("busy", "RUNNING", None),
            ("idle", "SUCCESSFUL", Some(-1)),
            ("single", "SUCCESSFUL", Some(-1)),
        ] {
            world.jobs.insert(job.to_owned(), vec![task("t", status, -9, end)]);
        }
        world.policies.insert("idle".to_owned(), daily("20:00:00", "22:00:00"));
    })
}

fn stall(scene: &Scene, start: Instant) -> Option<Stall> {
    scene.fake.pulse.stall(start)
}

/// When a stall is first told of, within six hours.
async fn first_stall(scene: &Scene) -> Option<(Halted, Duration, Duration)> {
    let start = Instant::now();
    for _ in 0..6 * 60 {
        scene.pass(POLL).await;
        if let Some(stall) = stall(scene, start) {
            assert_eq!(stall.project, Some(ProjectName::new("payments")));
            return Some((stall.what, start.elapsed(), stall.since - start));
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn nothing_is_a_stall_whatever_the_cloud_does() {
    for mood in [
        Mood::Answers,
        Mood::Fails(Cause::Connect),
        Mood::Fails(Cause::Throttled),
        Mood::Fails(Cause::SignatureRefused),
        Mood::Fails(Cause::NotFound),
        Mood::Hangs(Duration::from_mins(1)),
        Mood::Panics,
    ] {
        assert_eq!(first_stall(&scene(mood)).await, None, "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_request_that_ends_is_a_stall() {
    let scene = scene(Mood::Hangs(Duration::MAX));
    let (what, when, since) = first_stall(&scene).await.expect("a stall");
    assert_eq!(what, Halted::Requests);
    assert!(since < POLL, "{since:?}");
    assert!(
        (SILENCE + GRACE..SILENCE + GRACE + POLL * 2).contains(&when),
        "{when:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn one_question_that_never_ends_is_a_stall_although_all_others_do() {
    let scene = scene(Mood::Answers);
    scene
        .world()
        .moods
        .insert("idle".to_owned(), Mood::Hangs(Duration::MAX));
    let (what, when, since) = first_stall(&scene).await.expect("a stall");
    assert_eq!(what, Halted::Question);
    assert!(since < POLL, "{since:?}");
    assert!(
        (QUESTION + GRACE..QUESTION + GRACE + POLL * 2).contains(&when),
        "{when:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_project_that_does_not_turn_when_it_said_is_a_stall_and_one_that_is_gone_is_none() {
    let (pulse, name, start) = (Pulse::default(), ProjectName::new("payments"), Instant::now());
    let promise = Promise {
        again_by: start + POLL,
        asking_since: None,
        heard_since: None,
        patience: Patience {
            silence: SILENCE,
            question: QUESTION,
        },
    };
    pulse.turned(&name, promise);
    tokio::time::advance(POLL + GRACE).await;
    assert_eq!(pulse.stall(start), None);
    tokio::time::advance(Duration::from_secs(1)).await;
    let told = pulse.stall(start).expect("a stall");
    assert_eq!((told.what, told.since), (Halted::Actor, start));
    assert_eq!(pulse.stall(Instant::now()), None, "the process was not running");
    pulse.gone(&name);
    assert_eq!(pulse.stall(start), None);
}

#[tokio::test(start_paused = true)]
async fn a_fetcher_that_has_ended_owes_nothing() {
    let scene = scene(Mood::Answers);
    scene.pass(POLL).await;
    let (pulse, start) = (scene.fake.pulse.clone(), Instant::now());
    drop(scene);
    tokio::time::sleep(POLL * 60).await;
    assert_eq!(pulse.stall(start), None);
}

#[tokio::test(start_paused = true)]
async fn a_project_turns_often_however_long_its_intervals_are() {
    let day = POLL * 60 * 24;
    let scene = Scene::start(
        Plan {
            poll_interval: day,
            idle_interval: day,
            policy_interval: day,
            ..plan(&["idle"], &[])
        },
        |world| {
            world
                .jobs
                .insert("idle".to_owned(), vec![task("t", "SUCCESSFUL", -9, Some(-1))]);
        },
    );
    scene.pass(day).await;
    let rest = scene.world().longest_rest;
    assert!(rest > POLL && rest <= LONGEST_REST, "{rest:?}");
}

/// Its requests are told of under the name before, where nobody hears of them any more.
#[tokio::test(start_paused = true)]
async fn a_long_question_that_outlives_a_new_name_is_no_stall_but_one_that_never_ends_is() {
    let before = plan(&["a"], &[]);
    let scene = Scene::start(before.clone(), |world| {
        world.moods.insert("a".to_owned(), Mood::Hangs(Duration::MAX));
    });
    let start = Instant::now();
    let go_on = async |minutes: u32| {
        for _ in 0..minutes {
            scene.pass(POLL).await;
            scene.fake.pulse.heard(&before.name);
            assert_eq!(stall(&scene, start), None, "{:?}", start.elapsed());
        }
    };
    go_on(20).await;
    let renamed = Plan {
        name: ProjectName::new("uno"),
        ..before.clone()
    };
    let (done, changes) = oneshot::channel();
    let projects = vec![(renamed, Arc::new(scene.fake.clone()))];
    scene.replans.send(Replan { projects, done }).await.unwrap();
    changes.await.unwrap();
    go_on(40).await;
    scene.pass(POLL * 3).await;
    let stall = stall(&scene, start).expect("a stall");
    assert_eq!(
        (stall.project, stall.what),
        (Some(ProjectName::new("uno")), Halted::Question)
    );
}
