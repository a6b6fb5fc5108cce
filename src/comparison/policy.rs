//! A job's compare policy: on which days, from when to when, how often (API text 1.5). All in UTC.
//!
//! Owns: reading one, and the instants at which it has runs due. Pure. What becomes of a policy over time, and which of
//! those instants passed without a run, is in [`schedule`](super::schedule).

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;

use super::{Contradiction, time};

const DAY: i64 = 24 * 3600;

/// The longest look back: a weekly run, and one more for the week in which it was not due.
const LOOK_BACK_DAYS: i64 = 15;

/// Whether runs are due at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyStatus {
    /// Runs are due.
    Open,
    /// Nobody wants runs.
    Closed,
    /// The job's engines cannot have any, or there is no policy (the texts differ; API text 8.18).
    NoSupport,
    /// Anything else that the cloud says, or nothing.
    Unknown,
}

impl PolicyStatus {
    /// Every state, in the order of the contract.
    pub const ALL: [Self; 4] = [Self::Open, Self::Closed, Self::NoSupport, Self::Unknown];

    /// The API's word for the state; `UNKNOWN` is the contract's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
            Self::NoSupport => "NO_SUPPORT",
            Self::Unknown => "UNKNOWN",
        }
    }

    fn from_word(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|status| status.as_str() == word).unwrap_or(Self::Unknown)
    }
}

/// A policy as the cloud tells it: raw text, any of it absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolicyReport<'a> {
    /// `status`.
    pub status: Option<&'a str>,
    /// `period`: two stars and the days, `* * 1,3,5`; 1 is Monday.
    pub period: Option<&'a str>,
    /// `begin_time`: `HH:mm:ss`.
    pub begin_time: Option<&'a str>,
    /// `end_time`: `HH:mm:ss`; not later than the begin means on the next day.
    pub end_time: Option<&'a str>,
    /// `next_compare_time`.
    pub next_compare_time: Option<&'a str>,
    /// `interval_hour`: only where runs are hourly.
    pub interval_hour: Option<i64>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether runs are due at all.
    pub status: PolicyStatus,
    /// When the cloud says that the next one is due; may have passed.
    pub next: Option<Timestamp>,
    /// None where the cloud's words make no rule.
    pub(super) rule: Option<Rule>,
}

/// When runs are due, as far as the policy's words tell. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Bit 0 is Monday.
    days: u8,
    /// Since midnight.
    begin: i64,
    /// How long the window is open.
    window: i64,
    /// From run to run within the window; none for one run a window.
    interval: Option<i64>,
}

impl Policy {
    /// Reads a report. What cannot be read in an open policy is told beside it.
    #[must_use]
    pub fn read(report: &PolicyReport<'_>) -> (Self, Vec<Contradiction>) {
        let mut contradictions = Vec::new();
        let status = report.status.map_or(PolicyStatus::Unknown, PolicyStatus::from_word);
        if status != PolicyStatus::Open {
            let policy = Self {
                status,
                next: None,
                rule: None,
            };
            return (policy, contradictions);
        }
        let next = time("next_compare_time", report.next_compare_time, &mut contradictions);
        let begin = time_of_day("begin_time", report.begin_time, &mut contradictions);
        let end = time_of_day("end_time", report.end_time, &mut contradictions);
        let days = days(report.period, &mut contradictions);
        let rule = begin.zip(days).map(|(begin, days)| Rule {
            days,
            begin,
            window: end.map_or(DAY, |end| match (end - begin).rem_euclid(DAY) {
                0 => DAY,
                window => window,
            }),
            interval: report
                .interval_hour
                .filter(|hours| *hours > 0)
                .map(|hours| hours.saturating_mul(3600)),
        });
        (Self { status, next, rule }, contradictions)
    }

    /// The instants at which runs are due from `from` up to and including `to`, the newest first. They go back two
    /// weeks at most.
    pub(super) fn due(&self, from: Option<Timestamp>, to: Timestamp) -> impl Iterator<Item = Timestamp> {
        let to = to.as_second();
        let from = from.map_or(i64::MIN, Timestamp::as_second);
        let today = to.div_euclid(DAY);
        let rule = self.rule;
        let shift = rule.map_or(0, |rule| self.shift(rule));
        let days = (0..=LOOK_BACK_DAYS).map(move |back| today - back);
        let instants = days.flat_map(move |day| rule.into_iter().flat_map(move |rule| rule.instants(day, shift).rev()));
        instants
            .skip_while(move |instant| *instant > to)
            .take_while(move |instant| *instant >= from)
            .filter_map(|instant| Timestamp::from_second(instant).ok())
    }

    /// When the next run after `now` is due: as the cloud says, else as the rule does.
    #[must_use]
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        if let Some(next) = self.next.filter(|next| *next > now) {
            return Some(next);
        }
        let rule = self.rule?;
        let (now, shift) = (now.as_second(), self.shift(rule));
        let today = now.div_euclid(DAY);
        // From yesterday on, whose window may reach into today.
        let mut instants = (-1..=LOOK_BACK_DAYS).flat_map(|ahead| rule.instants(today + ahead, shift));
        let next = instants.find(|instant| *instant > now)?;
        Timestamp::from_second(next).ok()
    }

    /// Until when a run that was due at `due` may still start: the window's end, or the next due instant.
    #[must_use]
    pub fn patience(&self, due: Timestamp) -> Duration {
        let Some(rule) = self.rule else {
            return Duration::from_secs(DAY.unsigned_abs());
        };
        let begin = (rule.begin + self.shift(rule)).rem_euclid(DAY);
        let into_window = match rule.interval {
            None => 0,
            Some(_) => (due.as_second() - begin).rem_euclid(DAY),
        };
        let left = (rule.window - into_window).max(0);
        let left = rule.interval.map_or(left, |interval| left.min(interval));
        Duration::from_secs(left.unsigned_abs())
    }

    /// By how much the cloud's runs are due later than the window's begin says: its own word for the next run counts
    /// more than our reading of the rule, as long as the two can be brought together.
    fn shift(&self, rule: Rule) -> i64 {
        let Some(next) = self.next.map(Timestamp::as_second) else {
            return 0;
        };
        let since_begin = (next - rule.begin).rem_euclid(DAY);
        let day = (next - since_begin).div_euclid(DAY);
        if !rule.has(day) || since_begin >= rule.window {
            return 0;
        }
        rule.interval.map_or(since_begin, |interval| since_begin % interval)
    }
}

impl Rule {
    /// Whether a window begins on `day`, counted from the Unix epoch, which was a Thursday.
    fn has(self, day: i64) -> bool {
        self.days >> (day + 3).rem_euclid(7) & 1 == 1
    }

    /// The instants of the window that begins on `day`, in order.
    fn instants(self, day: i64, shift: i64) -> impl DoubleEndedIterator<Item = i64> {
        let first = day * DAY + self.begin + shift;
        let room = self.window - shift;
        let count = match self.interval {
            _ if !self.has(day) || room <= 0 => 0,
            None => 1,
            Some(interval) => (room - 1) / interval + 1,
        };
        let interval = self.interval.unwrap_or(DAY);
        (0..count).map(move |number| first + number * interval)
    }
}

fn time_of_day(field: &'static str, text: Option<&str>, contradictions: &mut Vec<Contradiction>) -> Option<i64> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let Ok(time) = text.parse::<Time>() else {
        contradictions.push(Contradiction::unreadable(field, text));
        return None;
    };
    Some(i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second()))
}

/// The days in `* * 1,3,5`, `* * *` or `* * 1-5`, as bits; Sunday may be written 0 or 7.
fn days(period: Option<&str>, contradictions: &mut Vec<Contradiction>) -> Option<u8> {
    let text = period.map(str::trim).filter(|text| !text.is_empty())?;
    let last = text.split_whitespace().next_back().unwrap_or_default();
    let mut days = Some(0);
    for part in last.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let read = match part {
            "*" | "?" => Some((1, 7)),
            _ => first.parse::<u8>().ok().zip(last.parse::<u8>().ok()),
        };
        days = days
            .zip(read.filter(|(first, last)| first <= last && *last <= 7))
            .map(|(days, (first, last))| (first..=last).fold(days, |days, day| days | 1 << ((day + 6) % 7)));
    }
    if days.is_none() {
        contradictions.push(Contradiction::unreadable("period", text));
    }
    days
}
