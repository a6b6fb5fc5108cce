//! A job's runs as a schedule sees them: when they started, and whether they kept others from starting.

use jiff::{SignedDuration, Timestamp};

use crate::comparison::Task;
use crate::comparison::policy::{Due, Policy};

/// A run that ended so shortly before another was due may still have been in its way.
const JUST_BEFORE: SignedDuration = SignedDuration::from_mins(1);

/// The tasks that have started, with their starts. One that waits has not: it may be what is late.
pub(super) struct Runs<'a>(Vec<(Timestamp, &'a Task)>);

impl<'a> Runs<'a> {
    pub(super) fn of(tasks: impl IntoIterator<Item = &'a Task>) -> Self {
        let started = tasks.into_iter().filter_map(|task| Some((task.start?, task)));
        Self(started.collect())
    }

    pub(super) fn newest_start(&self) -> Option<Timestamp> {
        self.0.iter().map(|(start, _)| *start).max()
    }

    /// The newest start of what is the run that was `due`.
    pub(super) fn has_met(&self, due: &Due) -> Option<Timestamp> {
        let starts = self.0.iter().map(|(start, _)| *start);
        starts.filter(|start| due.is_met_by(*start)).max()
    }

    /// Whether a run that had started before went on when this one was due. One that has ended without saying when did
    /// so at the latest with its window, in which the cloud interrupts it (API text 6).
    pub(super) fn was_another_on(&self, due: &Due, policy: &Policy) -> bool {
        let clear = due.at.checked_sub(JUST_BEFORE).unwrap_or(Timestamp::MIN);
        self.0
            .iter()
            .filter(|(start, _)| *start < due.from)
            .any(|(start, task)| {
                let went_on = match task.end {
                    Some(end) => end > clear,
                    None => policy.window_end(*start) > due.at,
                };
                !task.status.has_ended() || went_on
            })
    }
}
