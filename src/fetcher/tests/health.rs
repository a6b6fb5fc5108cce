//! What happens to a project when the cloud refuses it, is gone, or makes us break down.

use std::time::Duration;

use super::fake::{IDLE, Mood, POLL, Scene, plan, task};
use crate::cloud::{Cause, CredentialsVersion};

fn two_jobs() -> Scene {
    Scene::start(plan(&["a", "b"], &[("c", "t")]), |world| {
        for job in ["a", "b", "c"] {
            world
                .jobs
                .insert(job.to_owned(), vec![task("t", "SUCCESSFUL", -9, Some(-1))]);
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_is_tried_once_per_poll_interval_at_most() {
    for cause in [
        Cause::SignatureRefused,
        Cause::LoginRefused,
        Cause::TokenRefused,
        Cause::CredentialsUnavailable,
    ] {
        let scene = two_jobs();
        scene.world().everybody = Mood::Fails(cause);
        scene.pass(POLL / 2).await;
        assert_eq!(scene.world().calls.len(), 1, "{cause:?}");
        let project = scene.project();
        assert_eq!((project.up, project.asked), (Some(false), true));
        assert!(project.problem.is_some());
        assert!(
            project.jobs.iter().all(|job| job.up == Some(false)),
            "no job is refreshed"
        );
        for minute in 1..30 {
            scene.pass(POLL).await;
            assert!(scene.world().calls.len() <= 1 + minute);
        }
        let since = scene.project().problem.as_ref().unwrap().since;
        assert!(
            since < scene.clock.now() - Duration::from_mins(25),
            "one trouble, not thirty"
        );
        scene.world().everybody = Mood::Answers;
        scene.pass(POLL * 6).await;
        let project = scene.project();
        assert_eq!((project.up, &project.problem), (Some(true), &None));
        assert!(project.jobs.iter().all(|job| job.up == Some(true)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_revoked_later_closes_the_project_and_keeps_its_values() {
    let scene = two_jobs();
    scene.pass(POLL * 3).await;
    scene.world().everybody = Mood::Fails(Cause::SignatureRefused);
    scene.world().calls.clear();
    scene.pass(POLL * 10).await;
    assert!(scene.world().calls.len() <= 5, "{}", scene.world().calls.len());
    assert_eq!(scene.project().up, Some(false));
    assert_eq!(scene.tasks("a").len(), 1);
    assert_eq!(scene.job("c").up, Some(false), "also the one that was not due");
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_is_gone_is_noticed_waited_for_and_found_again() {
    let scene = two_jobs();
    scene.pass(POLL * 2).await;
    scene.world().everybody = Mood::Fails(Cause::Connect);
    scene.pass(POLL * 2).await;
    assert_eq!(scene.project().up, Some(false));
    assert_eq!(scene.tasks("a").len(), 1, "values stay");
    scene.world().calls.clear();
    scene.pass(POLL * 10).await;
    let calls = scene.world().calls.len();
    assert!((20..=50).contains(&calls), "{calls} calls: neither a storm nor a stall");
    scene.world().everybody = Mood::Answers;
    scene.pass(Duration::from_secs(20)).await;
    let project = scene.project();
    assert_eq!(project.up, Some(true));
    assert!(
        project.jobs.iter().all(|job| job.up == Some(true)),
        "all are asked at once"
    );
}

#[tokio::test(start_paused = true)]
async fn a_breakdown_over_one_answer_is_that_answers_alone() {
    let scene = two_jobs();
    scene.world().moods.insert("a".to_owned(), Mood::Panics);
    scene.pass(POLL * 2).await;
    assert_eq!((scene.job("a").up, scene.job("b").up), (Some(false), Some(true)));
    assert!(scene.job("a").problem.is_some());
    scene.world().moods.clear();
    scene.pass(POLL).await;
    assert_eq!(scene.job("a").up, Some(true));
}

#[tokio::test(start_paused = true)]
async fn the_first_job_hanging_for_ever_does_not_keep_the_others_waiting() {
    let scene = two_jobs();
    scene
        .world()
        .moods
        .insert("a".to_owned(), Mood::Hangs(Duration::from_hours(1)));
    scene.pass(Duration::from_secs(10)).await;
    assert_eq!((scene.job("b").up, scene.job("c").up), (Some(true), Some(true)));
}

#[tokio::test(start_paused = true)]
async fn a_changed_secret_file_is_tried_within_seconds() {
    let scene = two_jobs();
    scene.world().everybody = Mood::Fails(Cause::SignatureRefused);
    scene.pass(POLL * 10).await;
    assert_eq!(scene.project().up, Some(false));
    scene.world().everybody = Mood::Answers;
    scene.world().credentials = CredentialsVersion::for_test();
    scene.pass(Duration::from_secs(10)).await;
    assert_eq!(scene.project().up, Some(true));
}

#[tokio::test(start_paused = true)]
async fn one_broken_job_among_ended_tasks_is_that_jobs_alone() {
    for concurrency in [1, 8] {
        let tasks: Vec<String> = (0..10).map(|task| format!("t{task}")).collect();
        let asked: Vec<_> = tasks.iter().map(|task| ("ended", task.as_str())).collect();
        let mut plan = plan(&["broken"], &asked);
        plan.concurrency = concurrency;
        let scene = Scene::start(plan, |world| {
            let tasks = tasks.iter().map(|id| task(id, "SUCCESSFUL", -9, Some(-1))).collect();
            world.jobs.insert("ended".to_owned(), tasks);
            world.moods.insert("broken".to_owned(), Mood::Fails(Cause::Server));
        });
        for _ in 0..60 {
            scene.pass(POLL).await;
            assert_eq!((scene.project().up, scene.job("ended").up), (Some(true), Some(true)));
        }
        assert!(
            scene.calls("detail", None) <= 10 * 5 + 70,
            "at most one more call a minute, to be sure"
        );
        scene.world().everybody = Mood::Fails(Cause::Connect);
        scene.pass(POLL * 2).await;
        assert_eq!(
            scene.project().up,
            Some(false),
            "and a cloud that is gone is noticed all the same"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_job_that_is_asked_rarely_is_tried_as_soon_as_any_other() {
    let hour = Duration::from_hours(1);
    for (mood, found_again) in [
        (Mood::Fails(Cause::Connect), Duration::from_secs(20)),
        (Mood::Hangs(Duration::from_secs(30)), Duration::from_secs(50)),
    ] {
        let mut plan = plan(&["a"], &[]);
        (plan.poll_interval, plan.idle_interval) = (hour, hour);
        let scene = Scene::start(plan, |world| {
            world.jobs.insert("a".to_owned(), vec![task("t", "RUNNING", -9, None)]);
            world.everybody = mood;
        });
        scene.pass(Duration::from_mins(5)).await;
        assert_eq!(scene.project().up, Some(false));
        scene.world().everybody = Mood::Answers;
        scene.pass(found_again).await;
        assert_eq!(scene.project().up, Some(true));
    }
}

#[tokio::test(start_paused = true)]
async fn a_breakdown_over_any_kind_of_answer_is_neither_a_storm_nor_the_end() {
    for (operation, most) in [("jobs", 6), ("list", 60), ("policy", 6), ("objects", 6), ("detail", 60)] {
        let scene = Scene::start(plan(&["a"], &[("b", "t")]), |world| {
            for job in ["a", "b"] {
                let mut newest = task("t", "SUCCESSFUL", -9, Some(-1));
                newest.kind = Some("object_comparison".to_owned());
                world.jobs.insert(job.to_owned(), vec![newest]);
                world.listed.push(job.to_owned());
            }
            world.objects.insert("t".to_owned(), vec![("TABLE", 2)]);
            world
                .policies
                .insert("a".to_owned(), super::fake::daily("09:00:00", "09:30:00"));
            world.breaking.push(operation);
        });
        scene.pass(Duration::from_hours(1)).await;
        // Objects are those of two jobs.
        let calls = scene.calls(operation, None);
        assert!((2..=2 * most).contains(&calls), "{operation}: {calls} in an hour");
        assert_eq!(scene.job("a").up, Some(operation != "list"), "{operation}");
        assert_eq!(
            (scene.project().up, scene.project().asked),
            (Some(true), true),
            "{operation}"
        );
        scene.world().breaking.clear();
        scene.pass(IDLE * 2).await;
        let job = scene.job("a");
        assert!(
            job.up == Some(true) && job.facts.is_some() && job.schedule.is_some(),
            "{operation}"
        );
        assert!(job.verdicts.objects.is_some(), "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_fails_in_another_way_is_followed_by_another_trial() {
    let mut plan = plan(&["a", "b", "c", "d", "e"], &[]);
    let hour = Duration::from_hours(1);
    (plan.poll_interval, plan.idle_interval) = (hour, hour);
    let scene = Scene::start(plan, |world| {
        for job in ["a", "b", "c", "d", "e"] {
            world.jobs.insert(job.to_owned(), Vec::new());
        }
    });
    scene.pass(Duration::from_mins(1)).await;
    scene.world().everybody = Mood::Fails(Cause::SignatureRefused);
    scene.pass(hour).await;
    assert_eq!(scene.project().up, Some(false));
    scene.world().everybody = Mood::Fails(Cause::Connect);
    scene.world().credentials = CredentialsVersion::for_test();
    scene.pass(Duration::from_secs(30)).await;
    scene.world().everybody = Mood::Answers;
    scene.pass(Duration::from_secs(30)).await;
    assert_eq!(scene.project().up, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_takes_long_does_not_keep_the_project_from_being_ready() {
    let scene = Scene::start(plan(&["a"], &[]), |world| {
        world.jobs.insert("a".to_owned(), Vec::new());
        world
            .policies
            .insert("a".to_owned(), super::fake::daily("09:00:00", "09:30:00"));
        world.moods.insert(String::new(), Mood::Hangs(Duration::from_secs(20)));
    });
    scene.pass(Duration::from_secs(15)).await;
    assert_eq!((scene.job("a").up, scene.project().asked), (Some(true), false));
    scene.pass(POLL).await;
    assert!(scene.project().asked);
}

#[tokio::test(start_paused = true)]
async fn after_a_refusal_jobs_that_are_asked_rarely_are_asked_at_once() {
    // So that policies are refused, and tried: histories were not asked, and by their policies are not due for long.
    let mut plan = plan(&["a", "b", "c"], &[]);
    plan.policy_interval = POLL;
    let scene = Scene::start(plan, |world| {
        for job in ["a", "b", "c"] {
            world.jobs.insert(job.to_owned(), Vec::new());
            world
                .policies
                .insert(job.to_owned(), super::fake::daily("01:00:00", "02:00:00"));
        }
    });
    scene.pass(IDLE).await;
    scene.world().everybody = Mood::Fails(Cause::SignatureRefused);
    scene.world().calls.clear();
    scene.pass(POLL * 3 / 2).await;
    assert_eq!((scene.project().up, scene.calls("list", None)), (Some(false), 0));
    assert!(scene.project().jobs.iter().all(|job| job.up == Some(false)));
    scene.world().everybody = Mood::Answers;
    scene.world().credentials = CredentialsVersion::for_test();
    scene.pass(Duration::from_secs(10)).await;
    assert!(scene.project().jobs.iter().all(|job| job.up == Some(true)));
}

#[tokio::test(start_paused = true)]
async fn few_questions_that_are_rarely_due_are_tried_without_a_storm() {
    let hour = Duration::from_hours(1);
    let mut plan = plan(&["a"], &[]);
    (plan.poll_interval, plan.idle_interval) = (hour, hour);
    let scene = Scene::start(plan, |world| {
        world.jobs.insert("a".to_owned(), Vec::new());
        world.everybody = Mood::Fails(Cause::SignatureRefused);
    });
    scene.pass(POLL).await;
    scene.world().everybody = Mood::Fails(Cause::Server);
    scene.world().credentials = CredentialsVersion::for_test();
    scene.pass(POLL * 10).await;
    let calls = scene.world().calls.len();
    assert!((30..=100).contains(&calls), "{calls} in ten minutes");
    scene.world().everybody = Mood::Answers;
    scene.pass(Duration::from_secs(20)).await;
    assert_eq!(scene.project().up, Some(true));
    scene.world().calls.clear();
    scene.pass(POLL * 10).await;
    assert!(scene.world().calls.len() <= 5, "{}", scene.world().calls.len());
}

#[tokio::test(start_paused = true)]
async fn calls_that_only_add_something_never_speak_for_the_project() {
    let names: Vec<String> = (0..12).map(|number| format!("job-{number}")).collect();
    let refs: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut plan = plan(&refs, &[]);
    plan.policy_interval = POLL;
    let scene = Scene::start(plan, |world| {
        for job in &names {
            world.jobs.insert(job.clone(), Vec::new());
            world
                .policies
                .insert(job.clone(), super::fake::daily("01:00:00", "02:00:00"));
        }
    });
    scene.pass(POLL * 2).await;
    for _ in 0..30 {
        scene.world().failing.insert("policy", Cause::Connect);
        scene.pass(Duration::from_secs(20)).await;
        assert_eq!(scene.project().up, Some(true));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_does_not_last_as_long_as_the_outage_within_it() {
    let scene = two_jobs();
    scene.pass(POLL * 2).await;
    scene.world().everybody = Mood::Hangs(Duration::from_secs(30));
    scene.pass(POLL * 10).await;
    assert_eq!(scene.project().up, Some(false));
    scene.world().everybody = Mood::Answers;
    scene.world().passes.clear();
    scene.pass(POLL * 3).await;
    let longest = scene.world().passes.iter().max().copied().unwrap();
    assert!(longest < POLL, "{longest:?}");
}

#[tokio::test(start_paused = true)]
async fn breaking_down_over_every_answer_is_a_project_that_cannot_be_refreshed() {
    let scene = two_jobs();
    scene.pass(POLL * 2).await;
    scene.world().everybody = Mood::Panics;
    scene.pass(POLL * 3).await;
    let project = scene.project();
    assert_eq!(project.up, Some(false));
    assert!(project.problem.as_ref().unwrap().remedy.contains("report"));
    scene.world().everybody = Mood::Answers;
    scene.pass(POLL).await;
    assert_eq!(scene.project().up, Some(true));
}
