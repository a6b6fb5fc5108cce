//! Policies as people set them: mostly once a day within a window at night or by day, some once or thrice a week, some
//! every few hours.
//!
//! Owns: which policy a job of the daily world has, and when its runs are due by it. Knows nothing of what becomes of
//! them.

use super::cast::Part;
use super::policy::{DAY, Days, END_OF_DAY, HOUR, Rhythm};
use super::timetable::Timetable;

/// A minute, in seconds.
const MINUTE: i64 = 60;
/// Days on which people compare once or thrice a week, 1 is Monday.
const WEEKS: [&[i64]; 5] = [&[1], &[7], &[6], &[1, 3, 5], &[2, 4, 6]];
/// Hours from run to run.
const HOURS: [i64; 5] = [1, 2, 3, 4, 6];
/// Hours that a window is open.
const WINDOWS: std::ops::RangeInclusive<i64> = 1..=4;
/// A window that opens no later closes on the same day.
const LATEST_BEGIN: i64 = 20 * HOUR;
/// How many hours after its first run an hourly policy of the working day has its last, at most.
const WORKING_DAY: i64 = 12;
/// The run of a job that is seen running was due so long before the world's start.
const RUNNING_SINCE: i64 = 2 * MINUTE;
/// The run that did not take place was due so long before the world's start.
const MISSED: std::ops::Range<i64> = 3 * HOUR..9 * HOUR;

/// When a job is compared.
pub(super) struct Arrangement {
    pub(super) rhythm: Rhythm,
    /// In seconds since midnight.
    pub(super) window: (i64, i64),
    pub(super) timetable: Timetable,
}

/// The arrangement of a job with this part in a world that starts at `start`.
pub(super) fn arrange(part: Part, start: i64, rng: &mut fastrand::Rng) -> Arrangement {
    let rhythm = match part {
        Part::Running | Part::Waiting | Part::Stuck => Rhythm::Daily,
        _ => rhythm(rng),
    };
    let begin = match (part, rhythm) {
        (Part::Running, _) => time_of_day(start - RUNNING_SINCE),
        (Part::Waiting, _) => time_of_day(start),
        (Part::Stuck, _) => time_of_day(start - rng.i64(MISSED)),
        (_, Rhythm::Hourly(_)) => minute(rng, 0, HOUR),
        _ => minute(rng, 0, LATEST_BEGIN),
    };
    let (window, times) = match rhythm {
        Rhythm::Hourly(hours) => hourly(hours * HOUR, begin, rng),
        _ => ((begin, (begin + rng.i64(WINDOWS) * HOUR).min(END_OF_DAY)), vec![begin]),
    };
    let on = |day: i64| times.iter().map(move |time| (day - 1) * DAY + time);
    let week: Vec<i64> = rhythm.days().iter().flat_map(on).collect();
    Arrangement {
        rhythm,
        window,
        timetable: Timetable::weekly(&week, start),
    }
}

fn rhythm(rng: &mut fastrand::Rng) -> Rhythm {
    match rng.u8(0..20) {
        0..13 => Rhythm::Daily,
        13..16 => Rhythm::Weekly(Days::of(WEEKS[rng.usize(0..WEEKS.len())])),
        _ => Rhythm::Hourly(HOURS[rng.usize(0..HOURS.len())]),
    }
}

/// All day long, or in a window of the working day that is still open an hour after the last run was due.
fn hourly(interval: i64, begin: i64, rng: &mut fastrand::Rng) -> ((i64, i64), Vec<i64>) {
    let (begin, last, end) = if rng.bool() {
        (begin, END_OF_DAY, END_OF_DAY)
    } else {
        let begin = minute(rng, 6 * HOUR, 10 * HOUR);
        let last = begin + WORKING_DAY * HOUR / interval * interval;
        (begin, last, last + HOUR)
    };
    let mut times = Vec::new();
    let mut time = begin;
    while time <= last {
        times.push(time);
        time += interval;
    }
    ((begin, end), times)
}

/// A whole minute of the day.
fn minute(rng: &mut fastrand::Rng, from: i64, to: i64) -> i64 {
    rng.i64(from / MINUTE..to / MINUTE) * MINUTE
}

/// The whole minute of the day at or before a time in Unix seconds.
fn time_of_day(time: i64) -> i64 {
    time.rem_euclid(DAY) / MINUTE * MINUTE
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::chance::chance;
    use super::*;

    /// 2024-04-07T10:00:42Z.
    const START: i64 = 1_712_484_042;

    #[test]
    fn runs_are_due_within_the_window_on_days_of_the_policy() {
        let mut rhythms = HashMap::new();
        for place in 0..400 {
            let arranged = arrange(Part::Ordinary, START, &mut chance(1, &[place]));
            let (begin, end) = arranged.window;
            assert!(
                0 <= begin && begin + HOUR <= end + 1 && end <= END_OF_DAY,
                "{begin} {end}"
            );
            let table = arranged.timetable;
            assert!(table.due(0) <= START && START < table.due(1));
            for number in -50..50 {
                let due = table.due(number);
                let of_day = due.rem_euclid(DAY);
                assert!((begin..=end).contains(&of_day));
                assert!(
                    arranged
                        .rhythm
                        .days()
                        .iter()
                        .any(|day| day == super::super::policy::weekday(due))
                );
                match arranged.rhythm {
                    Rhythm::Hourly(hours) => assert_eq!((of_day - begin) % (hours * HOUR), 0),
                    _ => assert_eq!(of_day, begin),
                }
            }
            *rhythms.entry(std::mem::discriminant(&arranged.rhythm)).or_insert(0) += 1;
        }
        let mut counts: Vec<i32> = rhythms.into_values().collect();
        counts.sort_unstable();
        assert!(counts.len() == 3 && counts[2] > 200, "{counts:?}");
    }

    #[test]
    fn those_who_must_be_seen_at_the_start_are() {
        let due = |part| arrange(part, START, &mut chance(1, &[])).timetable.due(0);
        assert_eq!(due(Part::Waiting), START - 42);
        assert_eq!(due(Part::Running), START - 42 - RUNNING_SINCE);
        assert!((3 * HOUR..=9 * HOUR + MINUTE).contains(&(START - due(Part::Stuck))));
    }
}
