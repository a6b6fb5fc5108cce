//! One question to the cloud, and its answer read by the rules of `comparison`.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::api::Api;
use super::names::Names;
use crate::cloud::{Error, HealthCompareJob, Operation};
use crate::comparison::{self, Contradiction, Report, Task};
use crate::ids::{CompareJobId, JobId};

/// Of a word that is not known, so much is kept: enough to recognise it, not enough to flood a log.
const SHOWN_CHARS: usize = 40;

/// So long an answer waits for the job's name: series that get it later are other series.
const NAME_PATIENCE: Duration = Duration::from_secs(5);

/// What can be asked about a job.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// All its tasks.
    History,
    /// One task.
    Task(CompareJobId),
}

impl Question {
    /// The API's operation that answers it.
    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::History => Operation::ShowHealthCompareJobList,
            Self::Task(_) => Operation::ShowHealthCompareJobDetail,
        }
    }
}

/// A good answer, read.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// When it was given, by the cloud's clock.
    pub(super) answered_at: Option<Timestamp>,
    /// The tasks it tells of.
    pub(super) tasks: Vec<Task>,
    /// The job's name, if the answer had it, or it was asked for beside.
    pub(super) job_name: Option<String>,
    /// What in it cannot be true, with the task concerned.
    pub(super) contradictions: Vec<(CompareJobId, Contradiction)>,
    /// List items without an id, which cannot be shown.
    pub(super) nameless_items: usize,
    /// Words for a status that the API text does not have.
    pub(super) unknown_words: Vec<String>,
}

/// Asks. With `names`, a history is followed by a call that tells the job's name; that it fails is not the history's
/// failure.
pub(super) async fn ask<A: Api>(
    api: &A,
    job: &JobId,
    question: &Question,
    names: Option<&Names>,
) -> Result<Told, Error> {
    match question {
        Question::Task(task) => {
            let answer = api.task(job, task).await?;
            let mut told = Told {
                answered_at: Some(answer.answered_at),
                job_name: answer.value.job_name.clone(),
                ..Told::default()
            };
            told.read(task.clone(), &answer.value, answer.answered_at);
            Ok(told)
        }
        Question::History => {
            let answer = api.tasks(job).await?;
            let mut told = Told {
                answered_at: Some(answer.answered_at),
                ..Told::default()
            };
            for item in &answer.value {
                match item.id.as_deref() {
                    Some(id) => told.read(CompareJobId::new(id), item, answer.answered_at),
                    None => told.nameless_items += 1,
                }
            }
            if let Some(names) = names {
                // A name that does not come does not keep the comparisons waiting.
                let name = timeout(NAME_PATIENCE, names.of(api, job, &told.tasks)).await;
                told.job_name = name.ok().flatten();
            }
            Ok(told)
        }
    }
}

impl Told {
    fn read(&mut self, id: CompareJobId, answer: &HealthCompareJob, answered_at: Timestamp) {
        let report = Report {
            types: answer.kind.as_deref(),
            status: answer.status.as_deref(),
            start_time: answer.start_time.as_deref(),
            end_time: answer.end_time.as_deref(),
            compute_type: answer.compute_type.as_deref(),
        };
        let (task, contradictions) = Task::read(id, &report, answered_at);
        if task.status == comparison::Status::Unknown {
            let word = answer.status.as_deref().unwrap_or_default();
            self.unknown_words.push(word.chars().take(SHOWN_CHARS).collect());
        }
        self.contradictions.extend(
            contradictions
                .into_iter()
                .map(|contradiction| (task.id.clone(), contradiction)),
        );
        self.tasks.push(task);
    }
}
