//! Another configuration while projects are watched: what stays known, and what is asked because of it.

use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::fake::{self, Fake, IDLE, Mood, POLL, Scene, World, daily, plan};
use crate::cloud::{Cause, CredentialsVersion, HealthCompareJob, JobType};
use crate::comparison::verdict::Subject;
use crate::fetcher::{Changes, Discovery, Plan, Replan};
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};
use crate::inventory;

mod troubled;

/// Long enough for everything that is due to be asked.
const A_MOMENT: Duration = Duration::from_secs(2);

fn task(id: &str, status: &str, start: i64, end: Option<i64>) -> HealthCompareJob {
    HealthCompareJob {
        kind: Some("lines,object_comparison".to_owned()),
        ..fake::task(id, status, start, end)
    }
}

/// A cloud with jobs `a` to `e`, of each of which a run ended before the start and one goes on.
fn fill(world: &mut World) {
    for job in ["a", "b", "c", "d", "e"] {
        let tasks = vec![
            task("old", "SUCCESSFUL", -90, Some(-60)),
            task("now", "RUNNING", -9, None),
        ];
        world.jobs.insert(job.to_owned(), tasks);
        world.policies.insert(job.to_owned(), daily("09:00:00", "09:30:00"));
        world.listed.push(job.to_owned());
    }
    world.objects.insert("old".to_owned(), vec![("TABLE", 2)]);
}

/// A scene in which every run has ended while it was watched, and nothing is due for a while.
async fn settled(plan: Plan) -> Scene {
    let scene = Scene::start(plan, fill);
    scene.pass(POLL * 2).await;
    for tasks in scene.world().jobs.values_mut() {
        tasks[1] = task("now", "FAILED", -9, Some(100));
    }
    scene.pass(POLL * 2).await;
    scene.world().calls.clear();
    scene
}

impl Scene {
    async fn replan(&self, plans: Vec<Plan>) -> Changes {
        let projects = plans.into_iter().map(|plan| (plan, Arc::clone(&self.api))).collect();
        self.replan_with(projects).await
    }

    async fn replan_with(&self, projects: Vec<(Plan, Arc<Fake>)>) -> Changes {
        let (done, changes) = oneshot::channel();
        self.replans.send(Replan { projects, done }).await.unwrap();
        changes.await.unwrap()
    }

    fn names(&self) -> Vec<String> {
        let snapshot = self.snapshot();
        snapshot
            .projects
            .iter()
            .map(|project| project.name.to_string())
            .collect()
    }

    fn asked(&self) -> Vec<(&'static str, String)> {
        let world = self.world();
        let mut asked: Vec<_> = world
            .calls
            .iter()
            .map(|(_, what, about)| (*what, about.clone()))
            .collect();
        asked.sort();
        asked
    }
}

fn ids(project: &inventory::Project) -> Vec<&str> {
    project.jobs.iter().map(|job| job.id.as_str()).collect()
}

fn failed(job: &inventory::Job) -> u64 {
    job.ended.iter().sum()
}

fn named(name: &str, plan: Plan) -> Plan {
    Plan {
        name: ProjectName::new(name),
        ..plan
    }
}

fn discovering(include: &str) -> Plan {
    Plan {
        discovery: Some(Discovery {
            job_types: vec![JobType::Sync],
            include: Regex::new(include).unwrap(),
            exclude: None,
            refresh_interval: IDLE,
        }),
        ..plan(&[], &[])
    }
}

#[tokio::test(start_paused = true)]
async fn what_stays_keeps_all_that_is_known_and_only_what_is_new_is_asked() {
    let scene = settled(plan(&["a", "b"], &[])).await;
    let before = scene.job("b");
    assert_eq!((failed(&before), before.verdicts.last_consistent.is_some()), (1, true));
    assert!(before.schedule.is_some() && before.facts.is_some());
    let changes = scene.replan(vec![plan(&["b", "c"], &[])]).await;
    assert_eq!(changes.to_string(), "1 changed (payments), 0 unchanged");
    assert_eq!(ids(&scene.project()), ["b", "c"], "at once");
    let after = scene.job("b");
    assert_eq!(
        (after.ended, &after.verdicts, &after.schedule),
        (before.ended, &before.verdicts, &before.schedule)
    );
    assert_eq!(
        (after.last_refresh, after.answers.len(), &after.facts),
        (before.last_refresh, 1, &before.facts)
    );
    assert!(scene.project().asked);
    scene.pass(A_MOMENT).await;
    let expected = [
        ("detail", "c/now"),
        ("jobs", "b,c"),
        ("list", "c"),
        ("objects", "c/now"),
        ("objects", "c/old"),
        ("policy", "c"),
    ];
    let mut asked = scene.asked();
    asked.dedup();
    assert_eq!(asked, expected.map(|(what, about)| (what, about.to_owned())));
    assert_eq!(scene.job("c").up, Some(true));
    scene.pass(IDLE * 4).await;
    assert_eq!(scene.calls("list", Some("a")), 0, "a job that is gone is not asked");
    assert!(scene.calls("list", Some("b")) >= 3 && failed(&scene.job("b")) == 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_reloads_ask_nothing_and_one_that_changes_nothing_touches_nothing() {
    let one = Plan {
        concurrency: 4,
        ..discovering("name")
    };
    let other = Plan {
        tasks_per_job: 1,
        poll_interval: POLL * 2,
        ..one.clone()
    };
    let scene = settled(one.clone()).await;
    let before = scene.project();
    let changes = scene.replan(vec![one.clone()]).await;
    assert_eq!(changes.to_string(), "1 unchanged");
    assert!(Arc::ptr_eq(&before, &scene.project()));
    for _ in 0..500 {
        scene.replan(vec![other.clone()]).await;
        scene.replan(vec![one.clone()]).await;
    }
    assert_eq!(scene.asked(), []);
    let after = scene.project();
    assert_eq!(after.jobs.len(), 5);
    for (before, after) in before.jobs.iter().zip(&after.jobs) {
        assert_eq!((before.ended, before.last_refresh), (after.ended, after.last_refresh));
        assert_eq!(before.verdicts, after.verdicts);
    }
    scene.pass(IDLE + POLL).await;
    assert_eq!(
        scene.calls("list", None),
        5,
        "and then each is asked once, as it would have been"
    );
}

#[tokio::test(start_paused = true)]
async fn another_interval_holds_at_once_both_ways_without_a_storm() {
    let slow = Plan {
        poll_interval: IDLE,
        policy_interval: IDLE * 100,
        verdicts: vec![],
        ..plan(&["a", "b", "c", "d", "e"], &[])
    };
    let quick = Plan {
        poll_interval: POLL,
        ..slow.clone()
    };
    let scene = Scene::start(slow.clone(), fill);
    scene.pass(IDLE * 2).await;
    scene.world().calls.clear();
    scene.pass(POLL * 5).await;
    scene.replan(vec![quick]).await;
    let calls = scene.calls("list", None);
    assert!(calls <= 5);
    scene.pass(A_MOMENT).await;
    assert!(scene.calls("list", None) - calls < 5, "each waits for its own moment");
    scene.world().calls.clear();
    scene.pass(POLL * 10).await;
    assert!(
        (45..=55).contains(&scene.calls("list", None)),
        "{}",
        scene.calls("list", None)
    );
    scene.replan(vec![slow]).await;
    scene.world().calls.clear();
    scene.pass(IDLE * 2).await;
    assert!(
        (5..=15).contains(&scene.calls("list", None)),
        "{}",
        scene.calls("list", None)
    );
}

#[tokio::test(start_paused = true)]
async fn projects_come_go_move_and_change_their_name() {
    let of = |name: &str, job: &str| {
        named(
            name,
            Plan {
                project_id: ProjectId::new(name),
                ..plan(&[job], &[])
            },
        )
    };
    let scene = settled(of("one", "a")).await;
    let changes = scene.replan(vec![of("two", "b"), of("one", "a")]).await;
    assert_eq!(changes.to_string(), "1 added (two), 1 unchanged");
    assert_eq!(scene.names(), ["two", "one"]);
    assert!(
        scene.snapshot().was_complete && !scene.snapshot().is_complete(),
        "still ready"
    );
    scene.pass(A_MOMENT).await;
    assert_eq!(scene.snapshot().projects[0].up, Some(true));
    assert_eq!(scene.calls("list", Some("a")), 0);

    let renamed = named("uno", of("one", "a"));
    let changes = scene.replan(vec![renamed.clone(), of("two", "b")]).await;
    assert_eq!(changes.to_string(), "1 changed (uno), 1 unchanged");
    assert_eq!(scene.names(), ["uno", "two"]);
    assert_eq!(failed(&scene.job("a")), 1, "it is the same project");

    let changes = scene.replan(vec![renamed.clone()]).await;
    assert_eq!(
        (changes.to_string(), scene.names().len()),
        ("1 removed (two), 1 unchanged".to_owned(), 1)
    );
    scene.world().calls.clear();
    scene.pass(IDLE * 2).await;
    assert_eq!(
        (scene.calls("list", Some("b")), scene.names().len()),
        (0, 1),
        "nobody asks for it, or tells"
    );

    let elsewhere = Plan {
        address: "http://elsewhere".parse().unwrap(),
        ..renamed
    };
    let changes = scene.replan(vec![elsewhere]).await;
    assert_eq!(changes.to_string(), "1 added (uno), 1 removed (uno), 0 unchanged");
    assert_eq!(
        (failed(&scene.job("a")), scene.job("a").up),
        (0, None),
        "another project begins anew"
    );
    scene.pass(A_MOMENT).await;
    assert_eq!(scene.job("a").up, Some(true));
}

#[tokio::test(start_paused = true)]
async fn another_filter_lets_jobs_go_at_once_and_finds_others() {
    let scene = settled(discovering("name of [abc]")).await;
    assert_eq!(scene.project().jobs.len(), 3);
    scene.replan(vec![discovering("name of [bcd]")]).await;
    assert_eq!(scene.project().jobs.len(), 2, "at once");
    scene.pass(A_MOMENT).await;
    let project = scene.project();
    let mut found = ids(&project);
    found.sort_unstable();
    assert_eq!(found, ["b", "c", "d"]);
    assert_eq!(
        scene.calls("list", None),
        scene.calls("list", Some("d")),
        "only the new one is asked"
    );
    assert_eq!(failed(&scene.job("b")), 1);
    assert!(project.last_discovery.is_some());

    // A found job that is named, and one that is found and was named, are the same jobs.
    scene.world().calls.clear();
    scene.replan(vec![plan(&["b"], &[])]).await;
    assert_eq!(ids(&scene.project()), ["b"]);
    assert!(
        scene.project().last_discovery.is_none(),
        "nothing is discovered any more"
    );
    scene.replan(vec![discovering("name")]).await;
    assert_eq!(failed(&scene.job("b")), 1);
    scene.pass(A_MOMENT).await;
    assert_eq!((scene.project().jobs.len(), scene.calls("list", Some("b"))), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn single_tasks_verdicts_and_ages_follow_the_plan() {
    let scene = settled(plan(&["a"], &[])).await;
    let with_task = Plan {
        comparison_tasks: vec![(JobId::new("a"), CompareJobId::new("now"))],
        verdicts: vec![],
        stale_after: IDLE * 10,
        policy_interval: IDLE * 20,
        ..plan(&[], &[])
    };
    scene.replan(vec![with_task.clone()]).await;
    let job = scene.job("a");
    assert_eq!((job.watches_history, job.answers.len(), failed(&job)), (false, 0, 1));
    assert!(job.schedule.is_none() && job.verdicts.objects.is_none());
    assert_eq!(scene.project().stale_after, IDLE * 10);
    scene.pass(A_MOMENT).await;
    assert_eq!(
        (
            scene.calls("detail", Some("a/now")),
            scene.calls("list", None),
            scene.calls("policy", None)
        ),
        (1, 0, 0)
    );
    scene.world().calls.clear();
    let both = Plan {
        jobs: vec![JobId::new("a")],
        verdicts: vec![Subject::Objects],
        ..with_task
    };
    scene.replan(vec![both]).await;
    scene.pass(A_MOMENT).await;
    let job = scene.job("a");
    assert_eq!(
        (job.answers.len(), failed(&job), scene.calls("detail", None)),
        (2, 1, 0)
    );
    let ages = (
        job.schedule.as_ref().unwrap().stale_after,
        job.facts.as_ref().unwrap().stale_after,
    );
    assert_eq!(ages, (IDLE * 40, IDLE * 40));
    assert!(job.verdicts.last_consistent.is_some(), "judged again");
}
