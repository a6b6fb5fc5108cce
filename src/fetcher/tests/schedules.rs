//! When runs are due, and asking only around these times. The scene begins on a Tuesday at 10:00 UTC.

use std::time::Duration;

use super::fake::{IDLE, Mood, POLL, Scene, daily, plan, task};
use crate::cloud::{Cause, ComparePolicy};
use crate::comparison::policy::PolicyStatus;

const HOUR: Duration = Duration::from_hours(1);

/// One job with this policy, whose newest run took place at 02:00.
fn scene(policy: ComparePolicy) -> Scene {
    Scene::start(plan(&["job"], &[]), |world| {
        let newest = task("last", "SUCCESSFUL", -8 * 3600, Some(-8 * 3600 + 600));
        world.jobs.insert("job".to_owned(), vec![newest]);
        world.policies.insert("job".to_owned(), policy);
    })
}

/// The newest and the next due instant, in seconds since the scene began.
fn due(scene: &Scene) -> (Option<i64>, Option<i64>) {
    let schedule = scene.job("job").schedule.clone().unwrap();
    let since = |time: jiff::Timestamp| time.as_second() - super::fake::epoch().as_second();
    (schedule.last.map(since), schedule.next.map(since))
}

async fn lists_during(scene: &Scene, time: Duration) -> usize {
    let before = scene.calls("list", None);
    scene.pass(time).await;
    scene.calls("list", None) - before
}

#[tokio::test(start_paused = true)]
async fn a_job_is_asked_rarely_until_its_run_is_due_then_often_until_it_has_ended() {
    let scene = scene(daily("14:00:00", "16:00:00"));
    scene.pass(POLL * 2).await;
    assert_eq!(due(&scene), (Some(-20 * 3600), Some(4 * 3600)));
    let idle = lists_during(&scene, HOUR * 3).await;
    assert!((12..=13).contains(&idle), "{idle} in three hours");
    // 13:02. The run is due at 14:00, and starts at 14:03.
    scene.pass(Duration::from_mins(58)).await;
    let waiting = lists_during(&scene, POLL * 3).await;
    assert!((3..=4).contains(&waiting), "{waiting} in three minutes");
    let run = task("run", "RUNNING", 4 * 3600 + 180, None);
    scene.world().jobs.get_mut("job").unwrap().push(run);
    scene.pass(POLL + Duration::from_secs(1)).await;
    assert_eq!(scene.tasks("job").len(), 2, "seen within a poll interval");
    assert_eq!(due(&scene).0, Some(4 * 3600));
    assert_eq!(lists_during(&scene, POLL * 30).await, 30, "while it goes on");
    let run = task("run", "SUCCESSFUL", 4 * 3600 + 180, Some(4 * 3600 + 2000));
    *scene.world().jobs.get_mut("job").unwrap().last_mut().unwrap() = run;
    scene.pass(POLL + Duration::from_secs(1)).await;
    assert!(scene.tasks("job").iter().all(|task| task.status.has_ended()));
    let idle = lists_during(&scene, HOUR * 2).await;
    assert!((7..=9).contains(&idle), "{idle} in two hours");
    assert_eq!(due(&scene), (Some(4 * 3600), Some(28 * 3600)));
}

#[tokio::test(start_paused = true)]
async fn an_idle_job_whose_asking_has_failed_is_asked_again_at_the_next_poll() {
    let scene = scene(daily("14:00:00", "16:00:00"));
    scene.pass(POLL * 2).await;
    scene.world().list_fails = true;
    scene.pass(IDLE).await;
    assert_eq!(scene.job("job").up, Some(false));
    assert_eq!(lists_during(&scene, POLL * 10).await, 10, "once a poll, and no more");
    scene.world().list_fails = false;
    scene.pass(POLL + Duration::from_secs(1)).await;
    assert_eq!(scene.job("job").up, Some(true));
    assert!(lists_during(&scene, IDLE * 4).await <= 5, "and rarely again");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_start_is_missed_and_waited_for_until_the_window_ends() {
    let scene = scene(daily("14:00:00", "16:00:00"));
    scene.pass(HOUR * 4 + POLL + Duration::from_secs(1)).await;
    let newest_start = scene.tasks("job")[0].start.unwrap();
    let schedule = scene.job("job").schedule.clone().unwrap();
    assert!(schedule.last.unwrap() > newest_start, "missed");
    let policies = scene.calls("policy", None);
    assert!(lists_during(&scene, HOUR).await >= 59);
    assert!(
        scene.calls("policy", None) >= policies + 3,
        "perhaps the policy has changed"
    );
    scene.pass(HOUR).await;
    let idle = lists_during(&scene, HOUR).await;
    assert!((3..=5).contains(&idle), "{idle}: it does not come any more");
    assert!(scene.job("job").schedule.clone().unwrap().last.unwrap() > newest_start);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_changes_or_closes_is_no_missed_run() {
    let scene = scene(daily("14:00:00", "16:00:00"));
    scene.pass(HOUR).await;
    let start = scene.tasks("job")[0].start;
    scene
        .world()
        .policies
        .insert("job".to_owned(), daily("01:00:00", "03:00:00"));
    scene.pass(HOUR * 2 + POLL).await;
    // The first policy that was heard of also speaks of yesterday's 14:00, before the newest run at 02:00.
    assert_eq!(due(&scene), (Some(-20 * 3600), Some(15 * 3600)));
    assert!(scene.job("job").schedule.clone().unwrap().last < start);
    scene.pass(HOUR * 2).await;
    assert_eq!(due(&scene).0, Some(-20 * 3600), "14:00 has passed and counts no more");
    let closed = ComparePolicy {
        status: Some("CLOSED".to_owned()),
        ..ComparePolicy::default()
    };
    scene.world().policies.insert("job".to_owned(), closed);
    scene.pass(HOUR * 24).await;
    assert_eq!(due(&scene), (None, None));
    assert_eq!(scene.job("job").schedule.clone().unwrap().status, PolicyStatus::Closed);
    assert!(lists_during(&scene, HOUR * 24).await <= 97, "and is asked rarely");
}

#[tokio::test(start_paused = true)]
async fn without_a_readable_policy_a_job_is_asked_at_every_poll_and_nothing_else_is_lost() {
    for cause in [Cause::Forbidden, Cause::NotInRegion, Cause::Server, Cause::Body] {
        let scene = scene(daily("14:00:00", "16:00:00"));
        scene.world().failing.insert("policy", cause);
        scene.pass(HOUR).await;
        assert_eq!(lists_during(&scene, HOUR).await, 60, "{cause:?}");
        let job = scene.job("job");
        assert_eq!((job.up, &job.schedule), (Some(true), &None));
        assert_eq!(scene.project().up, Some(true));
        assert!(
            scene.calls("policy", None) <= 9,
            "{cause:?}: {}",
            scene.calls("policy", None)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_cannot_be_read_any_more_is_shown_until_it_is_stale() {
    let scene = scene(daily("14:00:00", "16:00:00"));
    scene.pass(HOUR).await;
    scene.world().failing.insert("policy", Cause::Forbidden);
    scene.pass(HOUR * 3).await;
    let now = scene.clock.now();
    assert!(scene.job("job").fresh_schedule(now).is_some());
    scene.pass(HOUR * 3).await;
    assert!(scene.job("job").fresh_schedule(scene.clock.now()).is_none());
    assert_eq!(
        lists_during(&scene, HOUR).await,
        60,
        "and the job is asked at every poll"
    );
}

#[tokio::test(start_paused = true)]
async fn where_only_single_tasks_are_watched_nobody_asks_when_runs_are_due() {
    let scene = Scene::start(plan(&[], &[("job", "t")]), |world| {
        world
            .jobs
            .insert("job".to_owned(), vec![task("t", "RUNNING", -9, None)]);
    });
    scene.pass(IDLE * 3).await;
    assert_eq!((scene.calls("policy", None), &scene.job("job").schedule), (0, &None));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_missed_while_the_cloud_does_not_answer_shows_all_the_same() {
    for failing in [Cause::Connect, Cause::SignatureRefused] {
        let scene = scene(daily("10:30:00", "11:00:00"));
        scene.pass(POLL * 2).await;
        scene.world().everybody = Mood::Fails(failing);
        scene.pass(POLL * 36).await;
        assert_eq!(
            (scene.project().up, due(&scene).0),
            (Some(false), Some(1800)),
            "{failing:?}"
        );
    }
    let scene = scene(daily("10:30:00", "11:00:00"));
    scene.pass(POLL * 2).await;
    scene.world().list_fails = true;
    scene.pass(POLL * 30).await;
    assert_eq!(
        (scene.project().up, due(&scene).0),
        (Some(true), Some(1800)),
        "just the history fails"
    );
}
