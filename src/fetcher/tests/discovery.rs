//! Jobs that are found, and that go, without a word in the configuration.

use std::time::Duration;

use regex::Regex;

use super::fake::{IDLE, Mood, POLL, Scene, plan, task};
use crate::cloud::{Cause, ComparePolicy, JobType};
use crate::fetcher::listing::Order;
use crate::fetcher::{Discovery, Plan};
use crate::ids::JobId;

const REFRESH: Duration = Duration::from_mins(5);

fn discovering(jobs: &[&str]) -> Plan {
    Plan {
        discovery: Some(Discovery {
            job_types: vec![JobType::Migration, JobType::Sync],
            include: Regex::new("name").unwrap(),
            exclude: Some(Regex::new("^test-").unwrap()),
            refresh_interval: REFRESH,
        }),
        ..plan(jobs, &[])
    }
}

/// A scene in which `count` jobs are listed, each with one ended task.
fn estate(plan: Plan, count: usize) -> Scene {
    Scene::start(plan, |world| {
        for job in (0..count).map(|number| format!("job-{number}")) {
            world
                .jobs
                .insert(job.clone(), vec![task("t", "SUCCESSFUL", -9, Some(-1))]);
            world.listed.push(job);
        }
    })
}

fn watched(scene: &Scene) -> Vec<String> {
    let mut ids: Vec<_> = scene.project().jobs.iter().map(|job| job.id.to_string()).collect();
    ids.sort();
    ids
}

#[tokio::test(start_paused = true)]
async fn listed_jobs_are_watched_with_all_that_the_list_tells() {
    let scene = estate(discovering(&[]), 3);
    scene.pass(POLL).await;
    assert_eq!(watched(&scene), ["job-0", "job-1", "job-2"]);
    let job = scene.job("job-1");
    assert_eq!((job.up, job.name.as_str()), (Some(true), "name of job-1"));
    let facts = job.facts.as_ref().unwrap();
    assert_eq!(
        (facts.job_type.as_str(), facts.status.as_str()),
        ("sync", "INCRE_TRANSFER_STARTED")
    );
    assert_eq!(scene.tasks("job-1").len(), 1);
    let project = scene.project();
    assert!(project.asked && project.last_discovery.is_some() && project.discovery_problem.is_none());
    assert_eq!(scene.calls("detail", None), 0, "the list has told the names");
}

#[tokio::test(start_paused = true)]
async fn a_project_without_jobs_is_asked_and_up() {
    let scene = estate(discovering(&[]), 0);
    scene.pass(POLL).await;
    assert_eq!((scene.project().asked, scene.project().up), (true, Some(true)));
}

#[tokio::test(start_paused = true)]
async fn a_new_job_comes_and_a_deleted_one_goes_within_the_interval() {
    let scene = estate(discovering(&[]), 3);
    scene.pass(POLL).await;
    {
        let mut world = scene.world();
        world
            .jobs
            .insert("new".to_owned(), vec![task("t", "RUNNING", 60, None)]);
        world.listed.retain(|job| job != "job-1");
        world.listed.push("new".to_owned());
        world.jobs.remove("job-1");
    }
    scene.pass(REFRESH + POLL / 2).await;
    assert_eq!(watched(&scene), ["job-0", "job-2", "new"]);
    assert_eq!(scene.tasks("new").len(), 1);
    let asked = scene.calls("list", Some("job-1"));
    scene.pass(REFRESH * 4).await;
    assert_eq!(
        scene.calls("list", Some("job-1")),
        asked,
        "and is not asked for any more"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_listing_takes_nothing_away_whether_whole_or_in_part() {
    for (cause, only) in [
        (Cause::Server, None),
        (Cause::Forbidden, None),
        (Cause::Server, Some(JobType::Sync)),
        (Cause::Body, Some(JobType::Migration)),
    ] {
        let scene = estate(discovering(&[]), 3);
        scene.pass(POLL).await;
        let found = scene.project().last_discovery;
        scene.world().listing_fails = Some((cause, only));
        scene.world().listed.clear();
        scene
            .world()
            .listed
            .extend(["job-0", "job-1", "job-2"].map(str::to_owned));
        scene.pass(REFRESH * 3).await;
        let project = scene.project();
        assert_eq!(watched(&scene).len(), 3, "{cause:?} {only:?}");
        assert!(
            project.discovery_problem.is_some() && project.last_discovery == found,
            "{cause:?} {only:?}"
        );
        assert_eq!((project.up, scene.job("job-0").up), (Some(true), Some(true)));
        scene.world().listing_fails = None;
        scene.pass(REFRESH + POLL).await;
        let project = scene.project();
        assert!(project.discovery_problem.is_none() && project.last_discovery > found);
    }
}

#[tokio::test(start_paused = true)]
async fn a_type_that_fails_hides_no_job_of_another() {
    let scene = estate(discovering(&[]), 2);
    scene.world().listing_fails = Some((Cause::Server, Some(JobType::Migration)));
    scene.pass(POLL).await;
    assert_eq!(watched(&scene), ["job-0", "job-1"]);
    assert_eq!(scene.project().last_discovery, None, "not all jobs were listed");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_a_page_has_lost_is_kept_and_one_that_comes_twice_is_one() {
    let scene = estate(discovering(&[]), 3);
    scene.pass(POLL).await;
    {
        let mut world = scene.world();
        world.overlooked.push("job-1".to_owned());
        world.listed.push("job-2".to_owned());
    }
    scene.pass(REFRESH * 3).await;
    assert_eq!(watched(&scene), ["job-0", "job-1", "job-2"]);
    assert!(scene.calls("jobs", Some("job-1")) >= 3, "it is looked up by its id");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_not_complete_is_read_again_soon() {
    let scene = estate(discovering(&[]), 3);
    scene.world().overlooked.push("job-1".to_owned());
    scene.pass(POLL / 2).await;
    assert_eq!(watched(&scene), ["job-0", "job-2"]);
    scene.world().overlooked.clear();
    scene.pass(POLL * 2).await;
    assert_eq!(
        watched(&scene),
        ["job-0", "job-1", "job-2"],
        "and not only after the interval"
    );
}

#[tokio::test(start_paused = true)]
async fn most_jobs_going_at_once_is_believed_at_the_second_telling() {
    let scene = estate(discovering(&[]), 30);
    scene.pass(POLL).await;
    let listed = std::mem::take(&mut scene.world().listed);
    next_listing(&scene).await;
    assert_eq!(watched(&scene).len(), 30);
    scene.world().listed = listed;
    scene.pass(REFRESH * 3).await;
    assert_eq!(watched(&scene).len(), 30, "it was nothing");
    scene.world().listed.clear();
    next_listing(&scene).await;
    next_listing(&scene).await;
    assert_eq!(watched(&scene).len(), 0, "it is true");
}

/// Lets time pass until the cloud was asked for jobs, and has answered.
async fn next_listing(scene: &Scene) {
    let before = scene.calls("jobs", Some(""));
    while scene.calls("jobs", Some("")) == before {
        scene.pass(Duration::from_secs(1)).await;
    }
    scene.pass(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn names_decide_and_a_configured_job_stays_whatever_is_listed() {
    let scene = estate(discovering(&["job-0", "unlisted"]), 3);
    {
        let mut world = scene.world();
        world.names.insert("job-0".to_owned(), "test-name".to_owned());
        world.names.insert("job-1".to_owned(), "test-name".to_owned());
        world.jobs.insert("unlisted".to_owned(), Vec::new());
    }
    scene.pass(POLL * 2).await;
    assert_eq!(watched(&scene), ["job-0", "job-2", "unlisted"]);
    assert_eq!(scene.job("job-0").name, "test-name");
    scene.world().names.insert("job-1".to_owned(), "name".to_owned());
    scene.world().names.insert("job-2".to_owned(), "test-name".to_owned());
    scene.pass(REFRESH + POLL).await;
    assert_eq!(watched(&scene), ["job-0", "job-1", "unlisted"], "renamed");
    scene.world().listed.clear();
    scene.pass(REFRESH + POLL).await;
    assert_eq!(watched(&scene), ["job-0", "unlisted"]);
    assert_eq!(scene.job("job-0").up, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_job_of_a_single_task_is_watched_whole_once_it_is_found() {
    let mut plan = discovering(&[]);
    plan.comparison_tasks = super::fake::plan(&[], &[("job-0", "t")]).comparison_tasks;
    let scene = estate(plan, 1);
    scene.pass(POLL * 2).await;
    assert_eq!(watched(&scene), ["job-0"]);
    assert!(scene.job("job-0").watches_history && scene.calls("list", Some("job-0")) >= 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_is_not_sent_again_for_the_other_types() {
    let scene = estate(discovering(&[]), 1);
    scene.world().listing_fails = Some((Cause::SignatureRefused, None));
    scene.pass(POLL / 2).await;
    assert_eq!((scene.world().calls.len(), scene.project().up), (1, Some(false)));
}

async fn listings_in(scene: &Scene, time: Duration) -> usize {
    let listings = || scene.calls("jobs", Some(""));
    let before = listings();
    scene.pass(time).await;
    // Each asks for two types.
    (listings() - before) / 2
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_fails_in_part_or_is_never_complete_is_no_storm() {
    let hour = Duration::from_hours(1);
    for cause in [Cause::Forbidden, Cause::Server] {
        let scene = estate(discovering(&[]), 3);
        scene.world().listing_fails = Some((cause, Some(JobType::Migration)));
        scene.pass(POLL).await;
        let since = scene.project().discovery_problem.clone().unwrap().since;
        let listings = listings_in(&scene, hour).await;
        assert!((11..=13).contains(&listings), "{listings} in an hour, {cause:?}");
        let problem = scene.project().discovery_problem.clone().unwrap();
        assert_eq!(problem.since, since, "one trouble, not twelve");
    }
    let scene = estate(discovering(&[]), 3);
    scene.world().overlooked.push("job-1".to_owned());
    let listings = listings_in(&scene, hour).await;
    assert!((15..=17).contains(&listings), "{listings} in an hour");
    assert_eq!(scene.project().last_discovery, None);
}

#[tokio::test(start_paused = true)]
async fn listing_for_names_only_is_not_asked_for_often_where_it_is_not_allowed() {
    for (cause, most) in [(Cause::Forbidden, 4 * 5), (Cause::Body, 4 * 34)] {
        let scene = estate(plan(&["job-0"], &[]), 1);
        scene.world().listing_fails = Some((cause, None));
        scene.pass(Duration::from_hours(8)).await;
        let calls = scene.calls("jobs", None);
        assert!((most / 2..=most).contains(&calls), "{calls}, {cause:?}");
        assert_eq!(scene.project().discovery_problem, None, "nothing is discovered");
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_that_go_one_by_one_while_most_are_gone_go_all_the_same() {
    let scene = estate(discovering(&[]), 40);
    scene.pass(POLL).await;
    scene.world().listed.truncate(15);
    for _ in 0..4 {
        next_listing(&scene).await;
        scene.world().listed.pop();
    }
    assert!(watched(&scene).len() <= 15, "{}", watched(&scene).len());
}

#[tokio::test(start_paused = true)]
async fn a_type_that_hangs_hides_no_job_of_another_and_a_cloud_that_hangs_is_soon_left_alone() {
    let scene = estate(discovering(&[]), 2);
    scene.world().listing_fails = Some((Cause::Timeout, Some(JobType::Migration)));
    scene.pass(POLL / 2).await;
    assert_eq!(watched(&scene), ["job-0", "job-1"]);
    let scene = estate(discovering(&[]), 2);
    scene.world().listing_fails = Some((Cause::Timeout, None));
    scene.pass(Duration::from_secs(1)).await;
    assert_eq!((scene.world().calls.len(), scene.project().up), (2, Some(false)));
}

#[tokio::test(start_paused = true)]
async fn a_key_refused_while_a_job_is_looked_up_is_a_refused_key() {
    let scene = estate(discovering(&[]), 3);
    scene.pass(POLL).await;
    scene.world().overlooked.push("job-1".to_owned());
    scene.world().look_ups_fail = Some(Cause::SignatureRefused);
    next_listing(&scene).await;
    assert_eq!((scene.project().up, watched(&scene).len()), (Some(false), 3));
}

#[tokio::test(start_paused = true)]
async fn what_a_list_told_that_cannot_be_read_any_more_is_shown_until_it_is_stale() {
    let shown = |scene: &Scene, job| scene.job(job).fresh_facts(scene.clock.now()).is_some();
    let scene = estate(discovering(&[]), 1);
    scene.pass(Duration::from_hours(2)).await;
    assert!(shown(&scene, "job-0"));
    scene.world().listing_fails = Some((Cause::Forbidden, None));
    scene.pass(Duration::from_mins(35)).await;
    assert!(shown(&scene, "job-0"));
    scene.pass(Duration::from_mins(15)).await;
    assert!(!shown(&scene, "job-0") && scene.tasks("job-0").len() == 1);
    scene.world().listing_fails = None;
    scene.pass(REFRESH + POLL).await;
    assert!(shown(&scene, "job-0"));
    // A configured job that is listed no longer, where listing tells names only.
    let scene = estate(plan(&["job-0"], &[]), 1);
    scene.pass(Duration::from_hours(4)).await;
    assert!(shown(&scene, "job-0"));
    scene.world().listed.clear();
    scene.pass(Duration::from_mins(110)).await;
    assert!(shown(&scene, "job-0"));
    scene.pass(Duration::from_hours(4)).await;
    assert!(!shown(&scene, "job-0"));
}

#[tokio::test(start_paused = true)]
async fn the_lists_name_counts_and_a_list_without_names_renames_nothing() {
    let mut both = discovering(&[]);
    both.comparison_tasks = plan(&[], &[("job-0", "t")]).comparison_tasks;
    let scene = estate(both, 2);
    scene
        .world()
        .names
        .insert("job-0".to_owned(), "name in the list".to_owned());
    scene.pass(POLL).await;
    let called = |job| scene.job(job).name.clone();
    for _ in 0..60 {
        scene.pass(Duration::from_secs(20)).await;
        assert_eq!(called("job-0"), "name in the list", "whatever the detail says");
    }
    for job in ["job-0", "job-1"] {
        scene.world().names.insert(job.to_owned(), String::new());
    }
    scene.pass(REFRESH * 3).await;
    assert_eq!(
        (called("job-0").as_str(), called("job-1").as_str()),
        ("name in the list", "name of job-1")
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_that_goes_and_comes_back_while_it_hangs_starts_anew() {
    let scene = estate(discovering(&[]), 3);
    scene.pass(POLL).await;
    scene.world().moods.insert("job-1".to_owned(), Mood::Hangs(REFRESH * 3));
    scene.pass(REFRESH).await;
    for _ in 0..2 {
        scene.world().listed.retain(|job| job != "job-1");
        next_listing(&scene).await;
        assert_eq!(watched(&scene), ["job-0", "job-2"]);
        scene.world().listed.push("job-1".to_owned());
        next_listing(&scene).await;
        assert_eq!(scene.job("job-1").up, None, "what was under way is another job's");
    }
    scene.world().moods.clear();
    scene.pass(REFRESH * 4).await;
    assert_eq!((scene.job("job-1").up, scene.tasks("job-1").len()), (Some(true), 1));
    let asked = scene.calls("list", Some("job-1"));
    scene.pass(POLL * 10).await;
    assert_eq!(scene.calls("list", Some("job-1")), asked + 10, "one job, not three");
}

#[tokio::test(start_paused = true)]
async fn a_project_is_ready_when_the_last_job_that_was_never_answered_is_gone() {
    let scene = estate(discovering(&[]), 3);
    scene
        .world()
        .moods
        .insert("job-1".to_owned(), Mood::Hangs(Duration::from_hours(9)));
    scene.pass(REFRESH).await;
    assert!(!scene.project().asked);
    scene.world().listed.retain(|job| job != "job-1");
    scene.pass(REFRESH + POLL).await;
    assert!(scene.project().asked);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_goes_before_its_turn_does_not_keep_a_refresh_from_its_end() {
    let scene = estate(discovering(&[]), 6);
    let closed = || ComparePolicy {
        status: Some("CLOSED".to_owned()),
        ..ComparePolicy::default()
    };
    for job in 0..6 {
        scene.world().policies.insert(format!("job-{job}"), closed());
    }
    for gone in 0..5 {
        scene.pass(IDLE).await;
        scene.world().listed.retain(|job| *job != format!("job-{gone}"));
    }
    let passes = || scene.world().passes.len();
    let before = passes();
    scene.pass(IDLE * 4).await;
    assert!(passes() >= before + 3);
}

#[tokio::test(start_paused = true)]
async fn a_job_of_a_type_that_is_not_discovered_is_not_watched_whole() {
    let mut plan = discovering(&[]);
    plan.discovery.as_mut().unwrap().job_types = vec![JobType::Migration];
    plan.comparison_tasks = super::fake::plan(&[], &[("job-0", "t")]).comparison_tasks;
    let scene = estate(plan, 1);
    scene.pass(POLL * 2).await;
    assert!(scene.job("job-0").facts.is_some() && !scene.job("job-0").watches_history);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_changed_its_type_is_not_gone() {
    let scene = estate(plan(&[], &[]), 1);
    let order = Order {
        whole: vec![JobType::Migration, JobType::Sync],
        found_before: vec![(JobId::new("job-0"), JobType::Migration)],
        wanted: Vec::new(),
    };
    let listed = order.ask(&scene.fake).await.unwrap();
    assert_eq!((listed.gone.len(), listed.jobs.len()), (0, 1));
}
