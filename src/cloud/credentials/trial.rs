//! The first use of a key.
//!
//! Owns: that keys nobody knows to be good are tried by one request at a time, and that all who waited share a refusal.
//! Five refused signatures in a row lock a key for some minutes (API text, 3.2), and a client starts with many
//! requests at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Gate, MutexGuard as Turn};
use tokio::time::timeout;

use super::super::cause::Cause;
use super::super::error::Error;

/// So long a request waits for the one that tries the key. A refusal comes quickly; a request that hangs must not
/// hold up all others.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is known of one set of keys.
#[derive(Debug, Default)]
pub(in super::super) struct Trial {
    /// A signature was taken, and none refused since.
    proven: AtomicBool,
    gate: Gate<()>,
    refused: Mutex<Refused>,
}

#[derive(Debug, Default)]
struct Refused {
    count: u64,
    last: Option<Error>,
}

/// How many refusals there were when a request joined the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) struct Joined(u64);

impl Trial {
    /// To be called before any waiting.
    pub(in super::super) fn join(&self) -> Joined {
        Joined(self.refused().count)
    }

    /// Waits until the key may be used; what is returned is held until the outcome is known.
    ///
    /// # Errors
    /// The refusal, if the key was refused since `joined`.
    pub(in super::super) async fn enter(&self, joined: Joined) -> Result<Option<Turn<'_, ()>>, Error> {
        let turn = if self.is_proven() {
            None
        } else {
            timeout(PATIENCE, self.gate.lock()).await.ok()
        };
        let refused = self.refused();
        match &refused.last {
            Some(error) if refused.count != joined.0 => Err(error.clone()),
            _ if self.is_proven() => Ok(None),
            _ => Ok(turn),
        }
    }

    /// Notes what the cloud said to a signature. A failure on the way, or of the cloud, says nothing of the key.
    pub(in super::super) fn learn<T>(&self, outcome: &Result<T, Error>) {
        match outcome.as_ref().map_err(|error| (error, error.cause())) {
            Err((error, Cause::SignatureRefused | Cause::ClockSkew)) => {
                self.proven.store(false, Ordering::Release);
                let mut refused = self.refused();
                refused.count += 1;
                refused.last = Some(error.clone());
            }
            Ok(_) => self.proven.store(true, Ordering::Release),
            Err((_, cause)) if cause.was_let_in() => self.proven.store(true, Ordering::Release),
            Err(_) => {}
        }
    }

    fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Acquire)
    }

    fn refused(&self) -> MutexGuard<'_, Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep};

    use super::*;

    /// One request with the key, as the transport makes it; counts those that were sent.
    async fn request(
        trial: &Trial,
        sent: &Cell<u32>,
        outcome: Result<(), Cause>,
        takes: Duration,
    ) -> Result<(), Error> {
        let joined = trial.join();
        let _turn = trial.enter(joined).await?;
        sent.set(sent.get() + 1);
        sleep(takes).await;
        let outcome = outcome.map_err(Error::for_test);
        trial.learn(&outcome);
        outcome
    }

    const QUICK: Duration = Duration::from_millis(100);

    #[tokio::test(start_paused = true)]
    async fn a_bad_key_is_sent_once_for_all_who_wait() {
        let (trial, sent) = (Trial::default(), Cell::new(0));
        for expected in [1, 2] {
            let refused = Err(Cause::SignatureRefused);
            let outcomes = join_all((0..50).map(|_| request(&trial, &sent, refused, QUICK))).await;
            assert!(outcomes.iter().all(Result::is_err));
            assert_eq!(sent.get(), expected, "those who come later try once more");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_good_key_is_tried_by_one_and_then_used_by_all_at_once() {
        let (trial, sent, start) = (Trial::default(), Cell::new(0), Instant::now());
        join_all((0..50).map(|_| request(&trial, &sent, Ok(()), QUICK))).await;
        assert_eq!(sent.get(), 50);
        assert_eq!(start.elapsed(), QUICK * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_request_that_hangs_does_not_hold_up_the_others() {
        let (trial, sent, start) = (Trial::default(), Cell::new(0), Instant::now());
        let hangs = request(&trial, &sent, Err(Cause::Timeout), Duration::from_mins(1));
        let others = join_all((0..50).map(|_| request(&trial, &sent, Ok(()), QUICK)));
        let (_, took) = tokio::join!(hangs, async {
            others.await;
            start.elapsed()
        });
        assert!(took < PATIENCE + QUICK * 3, "{took:?}");
    }
}
