//! One question that is asked again and again.

use tokio::time::Instant;

use super::super::ask::Question;
use super::super::rhythm::{Beat, Failure};
use super::super::schedule::{Urgency, phase};
use crate::ids::CompareJobId;

/// One question and its rhythm.
#[allow(
    clippy::struct_excessive_bools,
    reason = "four facts, each of which may be so without the others"
)]
pub(super) struct Watch {
    /// The key of the job it is about; none for the project.
    pub(super) job: Option<usize>,
    pub(super) question: Question,
    /// The task that is, or was last, asked about, where that changes.
    pub(super) target: Option<CompareJobId>,
    /// Whether it was ever asked, and that has ended, well or not.
    pub(super) was_answered: bool,
    /// Whether its newest asking failed.
    pub(super) is_bad: bool,
    /// What that says of the next time.
    pub(super) failure: Option<Failure>,
    /// Which of the project's clients asked last; the first is 0.
    pub(super) generation: u64,
    phase: f64,
    pub(super) asked_at: Instant,
    /// Its newest asking hung: it may not take more than its share of what can be under way.
    pub(super) is_slow: bool,
    pub(super) is_under_way: bool,
}

impl Watch {
    /// One about `job`, which is called `name` when its moment within the interval is drawn; never asked so far.
    pub(super) fn new(job: Option<usize>, name: &str, question: Question, now: Instant) -> Self {
        Self {
            job,
            phase: phase(&(name, &question)),
            question,
            target: None,
            was_answered: false,
            is_bad: false,
            failure: None,
            generation: 0,
            asked_at: now,
            is_slow: false,
            is_under_way: false,
        }
    }

    /// How urgently it is asked for the first time; not at all where only an answer to another makes it due.
    pub(super) fn first_urgency(&self) -> Option<Urgency> {
        match self.question {
            // Anything may go on in what was never asked.
            Question::Jobs | Question::History | Question::Task(_) => Some(Urgency::Urgent),
            Question::Policy => Some(Urgency::Background),
            Question::Verdict(_) => None,
        }
    }

    /// Its place within the intervals, counted from `origin`.
    pub(super) fn beat(&self, origin: Instant) -> Beat {
        Beat {
            origin,
            phase: self.phase,
            asked_at: self.asked_at,
        }
    }

    /// Comparisons, or the set of jobs, depend on it.
    pub(super) fn is_telling(&self) -> bool {
        self.job.is_none() || self.question.is_essential()
    }
}
