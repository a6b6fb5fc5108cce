//! One whole refresh of a project: from the first question to when everything was asked once.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

/// Measures a refresh. What counts is the time in which questions were under way: the pauses between them are ours,
/// made to spread the load, and would hide how near the budget is to its end.
#[derive(Debug, Default)]
pub(super) struct Pass {
    pending: HashSet<usize>,
    under_way: usize,
    busy_since: Option<Instant>,
    busy: Duration,
}

impl Pass {
    /// Whether a refresh is going on.
    pub(super) fn is_going_on(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Begins a refresh, which is over when all of `watches` were asked.
    pub(super) fn begin(&mut self, watches: HashSet<usize>) {
        self.pending = watches;
    }

    /// A question starts.
    pub(super) fn started(&mut self, now: Instant) {
        self.under_way += 1;
        self.busy_since.get_or_insert(now);
    }

    /// The question about `watch` has ended. Gives the busy time of the refresh if that was the last of it.
    pub(super) fn ended(&mut self, watch: usize, now: Instant) -> Option<Duration> {
        self.under_way = self.under_way.saturating_sub(1);
        let was_last = self.pending.remove(&watch) && self.pending.is_empty();
        if was_last {
            return Some(self.take_busy(now));
        }
        if self.under_way == 0 {
            self.note_busy(now);
        }
        None
    }

    fn note_busy(&mut self, now: Instant) {
        if let Some(since) = self.busy_since.take() {
            self.busy += now - since;
            self.busy_since = (self.under_way > 0).then_some(now);
        }
    }

    fn take_busy(&mut self, now: Instant) -> Duration {
        self.note_busy(now);
        std::mem::take(&mut self.busy)
    }

    /// `watch` will not be asked any more. Gives the busy time of the refresh if that was the last of it.
    pub(super) fn forget(&mut self, watch: usize, now: Instant) -> Option<Duration> {
        let was_last = self.pending.remove(&watch) && self.pending.is_empty();
        was_last.then(|| self.take_busy(now))
    }

    /// Gives up the refresh that is going on: the project cannot be asked. Its time is no other's.
    pub(super) fn abandon(&mut self, now: Instant) {
        self.pending.clear();
        self.take_busy(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_refresh_lasts_as_long_as_questions_are_under_way() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut pass = Pass::default();
        pass.begin(HashSet::from([1, 2, 3]));
        pass.started(at(0));
        pass.started(at(1));
        assert_eq!(pass.ended(1, at(2)), None);
        assert_eq!(pass.ended(2, at(3)), None);
        pass.started(at(50));
        assert_eq!(
            pass.ended(3, at(51)),
            Some(Duration::from_secs(4)),
            "3 s and 1 s, not the 47 s between"
        );
        assert!(!pass.is_going_on());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_still_under_way_when_a_refresh_ends_counts_for_the_next() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut pass = Pass::default();
        pass.begin(HashSet::from([1]));
        pass.started(at(0));
        pass.started(at(1));
        assert_eq!(pass.ended(1, at(3)), Some(Duration::from_secs(3)));
        pass.begin(HashSet::from([2]));
        assert_eq!(pass.ended(2, at(5)), Some(Duration::from_secs(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_twice_in_a_refresh_does_not_end_it() {
        let now = Instant::now();
        let mut pass = Pass::default();
        pass.begin(HashSet::from([1, 2]));
        for _ in 0..2 {
            pass.started(now);
            assert_eq!(pass.ended(1, now), None);
        }
        assert!(pass.is_going_on());
        pass.abandon(now);
        assert!(!pass.is_going_on());
    }
}
