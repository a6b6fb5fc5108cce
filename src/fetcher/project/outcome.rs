//! What the outcome of one question changes, and when it is asked again.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::super::ask::{Question, Tasks, Told};
use super::super::gate::Evidence;
use super::super::rhythm::{self, Failure, Moment};
use super::super::schedule::{Turn, Urgency};
use super::{Actor, Api};
use crate::cloud::{Cause, Error};
use crate::inventory::Problem;

impl<A: Api> Actor<A> {
    pub(super) fn take(&mut self, index: usize, told: Told, now: Instant) {
        let time = self.place.clock.now();
        let Some(watch) = self.watches.get_mut(index) else {
            return;
        };
        watch.is_bad = false;
        let (question, target) = (watch.question.clone(), watch.target.clone());
        match (told, watch.job) {
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
                    self.estate
                        .update(key, time, |job| job.take_verdict(subject, &target, Some(overview)));
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
            let line = job.line(question)?;
            let was_bad = job.is_bad(line);
            job.answered(line, told, time);
            Some(was_bad)
        });
        if let (Some(Some(true)), Some(job)) = (was_bad, self.estate.job(key)) {
            info!(project = %self.plan.name, job_id = %job.id, "refreshed again");
        }
    }

    pub(super) fn take_failure(&mut self, index: usize, error: &Error, now: Instant) {
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
                // The cloud has spoken, and will say the same again.
                if let (Cause::Refused | Cause::NotFound, Some(task)) = (cause, target) {
                    let time = self.place.clock.now();
                    self.estate
                        .update(key, time, |job| job.take_verdict(subject, &task, None));
                }
            }
            (Some(key), _) => self.report_failure(error, Some(key)),
            (None, _) => {
                self.report_failure(error, None);
                self.note_failed_listing(problem.clone());
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
            let line = job.line(question)?;
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
    pub(super) fn take_breakdown(&mut self, index: usize, now: Instant) {
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
                    let line = job.line(&question)?;
                    Some(job.failed(line, problem.clone(), false))
                });
            }
            None => self.note_failed_listing(problem.clone()),
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

    /// Lets the question wait for its next turn, and those that its answer has made due earlier or later.
    pub(super) fn put_back(&mut self, index: usize, failure: Option<Failure>) {
        let now = self.moment();
        let Some(watch) = self.watches.get(index) else { return };
        let (key, question) = (watch.job, watch.question.clone());
        if let Some(turn) = self.turn(index, &question, key, failure, now) {
            self.watches.wait(index, turn);
        }
        let Some(key) = key else { return };
        match question {
            Question::Policy => self.wait_anew(key, &Question::History, now),
            Question::History => self.wait_anew(key, &Question::Policy, now),
            _ => {}
        }
        if question.is_essential() {
            self.ask_for_verdicts(key, now);
        }
    }

    /// What was told of a job may make another question due earlier or later, as long as that one is answered.
    fn wait_anew(&mut self, key: usize, question: &Question, now: Moment) {
        let Some(number) = self.watches.find(key, question) else {
            return;
        };
        let is_good = self
            .watches
            .get(number)
            .is_some_and(|watch| !watch.is_bad && watch.was_answered);
        if is_good
            && self.watches.is_waiting(number)
            && let Some(turn) = self.turn(number, question, Some(key), None, now)
        {
            self.watches.wait(number, turn);
        }
    }

    /// When a question has its next turn; none if it has to wait for something to ask.
    fn turn(
        &self,
        index: usize,
        question: &Question,
        key: Option<usize>,
        failure: Option<Failure>,
        now: Moment,
    ) -> Option<Turn> {
        let (plan, beat) = (&self.plan, self.watches.beat(index)?);
        let job = key.and_then(|key| self.estate.job(key));
        Some(match question {
            Question::Jobs => beat.every(self.listing_interval(failure), Urgency::Ordinary),
            Question::History => rhythm::of_history(plan, job?, beat, now),
            Question::Task(_) => rhythm::of_task(plan, job?, job?.line(question)?, beat),
            Question::Policy => match failure {
                Some(failure) => rhythm::of_failed(plan, failure, beat),
                None => rhythm::of_policy(plan, job?, beat, now),
            },
            Question::Verdict(subject) => {
                job?.next_to_judge(*subject)?;
                if let Some(failure) = failure {
                    return Some(rhythm::of_failed(plan, failure, beat));
                }
                Turn {
                    due: now.instant,
                    urgency: Urgency::Background,
                }
            }
        })
    }

    fn listing_interval(&self, failure: Option<Failure>) -> Duration {
        let plan = &self.plan;
        match &plan.discovery {
            Some(discovery) if failure.is_none() && self.estate.is_worth_another_look() => {
                plan.poll_interval.min(discovery.refresh_interval)
            }
            Some(discovery) => discovery.refresh_interval,
            None if failure == Some(Failure::MayPass) => plan.idle_interval,
            None => plan.policy_interval,
        }
    }

    /// After an answer about tasks: those that have ended may have something to tell.
    fn ask_for_verdicts(&mut self, key: usize, now: Moment) {
        for subject in self.plan.verdicts.clone() {
            let Some(watch) = self.watches.find(key, &Question::Verdict(subject)) else {
                continue;
            };
            let has_news = self
                .estate
                .job(key)
                .is_some_and(|job| job.next_to_judge(subject).is_some());
            if has_news && !self.watches.is_waiting(watch) {
                // A run has just ended, or nothing is known yet: its verdict is what people wait for.
                let urgency = Urgency::Ordinary;
                self.watches.wait(
                    watch,
                    Turn {
                        due: now.instant,
                        urgency,
                    },
                );
            }
        }
    }
}
