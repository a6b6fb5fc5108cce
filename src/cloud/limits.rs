//! How fast and how much at once.
//!
//! Owns: the slots for requests under way, the spacing between them, and the pause after the cloud said "too many".
//! Knows nothing of what a request is. On tokio's timer, so that a test can pause it; a ready-made limiter has one
//! rate for good, whereas this one falls by half when throttled and comes back in small equal steps: the way in which
//! several who share a quota that nobody told them come to share it fairly.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::operation::Observer;

/// Spacing is wider than the rate asks for by this factor: requests sent evenly may arrive closer together by the
/// jitter of the network, and what counts is what the cloud sees in a second.
const MARGIN: f64 = 1.05;
/// Requests that were under way together are refused together, also where the cloud asks for no pause at all.
const BURST: Duration = Duration::from_secs(1);
/// "Too many" divides the rate by this.
const SLOWDOWN: f64 = 2.0;
/// But the rate is never below this part of the configured one, so that a cloud that throttles for long is still
/// asked now and then, and the way back is not without end.
const FLOOR: f64 = 1.0 / 16.0;
/// Each accepted request adds this part of the configured rate. From half to whole that takes 50 of them: where the
/// quota is lower than the configured rate for good, then about one request in 50 is refused, while a moment's
/// trouble is made good within some seconds at usual rates.
const RECOVERY: f64 = 0.01;
/// Rates below this are no rates: one request in about three hours.
const MIN_RATE: f64 = 0.0001;

/// From one request to the next at `rate` requests a second.
pub(super) fn spacing(rate: f64) -> Duration {
    Duration::from_secs_f64(MARGIN / rate.max(MIN_RATE))
}

/// The same when the cloud has throttled for long.
pub(super) fn slowest_spacing(rate: f64) -> Duration {
    spacing(rate).mul_f64(1.0 / FLOOR)
}

/// The limits of one client.
pub(super) struct Limits {
    slots: Semaphore,
    pace: Mutex<Pace>,
    /// Requests per second, as configured.
    configured: f64,
    observer: Option<Arc<dyn Observer>>,
}

struct Pace {
    /// The next request may start then.
    next: Instant,
    /// Requests per second that are allowed now; what is sent stays below it by [`MARGIN`].
    rate: f64,
    /// Nothing starts before; the past when nothing is paused.
    paused_until: Instant,
    /// A "too many" before then belongs to the one that slowed the pace last.
    burst_until: Instant,
}

impl Limits {
    /// `rate`: requests per second.
    pub(super) fn new(concurrency: NonZeroU32, rate: f64) -> Self {
        let configured = rate.max(MIN_RATE);
        let now = Instant::now();
        let slots = usize::try_from(concurrency.get())
            .unwrap_or(usize::MAX)
            .min(Semaphore::MAX_PERMITS);
        Self {
            slots: Semaphore::new(slots),
            pace: Mutex::new(Pace {
                next: now,
                rate: configured,
                paused_until: now,
                burst_until: now,
            }),
            configured,
            observer: None,
        }
    }

    /// The same, telling `observer` the rate that is allowed: now and whenever it changes.
    pub(super) fn told_to(self, observer: Arc<dyn Observer>) -> Self {
        observer.rate_limit(self.configured);
        Self {
            observer: Some(observer),
            ..self
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
        pace.next = now + Duration::from_secs_f64(MARGIN / pace.rate);
        Ok(())
    }

    /// The cloud said "too many": nothing starts for `pause`, and after it requests are further apart.
    pub(super) fn throttled(&self, pause: Duration) {
        let now = Instant::now();
        let mut pace = self.pace();
        // Of several requests under way, all are told the same; it counts once.
        if pace.burst_until <= now {
            let slower = (pace.rate / SLOWDOWN).max(self.configured * FLOOR);
            self.set_rate(&mut pace, slower);
        }
        pace.paused_until = pace.paused_until.max(now + pause);
        pace.burst_until = pace.burst_until.max(now + pause.max(BURST));
    }

    /// The cloud took a request: a slowed pace recovers a little.
    pub(super) fn accepted(&self) {
        let mut pace = self.pace();
        let faster = (pace.rate + self.configured * RECOVERY).min(self.configured);
        self.set_rate(&mut pace, faster);
    }

    /// Tells the observer with the pace still locked, so that of two changes the later is told last.
    #[allow(
        clippy::float_cmp,
        reason = "at its ends the rate is set to the very same value again"
    )]
    fn set_rate(&self, pace: &mut Pace, rate: f64) {
        if pace.rate == rate {
            return;
        }
        pace.rate = rate;
        if let Some(observer) = &self.observer {
            observer.rate_limit(rate);
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
