//! When the cloud is asked: no more than needed, spread, and nobody left out.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::fake::{ANSWER_TIME, IDLE, Mood, POLL, Scene, daily, plan, task};
use crate::cloud::Cause;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("job-{index}")).collect()
}

fn estate(count: usize) -> Scene {
    let names = names(count);
    let refs: Vec<&str> = names.iter().map(String::as_str).collect();
    Scene::start(plan(&refs, &[]), |world| {
        for name in &names {
            world.jobs.insert(name.clone(), vec![task("t", "RUNNING", -9, None)]);
        }
    })
}

#[tokio::test(start_paused = true)]
async fn an_ended_task_is_not_asked_again_but_to_see_that_it_is_still_there() {
    let scene = Scene::start(plan(&[], &[("job", "ended"), ("job", "running")]), |world| {
        let tasks = vec![
            task("ended", "SUCCESSFUL", -9, Some(-1)),
            task("running", "RUNNING", -9, None),
        ];
        world.jobs.insert("job".to_owned(), tasks);
    });
    scene.pass(Duration::from_hours(1)).await;
    assert!(
        (4..=5).contains(&scene.calls("detail", Some("job/ended"))),
        "once, and every idle interval"
    );
    assert!(
        (60..=61).contains(&scene.calls("detail", Some("job/running"))),
        "every poll interval"
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_without_a_readable_policy_costs_one_call_a_poll_and_its_name_a_few_a_day() {
    let scene = Scene::start(plan(&["job"], &[]), |world| {
        let tasks = (0..30)
            .map(|run| task(&format!("t{run}"), "SUCCESSFUL", -9 - run, Some(-1)))
            .collect();
        world.jobs.insert("job".to_owned(), tasks);
        world.listed.push("job".to_owned());
    });
    scene.pass(Duration::from_hours(24)).await;
    let lists = scene.calls("list", None);
    assert!((1440..=1441).contains(&lists), "{lists}");
    assert_eq!(scene.calls("detail", None), 0);
    assert_eq!(
        scene.calls("jobs", None),
        2 + 12 * 2,
        "every policy interval, by type until it is found"
    );
    assert_eq!(scene.job("job").name, "name of job");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_not_listed_has_its_name_from_one_detail() {
    let scene = Scene::start(plan(&["job"], &[]), |world| {
        world
            .jobs
            .insert("job".to_owned(), vec![task("t", "SUCCESSFUL", -9, Some(-1))]);
        world.listing_fails = Some((Cause::Forbidden, None));
    });
    scene.pass(Duration::from_hours(24)).await;
    assert_eq!(scene.calls("detail", None), 1);
    assert_eq!(scene.job("job").name, "name of job");
    assert_eq!((scene.project().up, scene.job("job").up), (Some(true), Some(true)));
}

#[tokio::test(start_paused = true)]
async fn many_jobs_are_listed_and_not_looked_up_one_by_one() {
    let scene = estate(500);
    scene.world().listed = names(400);
    scene.pass(POLL * 3).await;
    assert!(
        names(500)
            .iter()
            .all(|job| scene.job(job).name == format!("name of {job}"))
    );
    assert_eq!(scene.calls("detail", None), 100, "of those not listed");
    assert_eq!(scene.calls("jobs", None), 4);
}

#[tokio::test(start_paused = true)]
async fn requests_are_spread_over_the_interval() {
    let scene = estate(600);
    scene.pass(POLL * 3).await;
    let start = Instant::now();
    scene.world().calls.clear();
    scene.pass(POLL).await;
    let world = scene.world();
    let mut tenths = HashMap::new();
    let lists = || world.calls.iter().filter(|(_, what, _)| *what == "list");
    for (at, ..) in lists() {
        *tenths.entry((*at - start).as_secs() / 6).or_insert(0) += 1;
    }
    assert_eq!(lists().count(), 600, "each job once");
    assert!(tenths.values().all(|count| (30..=90).contains(count)), "{tenths:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_are_under_way_than_allowed_and_the_first_goes_alone() {
    let scene = estate(19);
    scene.pass(ANSWER_TIME / 2).await;
    assert_eq!(scene.world().calls.len(), 1);
    scene.pass(POLL * 2).await;
    assert_eq!(scene.world().most_under_way, 8);
    assert_eq!(scene.project().up, Some(true));
    assert!(scene.project().asked);
    assert!(!scene.world().passes.is_empty());
}

#[tokio::test(start_paused = true)]
async fn jobs_that_hang_delay_no_other_and_are_not_forgotten() {
    // From the start on, and when they were known to run: then nothing is more urgent.
    for before in [Duration::ZERO, POLL * 2] {
        let scene = estate(50);
        scene.pass(before).await;
        for name in names(20) {
            scene.world().moods.insert(name, Mood::Hangs(Duration::from_secs(35)));
        }
        scene.pass(POLL * 5).await;
        scene.world().calls.clear();
        scene.pass(POLL * 10).await;
        for name in &names(50)[20..] {
            let calls = scene.calls("list", Some(name));
            assert!(
                (9..=11).contains(&calls),
                "{name} was asked {calls} times in ten intervals"
            );
        }
        for name in names(20) {
            assert!(scene.calls("list", Some(&name)) >= 1, "{name} starves");
        }
        assert_eq!(scene.project().up, Some(true));
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_budget_does_not_suffice_all_are_asked_in_turn() {
    let scene = estate(1000);
    // 8 under way at 2.1 s each are less than 4 a second: not even 240 a minute for 1,000 jobs.
    scene.world().delay = Duration::from_secs(2);
    scene.pass(POLL * 20).await;
    let calls: Vec<_> = names(1000).iter().map(|name| scene.calls("list", Some(name))).collect();
    let (least, most) = (calls.iter().min().unwrap(), calls.iter().max().unwrap());
    assert!(*least > 0 && most - least <= 2, "{least}..{most}");
}

#[tokio::test(start_paused = true)]
async fn a_day_of_idle_single_tasks_costs_next_to_nothing() {
    let scene = Scene::start(plan(&[], &[("job", "a"), ("job", "b")]), |world| {
        let tasks = ["a", "b"].map(|id| task(id, "CANCELLED", -9, Some(-1)));
        world.jobs.insert("job".to_owned(), tasks.to_vec());
    });
    scene.pass(Duration::from_hours(24)).await;
    let expected = 2 * usize::try_from(Duration::from_hours(24).as_secs() / IDLE.as_secs()).unwrap();
    assert!(
        scene.calls("detail", None) <= expected + 2,
        "{}",
        scene.calls("detail", None)
    );
    assert_eq!(scene.tasks("job").len(), 2, "and they are still shown");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_cannot_be_had_is_asked_for_every_idle_interval() {
    let scene = Scene::start(plan(&["job"], &[]), |world| {
        world
            .jobs
            .insert("job".to_owned(), vec![task("t", "RUNNING", -9, None)]);
        world.failing.insert("detail", Cause::Forbidden);
    });
    scene.pass(Duration::from_hours(2)).await;
    let calls = scene.calls("detail", None);
    assert!((7..=9).contains(&calls), "{calls} in two hours");
    assert!(scene.calls("list", None) >= 119, "and keeps nothing waiting");
}

#[tokio::test(start_paused = true)]
async fn as_soon_as_the_policy_is_read_a_job_is_asked_rarely() {
    let names = names(20);
    let refs: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::start(plan(&refs, &[]), |world| {
        for name in &names {
            world.jobs.insert(name.clone(), Vec::new());
            world.policies.insert(name.clone(), daily("01:00:00", "02:00:00"));
        }
    });
    scene.pass(IDLE).await;
    assert_eq!(
        scene.calls("list", None),
        2 * names.len(),
        "at the start, and at its moment"
    );
}
