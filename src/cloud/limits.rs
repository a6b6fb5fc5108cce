//! How fast and how much at once.
//!
//! Owns: the slots for requests under way, the spacing between them, and the pause after the cloud said "too many".
//! Knows nothing of what a request is. On tokio's timer, so that a test can pause it; a ready-made limiter has one
//! rate for good, whereas this one slows down when throttled and speeds up again.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// Spacing is wider than the rate asks for by this factor: requests sent evenly may arrive closer together by the
/// jitter of the network, and what counts is what the cloud sees in a second.
const MARGIN: f64 = 1.05;
/// Each "too many" makes the spacing so many times wider.
const SLOWDOWN: u32 = 2;
/// But never wider than so many times the configured one.
const MAX_SLOWDOWN: u32 = 16;
/// Each good answer takes this part off the extra spacing: some 30 of them undo most of it.
const RECOVERY: u32 = 10;
/// Rates below this are no rates: one request in about three hours.
const MIN_RATE: f64 = 0.0001;

/// The limits of one client.
pub(super) struct Limits {
    slots: Semaphore,
    pace: Mutex<Pace>,
    /// Spacing as configured.
    base: Duration,
}

struct Pace {
    /// The next request may start then.
    next: Instant,
    spacing: Duration,
    /// Nothing starts before; the past when nothing is paused.
    paused_until: Instant,
}

impl Limits {
    /// `rate`: requests per second.
    pub(super) fn new(concurrency: NonZeroU32, rate: f64) -> Self {
        let base = Duration::from_secs_f64(MARGIN / rate.max(MIN_RATE));
        let now = Instant::now();
        let slots = usize::try_from(concurrency.get())
            .unwrap_or(usize::MAX)
            .min(Semaphore::MAX_PERMITS);
        Self {
            slots: Semaphore::new(slots),
            pace: Mutex::new(Pace {
                next: now,
                spacing: base,
                paused_until: now,
            }),
            base,
        }
    }

    /// Waits until a request may start; it holds what is returned until its answer is read.
    #[allow(clippy::expect_used, reason = "the semaphore is private and nobody closes it")]
    pub(super) async fn turn(&self) -> SemaphorePermit<'_> {
        let slot = self.slots.acquire().await.expect("nobody closes the semaphore");
        // Asked again after each wait: a pause may have begun, or another took the turn.
        while let Err(at) = self.take_turn(Instant::now()) {
            sleep_until(at).await;
        }
        slot
    }

    fn take_turn(&self, now: Instant) -> Result<(), Instant> {
        let mut pace = self.pace();
        let at = pace.next.max(pace.paused_until);
        if at > now {
            return Err(at);
        }
        pace.next = now + pace.spacing;
        Ok(())
    }

    /// The cloud said "too many": nothing starts for `pause`, and after it requests are further apart.
    pub(super) fn throttled(&self, pause: Duration) {
        let now = Instant::now();
        let mut pace = self.pace();
        // Of several requests under way, all are told the same; it counts once.
        if pace.paused_until <= now {
            pace.spacing = (pace.spacing * SLOWDOWN).min(self.base * MAX_SLOWDOWN);
        }
        pace.paused_until = pace.paused_until.max(now + pause);
    }

    /// The cloud took a request: a slowed pace recovers a little.
    pub(super) fn accepted(&self) {
        let mut pace = self.pace();
        let extra = pace.spacing.saturating_sub(self.base);
        pace.spacing -= extra / RECOVERY;
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(concurrency: u32, rate: f64) -> Limits {
        Limits::new(NonZeroU32::new(concurrency).unwrap(), rate)
    }

    async fn time_of(limits: &Limits, turns: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..turns {
            drop(limits.turn().await);
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_than_the_rate() {
        let limits = limits(8, 10.0);
        let mut starts = Vec::new();
        for _ in 0..50 {
            drop(limits.turn().await);
            starts.push(Instant::now());
        }
        for window in starts.windows(11) {
            assert!(window[10] - window[0] > Duration::from_secs(1));
        }
        assert!(starts[49] - starts[0] < Duration::from_secs(6), "but close to it");
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_time_is_not_saved_up() {
        let limits = limits(8, 10.0);
        drop(limits.turn().await);
        tokio::time::advance(Duration::from_mins(1)).await;
        assert!(time_of(&limits, 11).await > Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn slots_bound_what_is_under_way() {
        let limits = limits(2, 1000.0);
        let (first, _second) = (limits.turn().await, limits.turn().await);
        assert!(
            tokio::time::timeout(Duration::from_secs(9), limits.turn())
                .await
                .is_err()
        );
        drop(first);
        drop(limits.turn().await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_for_those_who_wait_already() {
        let limits = limits(8, 1.0);
        drop(limits.turn().await);
        let start = Instant::now();
        let (waited, ()) = tokio::join!(time_of(&limits, 1), async { limits.throttled(Duration::from_secs(20)) });
        assert!(waited >= Duration::from_secs(20) && start.elapsed() < Duration::from_secs(21));
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_pace_is_halved_once_and_recovers() {
        let limits = limits(8, 10.0);
        limits.throttled(Duration::from_secs(1));
        limits.throttled(Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(1)).await;
        let slow = time_of(&limits, 11).await;
        assert!(
            slow > Duration::from_secs(2) && slow < Duration::from_secs(3),
            "{slow:?}"
        );
        for _ in 0..100 {
            limits.accepted();
        }
        assert!(time_of(&limits, 11).await < Duration::from_secs_f64(1.3));
    }
}
