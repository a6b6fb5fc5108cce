//! Where "now" comes from.
//!
//! Owns: the only reading of the wall clock in the crate (`clippy.toml` bans all others). Everything that
//! needs the time is given a [`Clock`], or the time itself, so that tests run a day in a millisecond.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A source of wall-clock time. Cheap to clone; clones tell the same time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    /// Runs on tokio's timer, which a test can pause and advance.
    Virtual {
        epoch: Timestamp,
        origin: Instant,
        speed: f64,
    },
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that shows `epoch` now and goes on with tokio's timer, `speed` times as fast as it.
    #[must_use]
    pub fn starting_at(epoch: Timestamp, speed: f64) -> Self {
        Self(Kind::Virtual {
            epoch,
            origin: Instant::now(),
            speed,
        })
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[allow(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
            Kind::System => Timestamp::now(),
            Kind::Virtual { epoch, origin, speed } => {
                // A speed or a run so long that the time cannot be told ends at the last time there is.
                let elapsed =
                    Duration::try_from_secs_f64(origin.elapsed().as_secs_f64() * speed).unwrap_or(Duration::MAX);
                epoch.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_virtual_clock_follows_the_paused_timer() {
        let epoch: Timestamp = "2024-04-07T10:00:00Z".parse().unwrap();
        let clock = Clock::starting_at(epoch, 60.0);
        assert_eq!(clock.now(), epoch);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clock.now().to_string(), "2024-04-07T10:02:00Z");
    }
}
