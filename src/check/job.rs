//! The check of one job: its comparisons, what the newest one found, its policy.
//!
//! Owns: which questions are asked about a job, and what is reported of it. A question that fails stops none of the
//! others, unless the cloud does not know the job at all.

use std::time::Duration;

use jiff::Timestamp;

use super::ask::{About, Asker, Unanswered};
use super::report;
use super::report::{FoundBy, Outcome};
use crate::cloud::{Answer, Cause, ComparePolicy, HealthCompareJob, Operation};
use crate::comparison::policy::{Policy, PolicyReport};
use crate::comparison::schedule::Schedule;
use crate::comparison::verdict::Subject;
use crate::comparison::{self, Report, Task};
use crate::fetcher::Api;
use crate::fetcher::overview::{operation, overview};
use crate::ids::{CompareJobId, JobId};

/// Just before an instant, as policies tell them.
const MOMENT: Duration = Duration::from_secs(1);
/// A run that started so much before it was due has not missed it: the two times are of two clocks.
const EARLY: Duration = Duration::from_mins(1);

/// A job to ask about.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) id: JobId,
    pub(super) found_by: FoundBy,
    /// Single tasks of it that are configured.
    pub(super) tasks: Vec<CompareJobId>,
    pub(super) name: Option<String>,
    pub(super) job_type: Option<String>,
}

/// One job's check.
struct Check<'a, A> {
    api: &'a A,
    asker: &'a Asker<'a>,
    watched: &'a Watched,
    report: report::Job,
    tasks: Vec<Task>,
    /// When the newest answer was given, by the cloud's clock.
    now: Option<Timestamp>,
    /// Whether all was asked that there is to ask.
    complete: bool,
}

/// Asks about one job.
pub(super) async fn check<A: Api>(api: &A, asker: &Asker<'_>, watched: &Watched, subjects: &[Subject]) -> report::Job {
    let mut check = Check {
        api,
        asker,
        watched,
        report: unasked(watched),
        tasks: Vec::new(),
        now: None,
        complete: true,
    };
    let whole = watched.found_by != FoundBy::ComparisonTasks;
    let is_known = !whole || check.history().await;
    if is_known {
        check.single_tasks().await;
        check.verdicts(subjects).await;
        if whole {
            check.policy().await;
        }
    }
    check.conclude()
}

/// A job as it is reported when nothing was asked.
pub(super) fn unasked(watched: &Watched) -> report::Job {
    report::Job {
        job_id: watched.id.to_string(),
        job_name: watched.name.clone(),
        job_type: watched.job_type.clone(),
        found_by: watched.found_by,
        result: Outcome::NotAsked,
        newest_task: None,
        verdicts: Vec::new(),
        policy: None,
        failures: Vec::new(),
    }
}

impl<A: Api> Check<'_, A> {
    /// Asks, and notes a failure. `None` where there is no answer.
    async fn ask<T>(
        &mut self,
        operation: Operation,
        task: Option<&CompareJobId>,
        call: impl Future<Output = Result<Answer<T>, crate::cloud::Error>>,
    ) -> Result<T, Option<Cause>> {
        let about = About {
            operation,
            job: Some(&self.watched.id),
            task,
        };
        match self.asker.ask(about, call).await {
            Ok(answer) => {
                self.now = self.now.max(Some(answer.answered_at));
                Ok(answer.value)
            }
            Err(Unanswered::Failed(error)) => {
                self.report.failures.push(about.failure(&error));
                Err(Some(error.cause()))
            }
            Err(Unanswered::NotAsked) => {
                self.complete = false;
                Err(None)
            }
        }
    }

    /// False where the cloud does not know the job.
    async fn history(&mut self) -> bool {
        let call = self.api.tasks(&self.watched.id);
        match self.ask(Operation::ShowHealthCompareJobList, None, call).await {
            Ok(tasks) => {
                for task in tasks {
                    if let Some(id) = &task.id {
                        self.read(CompareJobId::new(id), &task);
                    }
                }
                true
            }
            Err(cause) => cause != Some(Cause::NotFound),
        }
    }

    async fn single_tasks(&mut self) {
        for id in &self.watched.tasks {
            let call = self.api.task(&self.watched.id, id);
            if let Ok(task) = self.ask(Operation::ShowHealthCompareJobDetail, Some(id), call).await {
                if self.report.job_name.is_none() {
                    self.report.job_name.clone_from(&task.job_name);
                }
                self.read(id.clone(), &task);
            }
        }
    }

    async fn verdicts(&mut self, subjects: &[Subject]) {
        for subject in subjects {
            let ended = self.tasks.iter().filter(|task| subject.is_of(task));
            let Some(task) = comparison::newest_ended(ended).cloned() else {
                continue;
            };
            let call = overview(self.api, *subject, &self.watched.id, &task.id);
            if let Ok(overview) = self.ask(operation(*subject), Some(&task.id), call).await {
                self.report.verdicts.push(report::Verdict {
                    subject: subject.as_str(),
                    consistent: overview.is_consistent(task.status),
                });
            }
        }
    }

    async fn policy(&mut self) {
        let call = self.api.policy(&self.watched.id);
        if let Ok(policy) = self.ask(Operation::ShowComparePolicy, None, call).await
            && let Some(now) = self.now
        {
            self.report.policy = Some(self.read_policy(&policy, now));
        }
    }

    fn read_policy(&self, told: &ComparePolicy, now: Timestamp) -> report::Policy {
        let (policy, _) = Policy::read(&PolicyReport {
            status: told.status.as_deref(),
            period: told.period.as_deref(),
            begin_time: told.begin_time.as_deref(),
            end_time: told.end_time.as_deref(),
            next_compare_time: told.next_compare_time.as_deref(),
            interval_hour: told.interval_hour,
        });
        let status = policy.status.as_str();
        let mut schedule = Schedule::default();
        schedule.observe(policy, now);
        report::Policy {
            status,
            next_run: schedule.next_due(now),
            missed_run: self.missed(&schedule, now),
        }
    }

    /// When the newest run was due, of those that may not start any more, if none has started since.
    fn missed(&self, schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
        let mut due = schedule.last_due(now, &self.tasks)?;
        if schedule.awaited_until(now, &self.tasks).is_some() {
            let before = due.checked_sub(MOMENT).ok()?;
            due = schedule.last_due(before, &self.tasks)?;
        }
        // Of a job without any comparison nobody can tell whether its policy is older than that.
        let newest_start = comparison::newest(&self.tasks)?.start?;
        (newest_start < due.checked_sub(EARLY).ok()?).then_some(due)
    }

    fn read(&mut self, id: CompareJobId, told: &HealthCompareJob) {
        let report = Report {
            types: told.kind.as_deref(),
            status: told.status.as_deref(),
            start_time: told.start_time.as_deref(),
            end_time: told.end_time.as_deref(),
            compute_type: told.compute_type.as_deref(),
        };
        // An answer was just taken; its time is there.
        let now = self.now.unwrap_or(Timestamp::UNIX_EPOCH);
        let (task, _) = Task::read(id, &report, now);
        self.tasks.retain(|known| known.id != task.id);
        self.tasks.push(task);
    }

    fn conclude(mut self) -> report::Job {
        self.report.newest_task = comparison::newest(&self.tasks).map(|task| report::Task {
            compare_job_id: task.id.to_string(),
            status: task.status.as_str(),
            start_time: task.start,
            end_time: task.end,
            duration: task.duration,
        });
        self.report.result = match (self.report.failures.is_empty(), self.complete) {
            (false, _) => Outcome::Failed,
            (true, false) => Outcome::NotAsked,
            (true, true) => Outcome::Ok,
        };
        self.report
    }
}
