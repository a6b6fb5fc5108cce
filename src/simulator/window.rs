//! How many things happened within the last second.
//!
//! Owns: a sliding window of one second. Knows nothing of what happens.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The window's length.
const SECOND: Duration = Duration::from_secs(1);

/// A second holds at most so many events; more are not told apart, so that a flood cannot take the memory.
const MAX_EVENTS: usize = 100_000;

/// The events of the last second.
#[derive(Debug, Default)]
pub(crate) struct Window(VecDeque<Instant>);

impl Window {
    /// How many events the second before `now` holds.
    pub(crate) fn count(&mut self, now: Instant) -> usize {
        while self.0.front().is_some_and(|&first| now.duration_since(first) >= SECOND) {
            self.0.pop_front();
        }
        self.0.len()
    }

    /// Takes an event in, and counts.
    pub(crate) fn add(&mut self, now: Instant) -> usize {
        if self.count(now) < MAX_EVENTS {
            self.0.push_back(now);
        }
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_window_slides() {
        let mut window = Window::default();
        let start = Instant::now();
        assert_eq!(window.add(start), 1);
        assert_eq!(window.add(start + Duration::from_millis(600)), 2);
        assert_eq!(window.add(start + Duration::from_millis(999)), 3);
        assert_eq!(window.add(start + SECOND), 3);
        assert_eq!(window.count(start + 2 * SECOND), 0);
    }
}
