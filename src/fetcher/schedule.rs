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

    /// What is urgent goes before the rest by another interval.
    pub(super) fn set_poll_interval(&mut self, poll_interval: Duration) {
        self.poll_interval = poll_interval;
    }

    /// What `watch` waits for.
    pub(super) fn turn(&self, watch: usize) -> Option<Turn> {
        self.turns.get(&watch).copied()
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

    /// Makes the first that `wanted` picks due at `now`. Says whether there is one.
    pub(super) fn hasten_first(&mut self, now: Instant, wanted: impl Fn(usize) -> bool) -> bool {
        let picked = |urgency: Urgency| {
            let mut waiting = self.waiting[urgency as usize].iter();
            waiting.find(|(_, watch)| wanted(*watch)).copied()
        };
        let first = Urgency::ALL.into_iter().filter_map(picked).min();
        if let Some((_, watch)) = first {
            self.make_due(now, watch);
        }
        first.is_some()
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
mod tests;
