//! How many requests are answered: a token bucket for all clients together.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::web_config::RateLimit;

/// The moment at which the bucket will be full again.
#[derive(Debug, Default)]
pub(super) struct Limiter(Mutex<Option<Instant>>);

impl Limiter {
    /// Takes a token, if one is there. The limit may be another each time.
    pub(super) fn admits(&self, limit: Option<RateLimit>) -> bool {
        let Some(RateLimit { interval, burst }) = limit else {
            return true;
        };
        let now = Instant::now();
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let start = full_at.map_or(now, |at| at.max(now));
        // A day times a million is within bounds, as is twice that.
        if start.duration_since(now) > interval * (burst - 1) {
            return false;
        }
        *full_at = Some(start + interval);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_through_and_then_one_per_interval() {
        let limiter = Limiter::default();
        let interval = Duration::from_secs(1);
        let limit = Some(RateLimit { interval, burst: 3 });
        let admitted = |count: usize| (0..count).filter(|_| limiter.admits(limit)).count();
        assert_eq!(admitted(10), 3);
        tokio::time::advance(interval).await;
        assert_eq!(admitted(10), 1);
        tokio::time::advance(100 * interval).await;
        assert_eq!(admitted(10), 3);
        assert!(limiter.admits(None));
    }
}
