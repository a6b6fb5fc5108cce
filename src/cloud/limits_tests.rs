//! The pace on a paused clock: what is allowed, what an observer hears of it, and how it falls and comes back.

use super::*;
use crate::cloud::operation::Operation;

fn limits(concurrency: u32, rate: f64) -> Limits {
    Limits::new(NonZeroU32::new(concurrency).unwrap(), rate)
}

/// What an observer was told.
#[derive(Default)]
struct Told(Mutex<Vec<f64>>);

impl Observer for Told {
    fn request(&self, _: Operation, _: &str, _: f64) {}
    fn api_error(&self, _: Operation, _: &str) {}
    fn rate_limit(&self, requests_per_second: f64) {
        self.0.lock().unwrap().push(requests_per_second);
    }
}

fn observed(rate: f64) -> (Limits, Arc<Told>) {
    let told = Arc::new(Told::default());
    (limits(8, rate).told_to(told.clone()), told)
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
async fn a_throttled_pace_is_halved_once_for_all_who_are_told() {
    let (limits, told) = observed(10.0);
    for pause in [1, 0, 1] {
        limits.throttled(Duration::from_secs(pause));
    }
    assert_eq!(*told.0.lock().unwrap(), [10.0, 5.0]);
    tokio::time::advance(Duration::from_secs(1)).await;
    let slow = time_of(&limits, 11).await;
    assert!(
        slow > Duration::from_secs(2) && slow < Duration::from_secs(3),
        "{slow:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_rate_falls_to_its_floor_and_no_further() {
    let (limits, told) = observed(8.0);
    for _ in 0..9 {
        limits.throttled(Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(*told.0.lock().unwrap(), [8.0, 4.0, 2.0, 1.0, 0.5]);
}

#[tokio::test(start_paused = true)]
async fn the_rate_comes_back_in_equal_steps_to_exactly_what_is_configured() {
    let (limits, told) = observed(10.0);
    limits.throttled(Duration::ZERO);
    for _ in 0..25 {
        limits.accepted();
    }
    let half_way = *told.0.lock().unwrap().last().unwrap();
    assert!((half_way - 7.5).abs() < 0.001, "{half_way}");
    for _ in 0..100 {
        limits.accepted();
    }
    let told = told.0.lock().unwrap();
    assert_eq!(told.last(), Some(&10.0));
    // Half of it in hundredths; one more where the sum of fractions falls short of the whole.
    assert!((52..=53).contains(&told.len()), "{} changes", told.len());
}

#[tokio::test(start_paused = true)]
async fn the_allowed_rate_is_kept_while_it_recovers() {
    let (limits, told) = observed(10.0);
    limits.throttled(Duration::from_secs(2));
    let start = Instant::now();
    let mut before: Option<(Instant, f64)> = None;
    for _ in 0..80 {
        drop(limits.turn().await);
        let rate = *told.0.lock().unwrap().last().unwrap();
        if let Some((at, rate)) = before {
            assert!(at.elapsed().as_secs_f64() >= 1.0 / rate, "{:?} at {rate}", at.elapsed());
        }
        before = Some((Instant::now(), rate));
        limits.accepted();
    }
    // The pause, 50 requests at 7.5 a second in the middle, 30 at 10 a second.
    let took = start.elapsed();
    assert!(
        took > Duration::from_secs(11) && took < Duration::from_secs(14),
        "{took:?}"
    );
}
