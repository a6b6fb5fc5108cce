//! One run of a comparison, and the plan by which a job's runs follow each other.
//!
//! Owns: when a run is due, begins and ends, and how it ends. Knows nothing of JSON and of the job around it.
//! A run is a pure function of the plan and its number; its state one of the run and the time.

use super::chance::{chance, uuid};
use super::pace::Pace;
use super::timetable::Timetable;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// SUCCESSFUL, and source and target agree.
    Consistent,
    /// SUCCESSFUL, but there are differences.
    Different,
    /// FAILED.
    Failed,
    /// `TIMEOUT_INTERRUPT`.
    TimedOut,
    /// CANCELLED.
    Cancelled,
}

impl Outcome {
    /// The task's status once it has ended this way.
    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::Consistent | Self::Different => "SUCCESSFUL",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMEOUT_INTERRUPT",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// Which outcomes a job's runs have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Luck {
    /// Mostly good, now and then not.
    Mixed,
    /// Every run finds differences.
    AlwaysDifferent,
    /// Every run fails.
    AlwaysFailing,
}

/// What run 0 is made to show when the world starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Nothing in particular.
    Any,
    /// It runs, for a while still.
    Running,
    /// It is due just now, and waits as long as a run may.
    Waiting,
}

/// The plan by which runs follow each other.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The job's own seed.
    pub(crate) seed: u64,
    /// When runs are due: further apart than the longest wait and run together.
    pub(crate) timetable: Timetable,
    /// How long they wait and run.
    pub(crate) pace: Pace,
    /// So many of the latest reports are kept.
    pub(crate) reports: i64,
    /// The number of the oldest run there ever was.
    pub(crate) first: i64,
    /// The number of the last run that ever takes place.
    pub(crate) last: i64,
    /// How runs end.
    pub(crate) luck: Luck,
    /// What run 0 shows.
    pub(crate) opening: Opening,
}

/// One run. All times in Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its number: 0 is the one due at or just before the world's start.
    pub(crate) number: i64,
    /// The comparison's id.
    pub(crate) id: String,
    /// When it was due and entered the queue.
    pub(crate) due: i64,
    /// When it left the queue.
    pub(crate) begins: i64,
    /// When it ended, or will.
    pub(crate) ends: i64,
    /// How it ended, or will.
    pub(crate) outcome: Outcome,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In the queue.
    Waiting,
    /// Begun.
    Running,
    /// Over.
    Ended,
}

impl Run {
    /// A run of 70 s that begins at 100 and ends this way.
    #[cfg(test)]
    pub(super) fn for_test(outcome: Outcome) -> Self {
        Self {
            number: 0,
            id: String::new(),
            due: 98,
            begins: 100,
            ends: 170,
            outcome,
        }
    }

    /// Where it stands at `now`, which is not before it was due.
    pub(crate) fn stage(&self, now: i64) -> Stage {
        if now < self.begins {
            Stage::Waiting
        } else if now < self.ends {
            Stage::Running
        } else {
            Stage::Ended
        }
    }

    /// How many of `all` equal pieces of work are done at `now`. A run that breaks off leaves half of them undone for
    /// ever.
    pub(crate) fn done(&self, all: usize, now: i64) -> usize {
        let reachable = match self.outcome {
            Outcome::Consistent | Outcome::Different => all,
            Outcome::Failed | Outcome::TimedOut | Outcome::Cancelled => all / 2,
        };
        let length = usize::try_from(self.ends - self.begins).unwrap_or(1).max(1);
        let elapsed = usize::try_from(now.min(self.ends) - self.begins).unwrap_or(0);
        reachable * elapsed / length
    }
}

impl Plan {
    /// The reports that the cloud has at `now`, newest first.
    pub(crate) fn kept(&self, now: i64) -> impl Iterator<Item = Run> + '_ {
        let newest = self.timetable.newest(now).min(self.last);
        let oldest = self.first.max(newest - self.reports + 1);
        (oldest..=newest).rev().map(|number| self.run(number))
    }

    /// When the next run is due after `now`; in the past when it should have taken place and did not.
    pub(crate) fn next_due(&self, now: i64) -> i64 {
        let next = self.timetable.newest(now) + 1;
        self.timetable.due(next.min(self.last.saturating_add(1)))
    }

    fn run(&self, number: i64) -> Run {
        let mut rng = chance(self.seed, &[number]);
        let id = uuid(&mut rng);
        let opening = if number == 0 { self.opening } else { Opening::Any };
        let wait = match opening {
            Opening::Waiting => self.pace.longest_wait(),
            Opening::Running => self.pace.shortest_wait(),
            Opening::Any => self.pace.wait(&mut rng),
        };
        let outcome = self.outcome(rng.u8(0..100));
        let drawn = self.pace.length(&mut rng);
        let length = match (opening, outcome) {
            (Opening::Running, _) => drawn.max(self.pace.seen_running()),
            (_, Outcome::TimedOut) => self.pace.longest(),
            _ => drawn,
        };
        let due = self.timetable.due(number);
        Run {
            number,
            id,
            due,
            begins: due + wait,
            ends: due + wait + length,
            outcome,
        }
    }

    fn outcome(&self, percent: u8) -> Outcome {
        match (self.luck, percent) {
            (Luck::AlwaysFailing, _) | (Luck::Mixed, 84..90) => Outcome::Failed,
            (Luck::AlwaysDifferent, _) | (Luck::Mixed, 72..84) => Outcome::Different,
            (Luck::Mixed, 0..72) => Outcome::Consistent,
            (Luck::Mixed, 90..95) => Outcome::TimedOut,
            (Luck::Mixed, 95..) => Outcome::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests;
