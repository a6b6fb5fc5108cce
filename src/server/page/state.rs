//! What may be the matter with a job, and what of it is more urgent.
//!
//! Owns: the states, their order and their names, and the rule by which a job has them. Pure.

use std::time::Duration;

use super::row::Row;
use super::usual::is_far_longer;
use crate::comparison::Status;
use crate::comparison::policy::PolicyStatus;

/// A run that has waited for so long will hardly start by itself.
const STUCK: Duration = Duration::from_mins(30);

/// What is the matter with a job. In the order in which a reader should see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Source and target do not hold the same.
    Differs,
    /// The newest comparison failed.
    Failed,
    /// The newest comparison was stopped for taking too long.
    TimedOut,
    /// A comparison was due and did not start.
    Missed,
    /// The newest comparison waits to run.
    Stuck,
    /// The newest comparison takes, or took, far longer than usual.
    Slow,
    /// What is known is too old to be shown.
    Stale,
    /// The cloud does not answer for it.
    Unreachable,
    /// Its policy is closed, so nothing is due.
    Closed,
    /// A comparison was due some minutes ago.
    Late,
    /// It was not asked for yet.
    Unasked,
    /// The cloud has no comparison of it.
    Empty,
    /// A comparison is under way.
    Running,
    /// None of these.
    Fine,
}

/// How much of a state is to be worried about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// Something is wrong with the data or their comparison.
    Bad,
    /// Something is wrong with what is known of it.
    Doubtful,
    /// Worth knowing.
    Note,
    /// All is well.
    Fine,
}

impl State {
    /// All of them, in order.
    pub(super) const ALL: [Self; 14] = [
        Self::Differs,
        Self::Failed,
        Self::TimedOut,
        Self::Missed,
        Self::Stuck,
        Self::Slow,
        Self::Stale,
        Self::Unreachable,
        Self::Closed,
        Self::Late,
        Self::Unasked,
        Self::Empty,
        Self::Running,
        Self::Fine,
    ];

    /// The value of the parameter `state`.
    pub(super) const fn slug(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Missed => "missed",
            Self::Stuck => "stuck",
            Self::Slow => "slow",
            Self::Stale => "stale",
            Self::Unreachable => "unreachable",
            Self::Closed => "closed",
            Self::Late => "late",
            Self::Unasked => "unasked",
            Self::Empty => "empty",
            Self::Running => "running",
            Self::Fine => "fine",
        }
    }

    /// What a person calls it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Differs => "data differ",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::Missed => "missed a run",
            Self::Stuck => "stuck waiting",
            Self::Slow => "far too long",
            Self::Stale => "stale",
            Self::Unreachable => "unreachable",
            Self::Closed => "policy closed",
            Self::Late => "late",
            Self::Unasked => "not asked yet",
            Self::Empty => "no comparison",
            Self::Running => "running",
            Self::Fine => "fine",
        }
    }

    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::Differs | Self::Failed | Self::TimedOut | Self::Missed => Severity::Bad,
            Self::Stuck | Self::Slow | Self::Stale | Self::Unreachable => Severity::Doubtful,
            Self::Closed | Self::Late | Self::Unasked | Self::Empty | Self::Running => Severity::Note,
            Self::Fine => Severity::Fine,
        }
    }

    /// Whether somebody should act.
    pub(super) const fn is_wrong(self) -> bool {
        matches!(self.severity(), Severity::Bad | Severity::Doubtful)
    }

    /// All that is the matter with a job, the most urgent first; never empty.
    pub(super) fn of(row: &Row<'_>) -> Vec<Self> {
        let mut states: Vec<_> = Self::ALL.into_iter().filter(|state| state.holds(row)).collect();
        // "Running" beside "data differ" says nothing that the newest run does not say.
        let worst = states.first().copied().unwrap_or(Self::Fine);
        states.retain(|state| *state == worst || state.severity() != Severity::Note || *state == Self::Closed);
        if states.is_empty() {
            states.push(Self::Fine);
        }
        states
    }

    fn holds(self, row: &Row<'_>) -> bool {
        let status = row.newest().map(|run| run.status);
        let waits = status == Some(Status::WaitingForRunning);
        let missed = row.due.missed;
        match self {
            Self::Differs => row.verdicts().any(|(_, judgement)| !judgement.is_consistent),
            Self::Failed => status == Some(Status::Failed),
            Self::TimedOut => status == Some(Status::TimeoutInterrupt),
            Self::Missed => missed.is_some_and(|missed| !missed.is_late),
            Self::Stuck => waits && row.newest().and_then(|run| run.duration) > Some(STUCK),
            // What was stopped for taking too long is told so already.
            Self::Slow => {
                !waits
                    && status != Some(Status::TimeoutInterrupt)
                    && row.newest().is_some_and(|run| is_far_longer(run, row.usual))
            }
            Self::Stale => !row.is_known && row.was_known(),
            Self::Unreachable => row.job.up == Some(false) || row.job.problem.is_some(),
            Self::Closed => row.due.policy == Some(PolicyStatus::Closed),
            Self::Late => missed.is_some_and(|missed| missed.is_late),
            Self::Unasked => !row.is_known && !row.was_known(),
            Self::Empty => row.is_known && row.newest().is_none(),
            Self::Running => status.is_some_and(|status| !status.has_ended()),
            // Left over when nothing else holds.
            Self::Fine => false,
        }
    }
}
