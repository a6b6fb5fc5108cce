//! A reload while something else is the matter: refusals, breakdowns, a listing under way, stalls.

use super::*;

#[tokio::test(start_paused = true)]
async fn new_credentials_are_tried_at_once_and_a_late_refusal_of_the_old_ones_is_not_theirs() {
    let plan = Plan {
        verdicts: vec![],
        ..plan(&["a"], &[])
    };
    let scene = settled(plan.clone()).await;
    // A question of the old client is under way, and will be refused.
    scene
        .world()
        .moods
        .insert("a".to_owned(), Mood::Fails(Cause::SignatureRefused));
    scene.world().delay = Duration::from_secs(5);
    while scene.world().under_way == 0 {
        scene.pass(Duration::from_millis(100)).await;
    }
    let api = Arc::new(scene.fake.clone());
    scene.replan_with(vec![(plan.clone(), Arc::clone(&api))]).await;
    scene.pass(Duration::from_secs(3)).await;
    scene.world().moods.clear();
    scene.pass(Duration::from_secs(10)).await;
    assert_eq!((scene.project().up, scene.job("a").up), (Some(true), Some(true)));

    // Refused for good: the pause is minutes long by now.
    scene.world().delay = Duration::ZERO;
    scene.world().everybody = Mood::Fails(Cause::SignatureRefused);
    scene.pass(IDLE * 2).await;
    assert_eq!(scene.project().up, Some(false));
    scene.world().calls.clear();
    scene
        .replan_with(vec![(
            Plan {
                tasks_per_job: 9,
                ..plan.clone()
            },
            Arc::clone(&api),
        )])
        .await;
    scene.pass(A_MOMENT).await;
    assert_eq!(
        scene.asked().len(),
        0,
        "the same key is not tried again because of a reload"
    );
    scene.world().everybody = Mood::Answers;
    scene.world().credentials = CredentialsVersion::default();
    scene.replan_with(vec![(plan, Arc::new(scene.fake.clone()))]).await;
    scene.pass(A_MOMENT).await;
    assert_eq!((scene.project().up, failed(&scene.job("a"))), (Some(true), 1));
}

#[tokio::test(start_paused = true)]
async fn a_project_that_has_broken_down_begins_anew_at_a_reload() {
    let scene = settled(plan(&["a", "b"], &[])).await;
    scene.world().observer_breaks = true;
    while scene.project().up != Some(false) {
        scene.pass(Duration::from_millis(100)).await;
    }
    scene.replan(vec![plan(&["a"], &[])]).await;
    assert_eq!((ids(&scene.project()), scene.project().up), (vec!["a"], None));
    scene.pass(A_MOMENT).await;
    assert_eq!(
        scene.project().up,
        Some(true),
        "sooner than it would have begun by itself"
    );
}

#[tokio::test(start_paused = true)]
async fn when_the_last_job_goes_nothing_is_known_of_the_project_and_it_is_ready() {
    let scene = settled(plan(&["a"], &[])).await;
    assert_eq!(scene.project().up, Some(true));
    scene.replan(vec![plan(&[], &[])]).await;
    assert_eq!((scene.project().up, scene.project().asked), (None, true), "at once");
    scene.world().calls.clear();
    scene.pass(IDLE * 20).await;
    assert_eq!((scene.asked().len(), scene.project().up), (0, None));
    scene.replan(vec![plan(&["b"], &[])]).await;
    scene.pass(A_MOMENT).await;
    assert_eq!((scene.project().up, scene.job("b").up), (Some(true), Some(true)));
}

#[tokio::test(start_paused = true)]
async fn a_listing_under_way_does_not_bring_back_what_is_not_known_any_more() {
    let scene = Scene::start(discovering("name"), |world| {
        fill(world);
        world.delays_of.insert("jobs", POLL);
    });
    scene.pass(A_MOMENT).await;
    scene.replan(vec![plan(&[], &[])]).await;
    scene.pass(POLL + A_MOMENT).await;
    assert_eq!((scene.project().up, scene.project().asked), (None, true));
}

#[tokio::test(start_paused = true)]
async fn readiness_does_not_wait_for_a_job_that_is_gone() {
    let scene = Scene::start(plan(&["a", "b"], &[]), |world| {
        fill(world);
        world.moods.insert("b".to_owned(), Mood::Hangs(IDLE));
    });
    scene.pass(A_MOMENT).await;
    assert!(!scene.project().asked);
    scene.replan(vec![plan(&["a"], &[])]).await;
    assert!(scene.project().asked, "at once");
}

#[tokio::test(start_paused = true)]
async fn what_changes_while_jobs_are_listed_is_listed_again() {
    let scene = Scene::start(plan(&["a"], &[]), |world| {
        fill(world);
        world.delays_of.insert("jobs", POLL);
    });
    scene.pass(A_MOMENT).await;
    scene.replan(vec![plan(&["a", "b"], &[])]).await;
    // Each type is asked for what is not found yet.
    scene.pass(POLL * 8).await;
    assert!(scene.job("b").facts.is_some());
    let calls = scene.calls("jobs", None);
    scene.pass(IDLE).await;
    assert_eq!(scene.calls("jobs", None), calls, "once");
}

#[tokio::test(start_paused = true)]
async fn no_change_of_plans_makes_a_stall_and_no_name_before_is_missed() {
    let day = POLL * 60 * 24;
    let slow = Plan {
        poll_interval: day,
        idle_interval: day,
        ..plan(&["a"], &[])
    };
    let quick = Plan {
        poll_interval: Duration::from_secs(1),
        idle_interval: POLL,
        ..slow.clone()
    };
    let elsewhere = Plan {
        address: "http://elsewhere".parse().unwrap(),
        ..quick.clone()
    };
    let scene = settled(slow.clone()).await;
    let start = Instant::now();
    for plans in [
        vec![quick.clone()],
        vec![slow.clone()],
        vec![named("uno", slow.clone())],
        vec![named("uno", slow.clone()), slow.clone()],
        vec![slow.clone(), named("uno", elsewhere.clone())],
        vec![named("uno", slow.clone()), elsewhere.clone()],
        vec![],
        vec![named("tre", quick)],
    ] {
        scene.replan(plans).await;
        for _ in 0..20 {
            scene.pass(POLL).await;
            assert_eq!(scene.fake.pulse.stall(start), None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_that_breaks_down_under_its_new_name_is_not_missed_under_the_old_one() {
    let scene = settled(plan(&["a"], &[])).await;
    let start = Instant::now();
    scene.replan(vec![named("uno", plan(&["a"], &[]))]).await;
    scene.world().observer_breaks = true;
    while scene.project().up != Some(false) {
        scene.pass(Duration::from_millis(100)).await;
    }
    for _ in 0..20 {
        scene.pass(POLL).await;
        assert_eq!(scene.fake.pulse.stall(start), None);
    }
    assert_eq!(scene.project().up, Some(true));
}
