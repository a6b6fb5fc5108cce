//! A job's last runs as a strip of marks.
//!
//! Owns: which runs, and the mark of each: a letter, a shape and a colour, each of which is enough by itself. Knows
//! nothing of markup.

use super::row::Row;
use crate::comparison::{Status, Task};

/// So many runs a strip has.
pub(super) const RUNS: usize = 10;

/// How a run ended, or how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// It found that source and target hold the same.
    Consistent,
    /// It found that they do not.
    Differs,
    /// It ended well; what it found is not known.
    Ended,
    Failed,
    TimedOut,
    Cancelled,
    Running,
    Waiting,
    Unknown,
    /// It was due and did not start.
    Missed,
}

impl Mark {
    /// All of them, for the key to the strip.
    pub(super) const ALL: [Self; 10] = [
        Self::Consistent,
        Self::Differs,
        Self::Ended,
        Self::Failed,
        Self::TimedOut,
        Self::Missed,
        Self::Cancelled,
        Self::Running,
        Self::Waiting,
        Self::Unknown,
    ];

    /// Of `run`, which is one of the row's.
    pub(super) fn of(run: &Task, row: &Row<'_>) -> Self {
        match (row.verdict_of(run), run.status) {
            (Some(false), _) => Self::Differs,
            (_, Status::Failed) => Self::Failed,
            (_, Status::TimeoutInterrupt) => Self::TimedOut,
            (_, Status::Cancelled) => Self::Cancelled,
            (Some(true), _) => Self::Consistent,
            (None, Status::Successful) => Self::Ended,
            (None, Status::Running | Status::FullDoing | Status::IncreDoing) => Self::Running,
            (None, Status::WaitingForRunning) => Self::Waiting,
            (None, Status::Unknown) => Self::Unknown,
        }
    }

    /// The letter in the mark.
    pub(super) const fn letter(self) -> &'static str {
        match self {
            Self::Consistent => "=",
            Self::Differs => "≠",
            Self::Ended => "S",
            Self::Failed => "F",
            Self::TimedOut => "T",
            Self::Cancelled => "C",
            Self::Running => "R",
            Self::Waiting => "W",
            Self::Unknown => "?",
            Self::Missed => "M",
        }
    }

    /// What it means.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Consistent => "data consistent",
            Self::Differs => "data differ",
            Self::Ended => "ended, no verdict shown",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::Cancelled => "cancelled",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Unknown => "unknown state",
            Self::Missed => "due, never started",
        }
    }

    /// The class that draws its shape and colour.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Consistent => "eq",
            Self::Differs => "ne",
            Self::Ended => "ok",
            Self::Failed | Self::TimedOut => "no",
            Self::Missed => "ms",
            Self::Running | Self::Waiting => "go",
            Self::Cancelled | Self::Unknown => "un",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_mark_has_a_letter_of_its_own() {
        let letters: HashSet<_> = Mark::ALL.into_iter().map(Mark::letter).collect();
        assert_eq!(letters.len(), Mark::ALL.len());
    }
}
