//! Who is asked next, and when again.
//!
//! Everything has its own fixed moment within the interval, drawn from its name: requests spread themselves over
//! the interval, the same way after every restart. When the budget does not suffice, the most urgent is next, and
//! among equals the longest due; what waits long enough becomes urgent, so that nothing starves.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap};
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

/// How much it matters that something is asked in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Urgency {
    /// A comparison runs, or is due: somebody may be waiting for its end.
    Urgent,
    /// Something may have changed, but nothing says so.
    Ordinary,
    /// It changes rarely, or adds to what is known.
    Background,
}

impl Urgency {
    const ALL: [Self; 3] = [Self::Urgent, Self::Ordinary, Self::Background];

    /// By how many poll intervals something of this urgency gives way to something urgent. Not for ever: when the
    /// budget does not suffice, all get later, and none starves.
    fn yields(self) -> u32 {
        match self {
            Self::Urgent => 0,
            Self::Ordinary => 2,
            Self::Background => 3,
        }
    }
}

/// When something is to be asked, and how urgently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Not before.
    pub(super) due: Instant,
    /// Among those that are due.
    pub(super) urgency: Urgency,
}

/// What waits to be asked: of what is due the most urgent first, and among equals the longest due.
#[derive(Debug)]
pub(super) struct Queue {
    poll_interval: Duration,
    waiting: [BTreeSet<(Instant, usize)>; Urgency::ALL.len()],
    turns: HashMap<usize, Turn>,
}

impl Queue {
    /// Nothing waits.
    pub(super) fn new(poll_interval: Duration) -> Self {
        Self {
            poll_interval,
            waiting: Default::default(),
            turns: HashMap::new(),
        }
    }

    /// Lets `watch` wait for `turn`, and no longer for another.
    pub(super) fn push(&mut self, turn: Turn, watch: usize) {
        self.remove(watch);
        self.waiting[turn.urgency as usize].insert((turn.due, watch));
        self.turns.insert(watch, turn);
    }

    /// Lets `watch` wait no longer. Says whether it did.
    pub(super) fn remove(&mut self, watch: usize) -> bool {
        let Some(turn) = self.turns.remove(&watch) else {
            return false;
        };
        self.waiting[turn.urgency as usize].remove(&(turn.due, watch))
    }

    /// How much the next one matters, of those that are due: the less, the more.
    pub(super) fn rank_of_next(&self, now: Instant) -> Option<Instant> {
        self.next_due_one(now).map(|(rank, _)| rank)
    }

    /// Takes out the next one, if one is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<usize> {
        let (_, watch) = self.next_due_one(now)?;
        self.remove(watch);
        Some(watch)
    }

    fn next_due_one(&self, now: Instant) -> Option<(Instant, usize)> {
        let first = |urgency: Urgency| {
            let (due, watch) = *self.waiting[urgency as usize].first()?;
            (due <= now).then_some((due + self.poll_interval * urgency.yields(), watch))
        };
        Urgency::ALL.into_iter().filter_map(first).min()
    }

    /// Whether `watch` waits.
    pub(super) fn contains(&self, watch: usize) -> bool {
        self.turns.contains_key(&watch)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// When the one is due that is due first.
    pub(super) fn first_due(&self) -> Option<Instant> {
        let firsts = self.waiting.iter().filter_map(BTreeSet::first);
        firsts.map(|(due, _)| *due).min()
    }

    /// When the next one is due that is not due yet.
    pub(super) fn next_due_after(&self, now: Instant) -> Option<Instant> {
        let later =
            |waiting: &BTreeSet<(Instant, usize)>| waiting.range((now, usize::MAX)..).next().map(|(due, _)| *due);
        self.waiting.iter().filter_map(later).min()
    }

    /// Makes the first that `wanted` picks due at `now`.
    pub(super) fn hasten_first(&mut self, now: Instant, wanted: impl Fn(usize) -> bool) {
        let picked = |urgency: Urgency| {
            let mut waiting = self.waiting[urgency as usize].iter();
            waiting.find(|(_, watch)| wanted(*watch)).copied()
        };
        if let Some((_, watch)) = Urgency::ALL.into_iter().filter_map(picked).min() {
            self.make_due(now, watch);
        }
    }

    /// Makes everything that waits for later, and that `wanted` picks, due at `now`.
    pub(super) fn hasten(&mut self, now: Instant, wanted: impl Fn(usize) -> bool) {
        let picked: Vec<_> = self.turns.keys().copied().filter(|watch| wanted(*watch)).collect();
        for watch in picked {
            self.make_due(now, watch);
        }
    }

    fn make_due(&mut self, now: Instant, watch: usize) {
        if let Some(Turn { due, urgency }) = self.turns.get(&watch).copied() {
            let due = due.min(now);
            self.push(Turn { due, urgency }, watch);
        }
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

    fn turn(due: Instant, urgency: Urgency) -> Turn {
        Turn { due, urgency }
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_due_is_next_and_what_is_hastened_is_due() {
        let now = Instant::now();
        let later = |seconds| turn(now + Duration::from_secs(seconds), Urgency::Urgent);
        let at = |seconds| later(seconds).due;
        let mut queue = Queue::new(Duration::from_mins(1));
        queue.push(later(2), 0);
        queue.push(later(1), 1);
        queue.push(later(9), 2);
        assert_eq!(queue.pop_due(now), None);
        assert_eq!(
            (queue.first_due(), queue.next_due_after(at(1))),
            (Some(at(1)), Some(at(2)))
        );
        assert_eq!(
            (queue.pop_due(at(5)), queue.pop_due(at(5)), queue.pop_due(at(5))),
            (Some(1), Some(0), None)
        );
        queue.hasten(at(5), |watch| watch == 2);
        assert_eq!(queue.pop_due(at(5)), Some(2));
        queue.push(later(8), 3);
        queue.push(later(9), 4);
        queue.hasten_first(at(5), |watch| watch != 3);
        assert_eq!(queue.pop_due(at(5)), Some(4));
        queue.push(later(1), 3);
        assert_eq!(
            (queue.pop_due(at(2)), queue.is_empty()),
            (Some(3), true),
            "one turn each"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_urgent_go_first_but_not_for_ever() {
        let now = Instant::now();
        let minutes = |minutes| now + Duration::from_mins(minutes);
        let mut queue = Queue::new(Duration::from_mins(1));
        queue.push(turn(now, Urgency::Background), 0);
        queue.push(turn(now, Urgency::Ordinary), 1);
        queue.push(turn(minutes(1), Urgency::Urgent), 2);
        queue.push(turn(minutes(4), Urgency::Urgent), 3);
        assert_eq!(queue.pop_due(minutes(1)), Some(2));
        assert_eq!(
            queue.pop_due(minutes(4)),
            Some(1),
            "it has waited for two intervals longer"
        );
        assert_eq!(queue.pop_due(minutes(4)), Some(0));
        assert_eq!(queue.pop_due(minutes(4)), Some(3));
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
