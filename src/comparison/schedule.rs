//! What a job's policy meant over time: when its newest run was due, and when the next one will be.
//!
//! Owns: policies following one another, and which due runs count. Pure; the job's tasks and the time are arguments.
//! All of it serves one rule: a run is never called missed that nobody had due.
//!
//! - A run counts as due only while its policy is known to have been in force: between two answers that told the same,
//!   and since the newest one. Around a change, what may be of the old or of the new policy counts for nobody.
//! - Until the run that the cloud names as the next, none is due, whatever the rule says.
//! - Of what was before the first answer of all, that answer speaks. But it may be of a policy made just then: what was
//!   due after the newest start counts only if that start was one of this policy's runs.
//! - While an older run goes on, no other is due.
//! - While the policy is not open, nothing is due; what was due before is told again when it is opened.

mod runs;

use std::collections::BTreeSet;

use jiff::Timestamp;

use self::runs::Runs;
use super::Task;
use super::policy::{Due, Policy, PolicyStatus};

/// So many runs that were due are remembered: two days of hourly ones, longer than any run goes on.
const REMEMBERED: usize = 48;

/// The policies of one job, as they were heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    first: Option<Heard>,
    newest: Option<Heard>,
    /// The first answer that told the newest policy, if another was told before.
    changed: Option<Timestamp>,
    /// What was due between answers that told the same.
    passed: BTreeSet<Due>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Heard {
    policy: Policy,
    at: Timestamp,
}

impl Schedule {
    /// Takes the policy that the cloud told at `at`.
    pub fn observe(&mut self, policy: Policy, at: Timestamp) {
        // What is still to come has passed only by a clock that was wrong, and would push out what really has.
        self.passed.retain(|due| due.at <= at);
        let named = policy.next.filter(|next| *next <= at);
        match self.newest.take() {
            None => {
                self.passed.extend(named.map(|next| policy.due(next)));
                self.first = Some(Heard {
                    policy: policy.clone(),
                    at,
                });
            }
            Some(before) if before.policy.is_same(&policy) => {
                self.passed
                    .extend(before.policy.due_since(before.at, at).take(REMEMBERED));
                let named = named.filter(|next| *next > before.at);
                self.passed.extend(named.map(|next| policy.due(next)));
            }
            Some(_) => self.changed = Some(at),
        }
        while self.passed.len() > REMEMBERED {
            self.passed.pop_first();
        }
        self.newest = Some(Heard { policy, at });
    }

    /// The policy's state; none before the first answer.
    #[must_use]
    pub fn status(&self) -> Option<PolicyStatus> {
        self.newest.as_ref().map(|heard| heard.policy.status)
    }

    /// When the next run is due.
    #[must_use]
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.open()?.policy.next_due(now)
    }

    /// When the newest run was due, of a job with these tasks. Of one that started early, by the clocks of two machines
    /// or because the cloud had drawn another moment within the window, that is when it started: it was not missed.
    pub fn last_due<'a>(&self, now: Timestamp, tasks: impl IntoIterator<Item = &'a Task>) -> Option<Timestamp> {
        let runs = Runs::of(tasks);
        let newest = self.open()?;
        let is_counted = |due: &Due| runs.has_met(due).is_some() || !runs.was_another_on(due, &newest.policy);
        let was_due = self.known_due(newest, now).chain(self.proven_due(&runs, now));
        let due = was_due.into_iter().find(is_counted)?;
        let met = runs.has_met(&due);
        Some(met.map_or(due.at, |start| start.min(due.at)))
    }

    /// Until when a run that is due is to be waited for: one was due, none has started since, and it still may.
    /// Waiting costs little: a run is also waited for of which nobody knows whether the policy is older than it.
    pub fn awaited_until<'a>(&self, now: Timestamp, tasks: impl IntoIterator<Item = &'a Task>) -> Option<Timestamp> {
        let runs = Runs::of(tasks);
        let newest = self.open()?;
        let due = self.known_due(newest, now).chain(self.told_due(now)).next()?;
        let is_of_this_policy = self.changed.is_none_or(|changed| due.at > changed);
        let is_awaited = is_of_this_policy
            && now <= due.until
            && runs.newest_start().is_none_or(|start| start < due.from)
            && !runs.was_another_on(&due, &newest.policy);
        is_awaited.then_some(due.until)
    }

    /// What was due since the first answer, the newest first.
    fn known_due<'s>(&'s self, newest: &'s Heard, now: Timestamp) -> impl Iterator<Item = Due> {
        let since = newest.policy.due_since(newest.at, now);
        since.chain(self.passed.iter().rev().filter(move |due| due.at <= now).copied())
    }

    /// What the first answer says was due before it, the newest first.
    fn told_due(&self, now: Timestamp) -> impl Iterator<Item = Due> {
        let first = self.first.iter();
        first.flat_map(move |first| first.policy.due_until(first.at.min(now)))
    }

    /// What of that is sure.
    fn proven_due(&self, runs: &Runs<'_>, now: Timestamp) -> impl Iterator<Item = Due> {
        let newest = runs.newest_start();
        let is_proven = newest.is_some_and(|start| {
            let mut before = self.told_due(now).skip_while(|due| due.from > start);
            before.next().is_some_and(|due| due.is_proven_by(start))
        });
        self.told_due(now)
            .filter(move |due| is_proven || newest.is_some_and(|start| due.at <= start))
    }

    fn open(&self) -> Option<&Heard> {
        let newest = self.newest.as_ref()?;
        (newest.policy.status == PolicyStatus::Open).then_some(newest)
    }
}

#[cfg(test)]
mod tests;
