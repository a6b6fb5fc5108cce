//! How long runs wait and how long they take.
//!
//! Owns: these lengths, in seconds. Knows nothing of when a run is due.

use std::ops::RangeInclusive;

use fastrand::Rng;

/// The pace of all runs of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Seconds, so that whoever watches sees things move.
    Brisk,
    /// As in a real cloud: mostly late by seconds and done within minutes, now and then far later and longer.
    Real,
}

impl Pace {
    fn waits(self) -> RangeInclusive<i64> {
        match self {
            Self::Brisk => 1..=5,
            Self::Real => 2..=600,
        }
    }

    fn lengths(self) -> RangeInclusive<i64> {
        match self {
            Self::Brisk => 5..=90,
            Self::Real => 60..=2400,
        }
    }

    /// The time in the queue of some run.
    pub(super) fn wait(self, rng: &mut Rng) -> i64 {
        self.draw(self.waits(), rng)
    }

    /// The shortest there is.
    pub(super) fn shortest_wait(self) -> i64 {
        *self.waits().start()
    }

    /// The longest there is.
    pub(super) fn longest_wait(self) -> i64 {
        *self.waits().end()
    }

    /// The time that some run takes.
    pub(super) fn length(self, rng: &mut Rng) -> i64 {
        self.draw(self.lengths(), rng)
    }

    /// The longest that one may take.
    pub(super) fn longest(self) -> i64 {
        *self.lengths().end()
    }

    /// What a run takes at least that must be seen running when the world starts.
    pub(super) fn seen_running(self) -> i64 {
        self.longest() / 2
    }

    fn draw(self, range: RangeInclusive<i64>, rng: &mut Rng) -> i64 {
        match self {
            Self::Brisk => rng.i64(range),
            Self::Real => {
                // The least of four: the short ones are many, the long ones few.
                let drawn = (0..4).map(|_| rng.i64(range.clone()));
                drawn.min().unwrap_or(*range.start())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chance::chance;
    use super::*;

    #[test]
    fn a_real_run_is_mostly_short_and_always_over_within_the_hour() {
        let mut rng = chance(1, &[]);
        let mut lengths: Vec<i64> = (0..1000).map(|_| Pace::Real.length(&mut rng)).collect();
        lengths.sort_unstable();
        assert!(
            lengths[500] < 10 * 60 && lengths[999] > 20 * 60,
            "{} {}",
            lengths[500],
            lengths[999]
        );
        assert!(Pace::Real.longest_wait() + Pace::Real.longest() < 3600);
    }
}
