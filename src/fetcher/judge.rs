//! Which task of a job is asked next about what it found, and what is known so far.
//!
//! Owns: the walk from the newest ended task back to the first one that settles the matter. Each task is asked once,
//! since one that has ended never changes; after a restart the verdict is found again in as few calls as can be.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::comparison::verdict::{Overview, Subject};
use crate::comparison::{Task, by_age};
use crate::ids::CompareJobId;
use crate::inventory::Judgement;

/// So far back a job's tasks are looked at: two months of daily ones, as long as the cloud keeps any (API text 6).
const LOOK_BACK: usize = 62;

/// After so many refusals on the way back, older tasks are taken to be refused, too: a region, or a kind of job, may have
/// no overviews at all, and thirty refusals per job would tell no more than three.
const ENOUGH_REFUSALS: usize = 3;

/// So long after a task's end the cloud may still be writing down what it found: an overview that judges nothing by then,
/// or is refused, may judge later. (When it is complete, no page of the API says; API text 8.13.)
const SETTLING: Duration = Duration::from_hours(1);

/// Until then it is asked again after so long.
const ASKED_AGAIN_AFTER: Duration = Duration::from_mins(10);

/// What came of asking about one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The verdict.
    Judged(bool),
    /// It judges nothing; when that was told, by the exporter's clock.
    Nothing { at: Timestamp },
    /// The cloud has no answer; when it said so. Just after the end that may be for the same reason.
    Refused { at: Timestamp },
}

/// What is known of one job on one subject.
#[derive(Debug)]
pub(super) struct Judge {
    /// What it is about.
    pub(super) subject: Subject,
    /// Every task that was asked.
    asked: HashMap<CompareJobId, Outcome>,
    newest: Option<(Task, Judgement)>,
    newest_consistent: Option<Task>,
}

impl Judge {
    /// Knows nothing yet.
    pub(super) fn new(subject: Subject) -> Self {
        Self {
            subject,
            asked: HashMap::new(),
            newest: None,
            newest_consistent: None,
        }
    }

    /// The task to ask next at `now`: the newest that has ended, compares the subject and was not asked, unless a newer
    /// one has settled the matter.
    pub(super) fn next<'a>(&self, tasks: impl Iterator<Item = &'a Task>, now: Timestamp) -> Option<&'a CompareJobId> {
        let mut candidates: Vec<_> = tasks
            .filter(|task| task.status.has_ended() && self.subject.is_of(task))
            .collect();
        candidates.sort_by(|a, b| by_age(b, a));
        candidates.dedup_by(|a, b| a.id == b.id);
        let mut refusals = 0;
        for task in candidates.into_iter().take(LOOK_BACK) {
            match self.asked.get(&task.id) {
                None => return Some(&task.id),
                Some(Outcome::Judged(true)) => return None,
                // It is still open since when the data differ; of the opt-in subjects nobody asks that.
                Some(Outcome::Judged(false)) if self.subject != Subject::Objects => return None,
                Some(Outcome::Nothing { at } | Outcome::Refused { at }) if may_judge_by_now(task, *at, now) => {
                    return Some(&task.id);
                }
                Some(Outcome::Judged(false) | Outcome::Nothing { .. }) => {}
                Some(Outcome::Refused { .. }) => refusals += 1,
            }
            if refusals == ENOUGH_REFUSALS {
                return None;
            }
        }
        None
    }

    /// Takes what `task` found, told at `now`.
    pub(super) fn take(&mut self, task: &Task, overview: Overview, now: Timestamp) {
        let verdict = overview.is_consistent(task.status);
        let outcome = verdict.map_or(Outcome::Nothing { at: now }, Outcome::Judged);
        self.asked.insert(task.id.clone(), outcome);
        let Some(is_consistent) = verdict else { return };
        let is_newer = |known: Option<&Task>| known.is_none_or(|known| by_age(known, task).is_lt());
        if is_newer(self.newest.as_ref().map(|(task, _)| task)) {
            let judgement = Judgement {
                task: task.id.clone(),
                is_consistent,
                overview,
            };
            self.newest = Some((task.clone(), judgement));
        }
        if is_consistent && is_newer(self.newest_consistent.as_ref()) {
            self.newest_consistent = Some(task.clone());
        }
    }

    /// What the task found cannot be had, as was told at `now`: it judges nothing, and is not asked again once it has
    /// settled.
    pub(super) fn give_up(&mut self, task: &CompareJobId, now: Timestamp) {
        self.asked.insert(task.clone(), Outcome::Refused { at: now });
    }

    /// Forgets which tasks were asked that the cloud no longer has; what they told stays known.
    pub(super) fn keep_only(&mut self, is_known: impl Fn(&CompareJobId) -> bool) {
        self.asked.retain(|task, _| is_known(task));
    }

    /// The verdict of the newest task that judged.
    pub(super) fn newest(&self) -> Option<Judgement> {
        self.newest.as_ref().map(|(_, judgement)| judgement.clone())
    }

    /// The end of the newest task that found the data consistent.
    pub(super) fn last_consistent(&self) -> Option<Timestamp> {
        self.newest_consistent.as_ref()?.end
    }
}

/// Whether a task that judged nothing, or was refused, at `told` may be judged now.
fn may_judge_by_now(task: &Task, told: Timestamp, now: Timestamp) -> bool {
    let within = |from: Timestamp, limit: Duration| now.duration_since(from) < limit.try_into().unwrap_or_default();
    task.end.is_some_and(|end| within(end, SETTLING)) && !within(told, ASKED_AGAIN_AFTER)
}

#[cfg(test)]
mod tests;
