//! When a job is to be compared: the answer of the policy call (API text 1.5).
//!
//! Owns: the words of a policy. Knows nothing of which runs really took place.

use serde_json::{Value, json};

use super::task::time_text;

/// Seconds of an hour.
pub(super) const HOUR: i64 = 3600;
/// Seconds of a day.
pub(super) const DAY: i64 = 24 * HOUR;
/// Seconds of a week.
pub(super) const WEEK: i64 = 7 * DAY;
/// The last second of a day.
pub(super) const END_OF_DAY: i64 = DAY - 1;

/// Days of a week: a set of 1, Monday, to 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days(u8);

impl Days {
    /// All seven.
    pub(crate) const ALL: Self = Self(0b1111_1110);

    /// These.
    pub(crate) fn of(days: &[i64]) -> Self {
        Self(days.iter().fold(0, |set, day| set | 1 << day))
    }

    /// In order.
    pub(crate) fn iter(self) -> impl Iterator<Item = i64> {
        (1..=7).filter(move |day| self.0 & (1 << day) != 0)
    }
}

/// How often a comparison is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// Every day, once within the window.
    Daily,
    /// Every week on these days, once within the window.
    Weekly(Days),
    /// Every day, each so many hours from the window's begin while it is open; divides a day.
    Hourly(i64),
}

/// A job's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// OPEN.
    Open(Rhythm),
    /// CLOSED: runs took place once.
    Closed(Rhythm),
    /// `NO_SUPPORT`: there was never a run.
    Unsupported,
}

/// How a time that does not exist is left out: the API text promises none of these (8, item 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// The field is absent.
    Absent,
    /// The field is "".
    Empty,
    /// The field is null.
    Null,
}

impl Gap {
    /// One of the three.
    pub(crate) fn draw(rng: &mut fastrand::Rng) -> Self {
        [Self::Absent, Self::Empty, Self::Null][rng.usize(0..3)]
    }

    /// What stands in the field.
    pub(crate) fn field(self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::Empty => Some("".into()),
            Self::Null => Some(Value::Null),
        }
    }
}

impl Rhythm {
    /// From one run to the next, in seconds, where it is weekly on one day only and hourly by day and by night.
    pub(crate) fn seconds(self) -> i64 {
        match self {
            Self::Daily => DAY,
            Self::Weekly(_) => WEEK,
            Self::Hourly(hours) => hours * HOUR,
        }
    }

    /// The begin of a window in which a run is due at `anchor` (Unix seconds), in seconds since midnight.
    pub(crate) fn window_begin(self, anchor: i64) -> i64 {
        match self {
            Self::Daily | Self::Weekly(_) => anchor.rem_euclid(DAY),
            Self::Hourly(_) => anchor.rem_euclid(self.seconds()),
        }
    }

    /// The days on which it runs.
    pub(crate) fn days(self) -> Days {
        match self {
            Self::Daily | Self::Hourly(_) => Days::ALL,
            Self::Weekly(days) => days,
        }
    }

    fn period(self) -> String {
        let days: Vec<String> = self.days().iter().map(|day| day.to_string()).collect();
        format!("* * {}", days.join(","))
    }
}

/// The day of the week, 1 is Monday, of a time in Unix seconds.
pub(crate) fn weekday(seconds: i64) -> i64 {
    // The first of January 1970 was a Thursday.
    (seconds.div_euclid(DAY) + 3).rem_euclid(7) + 1
}

/// The answer of the policy call. `next` is when the next run is due, in Unix seconds, and `window` where in the day
/// runs may take place, in seconds since midnight.
pub(crate) fn answer(policy: Policy, next: i64, window: (i64, i64), types: &[&str], gap: Gap) -> Value {
    let (status, rhythm) = match policy {
        Policy::Open(rhythm) => ("OPEN", rhythm),
        Policy::Closed(rhythm) => ("CLOSED", rhythm),
        Policy::Unsupported => return json!({"status": "NO_SUPPORT"}),
    };
    let mut answer = json!({
        "status": status,
        "period": rhythm.period(),
        "begin_time": time_of_day(window.0),
        "end_time": time_of_day(window.1),
        "compare_type": types,
        "compare_policy": "normal",
    });
    if let Rhythm::Hourly(hours) = rhythm {
        answer["interval_hour"] = hours.into();
    }
    let next = match policy {
        Policy::Open(_) => Some(time_text(next).into()),
        Policy::Closed(_) | Policy::Unsupported => gap.field(),
    };
    if let Some(next) = next {
        answer["next_compare_time"] = next;
    }
    answer
}

fn time_of_day(seconds: i64) -> String {
    let seconds = seconds.rem_euclid(DAY);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_policy_reads_as_the_example_does() {
        let types = ["lines", "account", "object_comparison"];
        // 2023-06-12T08:00:00Z
        let next = 1_686_556_800;
        let answer = answer(
            Policy::Open(Rhythm::Daily),
            next,
            (8 * 3600, 10 * 3600),
            &types,
            Gap::Null,
        );
        assert_eq!(
            answer,
            json!({"status": "OPEN", "period": "* * 1,2,3,4,5,6,7", "begin_time": "08:00:00", "end_time": "10:00:00",
                   "next_compare_time": "2023-06-12T08:00:00Z", "compare_type": types, "compare_policy": "normal"})
        );
    }

    #[test]
    fn a_window_begins_where_its_runs_are_due() {
        // 2023-06-12T14:30:00Z, a Monday.
        let due = 1_686_580_200;
        assert_eq!(weekday(due), 1);
        assert_eq!(weekday(due - DAY), 7);
        assert_eq!(time_of_day(Rhythm::Daily.window_begin(due)), "14:30:00");
        assert_eq!(time_of_day(Rhythm::Hourly(4).window_begin(due)), "02:30:00");
        assert_eq!(Rhythm::Weekly(Days::of(&[weekday(due)])).period(), "* * 1");
        assert_eq!(Rhythm::Weekly(Days::of(&[5, 1, 3])).period(), "* * 1,3,5");
    }

    #[test]
    fn a_closed_policy_has_no_next_run_in_one_of_three_ways() {
        let of = |gap| answer(Policy::Closed(Rhythm::Hourly(2)), 0, (0, DAY - 1), &["lines"], gap);
        assert_eq!(of(Gap::Absent).get("next_compare_time"), None);
        assert_eq!(of(Gap::Empty)["next_compare_time"], "");
        assert_eq!(of(Gap::Null)["next_compare_time"], Value::Null);
        assert_eq!(of(Gap::Null)["interval_hour"], 2);
        assert_eq!(of(Gap::Null)["end_time"], "23:59:59");
    }
}
