//! A job, and what its line on the page needs.
//!
//! Owns: what is worked out of the inventory for one job at one moment. Knows nothing of markup.

use std::time::Duration;

use jiff::Timestamp;

use super::due::Due;
use super::state::State;
use super::usual::usual;
use crate::comparison::Task;
use crate::comparison::verdict::Subject;
use crate::inventory::{Job, Judgement, Project};

/// A job and what its line needs.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) project: &'a Project,
    pub(super) job: &'a Job,
    /// Its runs that are known, newest first.
    pub(super) runs: Vec<&'a Task>,
    pub(super) due: Due,
    /// How long its runs usually take.
    pub(super) usual: Option<Duration>,
    /// All that is the matter with it, the most urgent first; never empty.
    pub(super) states: Vec<State>,
    /// Whether what is known of it speaks for the cloud.
    pub(super) is_known: bool,
}

impl<'a> Row<'a> {
    pub(super) fn new(project: &'a Project, job: &'a Job, now: Timestamp) -> Self {
        let is_known = job.is_known(now, project.stale_after);
        let runs = if is_known {
            job.fresh_tasks(now, project.stale_after)
        } else {
            Vec::new()
        };
        let newest = runs.first().copied();
        let due = if is_known {
            Due::of(job, newest, now)
        } else {
            Due::default()
        };
        let mut row = Self {
            project,
            job,
            due,
            usual: usual(&runs, newest),
            runs,
            states: Vec::new(),
            is_known,
        };
        row.states = State::of(&row);
        row
    }

    /// Whether there was an answer, however old, that spoke for the job as a whole.
    pub(super) fn was_known(&self) -> bool {
        let mut answers = self.job.answers.iter();
        answers.any(|answer| !self.job.watches_history || answer.asked_for.is_none())
    }

    /// Its newest run.
    pub(super) fn newest(&self) -> Option<&'a Task> {
        self.runs.first().copied()
    }

    /// The most urgent of all that is the matter with it.
    pub(super) fn worst(&self) -> State {
        self.states.first().copied().unwrap_or(State::Fine)
    }

    /// What was found of each subject that was judged.
    pub(super) fn verdicts(&self) -> impl Iterator<Item = (Subject, &'a Judgement)> {
        let verdicts = &self.job.verdicts;
        let judged = Subject::ALL.into_iter().filter_map(|subject| {
            let judgement = match subject {
                Subject::Objects => &verdicts.objects,
                Subject::Rows => &verdicts.rows,
                Subject::Accounts => &verdicts.accounts,
            };
            Some((subject, judgement.as_ref()?))
        });
        judged.filter(|_| self.is_known)
    }

    /// Whether `run` found source and target to hold the same; none where that is not known of this run.
    pub(super) fn verdict_of(&self, run: &Task) -> Option<bool> {
        let mut verdict = None;
        for (_, judgement) in self.verdicts().filter(|(_, judgement)| judgement.task == run.id) {
            verdict = Some(judgement.is_consistent && verdict.unwrap_or(true));
        }
        let last_consistent = self.job.verdicts.last_consistent;
        verdict.or_else(|| (last_consistent.is_some() && run.end == last_consistent).then_some(true))
    }

    /// Whether its project as a whole is refused or out of reach, so that its own failure says nothing of itself.
    pub(super) fn is_cut_off(&self) -> bool {
        self.project.problem.is_some()
    }
}
