//! Who is asked next, and when again.
//!
//! Everything has its own fixed moment within the interval, drawn from its name: requests spread themselves over
//! the interval, the same way after every restart. When the budget does not suffice, the longest due is next, so
//! that nothing starves.

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use tokio::time::Instant;

/// The fixed moment of `name` within any interval, as a share of it: 0 ≤ share < 1.
pub(super) fn phase(name: &impl Hash) -> f64 {
    /// A share is told apart to a ten-thousandth, which is 6 ms of a minute.
    const STEPS: u16 = 10_000;
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let step = u16::try_from(hasher.finish() % u64::from(STEPS)).unwrap_or_default();
    f64::from(step) / f64::from(STEPS)
}

/// The first moment of `phase` after `after`, counted in intervals from `origin`: later by at most one interval.
pub(super) fn next_slot(origin: Instant, interval: Duration, phase: f64, after: Instant) -> Instant {
    let interval_nanos = interval.as_nanos().max(1);
    let phase_nanos = interval.mul_f64(phase).as_nanos();
    let elapsed = after.duration_since(origin).as_nanos();
    let past_slots = if elapsed < phase_nanos {
        0
    } else {
        (elapsed - phase_nanos) / interval_nanos + 1
    };
    let nanos = phase_nanos + past_slots * interval_nanos;
    // 2^64 ns are 584 years after the start.
    origin + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// What waits to be asked, the longest due first.
#[derive(Debug, Default)]
pub(super) struct Queue(BTreeSet<(Instant, usize)>);

impl Queue {
    /// Lets `watch` wait until `due`.
    pub(super) fn push(&mut self, due: Instant, watch: usize) {
        self.0.insert((due, watch));
    }

    /// Takes out the one that is due longest, if one is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<usize> {
        let first = *self.0.first()?;
        (first.0 <= now && self.0.remove(&first)).then_some(first.1)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.first().map(|(due, _)| *due)
    }

    /// Makes the first that `wanted` picks due at `now`.
    pub(super) fn hasten_first(&mut self, now: Instant, wanted: impl Fn(usize) -> bool) {
        if let Some(found) = self.0.iter().find(|(_, watch)| wanted(*watch)).copied() {
            self.0.remove(&found);
            self.0.insert((found.0.min(now), found.1));
        }
    }

    /// Makes everything that waits for later, and that `wanted` picks, due at `now`.
    pub(super) fn hasten(&mut self, now: Instant, wanted: impl Fn(usize) -> bool) {
        self.0 = std::mem::take(&mut self.0)
            .into_iter()
            .map(|(due, watch)| {
                if wanted(watch) {
                    (due.min(now), watch)
                } else {
                    (due, watch)
                }
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_thousand_names_spread_over_the_interval() {
        let mut tenths = [0; 10];
        for job in 0..1000_u32 {
            let tenth = (0..10_u32)
                .rev()
                .find(|tenth| phase(&job) >= f64::from(*tenth) / 10.0)
                .unwrap();
            tenths[tenth as usize] += 1;
        }
        assert!(tenths.iter().all(|count| (60..140).contains(count)), "{tenths:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_due_is_next_and_what_is_hastened_is_due() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let mut queue = Queue::default();
        queue.push(later(2), 0);
        queue.push(later(1), 1);
        queue.push(later(9), 2);
        assert_eq!(queue.pop_due(now), None);
        assert_eq!(queue.next_due(), Some(later(1)));
        assert_eq!(
            (
                queue.pop_due(later(5)),
                queue.pop_due(later(5)),
                queue.pop_due(later(5))
            ),
            (Some(1), Some(0), None)
        );
        queue.hasten(later(5), |watch| watch == 2);
        assert_eq!(queue.pop_due(later(5)), Some(2));
        queue.push(later(8), 3);
        queue.push(later(9), 4);
        queue.hasten_first(later(5), |watch| watch != 3);
        assert_eq!(queue.pop_due(later(5)), Some(4));
        assert_eq!(queue.next_due(), Some(later(8)));
    }

    proptest! {
        #[test]
        fn a_slot_comes_within_one_interval_and_has_its_phase(seconds in 1_u64..3600, after in 0_u64..10_000_000, phase in 0.0_f64..1.0) {
            let origin = Instant::now();
            let interval = Duration::from_secs(seconds);
            let after = origin + Duration::from_millis(after);
            let slot = next_slot(origin, interval, phase, after);
            prop_assert!(slot > after && slot <= after + interval);
            let offset = (slot - origin).as_nanos() % interval.as_nanos();
            prop_assert_eq!(offset, interval.mul_f64(phase).as_nanos() % interval.as_nanos());
        }
    }
}
