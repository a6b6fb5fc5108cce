//! Of several fetchers that share a project each asks for its own jobs, and for nothing else.

use std::collections::HashMap;
use std::num::NonZeroU32;

use regex::Regex;

use super::fake::{IDLE, POLL, Scene, plan, task};
use crate::cloud::JobType;
use crate::fetcher::{Discovery, Plan};
use crate::ids::JobId;
use crate::shard::Shard;

const JOBS: usize = 40;
const TOTAL: NonZeroU32 = NonZeroU32::new(3).unwrap();

fn shards() -> impl Iterator<Item = Shard> {
    (0..TOTAL.get()).map(|ordinal| Shard::new(ordinal, TOTAL).unwrap())
}

fn discovering(shard: Shard) -> Scene {
    let plan = Plan {
        discovery: Some(Discovery {
            job_types: vec![JobType::Sync],
            include: Regex::new("").unwrap(),
            exclude: None,
            refresh_interval: POLL,
        }),
        shard,
        ..plan(&[], &[])
    };
    Scene::start(plan, |world| {
        for job in (0..JOBS).map(|number| format!("job-{number}")) {
            world
                .jobs
                .insert(job.clone(), vec![task("t", "SUCCESSFUL", -9, Some(-1))]);
            world.listed.push(job);
        }
    })
}

fn watched(scene: &Scene) -> Vec<String> {
    scene.project().jobs.iter().map(|job| job.id.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn each_found_job_is_watched_by_one_shard_and_asked_for_by_no_other() {
    let mut takers: HashMap<String, usize> = HashMap::new();
    for shard in shards() {
        let scene = discovering(shard);
        scene.pass(POLL * 3).await;
        let own = watched(&scene);
        for job in (0..JOBS).map(|number| format!("job-{number}")) {
            let is_own = own.contains(&job);
            *takers.entry(job.clone()).or_default() += usize::from(is_own);
            let about_it = ["list", "policy", "objects", "detail", "jobs"];
            let calls: usize = about_it
                .map(|operation| scene.calls(operation, Some(&job)))
                .into_iter()
                .sum();
            assert_eq!(calls > 0, is_own, "{shard}: {job}");
        }
        assert!(scene.project().asked && scene.project().last_discovery.is_some());
    }
    assert_eq!(takers.len(), JOBS);
    assert!(takers.values().all(|count| *count == 1), "{takers:?}");
}

#[tokio::test(start_paused = true)]
async fn only_own_jobs_that_a_listing_lacks_are_looked_up_by_their_ids() {
    for shard in shards() {
        let scene = discovering(shard);
        scene.pass(POLL).await;
        // All but one: so that few are gone, and believed so at once.
        scene.world().listed.retain(|job| job == "job-0");
        scene.pass(POLL * 2).await;
        let looked_up = |job: &JobId| {
            let world = scene.world();
            world
                .calls
                .iter()
                .any(|(_, what, target)| *what == "jobs" && target.split(',').any(|id| id == job.as_str()))
        };
        for number in 1..JOBS {
            let job = JobId::new(format!("job-{number}"));
            assert_eq!(looked_up(&job), shard.takes(&job), "{shard}: {job}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_without_a_job_of_this_shard_is_ready_and_asks_nothing() {
    let scene = Scene::start(plan(&[], &[]), |_| {});
    scene.pass(IDLE * 20).await;
    assert!(scene.world().calls.is_empty(), "{:?}", scene.world().calls);
    let project = scene.project();
    assert!(
        project.asked && project.problem.is_none(),
        "nothing is missing, and nothing fails"
    );
    assert_eq!(project.up, None, "whether the cloud would answer, nobody knows");
}
