//! What a health comparison task is: its status, its times, its duration, and which of several is the newest.
//!
//! Owns: the rules of meaning (contract, section 4). Pure: no I/O, no clock (the time of the answer is an
//! argument), nothing of HTTP, polling or text formats. A cloud answer comes in as raw text ([`Report`]) and is
//! read once, here, into a [`Task`]; what contradicts itself comes out as [`Contradiction`]s beside it.
//! What a task found is in [`verdict`]; when one is due is in [`policy`] and, over time, in [`schedule`].

pub mod policy;
pub mod schedule;
pub mod verdict;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::ids::CompareJobId;

/// The state of a comparison task (API text 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// In progress.
    Running,
    /// Queued.
    WaitingForRunning,
    /// The task has ended well, which says nothing of the data.
    Successful,
    /// The task has failed.
    Failed,
    /// A person has cancelled it.
    Cancelled,
    /// It was stopped because it took too long.
    TimeoutInterrupt,
    /// Full verification is in progress.
    FullDoing,
    /// Incremental verification is in progress.
    IncreDoing,
    /// Anything else that the cloud says, or nothing.
    Unknown,
}

impl Status {
    /// Every state, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::Running,
        Self::WaitingForRunning,
        Self::Successful,
        Self::Failed,
        Self::Cancelled,
        Self::TimeoutInterrupt,
        Self::FullDoing,
        Self::IncreDoing,
        Self::Unknown,
    ];

    /// The states in which a task has ended and never changes again.
    pub const ENDED: [Self; 4] = [Self::Successful, Self::Failed, Self::Cancelled, Self::TimeoutInterrupt];

    /// The API's word for the state; `UNKNOWN` is the contract's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::WaitingForRunning => "WAITING_FOR_RUNNING",
            Self::Successful => "SUCCESSFUL",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::TimeoutInterrupt => "TIMEOUT_INTERRUPT",
            Self::FullDoing => "FULL_DOING",
            Self::IncreDoing => "INCRE_DOING",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The state that `word` names; any other word is [`Status::Unknown`].
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .unwrap_or(Self::Unknown)
    }

    /// Whether the task has ended. An unknown state has not: calling it ended would hide a run that still goes on.
    #[must_use]
    pub fn has_ended(self) -> bool {
        Self::ENDED.contains(&self)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a task compares: a set, since the API joins the same words in varying order (API text 6, "`type`").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComparisonTypes(BTreeSet<String>);

impl ComparisonTypes {
    /// Reads the API's comma-joined words, in any order, with or without spaces.
    #[must_use]
    pub fn from_joined(text: &str) -> Self {
        Self(
            text.split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Whether `word` is among them.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}

impl fmt::Display for ComparisonTypes {
    /// Sorted and joined by commas: the label `compare_types`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            write!(f, "{}{word}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// A task as the cloud reports it: raw text, any of it absent (API text 1.1 and 1.2: no field is required).
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// `type`: comma-joined words.
    pub types: Option<&'a str>,
    /// `status`.
    pub status: Option<&'a str>,
    /// `start_time`, UTC.
    pub start_time: Option<&'a str>,
    /// `end_time`, UTC; absent, null or empty while the task runs.
    pub end_time: Option<&'a str>,
    /// `compute_type`; only the list has it.
    pub compute_type: Option<&'a str>,
}

/// A comparison task as it was when the cloud answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The id that was asked for, or that the list gave.
    pub id: CompareJobId,
    /// Its state.
    pub status: Status,
    /// What it compares.
    pub types: ComparisonTypes,
    /// Where it computes (`drs`, `db`), if the cloud said so.
    pub compute_type: Option<String>,
    /// When it started, if it did and the cloud said so.
    pub start: Option<Timestamp>,
    /// When it ended; only of a task that has ended, whatever the cloud writes before.
    pub end: Option<Timestamp>,
    /// Ended: end − start. Not ended: time of the answer − start. None where a time is missing or they contradict.
    pub duration: Option<Duration>,
}

/// Something in a report that cannot be true.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A time, or the days of a policy, that is there but cannot be read.
    #[error("{field} cannot be read: {text:?}")]
    Unreadable {
        /// The API's name of the field.
        field: &'static str,
        /// What stands in it, shortened.
        text: String,
    },
    /// A task that has ended before it started.
    #[error("end_time {end} is before start_time {start}")]
    EndBeforeStart {
        /// As reported.
        start: Timestamp,
        /// As reported.
        end: Timestamp,
    },
    /// A task that is not yet over and starts after the answer that tells of it.
    #[error("start_time {start} is after the time of the answer, {answered_at}")]
    StartAfterAnswer {
        /// As reported.
        start: Timestamp,
        /// When the cloud answered, by its own clock.
        answered_at: Timestamp,
    },
}

impl Contradiction {
    fn unreadable(field: &'static str, text: &str) -> Self {
        Self::Unreadable {
            field,
            text: text.chars().take(SHOWN_CHARS).collect(),
        }
    }
}

impl Task {
    /// Reads a report of the task `id`, answered at `answered_at` (the cloud's clock, which also wrote the times).
    #[must_use]
    pub fn read(id: CompareJobId, report: &Report<'_>, answered_at: Timestamp) -> (Self, Vec<Contradiction>) {
        let mut contradictions = Vec::new();
        let status = report.status.map_or(Status::Unknown, Status::from_word);
        let start = time("start_time", report.start_time, &mut contradictions);
        let end = if status.has_ended() {
            time("end_time", report.end_time, &mut contradictions)
        } else {
            None
        };
        let duration = duration(status, start, end, answered_at).unwrap_or_else(|contradiction| {
            contradictions.push(contradiction);
            None
        });
        let task = Self {
            id,
            status,
            types: ComparisonTypes::from_joined(report.types.unwrap_or_default()),
            compute_type: report.compute_type.filter(|text| !text.is_empty()).map(str::to_owned),
            start,
            end,
            duration,
        };
        (task, contradictions)
    }
}

/// Orders tasks by age, the older one less: by start time, one without a start before all others. Equal starts are told
/// apart by id, so that nothing depends on the cloud's order, which the API does not promise (API text 8.4).
#[must_use]
pub fn by_age(a: &Task, b: &Task) -> Ordering {
    (a.start, &a.id).cmp(&(b.start, &b.id))
}

/// The newest of `tasks`; one without a start only where none has one.
pub fn newest<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Option<&'a Task> {
    tasks.into_iter().max_by(|a, b| by_age(a, b))
}

/// The newest of `tasks` that has ended.
pub fn newest_ended<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Option<&'a Task> {
    newest(tasks.into_iter().filter(|task| task.status.has_ended()))
}

/// The newest of `tasks` that ended SUCCESSFUL.
pub fn newest_successful<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Option<&'a Task> {
    newest(tasks.into_iter().filter(|task| task.status == Status::Successful))
}

fn duration(
    status: Status,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    answered_at: Timestamp,
) -> Result<Option<Duration>, Contradiction> {
    let (Some(start), Some(until)) = (start, if status.has_ended() { end } else { Some(answered_at) }) else {
        return Ok(None);
    };
    // Negative spans do not convert.
    Duration::try_from(until.duration_since(start)).map(Some).map_err(|_| {
        if status.has_ended() {
            Contradiction::EndBeforeStart { start, end: until }
        } else {
            Contradiction::StartAfterAnswer { start, answered_at }
        }
    })
}

/// Of a time that is none, so much is shown: enough to recognise the mistake, not enough to flood a log.
const SHOWN_CHARS: usize = 40;

/// Reads a time as the API writes it (`2024-04-03T08:00:01Z`, UTC), also with an offset, with a fraction, or with
/// no zone at all, which is UTC too. The epoch and what is before it stand in for "none".
fn time(field: &'static str, text: Option<&str>, contradictions: &mut Vec<Contradiction>) -> Option<Timestamp> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let read = text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.parse::<DateTime>().ok()?;
        TimeZone::UTC.to_timestamp(local).ok()
    });
    if read.is_none() {
        contradictions.push(Contradiction::unreadable(field, text));
    }
    read.filter(|time| *time > Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
