//! A job's line: what it shows, and how far up it stands.

use std::time::Duration;

use jiff::Timestamp;

use crate::comparison::{Status, Task, newest};
use crate::inventory::{Job, Judgement, Project};

/// So long a run that was due may be late before it is called missed: the cloud starts its runs within minutes.
const LATE: Duration = Duration::from_mins(30);

/// What a reader should see first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    RefreshFails,
    ComparisonFailed,
    DataDiffer,
    RunMissed,
    NoData,
    Fine,
}

/// A job and what its line needs.
pub(super) struct Row<'a> {
    pub(super) job: &'a Job,
    pub(super) newest: Option<&'a Task>,
    pub(super) due: Due,
    pub(super) rank: Rank,
    is_known: bool,
}

/// When runs are due, as far as it is known.
#[derive(Default)]
pub(super) struct Due {
    pub(super) next: Option<Timestamp>,
    /// The run that was due and has not started.
    pub(super) missed: Option<Missed>,
    /// The policy's state.
    pub(super) policy: Option<&'static str>,
}

/// A run that was due and has not started.
#[derive(Clone, Copy)]
pub(super) struct Missed {
    /// When it was due.
    pub(super) since: Timestamp,
    /// Whether it may still start.
    pub(super) is_late: bool,
}

impl<'a> Row<'a> {
    pub(super) fn new(job: &'a Job, project: &Project, now: Timestamp) -> Self {
        let is_known = job.is_known(now, project.stale_after);
        let tasks = job.fresh_tasks(now, project.stale_after);
        let newest = newest(tasks).filter(|_| is_known);
        let due = if is_known {
            Due::of(job, newest, now)
        } else {
            Due::default()
        };
        let mut row = Self {
            job,
            newest,
            due,
            rank: Rank::Fine,
            is_known,
        };
        row.rank = row.rank();
        row
    }

    fn rank(&self) -> Rank {
        match self.newest.map(|task| task.status) {
            _ if self.job.up == Some(false) || self.job.problem.is_some() => Rank::RefreshFails,
            Some(Status::Failed | Status::TimeoutInterrupt) => Rank::ComparisonFailed,
            _ if self.judged().any(|(_, is_consistent)| !is_consistent) => Rank::DataDiffer,
            _ if self.due.missed.is_some_and(|missed| !missed.is_late) => Rank::RunMissed,
            None => Rank::NoData,
            Some(_) => Rank::Fine,
        }
    }

    /// The verdict on each subject that was judged.
    pub(super) fn judged(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let verdicts = &self.job.verdicts;
        let subjects = [
            ("objects", &verdicts.objects),
            ("rows", &verdicts.rows),
            ("accounts", &verdicts.accounts),
        ];
        let verdict = |judgement: &Judgement| judgement.is_consistent;
        let judged = subjects
            .into_iter()
            .filter_map(move |(subject, judgement)| Some((subject, judgement.as_ref().map(verdict)?)));
        judged.filter(|_| self.is_known)
    }

    /// Until when the objects were consistent that differ now.
    pub(super) fn consistent_before(&self) -> Option<Timestamp> {
        let differ = self.judged().any(|judged| judged == ("objects", false));
        self.job.verdicts.last_consistent.filter(|_| differ)
    }

    /// Why there is no comparison to show.
    pub(super) fn nothing(&self) -> &'static str {
        match (
            self.job.answers.is_empty(),
            self.job.answers.iter().all(|answer| answer.tasks.is_empty()),
        ) {
            (true, _) if self.job.up.is_some() => "unknown",
            (true, _) => "no answer yet",
            (false, true) => "none in the cloud",
            (false, false) => "stale",
        }
    }
}

impl Due {
    fn of(job: &Job, newest: Option<&Task>, now: Timestamp) -> Self {
        let Some(schedule) = job.fresh_schedule(now) else {
            return Self::default();
        };
        // As the metrics have it: due later than the newest start. `None` is before any time.
        let missed = schedule
            .last
            .filter(|due| Some(*due) > newest.and_then(|task| task.start));
        Self {
            next: schedule.next,
            missed: missed.map(|since| Missed {
                since,
                is_late: now.duration_since(since).unsigned_abs() <= LATE,
            }),
            policy: Some(schedule.status.as_str()),
        }
    }
}
