//! The whole cloud: its parts, each behind a lock of its own, and its clock.
//!
//! Owns: what the time is in the cloud. Knows nothing of what the parts do with it.
//! No lock is held across an await, and none while another is taken.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Options;
use super::faults::Faults;
use super::gateway::Gateway;
use super::metadata::Metadata;
use super::stats::Stats;
use super::world::chance::chance;
use super::world::{Founding, World};
use crate::clock::Clock;

/// The simulated cloud.
pub(crate) struct Cloud {
    clock: Clock,
    started: Timestamp,
    speed: f64,
    seed: u64,
    skew_seconds: AtomicI64,
    requests: AtomicU64,
    world: Mutex<World>,
    gateway: Mutex<Gateway>,
    metadata: Mutex<Metadata>,
    faults: Mutex<Faults>,
    stats: Mutex<Stats>,
}

impl Cloud {
    /// A cloud that starts now.
    pub(crate) fn new(options: &Options) -> Self {
        let started = options.clock.now();
        let founding = Founding {
            kind: options.world,
            seed: options.seed,
            start: started.as_second(),
            reports: i64::try_from(options.reports).unwrap_or(i64::MAX),
        };
        Self {
            clock: options.clock.clone(),
            started,
            speed: options.speed,
            seed: options.seed,
            skew_seconds: AtomicI64::new(0),
            requests: AtomicU64::new(0),
            world: Mutex::new(World::new(&founding, options.jobs)),
            gateway: Mutex::new(Gateway::new(options.seed)),
            metadata: Mutex::new(Metadata::default()),
            faults: Mutex::new(Faults::new(options.seed)),
            stats: Mutex::new(Stats::default()),
        }
    }

    /// The time by which runs go, and which answers carry in `Date`: the wall clock's at speed 1 without skew.
    pub(crate) fn now(&self) -> Timestamp {
        let real = self.clock.now().duration_since(self.started).as_secs_f64();
        let elapsed = SignedDuration::try_from_secs_f64(real * self.speed).unwrap_or(SignedDuration::MAX);
        self.skewed(self.started.saturating_add(elapsed).unwrap_or(Timestamp::MAX))
    }

    /// The time by which signatures and tokens grow old: never faster than the wall clock, which is the callers'.
    pub(crate) fn wall(&self) -> Timestamp {
        self.skewed(self.clock.now())
    }

    fn skewed(&self, time: Timestamp) -> Timestamp {
        let skew = SignedDuration::from_secs(self.skew_seconds.load(Ordering::Relaxed));
        time.saturating_add(skew).unwrap_or(time)
    }

    /// Puts the cloud's clock wrong by so many seconds.
    pub(crate) fn set_skew(&self, seconds: i64) {
        self.skew_seconds.store(seconds, Ordering::Relaxed);
    }

    /// The id of the next request: 32 hexadecimal digits.
    pub(crate) fn next_request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed).cast_signed();
        format!("{:032x}", chance(self.seed, &[-2, number]).u128(..))
    }

    /// What exists.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// Who is let in.
    pub(crate) fn gateway(&self) -> MutexGuard<'_, Gateway> {
        lock(&self.gateway)
    }

    /// The ECS metadata service.
    pub(crate) fn metadata(&self) -> MutexGuard<'_, Metadata> {
        lock(&self.metadata)
    }

    /// What goes wrong.
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// What was counted.
    pub(crate) fn stats(&self) -> MutexGuard<'_, Stats> {
        lock(&self.stats)
    }
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cloud")
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// A part that panicked half-way is still better looked at than a test that hangs.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::simulator::{DEFAULT_REPORTS, WorldKind};

    #[tokio::test(start_paused = true)]
    async fn the_world_goes_at_its_own_speed_and_is_as_wrong_as_the_wall() {
        let epoch: Timestamp = "2024-04-07T10:00:00Z".parse().unwrap();
        let cloud = Cloud::new(&Options {
            listen: ([127, 0, 0, 1], 0).into(),
            seed: 1,
            jobs: 0,
            reports: DEFAULT_REPORTS,
            speed: 60.0,
            world: WorldKind::Empty,
            clock: Clock::starting_at(epoch, 1.0),
        });
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(cloud.now().to_string(), "2024-04-07T10:03:00Z");
        assert_eq!(cloud.wall().to_string(), "2024-04-07T10:00:03Z");
        cloud.set_skew(-3600);
        assert_eq!(cloud.now().to_string(), "2024-04-07T09:03:00Z");
        assert_eq!(cloud.wall().to_string(), "2024-04-07T09:00:03Z");
    }
}
