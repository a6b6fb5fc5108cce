//! Times and spans as people read them.

use std::time::Duration;

use jiff::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `2024-04-07 10:00:01`, in UTC.
pub(super) fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2024-04-07 10:00`, in UTC: where many stand beside each other.
pub(super) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

/// `8 s`, `1 min 30 s`, `2 h 5 min`, `3 d 4 h`: two units say enough.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (large, unit, small, small_unit) = match seconds {
        0..MINUTE => return format!("{seconds} s"),
        MINUTE..HOUR => (seconds / MINUTE, "min", seconds % MINUTE, "s"),
        HOUR..DAY => (seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        DAY.. => (seconds / DAY, "d", seconds % DAY / HOUR, "h"),
    };
    if small == 0 {
        format!("{large} {unit}")
    } else {
        format!("{large} {unit} {small} {small_unit}")
    }
}

/// How long ago `time` was at `now`; what is ahead (the clock was set back) counts as now.
pub(super) fn ago(time: Timestamp, now: Timestamp) -> String {
    let age = Duration::try_from(now.duration_since(time)).unwrap_or_default();
    format!("{} ago", span(age))
}

/// In how long `time` will be; what has passed counts as now.
pub(super) fn ahead(time: Timestamp, now: Timestamp) -> String {
    let left = Duration::try_from(time.duration_since(now)).unwrap_or_default();
    format!("in {}", span(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (90, "1 min 30 s"),
            (3599, "59 min 59 s"),
            (3600, "1 h"),
            (7500, "2 h 5 min"),
            (86_399, "23 h 59 min"),
            (86_400, "1 d"),
            (273_600, "3 d 4 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn times_are_utc_and_an_age_is_never_negative() {
        let time: Timestamp = "2024-04-07T18:00:01+08:00".parse().unwrap();
        assert_eq!(utc(time), "2024-04-07 10:00:01");
        assert_eq!(minute(time), "2024-04-07 10:00");
        assert_eq!(ago(time, time + Duration::from_secs(90)), "1 min 30 s ago");
        assert_eq!(ago(time, time - Duration::from_secs(90)), "0 s ago");
        assert_eq!(ahead(time, time - Duration::from_secs(90)), "in 1 min 30 s");
        assert_eq!(ahead(time, time + Duration::from_secs(90)), "in 0 s");
    }
}
