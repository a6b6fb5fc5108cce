//! Many want it, one does it, all share the outcome.
//!
//! Owns: that of concurrent logins (renewals, first uses of a key) only one is made. Knows nothing of what is done.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Mutex as Gate;

use super::super::error::Error;

/// Shares one outcome among those who asked while it was under way.
pub(in super::super) struct SingleFlight<T> {
    gate: Gate<()>,
    last: Mutex<Flight<T>>,
}

struct Flight<T> {
    /// How many flights have ended.
    number: u64,
    outcome: Option<Result<T, Error>>,
}

impl<T: Clone> SingleFlight<T> {
    pub(in super::super) fn new() -> Self {
        Self {
            gate: Gate::new(()),
            last: Mutex::new(Flight {
                number: 0,
                outcome: None,
            }),
        }
    }

    /// Runs `work`, unless another's ends while this one waits: then its outcome is taken. An outcome is never
    /// given to somebody who came after it. If the one who works is cancelled, the next in line works.
    pub(in super::super) async fn run(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let seen = self.peek().0;
        let _turn = self.gate.lock().await;
        if let (number, Some(outcome)) = self.peek()
            && number != seen
        {
            return outcome;
        }
        let outcome = work.await;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.number += 1;
        last.outcome = Some(outcome.clone());
        outcome
    }

    fn peek(&self) -> (u64, Option<Result<T, Error>>) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (last.number, last.outcome.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{sleep, timeout};

    use super::super::super::cause::Cause;
    use super::*;

    async fn work(count: &Cell<u32>, fails: bool) -> Result<u32, Error> {
        count.set(count.get() + 1);
        sleep(Duration::from_secs(1)).await;
        if fails {
            Err(Error::for_test(Cause::LoginRefused))
        } else {
            Ok(count.get())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_ones_share_success_and_failure_later_ones_do_not() {
        let (flight, count) = (SingleFlight::new(), Cell::new(0));
        for (fails, expected) in [(false, 1), (true, 2), (false, 3)] {
            let outcomes = join_all((0..20).map(|_| flight.run(work(&count, fails)))).await;
            assert_eq!(count.get(), expected);
            assert!(outcomes.iter().all(|outcome| outcome.is_err() == fails));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_one_is_taken_over() {
        let (flight, count) = (SingleFlight::new(), Cell::new(0));
        let cancelled = timeout(Duration::from_millis(10), flight.run(work(&count, false)));
        let (first, second) = tokio::join!(cancelled, flight.run(work(&count, false)));
        assert!(first.is_err());
        assert_eq!(second.unwrap(), 2);
    }
}
