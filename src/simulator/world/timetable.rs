//! When runs are due: a pattern of times that repeats for ever, both ways.
//!
//! Owns: the numbering of runs. Number 0 is the one due at or just before the world's start. Knows nothing of policies.

use super::policy::WEEK;

/// Run `n` is due at the `n`th time of the pattern, counted from run 0.
#[derive(Clone, Debug)]
pub(crate) struct Timetable {
    /// When run 0 is due, in Unix seconds.
    base: i64,
    /// After so many seconds the pattern repeats.
    period: i64,
    /// From `base` to each time of one period, in order; the first is 0.
    offsets: Vec<i64>,
}

impl Timetable {
    /// Run 0 at `anchor` and then one every `interval` seconds.
    pub(crate) fn every(interval: i64, anchor: i64) -> Self {
        Self {
            base: anchor,
            period: interval,
            offsets: vec![0],
        }
    }

    /// Every week at these times, in seconds since Monday began; there is at least one.
    pub(crate) fn weekly(times: &[i64], start: i64) -> Self {
        let ago = |time: &i64| (second_of_week(start) - time).rem_euclid(WEEK);
        let newest = times.iter().map(ago).min().unwrap_or(0);
        // How long ago a time was tells how long after run 0 it comes again.
        let mut offsets: Vec<i64> = times.iter().map(|time| (newest - ago(time)).rem_euclid(WEEK)).collect();
        offsets.sort_unstable();
        offsets.dedup();
        Self {
            base: start - newest,
            period: WEEK,
            offsets,
        }
    }

    /// When the run with this number is due, in Unix seconds.
    pub(crate) fn due(&self, number: i64) -> i64 {
        let turn = self.turn();
        let place = usize::try_from(number.rem_euclid(turn)).unwrap_or(0);
        self.base + number.div_euclid(turn) * self.period + self.offsets[place]
    }

    /// The number of the newest run that is due at `now`.
    pub(crate) fn newest(&self, now: i64) -> i64 {
        let elapsed = now - self.base;
        let within = elapsed.rem_euclid(self.period);
        let begun = self.offsets.partition_point(|offset| *offset <= within);
        elapsed.div_euclid(self.period) * self.turn() + i64::try_from(begun).unwrap_or(i64::MAX) - 1
    }

    /// Runs in one period.
    fn turn(&self) -> i64 {
        i64::try_from(self.offsets.len()).unwrap_or(i64::MAX)
    }
}

fn second_of_week(time: i64) -> i64 {
    // The fifth of January 1970 was a Monday.
    (time - 4 * super::policy::DAY).rem_euclid(WEEK)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    /// 2024-04-07T10:00:00Z, a Sunday.
    const SUNDAY: i64 = 1_712_484_000;

    #[test]
    fn a_simple_pattern_is_counted_from_its_anchor() {
        let table = Timetable::every(120, 1000);
        assert_eq!([-2, 0, 3].map(|number| table.due(number)), [760, 1000, 1360]);
        assert_eq!([999, 1000, 1119, 1120].map(|now| table.newest(now)), [-1, 0, 0, 1]);
    }

    #[test]
    fn a_week_is_counted_from_its_newest_time() {
        // Mondays and Thursdays at 12:00, Sundays at 10:00.
        let times = [12 * HOUR, 3 * DAY + 12 * HOUR, 6 * DAY + 10 * HOUR];
        let table = Timetable::weekly(&times, SUNDAY + 1);
        let from_zero = [-3, -2, -1, 0, 1, 2, 3].map(|number| table.due(number) - SUNDAY);
        let (monday, thursday) = (26 * HOUR, 4 * DAY + 2 * HOUR);
        assert_eq!(
            from_zero,
            [-WEEK, monday - WEEK, thursday - WEEK, 0, monday, thursday, WEEK]
        );
        for number in -9..9 {
            assert_eq!(table.newest(table.due(number)), number);
            assert_eq!(table.newest(table.due(number) - 1), number - 1);
        }
    }
}
