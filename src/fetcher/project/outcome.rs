//! What the outcome of one question changes.

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::super::ask::{Question, Tasks, Told};
use super::super::gate::Evidence;
use super::super::rhythm::Failure;
use super::{Actor, Api};
use crate::cloud::{Cause, Error};
use crate::inventory::Problem;

impl<A: Api> Actor<A> {
    /// Takes the answer to the question, or the failure, or that it broke down. Gives what the failure says of the next
    /// time.
    pub(super) fn take_outcome(
        &mut self,
        index: usize,
        outcome: Option<Result<Told, Error>>,
        now: Instant,
    ) -> Option<Failure> {
        match outcome {
            Some(Ok(told)) => {
                self.take(index, told, now);
                None
            }
            Some(Err(error)) => {
                self.take_failure(index, &error, now);
                Some(Failure::of(error.cause()))
            }
            None => {
                self.take_breakdown(index, now);
                Some(Failure::MayPass)
            }
        }
    }

    fn take(&mut self, index: usize, told: Told, now: Instant) {
        let time = self.place.clock.now();
        let Some(watch) = self.watches.get_mut(index) else {
            return;
        };
        watch.is_bad = false;
        let (question, target) = (watch.question.clone(), watch.target.clone());
        match (told, watch.job) {
            (Told::Jobs(listed), _) if listed.asked_nobody() => {
                self.take_jobs(listed, now);
                self.rest();
                return;
            }
            (Told::Jobs(listed), _) => {
                if let Some(failure) = listed.failure.clone() {
                    self.report_failure(&failure, None);
                }
                self.take_jobs(listed, now);
            }
            (Told::Tasks(tasks), Some(key)) => self.take_tasks(key, &question, tasks),
            (
                Told::Policy {
                    answered_at,
                    policy,
                    contradictions,
                },
                Some(key),
            ) => {
                self.report_odd_policy(key, &contradictions);
                self.estate
                    .update(key, time, |job| job.take_policy(policy, answered_at, time));
            }
            (Told::Verdict { task, overview }, Some(key)) => {
                self.report_odd_overview(key, &task, &overview);
                if let Question::Verdict(subject) = question {
                    let target = target.unwrap_or(task);
                    self.estate.update(key, time, |job| {
                        job.take_verdict(subject, &target, Some(overview), time);
                    });
                }
            }
            (Told::Tasks(_) | Told::Policy { .. } | Told::Verdict { .. }, None) => {}
        }
        self.judge(Evidence::LetIn, index, None, now);
    }

    fn take_tasks(&mut self, key: usize, question: &Question, told: Tasks) {
        self.report_oddities(key, question, &told);
        let time = self.place.clock.now();
        let was_bad = self.estate.update(key, time, |job| {
            let line = job.place(question)?;
            let was_bad = job.lines[line].is_bad();
            job.answered(line, told, time);
            Some(was_bad)
        });
        if let (Some(Some(true)), Some(job)) = (was_bad, self.estate.job(key)) {
            info!(project = %self.plan.name, job_id = %job.id, "refreshed again");
        }
    }

    fn take_failure(&mut self, index: usize, error: &Error, now: Instant) {
        let cause = error.cause();
        if cause.is_invalid_response() {
            self.place.observer.invalid_response(&self.plan.name, error.operation());
        }
        let problem = self.problem(error);
        let Some(watch) = self.watches.get_mut(index) else {
            return;
        };
        watch.is_bad = true;
        let (key, question, target) = (watch.job, watch.question.clone(), watch.target.clone());
        match (key, question) {
            (Some(key), question) if question.is_essential() => self.fail_line(key, &question, error, &problem),
            (Some(key), Question::Verdict(subject)) => {
                self.report_failure(error, Some(key));
                // The cloud has spoken, and will say the same again, if not just after the end.
                if let (Cause::Refused | Cause::NotFound, Some(task)) = (cause, target) {
                    let time = self.place.clock.now();
                    self.estate
                        .update(key, time, |job| job.take_verdict(subject, &task, None, time));
                }
            }
            (Some(key), _) => self.report_failure(error, Some(key)),
            (None, _) => {
                self.report_failure(error, None);
                self.take_failed_listing(problem.clone());
            }
        }
        let evidence = match cause {
            Cause::CredentialsUnavailable => Evidence::Unprovided,
            cause if cause.is_authentication() => Evidence::Refused,
            _ if error.was_let_in() => Evidence::LetIn,
            _ => Evidence::Unreachable,
        };
        self.judge(evidence, index, Some(problem), now);
    }

    fn fail_line(&mut self, key: usize, question: &Question, error: &Error, problem: &Problem) {
        let (time, cause) = (self.place.clock.now(), error.cause());
        let is_news = self.estate.update(key, time, |job| {
            let line = job.place(question)?;
            Some(job.failed(line, problem.clone(), cause == Cause::NotFound))
        });
        let Some(job) = self.estate.job(key) else { return };
        // A refusal is the project's trouble and told once, by the gate.
        if is_news == Some(Some(true)) && !cause.is_authentication() {
            warn!(project = %self.plan.name, job_id = %job.id, job_name = %job.name, %error, "not refreshed");
        } else {
            debug!(project = %self.plan.name, job_id = %job.id, %error, "not refreshed");
        }
    }

    /// A mistake of ours over an answer: no more than if none had come.
    fn take_breakdown(&mut self, index: usize, now: Instant) {
        let Some(watch) = self.watches.get_mut(index) else {
            return;
        };
        watch.is_bad = true;
        let (key, question) = (watch.job, watch.question.clone());
        let time = self.place.clock.now();
        let problem = Problem {
            what: "the exporter broke down over the cloud's answer".to_owned(),
            remedy: "report this with the log".to_owned(),
            since: time,
        };
        match key {
            Some(key) => {
                self.estate.update(key, time, |job| {
                    let line = job.place(&question)?;
                    Some(job.failed(line, problem.clone(), false))
                });
            }
            None => self.take_failed_listing(problem.clone()),
        }
        self.judge(Evidence::Unreachable, index, Some(problem), now);
    }

    pub(super) fn problem(&self, error: &Error) -> Problem {
        Problem {
            what: error.what(),
            remedy: error.remedy().to_owned(),
            since: self.place.clock.now(),
        }
    }
}
