//! A cloud in memory that answers by script and remembers every call, and a fetcher that runs against it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock::Clock;
use crate::cloud::{
    AccountComparison, Answer, Cause, ComparePolicy, CredentialsVersion, Error, HealthCompareJob, Job, JobList,
    JobType, ObjectOverview, Operation, Patience, RowOverview,
};
use crate::comparison::Task;
use crate::comparison::verdict::Subject;
use crate::fetcher::pulse::{Promise, Pulse};
use crate::fetcher::{Api, Observer, Plan, Replan, run};
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};
use crate::inventory::{self, Inventory};
use crate::shard::Shard;

pub(in crate::fetcher) const POLL: Duration = Duration::from_mins(1);
pub(in crate::fetcher) const IDLE: Duration = Duration::from_mins(15);

/// What the cloud does when asked about a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mood {
    #[default]
    Answers,
    Fails(Cause),
    /// Answers nothing for so long, and then that the time is over.
    Hangs(Duration),
    Panics,
}

#[derive(Default)]
pub(super) struct World {
    pub(super) jobs: HashMap<String, Vec<HealthCompareJob>>,
    /// The jobs that a listing tells of, all of them synchronisations.
    pub(super) listed: Vec<String>,
    /// Listed jobs whose name is not made from their id.
    pub(super) names: HashMap<String, String>,
    /// Jobs that a listing passes over although they are there, as one does that reads pages while something is
    /// deleted; a look-up by id finds them.
    pub(super) overlooked: Vec<String>,
    /// Only listings fail: all of them, or those of one type.
    pub(super) listing_fails: Option<(Cause, Option<JobType>)>,
    /// The policies; a job without one has an answer without any field.
    pub(super) policies: HashMap<String, ComparePolicy>,
    /// What tasks found in objects, as statuses by type; nothing is an empty overview.
    pub(super) objects: HashMap<String, Vec<(&'static str, i64)>>,
    /// Operations that fail for every job.
    pub(super) failing: HashMap<&'static str, Cause>,
    /// Operations over whose answers the fetcher breaks down, whatever the job.
    pub(super) breaking: Vec<&'static str>,
    pub(super) moods: HashMap<String, Mood>,
    pub(super) everybody: Mood,
    pub(super) credentials: CredentialsVersion,
    /// Only `tasks` fails, with an error of the cloud's.
    pub(super) list_fails: bool,
    /// Only looking up jobs by their ids fails.
    pub(super) look_ups_fail: Option<Cause>,
    /// Beside the usual [`ANSWER_TIME`].
    pub(super) delay: Duration,
    /// Beside that, of single operations.
    pub(super) delays_of: HashMap<&'static str, Duration>,
    /// Every call: when, what, about which job (and task).
    pub(super) calls: Vec<(Instant, &'static str, String)>,
    pub(super) under_way: usize,
    pub(super) most_under_way: usize,
    pub(super) passes: Vec<Duration>,
    /// The next refresh that ends takes the actor with it.
    pub(super) observer_breaks: bool,
    pub(super) invalid: usize,
    pub(super) delays: Vec<Duration>,
    /// The longest time that a project said it would not turn.
    pub(super) longest_rest: Duration,
}

#[derive(Clone)]
pub(in crate::fetcher) struct Fake {
    pub(super) world: Arc<Mutex<World>>,
    pub(in crate::fetcher) pulse: Pulse,
    clock: Clock,
}

/// How long the cloud takes to answer.
pub(super) const ANSWER_TIME: Duration = Duration::from_millis(100);

impl Fake {
    pub(in crate::fetcher) fn new(clock: &Clock) -> Self {
        Self {
            world: Arc::default(),
            pulse: Pulse::default(),
            clock: clock.clone(),
        }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    async fn answer<T>(
        &self,
        operation: &'static str,
        job: &JobId,
        target: String,
        value: impl FnOnce(&World) -> Option<T> + Send,
    ) -> Result<Answer<T>, Error> {
        let (mood, delay) = {
            let mut world = self.world();
            world.calls.push((Instant::now(), operation, target));
            world.under_way += 1;
            world.most_under_way = world.most_under_way.max(world.under_way);
            let failing = world.failing.get(operation).copied();
            if let Some(cause) = failing.or((operation == "list" && world.list_fails).then_some(Cause::Server)) {
                world.under_way -= 1;
                return Err(Error::for_test(cause));
            }
            let mood = if world.breaking.contains(&operation) {
                Mood::Panics
            } else {
                world.moods.get(job.as_str()).copied().unwrap_or(world.everybody)
            };
            let delay = world.delays_of.get(operation).copied().unwrap_or_default();
            (mood, world.delay + delay)
        };
        let patience = if let Mood::Hangs(patience) = mood {
            patience
        } else {
            ANSWER_TIME + delay
        };
        tokio::time::sleep(patience).await;
        self.pulse.heard(&ProjectName::new("payments"));
        let mut world = self.world();
        world.under_way -= 1;
        match mood {
            Mood::Answers => match value(&world) {
                Some(value) => Ok(Answer {
                    value,
                    answered_at: self.clock.now(),
                }),
                None => Err(Error::for_test(Cause::NotFound)),
            },
            Mood::Fails(cause) => Err(Error::for_test(cause)),
            Mood::Hangs(_) => Err(Error::for_test(Cause::Timeout)),
            Mood::Panics => {
                drop(world);
                panic!("a mistake in reading the answer")
            }
        }
    }
}

impl Api for Fake {
    fn patience(&self) -> Patience {
        Patience {
            silence: Duration::from_mins(6),
            question: Duration::from_hours(1),
        }
    }

    fn credentials(&self) -> CredentialsVersion {
        self.world().credentials.clone()
    }

    async fn task(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<HealthCompareJob>, Error> {
        self.answer("detail", job, format!("{job}/{task}"), |world| {
            let tasks = world.jobs.get(job.as_str())?;
            let found = tasks.iter().find(|known| known.id.as_deref() == Some(task.as_str()))?;
            // As in the source text: the answer's own id is another.
            Some(HealthCompareJob {
                id: Some("another".to_owned()),
                job_name: Some(format!("name of {job}")),
                ..found.clone()
            })
        })
        .await
    }

    async fn tasks(&self, job: &JobId) -> Result<Answer<Vec<HealthCompareJob>>, Error> {
        self.answer("list", job, job.to_string(), |world| {
            world.jobs.get(job.as_str()).cloned()
        })
        .await
    }

    async fn policy(&self, job: &JobId) -> Result<Answer<ComparePolicy>, Error> {
        self.answer("policy", job, job.to_string(), |world| {
            Some(world.policies.get(job.as_str()).cloned().unwrap_or_default())
        })
        .await
    }

    async fn objects(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<ObjectOverview>>, Error> {
        self.answer("objects", job, format!("{job}/{task}"), |world| {
            let found = world.objects.get(task.as_str()).cloned().unwrap_or_default();
            let row = |(object_type, status): (&str, i64)| ObjectOverview {
                object_type: Some(object_type.to_owned()),
                source_count: Some(7),
                target_count: Some(7),
                status: Some(status),
            };
            Some(found.into_iter().map(row).collect())
        })
        .await
    }

    async fn rows(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<RowOverview>>, Error> {
        self.answer("rows", job, format!("{job}/{task}"), |_| Some(Vec::new()))
            .await
    }

    async fn accounts(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<AccountComparison>>, Error> {
        self.answer("accounts", job, format!("{job}/{task}"), |_| Some(Vec::new()))
            .await
    }

    async fn jobs(&self, job_type: JobType, ids: &[JobId]) -> Result<Answer<JobList>, Error> {
        let target = ids.iter().map(JobId::as_str).collect::<Vec<_>>().join(",");
        let nobody = JobId::new("");
        let failing = self.world().listing_fails;
        let listing_fails = failing.filter(|(_, only)| only.is_none_or(|only| only == job_type));
        let look_up_fails = self.world().look_ups_fail.filter(|_| !ids.is_empty());
        if let Some(cause) = look_up_fails.or(listing_fails.map(|(cause, _)| cause)) {
            self.world().calls.push((Instant::now(), "jobs", target));
            return Err(Error::for_test(cause));
        }
        self.answer("jobs", &nobody, target, |world| {
            let of_type = (job_type == JobType::Sync).then_some(&world.listed);
            let all = of_type.into_iter().flatten();
            let told = all.filter(|id| match ids {
                [] => !world.overlooked.contains(id),
                ids => ids.iter().any(|wanted| wanted.as_str() == *id),
            });
            let jobs: Vec<_> = told.map(|id| listed(id, world.names.get(id))).collect();
            Some(JobList {
                jobs,
                is_complete: !ids.is_empty() || world.overlooked.is_empty(),
            })
        })
        .await
    }
}

fn listed(id: &str, name: Option<&String>) -> Job {
    Job {
        id: JobId::new(id),
        name: Some(name.cloned().unwrap_or_else(|| format!("name of {id}"))),
        status: Some("INCRE_TRANSFER_STARTED".to_owned()),
        job_type: None,
        engine_type: None,
        task_type: None,
    }
}

impl Observer for Fake {
    fn refreshed(&self, _: &ProjectName, busy: Duration) {
        let mut world = self.world();
        world.passes.push(busy);
        let breaks = std::mem::take(&mut world.observer_breaks);
        drop(world);
        assert!(!breaks, "a mistake in the actor itself");
    }

    fn invalid_response(&self, _: &ProjectName, _: Operation) {
        self.world().invalid += 1;
    }

    fn delayed(&self, _: &ProjectName, delay: Duration) {
        self.world().delays.push(delay);
    }

    fn turned(&self, project: &ProjectName, promise: Promise) {
        let rest = promise.again_by - Instant::now();
        let mut world = self.world();
        world.longest_rest = world.longest_rest.max(rest);
        drop(world);
        self.pulse.turned(project, promise);
    }

    fn gone(&self, project: &ProjectName) {
        self.pulse.gone(project);
    }
}

/// A running fetcher of one project, and the cloud that it asks.
pub(super) struct Scene {
    pub(super) fake: Fake,
    pub(super) clock: Clock,
    inventory: Arc<Inventory>,
    /// The client of the first plan.
    pub(super) api: Arc<Fake>,
    pub(super) replans: mpsc::Sender<Replan<Fake>>,
    _end: DropGuard,
}

/// A policy with daily runs, due at `begin` (UTC) within a window of two hours.
pub(super) fn daily(begin: &str, end: &str) -> ComparePolicy {
    ComparePolicy {
        status: Some("OPEN".to_owned()),
        period: Some("* * 1,2,3,4,5,6,7".to_owned()),
        begin_time: Some(begin.to_owned()),
        end_time: Some(end.to_owned()),
        ..ComparePolicy::default()
    }
}

/// A task as the cloud writes it; `start` and `end` in seconds since the scene began.
pub(super) fn task(id: &str, status: &str, start: i64, end: Option<i64>) -> HealthCompareJob {
    let text = |seconds: i64| {
        Timestamp::from_second(epoch().as_second() + seconds)
            .unwrap()
            .to_string()
    };
    HealthCompareJob {
        id: Some(id.to_owned()),
        kind: Some("lines".to_owned()),
        status: Some(status.to_owned()),
        start_time: Some(text(start)),
        end_time: end.map(text),
        job_name: None,
        compute_type: None,
    }
}

pub(in crate::fetcher) fn epoch() -> Timestamp {
    "2026-04-07T10:00:00Z".parse().unwrap()
}

pub(in crate::fetcher) fn plan(jobs: &[&str], comparison_tasks: &[(&str, &str)]) -> Plan {
    Plan {
        name: ProjectName::new("payments"),
        region: "ap-southeast-1".to_owned(),
        project_id: ProjectId::new("p"),
        address: "http://cloud".parse().unwrap(),
        poll_interval: POLL,
        idle_interval: IDLE,
        policy_interval: IDLE * 8,
        stale_after: Duration::from_mins(45),
        tasks_per_job: 5,
        concurrency: 8,
        jobs: jobs.iter().map(JobId::new).collect(),
        comparison_tasks: comparison_tasks
            .iter()
            .map(|(job, task)| (JobId::new(job), CompareJobId::new(task)))
            .collect(),
        discovery: None,
        verdicts: vec![Subject::Objects],
        shard: Shard::WHOLE,
    }
}

impl Scene {
    /// Starts a fetcher of `plan` against a cloud that `prepare` fills.
    pub(super) fn start(plan: Plan, prepare: impl FnOnce(&mut World)) -> Self {
        let clock = Clock::starting_at(epoch(), 1.0);
        let fake = Fake::new(&clock);
        prepare(&mut fake.world());
        let inventory = Arc::new(Inventory::new(vec![plan.unasked()]));
        let end = CancellationToken::new();
        let (replans, replans_taken) = mpsc::channel(1);
        let api = Arc::new(fake.clone());
        let observer = Arc::new(fake.clone());
        tokio::spawn(run(
            vec![(plan, Arc::clone(&api))],
            replans_taken,
            Arc::clone(&inventory),
            observer,
            clock.clone(),
            end.clone(),
        ));
        Self {
            fake,
            clock,
            inventory,
            api,
            replans,
            _end: end.drop_guard(),
        }
    }

    pub(super) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.fake.world()
    }

    pub(super) fn project(&self) -> Arc<inventory::Project> {
        Arc::clone(&self.inventory.snapshot().projects[0])
    }

    pub(super) fn job(&self, id: &str) -> Arc<inventory::Job> {
        let project = self.project();
        Arc::clone(
            project
                .jobs
                .iter()
                .find(|job| job.id.as_str() == id)
                .expect("the job is watched"),
        )
    }

    pub(super) fn snapshot(&self) -> Arc<inventory::Snapshot> {
        self.inventory.snapshot()
    }

    /// The tasks of a job that are shown now.
    pub(super) fn tasks(&self, job: &str) -> Vec<Task> {
        let stale_after = self.project().stale_after;
        self.job(job)
            .fresh_tasks(self.clock.now(), stale_after)
            .into_iter()
            .cloned()
            .collect()
    }

    /// How often the cloud was asked `operation`, about anything or about `target`.
    pub(super) fn calls(&self, operation: &str, target: Option<&str>) -> usize {
        let world = self.world();
        let matches = |about: &str| target.is_none_or(|target| target == about);
        world
            .calls
            .iter()
            .filter(|(_, what, about)| *what == operation && matches(about))
            .count()
    }
}
