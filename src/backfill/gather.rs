//! Asking the cloud for everything that it still keeps of a project.
//!
//! Owns: what is asked about each job, and what a failure costs: a call its own job, a refusal of the
//! project its other jobs too. Knows nothing of what the answers mean for any moment.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream;
use jiff::Timestamp;

use super::event::{Event, Events, Failure};
use super::record::{ObjectRow, Objects, Record, TaskRecord};
use super::watched::{self, Watched};
use crate::cloud::{Cause, Client, Error};
use crate::comparison::verdict::Subject;
use crate::comparison::{Task, newest};
use crate::fetcher::Plan;

/// So many jobs of a project fail in a row before the rest of it is not asked any more: each waits for up to three
/// attempts, and a thousand jobs of an endpoint that is out of reach would take hours.
const FAILURES_IN_A_ROW: usize = 8;

/// Asks for all jobs of `plan`, which is that of project number `project`, as many at once as it allows, and tells
/// `events`. Ends early when nobody listens.
pub async fn gather(project: usize, plan: &Plan, client: &Client, now: Timestamp, events: &Events) {
    let (watched, told) = watched::jobs(plan, client).await;
    for event in told.into_iter().chain([Event::Found(watched.len())]) {
        let _ = events.send((project, event)).await;
    }
    let asker = Asker {
        client,
        now,
        wants_objects: plan.verdicts.contains(&Subject::Objects),
        failed_in_a_row: AtomicUsize::new(0),
        gave_up: AtomicBool::new(false),
    };
    let answers = watched.into_iter().enumerate();
    let mut answers =
        stream::iter(answers.map(|(rank, watched)| asker.event(rank, watched))).buffered(plan.concurrency.max(1));
    while let Some(event) = answers.next().await {
        if events.send((project, event)).await.is_err() {
            return;
        }
    }
}

fn failure(watched: &Watched, missing: impl Into<String>, error: Error) -> Failure {
    Failure {
        job: Some(watched.job.clone()),
        missing: missing.into(),
        error,
    }
}

/// Asks for the jobs of one project.
struct Asker<'a> {
    client: &'a Client,
    now: Timestamp,
    wants_objects: bool,
    failed_in_a_row: AtomicUsize,
    gave_up: AtomicBool,
}

impl Asker<'_> {
    async fn event(&self, rank: usize, watched: Watched) -> Event {
        if self.gave_up.load(Ordering::Relaxed) {
            return Event::Skipped;
        }
        let mut failures = Vec::new();
        let record = match self.job(&watched, &mut failures).await {
            Ok(record) => Some(record),
            Err(error) => {
                failures.push(failure(&watched, "the whole history of this job", error));
                None
            }
        };
        self.judge(&failures, record.is_some());
        let unplaced = record.as_ref().map_or(0, |record| {
            let tasks = record.tasks.iter();
            tasks.filter(|task| task.task(self.now).start.is_none()).count()
        });
        Event::Job {
            rank,
            record,
            unplaced,
            failures,
        }
    }

    /// Whether the project's other jobs are worth asking for.
    fn judge(&self, failures: &[Failure], is_told: bool) {
        let is_refused = failures.iter().any(|failure| failure.error.cause().is_authentication());
        let is_stranger = !is_told && !failures.iter().any(|failure| failure.error.was_let_in());
        let in_a_row = if is_stranger {
            self.failed_in_a_row.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            self.failed_in_a_row.store(0, Ordering::Relaxed);
            0
        };
        if is_refused || in_a_row >= FAILURES_IN_A_ROW {
            self.gave_up.store(true, Ordering::Relaxed);
        }
    }

    /// Everything about one job. What fails and concerns a part of it only goes to `failures`.
    async fn job(&self, watched: &Watched, failures: &mut Vec<Failure>) -> Result<Record, Error> {
        let mut tasks = Vec::new();
        let mut name = watched.name.clone();
        if watched.whole {
            let told = self.client.show_health_compare_job_list(&watched.job).await?.value;
            tasks.extend(
                told.into_iter()
                    .filter_map(|task| Some(TaskRecord::new(&task.id.clone()?, task))),
            );
        }
        let listed: HashSet<String> = tasks.iter().map(|task| task.id.clone()).collect();
        for id in watched.tasks.iter().filter(|id| !listed.contains(id.as_str())) {
            match self.client.show_health_compare_job_detail(&watched.job, id).await {
                Ok(answer) => {
                    name = name.or_else(|| answer.value.job_name.clone());
                    tasks.push(TaskRecord::new(id.as_str(), answer.value));
                }
                Err(error) if watched.whole => {
                    failures.push(failure(watched, format!("the comparison task {id}"), error));
                }
                Err(error) => return Err(error),
            }
        }
        if let (None, Some(newest)) = (&name, newest(&self.read(&tasks))) {
            // Without the name, the series would be others than those of the exporter.
            let answer = self
                .client
                .show_health_compare_job_detail(&watched.job, &newest.id)
                .await?;
            name = answer.value.job_name;
        }
        if self.wants_objects {
            self.verdicts(watched, &mut tasks, failures).await;
        }
        Ok(Record {
            job: watched.job.to_string(),
            name: name.unwrap_or_default(),
            asked: watched.tasks.iter().map(ToString::to_string).collect(),
            tasks,
        })
    }

    fn read(&self, tasks: &[TaskRecord]) -> Vec<Task> {
        tasks.iter().map(|task| task.task(self.now)).collect()
    }

    /// What the ended tasks have found. Of several failures the first is told.
    async fn verdicts(&self, watched: &Watched, tasks: &mut [TaskRecord], failures: &mut Vec<Failure>) {
        let mut unreadable = 0;
        let mut first = None;
        for record in tasks {
            let task = record.task(self.now);
            if !task.status.has_ended() || task.start.is_none() || !Subject::Objects.is_of(&task) {
                continue;
            }
            // Who may not call it, or cannot here, is not asked to try again for each task.
            let is_hopeless = |error: &Error| {
                let cause = error.cause();
                cause.is_authentication() || matches!(cause, Cause::Forbidden | Cause::NotInRegion)
            };
            if first.as_ref().is_some_and(is_hopeless) {
                record.objects = Objects::Unreadable;
                unreadable += 1;
                continue;
            }
            record.objects = match self
                .client
                .show_health_object_compare_job_overview(&watched.job, &task.id)
                .await
            {
                Ok(answer) => Objects::Rows(answer.value.into_iter().map(ObjectRow::from).collect()),
                // The cloud has no overview of this task, which judges nothing.
                Err(error) if matches!(error.cause(), Cause::NotFound | Cause::Refused) => Objects::None,
                Err(error) => {
                    unreadable += 1;
                    first.get_or_insert(error);
                    Objects::Unreadable
                }
            };
        }
        if let Some(error) = first {
            let missing = format!("the verdicts of {unreadable} of its comparison tasks");
            failures.push(failure(watched, missing, error));
        }
    }
}
