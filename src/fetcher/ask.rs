//! One question to the cloud, and its answer read by the rules of `comparison`.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::api::Api;
use super::listing::{Listed, Order};
use super::overview::{self, overview};
use crate::cloud::{Answer, Error, HealthCompareJob, Operation};
use crate::comparison::policy::{Policy, PolicyReport};
use crate::comparison::verdict::{Overview, Subject};
use crate::comparison::{self, Contradiction, Report, Task};
use crate::ids::{CompareJobId, JobId};

/// Of a word that is not known, so much is kept: enough to recognise it, not enough to flood a log.
const SHOWN_CHARS: usize = 40;

/// So long an answer waits for the job's name: series that get it later are other series.
const NAME_PATIENCE: Duration = Duration::from_secs(5);

/// What can be asked again and again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// Which jobs there are; about the project, all others about one job.
    Jobs,
    /// All tasks of the job.
    History,
    /// One task.
    Task(CompareJobId),
    /// When runs are due.
    Policy,
    /// What the next task that is not judged yet has found.
    Verdict(Subject),
}

impl Question {
    /// The API's operation that answers it.
    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::Jobs => Operation::ListJobs,
            Self::History => Operation::ShowHealthCompareJobList,
            Self::Task(_) => Operation::ShowHealthCompareJobDetail,
            Self::Policy => Operation::ShowComparePolicy,
            Self::Verdict(subject) => overview::operation(*subject),
        }
    }

    /// Whether its answer says how the job's comparisons stand. The others only add to that, and their failure costs
    /// only what they add.
    pub(super) fn is_essential(&self) -> bool {
        matches!(self, Self::History | Self::Task(_))
    }
}

/// A question with all that it takes to ask it now.
#[derive(Debug)]
pub(super) enum Asked {
    Jobs(Order),
    History {
        job: JobId,
        /// Whether the job's name is to be found as well.
        wants_name: bool,
    },
    Task {
        job: JobId,
        task: CompareJobId,
    },
    Policy {
        job: JobId,
    },
    Verdict {
        job: JobId,
        task: CompareJobId,
        subject: Subject,
    },
}

/// A good answer, read.
#[derive(Debug)]
pub(super) enum Told {
    Jobs(Listed),
    Tasks(Tasks),
    Policy {
        answered_at: Timestamp,
        policy: Policy,
        contradictions: Vec<Contradiction>,
    },
    Verdict {
        task: CompareJobId,
        overview: Overview,
    },
}

/// What an answer tells of tasks.
#[derive(Debug)]
pub(super) struct Tasks {
    /// When it was given, by the cloud's clock.
    pub(super) answered_at: Timestamp,
    /// All that it tells of.
    pub(super) all: Vec<Task>,
    /// The job's name, if the answer had it, or it was asked for beside.
    pub(super) job_name: Option<String>,
    /// What in it cannot be true, with the task concerned.
    pub(super) contradictions: Vec<(CompareJobId, Contradiction)>,
    /// List items without an id, which cannot be shown.
    pub(super) nameless_items: usize,
    /// Words for a status that the API text does not have.
    pub(super) unknown_words: Vec<String>,
}

/// Asks.
pub(super) async fn ask<A: Api>(api: &A, asked: &Asked) -> Result<Told, Error> {
    match asked {
        Asked::Jobs(order) => order.ask(api).await.map(Told::Jobs),
        Asked::History { job, wants_name } => history(api, job, *wants_name).await.map(Told::Tasks),
        Asked::Task { job, task } => single(api, job, task).await.map(Told::Tasks),
        Asked::Policy { job } => {
            let answer = api.policy(job).await?;
            let report = PolicyReport {
                status: answer.value.status.as_deref(),
                period: answer.value.period.as_deref(),
                begin_time: answer.value.begin_time.as_deref(),
                end_time: answer.value.end_time.as_deref(),
                next_compare_time: answer.value.next_compare_time.as_deref(),
                interval_hour: answer.value.interval_hour,
            };
            let (policy, contradictions) = Policy::read(&report);
            Ok(Told::Policy {
                answered_at: answer.answered_at,
                policy,
                contradictions,
            })
        }
        Asked::Verdict { job, task, subject } => {
            let overview = overview(api, *subject, job, task).await?.value;
            let task = task.clone();
            Ok(Told::Verdict { task, overview })
        }
    }
}

async fn single<A: Api>(api: &A, job: &JobId, task: &CompareJobId) -> Result<Tasks, Error> {
    let answer = api.task(job, task).await?;
    let mut told = Tasks::at(answer.answered_at);
    told.job_name.clone_from(&answer.value.job_name);
    told.read(task.clone(), &answer.value);
    Ok(told)
}

/// With `wants_name`, the name is asked for after the history; that this fails is not the history's failure.
async fn history<A: Api>(api: &A, job: &JobId, wants_name: bool) -> Result<Tasks, Error> {
    let Answer { value, answered_at } = api.tasks(job).await?;
    let mut told = Tasks::at(answered_at);
    for item in &value {
        match item.id.as_deref() {
            Some(id) => told.read(CompareJobId::new(id), item),
            None => told.nameless_items += 1,
        }
    }
    // The list of comparisons has no name, but the detail of any of them has.
    if let Some(newest) = comparison::newest(&told.all).filter(|_| wants_name) {
        // A name that does not come does not keep the comparisons waiting.
        let detail = timeout(NAME_PATIENCE, api.task(job, &newest.id)).await;
        told.job_name = detail
            .ok()
            .and_then(Result::ok)
            .and_then(|detail| detail.value.job_name);
    }
    Ok(told)
}

impl Tasks {
    fn at(answered_at: Timestamp) -> Self {
        Self {
            answered_at,
            all: Vec::new(),
            job_name: None,
            contradictions: Vec::new(),
            nameless_items: 0,
            unknown_words: Vec::new(),
        }
    }

    fn read(&mut self, id: CompareJobId, answer: &HealthCompareJob) {
        let report = Report {
            types: answer.kind.as_deref(),
            status: answer.status.as_deref(),
            start_time: answer.start_time.as_deref(),
            end_time: answer.end_time.as_deref(),
            compute_type: answer.compute_type.as_deref(),
        };
        let (task, contradictions) = Task::read(id, &report, self.answered_at);
        if task.status == comparison::Status::Unknown {
            let word = answer.status.as_deref().unwrap_or_default();
            self.unknown_words.push(word.chars().take(SHOWN_CHARS).collect());
        }
        self.contradictions.extend(
            contradictions
                .into_iter()
                .map(|contradiction| (task.id.clone(), contradiction)),
        );
        self.all.push(task);
    }
}
