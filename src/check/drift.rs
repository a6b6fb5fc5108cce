//! How far this machine's clock is off the cloud's.
//!
//! Owns: what the header `Date` of an answer proves of the two clocks. It has whole seconds, cut off, and was written
//! at some moment between sending and receiving; so an answer gives bounds, and only what is certain by them is told.

use std::time::Duration;

use jiff::Timestamp;

use super::report::{Finding, Outcome};
use super::words;

/// The header's rounding: the cloud's time was up to so much later than it says.
const ROUNDING: Duration = Duration::from_secs(1);
/// A smaller difference nobody notices: Prometheus compares its own clock with the cloud's times at minutes at best.
const NOTABLE_SECONDS: f64 = 5.0;
/// Signatures fail from here on (API text, 3.2), and tokens are renewed at the wrong time.
const FATAL_SECONDS: f64 = 15.0 * 60.0;

/// By how many seconds this machine's clock is ahead, at least and at most; negative where it is behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drift {
    least: f64,
    most: f64,
}

impl Drift {
    /// What an answer proves that was asked for at `sent` and was there at `received` by this machine's clock, and
    /// says that it was written at `answered_at`.
    pub(super) fn of(sent: Timestamp, received: Timestamp, answered_at: Timestamp) -> Self {
        Self {
            least: sent.duration_since(answered_at).as_secs_f64() - ROUNDING.as_secs_f64(),
            most: received.duration_since(answered_at).as_secs_f64(),
        }
    }

    /// The more exact of the two.
    pub(super) fn sharper(self, other: Self) -> Self {
        if other.most - other.least < self.most - self.least {
            other
        } else {
            self
        }
    }

    /// The likeliest difference, to half a second.
    pub(super) fn seconds(self) -> f64 {
        (self.least + self.most).round() / 2.0
    }

    /// The smallest difference that the bounds allow.
    fn certain(self) -> f64 {
        if self.least > 0.0 {
            self.least
        } else if self.most < 0.0 {
            -self.most
        } else {
            0.0
        }
    }

    pub(super) fn finding(self) -> Finding {
        let certain = self.certain();
        if certain <= NOTABLE_SECONDS {
            let detail = "agrees with the cloud's, as far as answers tell (whole seconds)";
            return Finding::new("clock", Outcome::Ok, detail);
        }
        let seconds = self.seconds();
        let side = if seconds < 0.0 { "behind" } else { "ahead of" };
        let by = words::span(Duration::from_secs_f64(seconds.abs()));
        let detail = format!("this machine's clock is {by} {side} the cloud's (to the second)");
        if certain > FATAL_SECONDS {
            Finding {
                cause: Some("clock_skew"),
                ..Finding::new("clock", Outcome::Failed, detail).with_remedy(
                    "set this machine's clock by NTP; signatures more than 15 minutes off are refused, and tokens are \
                     renewed at the wrong time",
                )
            }
        } else {
            Finding::new("clock", Outcome::Warning, detail).with_remedy(
                "set this machine's clock by NTP; ages such as `time() - …_timestamp_seconds` are wrong by as much \
                 where Prometheus has the same clock",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::UNIX_EPOCH
            .checked_add(Duration::from_secs_f64(1_000_000.0 + seconds))
            .unwrap()
    }

    #[test]
    fn only_a_difference_that_is_certain_is_told() {
        for (sent, received, expected) in [
            (0.0, 0.1, Outcome::Ok),
            (0.9, 1.0, Outcome::Ok),
            (5.9, 6.0, Outcome::Ok),
            (6.1, 6.2, Outcome::Warning),
            (-5.2, -4.9, Outcome::Ok),
            (-5.2, -5.1, Outcome::Warning),
            // It took a minute: anything may have happened when.
            (-1.0, 60.0, Outcome::Ok),
            (-60.0, 1.0, Outcome::Ok),
            (900.5, 901.0, Outcome::Warning),
            (901.1, 902.0, Outcome::Failed),
            (-3600.0, -3599.9, Outcome::Failed),
        ] {
            let drift = Drift::of(at(sent), at(received), at(0.0));
            assert_eq!(drift.finding().result, expected, "{sent} {received}");
        }
    }

    #[test]
    fn the_likeliest_difference_is_told_with_its_side() {
        let drift = Drift::of(at(3600.4), at(3600.6), at(0.0));
        assert!((drift.seconds() - 3600.0).abs() < f64::EPSILON, "{drift:?}");
        assert!(drift.finding().detail.contains("1h ahead of"), "{:?}", drift.finding());
        let behind = Drift::of(at(-74.6), at(-74.5), at(0.0));
        assert!(
            behind.finding().detail.contains("1m 15s behind"),
            "{:?}",
            behind.finding()
        );
    }

    #[test]
    fn the_quicker_answer_is_the_sharper_one() {
        let (slow, quick) = (
            Drift::of(at(0.0), at(9.0), at(0.0)),
            Drift::of(at(0.0), at(0.1), at(0.0)),
        );
        assert_eq!(slow.sharper(quick), quick);
        assert_eq!(quick.sharper(slow), quick);
    }
}
