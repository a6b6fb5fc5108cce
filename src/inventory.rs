//! The last known state of everything that is watched.
//!
//! Owns: the [`Snapshot`] and its swap. A snapshot is immutable and complete: whoever holds one sees one
//! consistent moment, and readers never wait for writers. Knows nothing of who writes or reads it.
//!
//! Freshness is judged by the reader, at the moment of reading ([`Job::fresh_tasks`]): values of a job that is no
//! longer refreshed go away even if the part that should refresh them has died.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::comparison::policy::PolicyStatus;
use crate::comparison::verdict::Overview;
use crate::comparison::{Status, Task, by_age};
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};

/// Everything that is known at one moment, in the order of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// One entry per configured project.
    pub projects: Vec<Arc<Project>>,
    /// Whether it was complete at any time so far; a project that comes later does not take that back.
    pub was_complete: bool,
}

impl Snapshot {
    /// Whether every project was asked for everything once, so that what is missing is really not there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.projects.iter().all(|project| project.asked)
    }
}

/// A project and its watched jobs.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its configured name.
    pub name: ProjectName,
    /// Its region.
    pub region: String,
    /// Its id in the cloud.
    pub project_id: ProjectId,
    /// How long an answer speaks for the cloud; after that, what it told is no longer shown.
    pub stale_after: Duration,
    /// How many of a job's newest tasks get series of their own.
    pub tasks_per_job: usize,
    /// Whether each of its jobs was asked once, or the project as a whole was refused or unreachable.
    pub asked: bool,
    /// Whether the cloud was reached and let us in at the newest refresh; none before the first.
    pub up: Option<bool>,
    /// What keeps the whole project from being refreshed.
    pub problem: Option<Problem>,
    /// When the jobs of the project were last all listed, by the exporter's clock; only where they are discovered.
    pub last_discovery: Option<Timestamp>,
    /// Why the newest discovery failed, wholly or in part.
    pub discovery_problem: Option<Problem>,
    /// Its watched jobs.
    pub jobs: Vec<Arc<Job>>,
}

/// A watched DRS job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id as configured.
    pub id: JobId,
    /// The cloud's name of it; empty until the cloud has told.
    pub name: String,
    /// Whether its newest refresh succeeded; none before the first.
    pub up: Option<bool>,
    /// The newest successful refresh, by the exporter's clock.
    pub last_refresh: Option<Timestamp>,
    /// Why the newest refresh failed.
    pub problem: Option<Problem>,
    /// Whether the job's whole history is watched, and not just single tasks of it.
    pub watches_history: bool,
    /// The newest answer to each thing asked about this job.
    pub answers: Vec<Answer>,
    /// Tasks seen ending since the exporter started, in the order of [`Status::ENDED`].
    pub ended: [u64; Status::ENDED.len()],
    /// What the list of jobs told of it last; none before it did.
    pub facts: Option<Arc<Facts>>,
    /// When its comparisons are due; none while its policy is not known.
    pub schedule: Option<Schedule>,
    /// What its newest judged tasks found.
    pub verdicts: Arc<Verdicts>,
}

/// What the cloud's list of jobs tells of a job (API text 2.1). Empty text where it tells nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// When it was last listed, by the exporter's clock.
    pub refreshed_at: Timestamp,
    /// How long that speaks for the cloud.
    pub stale_after: Duration,
    /// `migration`, `sync`, `cloudDataGuard` or `replay`.
    pub job_type: String,
    /// Such as `mysql-to-mysql`.
    pub engine_type: String,
    /// `FULL_TRANS`, `FULL_INCR_TRANS` or `INCR_TRANS`.
    pub task_type: String,
    /// Such as `INCRE_TRANSFER_STARTED`.
    pub status: String,
}

/// When a job's comparisons are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When the policy was last read, by the exporter's clock.
    pub refreshed_at: Timestamp,
    /// How long it speaks for the cloud, as the rest of the job's answers do for `stale_after`.
    pub stale_after: Duration,
    /// The state of the policy.
    pub status: PolicyStatus,
    /// When the next run is due.
    pub next: Option<Timestamp>,
    /// When the newest run was due; later than the newest start means that it was missed.
    pub last: Option<Timestamp>,
}

/// What a job's comparisons found. All of the same job's tasks that have ended, also such that the cloud has forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// By its newest task that judged objects.
    pub objects: Option<Judgement>,
    /// The end of the newest task whose objects were found consistent.
    pub last_consistent: Option<Timestamp>,
    /// By its newest task that judged rows. Opt-in.
    pub rows: Option<Judgement>,
    /// By its newest task that judged accounts. Opt-in.
    pub accounts: Option<Judgement>,
}

/// One task's verdict on one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Which task.
    pub task: CompareJobId,
    /// Whether source and target hold the same.
    pub is_consistent: bool,
    /// What it was found by.
    pub overview: Overview,
}

/// The newest good answer to one question about a job.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The task that was asked for by its id; none for the history of the whole job.
    pub asked_for: Option<CompareJobId>,
    /// When it was answered, by the exporter's clock.
    pub refreshed_at: Timestamp,
    /// The tasks that it tells of.
    pub tasks: Arc<[Task]>,
}

/// Something a person should mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What happened, to what, and what the cloud said.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
    /// Since when, by the exporter's clock.
    pub since: Timestamp,
}

impl Problem {
    /// Whether the other is the same trouble, met again.
    #[must_use]
    pub fn is_same_trouble(&self, other: &Self) -> bool {
        self.remedy == other.remedy
    }
}

impl Job {
    /// The tasks that answers not older than `stale_after` tell of, newest first, each once: as the newest answer says.
    #[must_use]
    pub fn fresh_tasks(&self, now: Timestamp, stale_after: Duration) -> Vec<&Task> {
        let mut answers: Vec<_> = self.fresh_answers(now, stale_after).collect();
        answers.sort_by_key(|answer| Reverse(answer.refreshed_at));
        let mut seen = HashSet::new();
        let mut tasks: Vec<_> = answers
            .into_iter()
            .flat_map(|answer| answer.tasks.iter())
            .filter(|task| seen.insert(&task.id))
            .collect();
        tasks.sort_by(|a, b| by_age(b, a));
        tasks
    }

    /// Whether the fresh answers speak of the job as a whole. Where its history is watched but not known, single tasks
    /// of it say nothing of the newest one.
    #[must_use]
    pub fn is_known(&self, now: Timestamp, stale_after: Duration) -> bool {
        self.fresh_answers(now, stale_after)
            .any(|answer| !self.watches_history || answer.asked_for.is_none())
    }

    /// What the list of jobs tells, while it speaks for the cloud: a job that is listed no longer, or cannot be, must
    /// not look as it once was.
    #[must_use]
    pub fn fresh_facts(&self, now: Timestamp) -> Option<&Facts> {
        let facts = self.facts.as_deref()?;
        is_fresh(facts.refreshed_at, now, facts.stale_after).then_some(facts)
    }

    /// The schedule, while it speaks for the cloud.
    #[must_use]
    pub fn fresh_schedule(&self, now: Timestamp) -> Option<&Schedule> {
        let schedule = self.schedule.as_ref()?;
        is_fresh(schedule.refreshed_at, now, schedule.stale_after).then_some(schedule)
    }

    /// For everything of the job that can go stale, whether it is fresh: what is shown changes with these.
    pub fn freshness(&self, now: Timestamp, stale_after: Duration) -> impl Iterator<Item = bool> {
        let answers = self.answers.iter().map(move |answer| answer.is_fresh(now, stale_after));
        answers.chain([self.fresh_schedule(now).is_some(), self.fresh_facts(now).is_some()])
    }

    fn fresh_answers(&self, now: Timestamp, stale_after: Duration) -> impl Iterator<Item = &Answer> {
        self.answers
            .iter()
            .filter(move |answer| answer.is_fresh(now, stale_after))
    }

    /// Whether the task was asked for by its id, and so is shown however old it is.
    #[must_use]
    pub fn is_asked_for(&self, task: &CompareJobId) -> bool {
        self.answers
            .iter()
            .any(|answer| answer.asked_for.as_ref() == Some(task))
    }
}

impl Answer {
    /// Whether the answer still speaks for the cloud.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp, stale_after: Duration) -> bool {
        is_fresh(self.refreshed_at, now, stale_after)
    }
}

/// Whether what was refreshed at `refreshed_at` still speaks for the cloud.
#[must_use]
pub fn is_fresh(refreshed_at: Timestamp, now: Timestamp, stale_after: Duration) -> bool {
    // An age below zero does not convert: the clock was set back, and the answer is not stale.
    Duration::try_from(now.duration_since(refreshed_at)).map_or(true, |age| age <= stale_after)
}

/// Names a project of the inventory for as long as it is watched, whatever it is called and wherever it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub usize);

/// The one place where the newest snapshot is.
#[derive(Debug)]
pub struct Inventory {
    current: ArcSwap<Arranged>,
    changes: watch::Sender<()>,
}

/// A snapshot, and whose each of its places is.
#[derive(Clone, Debug, Default)]
struct Arranged {
    keys: Vec<Key>,
    snapshot: Arc<Snapshot>,
}

impl Arranged {
    fn of(projects: impl IntoIterator<Item = (Key, Arc<Project>)>, was_complete: bool) -> Self {
        let (keys, projects) = projects.into_iter().unzip();
        Self {
            keys,
            snapshot: Arc::new(Snapshot::new(projects, was_complete)),
        }
    }
}

impl Snapshot {
    fn new(projects: Vec<Arc<Project>>, was_complete: bool) -> Self {
        let mut snapshot = Self { projects, was_complete };
        snapshot.was_complete |= snapshot.is_complete();
        snapshot
    }
}

impl Inventory {
    /// Starts with `projects`, of which nothing needs to be known yet. Their keys are 0, 1, 2, …
    #[must_use]
    pub fn new(projects: Vec<Project>) -> Self {
        let keyed = projects
            .into_iter()
            .enumerate()
            .map(|(index, project)| (Key(index), Arc::new(project)));
        Self {
            current: ArcSwap::from_pointee(Arranged::of(keyed, false)),
            changes: watch::Sender::new(()),
        }
    }

    /// The newest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.load().snapshot)
    }

    /// The project of that key, if there is one.
    #[must_use]
    pub fn project(&self, key: Key) -> Option<Arc<Project>> {
        let arranged = self.current.load();
        let place = arranged.keys.iter().position(|known| *known == key)?;
        arranged.snapshot.projects.get(place).cloned()
    }

    /// Replaces the project of that key and tells those who wait for a change. A project that is no longer watched
    /// stays away.
    pub fn publish(&self, key: Key, project: Project) {
        let project = Arc::new(project);
        self.current.rcu(|arranged| {
            let mut projects = arranged.snapshot.projects.clone();
            if let Some(place) = arranged.keys.iter().position(|known| *known == key) {
                projects[place] = Arc::clone(&project);
            }
            Arranged {
                keys: arranged.keys.clone(),
                snapshot: Arc::new(Snapshot::new(projects, arranged.snapshot.was_complete)),
            }
        });
        self.changes.send_replace(());
    }

    /// Takes these projects in this order, all at once: whoever reads sees those before or these. One without content
    /// stays as it is; one that is not named is gone.
    pub fn arrange(&self, projects: Vec<(Key, Option<Project>)>) {
        let projects: Vec<_> = projects
            .into_iter()
            .map(|(key, project)| (key, project.map(Arc::new)))
            .collect();
        self.current.rcu(|arranged| {
            let known = |key: Key| {
                let place = arranged.keys.iter().position(|known| *known == key)?;
                arranged.snapshot.projects.get(place).cloned()
            };
            let next = projects
                .iter()
                .filter_map(|(key, project)| Some((*key, project.clone().or_else(|| known(*key))?)));
            Arranged::of(next, arranged.snapshot.was_complete)
        });
        self.changes.send_replace(());
    }

    /// A receiver that is told of every change from now on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests;
