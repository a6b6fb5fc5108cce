//! When a question is asked again, now that one was answered or has failed.

use std::time::Duration;

use super::super::ask::Question;
use super::super::rhythm::{self, Beat, Failure, Moment};
use super::super::schedule::{Turn, Urgency};
use super::watch::Watch;
use super::{Actor, Api};

impl<A: Api> Actor<A> {
    /// Lets the question wait for its next turn, and those that its answer has made due earlier or later.
    pub(super) fn put_back(&mut self, index: usize, failure: Option<Failure>) {
        let now = self.moment();
        let Some(watch) = self.watches.get_mut(index) else {
            return;
        };
        watch.failure = failure;
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
        // What has failed may have been made due at once, as is what was never asked, and is to stay so.
        let is_good = |watch: &Watch| !watch.is_bad && watch.was_answered;
        if self.watches.get(number).is_some_and(is_good)
            && self.watches.is_waiting(number)
            && let Some(turn) = self.turn(number, question, Some(key), None, now)
        {
            self.watches.wait(number, turn);
        }
    }

    /// The intervals may be others now: what waits for a time to come waits by the new ones. What is due stays due.
    pub(super) fn wait_by_new_intervals(&mut self) {
        let now = self.moment();
        for number in self.watches.waiting_after(now.instant) {
            let Some(watch) = self.watches.get(number) else {
                continue;
            };
            let (key, question, failure) = (watch.job, watch.question.clone(), watch.failure);
            let Some(beat) = self.watches.beat(number) else {
                continue;
            };
            let Some(turn) = self.turn_at(beat, &question, key, failure, now) else {
                continue;
            };
            // A shorter interval may be over already. All at once would be a storm: each waits for its own moment.
            let from_now = Beat {
                asked_at: now.instant,
                ..beat
            };
            let turn = Some(turn).filter(|turn| turn.due > now.instant);
            let turn = turn.or_else(|| self.turn_at(from_now, &question, key, failure, now));
            if let Some(turn) = turn {
                self.watches.wait(number, turn);
            }
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
        self.turn_at(self.watches.beat(index)?, question, key, failure, now)
    }

    fn turn_at(
        &self,
        beat: Beat,
        question: &Question,
        key: Option<usize>,
        failure: Option<Failure>,
        now: Moment,
    ) -> Option<Turn> {
        let plan = &self.plan;
        let job = key.and_then(|key| self.estate.job(key));
        Some(match question {
            Question::Jobs => beat.every(self.listing_interval(failure), Urgency::Ordinary),
            Question::History => rhythm::of_history(plan, job?, beat, now),
            Question::Task(_) => rhythm::of_task(plan, job?.line(question)?, beat),
            Question::Policy => match failure {
                Some(failure) => rhythm::of_failed(plan, failure, beat),
                None => rhythm::of_policy(plan, job?, beat, now),
            },
            Question::Verdict(subject) => {
                job?.next_to_judge(*subject, now.time)?;
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
    pub(super) fn ask_for_verdicts(&mut self, key: usize, now: Moment) {
        for subject in self.plan.verdicts.clone() {
            let Some(watch) = self.watches.find(key, &Question::Verdict(subject)) else {
                continue;
            };
            let has_news = self
                .estate
                .job(key)
                .is_some_and(|job| job.next_to_judge(subject, now.time).is_some());
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
