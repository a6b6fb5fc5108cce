//! The rule that a policy's words make: on which days a window opens, from when to when, how often within it.
//!
//! Owns: the words (API text 1.5) and the arithmetic of windows, in whole seconds since the Unix epoch. Knows nothing of
//! what the cloud names as the next run.
//!
//! Words that allow two readings make no rule: from a wrong one follow runs that nobody had due.

use jiff::civil::Time;

use super::PolicyReport;
use crate::comparison::Contradiction;

pub(super) const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 3600;

/// The longest look back and ahead: a weekly run, and one more for the week in which it was not due.
const LOOK_DAYS: i64 = 15;

/// When runs are due, as far as the policy's words tell. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Bit 0 is Monday.
    days: u8,
    /// From midnight; of a rule that was moved, it may be beyond the next.
    begin: i64,
    /// How long the window is open: a day at most, so that none reaches into the next.
    window: i64,
    /// From run to run within the window; none for one run a window.
    interval: Option<i64>,
}

impl Rule {
    pub(super) fn read(report: &PolicyReport<'_>, contradictions: &mut Vec<Contradiction>) -> Option<Self> {
        let begin = time_of_day("begin_time", report.begin_time, contradictions);
        let end = time_of_day("end_time", report.end_time, contradictions);
        let days = days(report.period, contradictions);
        let interval = interval(report.interval_hour, contradictions);
        let (begin, end, days) = (begin.ok()??, end.ok()?, days?);
        let window = end.map_or(DAY, |end| match (end - begin).rem_euclid(DAY) {
            0 => DAY,
            window => window,
        });
        Some(Self {
            days,
            begin,
            window,
            interval: interval?.0,
        })
    }

    /// Where `instant` is within its window: so much later than the rule has a run due, and with so much time left until
    /// the window ends or another run is due. None outside of all windows.
    pub(super) fn place(self, instant: i64) -> Option<(i64, i64)> {
        let into = (instant - self.begin).rem_euclid(DAY);
        let day = (instant - into - self.begin).div_euclid(DAY);
        let left = self.window - into;
        let place = match self.interval {
            None => (into, left),
            Some(interval) => (into % interval, left.min(interval)),
        };
        (self.has(day) && left > 0).then_some(place)
    }

    /// How long the window is still open at `instant`; 0 outside of all windows.
    pub(super) fn left(self, instant: i64) -> i64 {
        let into = (instant - self.begin).rem_euclid(DAY);
        self.place(instant).map_or(0, |_| self.window - into)
    }

    /// How long a run that is due may take to start, at most.
    pub(super) fn longest_room(self) -> i64 {
        self.interval.map_or(self.window, |interval| interval.min(self.window))
    }

    /// The same rule with all runs due so much later; the windows end as before.
    pub(super) fn moved(self, later: i64) -> Self {
        Self {
            begin: self.begin + later,
            window: self.window - later,
            ..self
        }
    }

    /// When runs are due up to and including `to`, the newest first.
    pub(super) fn up_to(self, to: i64) -> impl Iterator<Item = i64> {
        let today = to.div_euclid(DAY);
        let instants = (0..=LOOK_DAYS).flat_map(move |back| self.instants(today - back).rev());
        instants.skip_while(move |instant| *instant > to)
    }

    /// When the first run is due after `from`.
    pub(super) fn after(self, from: i64) -> Option<i64> {
        let today = from.div_euclid(DAY);
        // The windows of the two days before may reach into today, a moved one's from beyond midnight.
        let mut instants = (-2..=LOOK_DAYS).flat_map(|ahead| self.instants(today + ahead));
        instants.find(|instant| *instant > from)
    }

    /// Whether a window begins on `day`, counted from the Unix epoch, which was a Thursday.
    fn has(self, day: i64) -> bool {
        self.days >> (day + 3).rem_euclid(7) & 1 == 1
    }

    /// When runs are due in the window that begins on `day`, in order. At its very end none is due any more.
    fn instants(self, day: i64) -> impl DoubleEndedIterator<Item = i64> {
        let first = day * DAY + self.begin;
        let count = match self.interval {
            _ if !self.has(day) || self.window <= 0 => 0,
            None => 1,
            Some(interval) => (self.window - 1) / interval + 1,
        };
        let interval = self.interval.unwrap_or(DAY);
        (0..count).map(move |number| first + number * interval)
    }
}

/// Seconds from run to run within a window, none for one run a window.
struct Interval(Option<i64>);

/// Nothing where the hours do not divide a day: nobody says whether such runs begin anew with each window.
fn interval(hours: Option<i64>, contradictions: &mut Vec<Contradiction>) -> Option<Interval> {
    match hours {
        None | Some(0) => Some(Interval(None)),
        Some(hours @ 1..=24) if 24 % hours == 0 => Some(Interval(Some(hours * HOUR))),
        Some(1..) => None,
        Some(hours) => {
            contradictions.push(Contradiction::unreadable("interval_hour", &hours.to_string()));
            None
        }
    }
}

/// A time that is there and cannot be read. It was told.
struct Unreadable;

/// Seconds since midnight, if there is a time. `24:00` is the end of the day.
fn time_of_day(
    field: &'static str,
    text: Option<&str>,
    contradictions: &mut Vec<Contradiction>,
) -> Result<Option<i64>, Unreadable> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if matches!(text, "24:00" | "24:00:00") {
        return Ok(Some(DAY));
    }
    let Ok(time) = text.parse::<Time>() else {
        contradictions.push(Contradiction::unreadable(field, text));
        return Err(Unreadable);
    };
    Ok(Some(
        i64::from(time.hour()) * HOUR + i64::from(time.minute()) * 60 + i64::from(time.second()),
    ))
}

/// The days in `* * 1,3,5`, `* * *` or `* * 1-5`, as bits; Sunday may be written 0 or 7. What stands before the days
/// must be stars: a day of the month there would be read as every day.
fn days(period: Option<&str>, contradictions: &mut Vec<Contradiction>) -> Option<u8> {
    let text = period.map(str::trim).filter(|text| !text.is_empty())?;
    let (before, last) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
    let is_star = |word: &str| matches!(word, "*" | "?");
    let days = last
        .split(',')
        .map(|part| if is_star(part) { Some(ALL_DAYS) } else { range(part) })
        .try_fold(0, |days, part| part.map(|part| days | part))
        .filter(|_| before.split_whitespace().all(is_star));
    if days.is_none() {
        contradictions.push(Contradiction::unreadable("period", text));
    }
    days
}

const ALL_DAYS: u8 = 0b111_1111;

fn range(part: &str) -> Option<u8> {
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (first, last) = (first.parse::<u8>().ok()?, last.parse::<u8>().ok()?);
    let is_range = first <= last && last <= 7;
    is_range.then(|| (first..=last).fold(0, |days, day| days | 1 << ((day + 6) % 7)))
}
