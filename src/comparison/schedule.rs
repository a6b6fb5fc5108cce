//! What a job's policy meant over time: when its newest run was due, and when the next one will be.
//!
//! Owns: policies following one another, and which due instants count. Pure; the job's tasks and the time are arguments.
//!
//! - An instant counts only for the time in which its policy is known to have been in force: from the first answer
//!   that told it to the last, and until now for the newest. Of what was before, the first answer of all speaks.
//! - What the cloud itself named as the next run was due, once it has passed and the policy is still the same.
//! - While a run goes on, no other is due: the instants within it do not count.
//! - While the policy is not open, nothing is due; what was due before is told again when it is opened.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::Task;
use super::policy::{Policy, PolicyStatus};

/// So many policies, and passed next runs, are remembered: more than change within the time a run is waited for.
const REMEMBERED: usize = 8;

/// A run may start so much before it is due, by the clocks of two machines.
const EARLY: Duration = Duration::from_mins(1);

/// The policies of one job, as they were heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The newest last.
    versions: VecDeque<Version>,
    /// Next runs that the cloud named and that were due before it named another.
    passed: VecDeque<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    policy: Policy,
    /// None: from the beginning.
    since: Option<Timestamp>,
    /// The last answer that told it.
    confirmed: Timestamp,
}

impl Schedule {
    /// Takes the policy that the cloud told at `at`.
    pub fn observe(&mut self, policy: Policy, at: Timestamp) {
        let since = match self.versions.back_mut() {
            Some(newest) if newest.policy.status == policy.status && newest.policy.rule == policy.rule => {
                let passed = newest.policy.next.filter(|next| *next <= at);
                if let Some(passed) = passed.filter(|passed| self.passed.back() != Some(passed)) {
                    push(&mut self.passed, passed);
                }
                (newest.policy, newest.confirmed) = (policy, at);
                return;
            }
            newest => newest.map(|_| at),
        };
        push(
            &mut self.versions,
            Version {
                policy,
                since,
                confirmed: at,
            },
        );
    }

    /// The policy's state; none before the first answer.
    #[must_use]
    pub fn status(&self) -> Option<PolicyStatus> {
        self.versions.back().map(|version| version.policy.status)
    }

    /// When the next run is due.
    #[must_use]
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.open_policy()?.next_due(now)
    }

    /// When the newest run was due, of a job with these tasks.
    pub fn last_due<'a>(&self, now: Timestamp, tasks: impl IntoIterator<Item = &'a Task> + Clone) -> Option<Timestamp> {
        let open = self.open_policy()?;
        let counts = |instant: &Timestamp| !tasks.clone().into_iter().any(|task| was_going_on(task, *instant));
        let named = self.passed.iter().copied().chain(open.next).filter(|next| *next <= now);
        let mut newest = named.filter(counts).max();
        for (age, version) in self.versions.iter().rev().enumerate() {
            let until = if age == 0 { now } else { version.confirmed };
            if version.policy.status == PolicyStatus::Open {
                newest = newest.max(version.policy.due(version.since, until).find(counts));
            }
            // What an older policy had due is older still.
            if newest >= version.since {
                break;
            }
        }
        newest
    }

    /// Until when a run that is due is to be waited for: one was due, none has started since, and it still may.
    pub fn awaited_until<'a>(
        &self,
        now: Timestamp,
        tasks: impl IntoIterator<Item = &'a Task> + Clone,
    ) -> Option<Timestamp> {
        let due = self.last_due(now, tasks.clone())?;
        let earliest = due.checked_sub(EARLY).ok()?;
        if tasks
            .into_iter()
            .any(|task| task.start.is_some_and(|start| start >= earliest))
        {
            return None;
        }
        let until = due.checked_add(self.open_policy()?.patience(due)).ok()?;
        (now <= until).then_some(until)
    }

    fn open_policy(&self) -> Option<&Policy> {
        let newest = &self.versions.back()?.policy;
        (newest.status == PolicyStatus::Open).then_some(newest)
    }
}

/// Whether `task` had started before `instant` and went on at it.
fn was_going_on(task: &Task, instant: Timestamp) -> bool {
    let had_started = task.start.is_some_and(|start| start < instant);
    // One that has ended without saying when tells nothing of the instant.
    let went_on = !task.status.has_ended() || task.end.is_some_and(|end| end > instant);
    had_started && went_on
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == REMEMBERED {
        queue.pop_front();
    }
    queue.push_back(item);
}
