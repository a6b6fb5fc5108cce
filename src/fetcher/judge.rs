//! Which task of a job is asked next about what it found, and what is known so far.
//!
//! Owns: the walk from the newest ended task back to the first one that settles the matter. Each task is asked once,
//! since one that has ended never changes; after a restart the verdict is found again in as few calls as can be.

use std::collections::HashMap;

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

/// What came of asking about one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The verdict; none where it judges nothing.
    Answered(Option<bool>),
    /// The cloud has no answer, and will not have one.
    Refused,
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

    /// The task to ask next: the newest that has ended, compares the subject and was not asked, unless a newer one has
    /// settled the matter.
    pub(super) fn next<'a>(&self, tasks: impl Iterator<Item = &'a Task>) -> Option<&'a CompareJobId> {
        let mut candidates: Vec<_> = tasks
            .filter(|task| task.status.has_ended() && self.subject.is_of(task))
            .collect();
        candidates.sort_by(|a, b| by_age(b, a));
        candidates.dedup_by(|a, b| a.id == b.id);
        let mut refusals = 0;
        for task in candidates.into_iter().take(LOOK_BACK) {
            match self.asked.get(&task.id) {
                None => return Some(&task.id),
                Some(Outcome::Answered(Some(true))) => return None,
                // It is still open since when the data differ; of the opt-in subjects nobody asks that.
                Some(Outcome::Answered(Some(false))) if self.subject != Subject::Objects => return None,
                Some(Outcome::Answered(Some(false) | None)) => {}
                Some(Outcome::Refused) => refusals += 1,
            }
            if refusals == ENOUGH_REFUSALS {
                return None;
            }
        }
        None
    }

    /// Takes what `task` found.
    pub(super) fn take(&mut self, task: &Task, overview: Overview) {
        let verdict = overview.is_consistent(task.status);
        self.asked.insert(task.id.clone(), Outcome::Answered(verdict));
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

    /// What the task found cannot be had: it judges nothing, and is not asked again.
    pub(super) fn give_up(&mut self, task: &CompareJobId) {
        self.asked.insert(task.clone(), Outcome::Refused);
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

#[cfg(test)]
mod tests;
