//! What is known of one set of keys, or of one password.
//!
//! Owns: that what nobody knows to be good is tried by one request at a time, that all who waited share a refusal, and
//! that so few refusals come in a row that the cloud does not lock the key. Five refused signatures in a row lock it
//! for about five minutes (API text, 3.2), and a client starts with many requests at once.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::super::cause::Cause;
use super::super::error::Error;

/// So long a request waits for the one that tries the key. A refusal comes quickly; a request that hangs must not
/// hold up all others.
const PATIENCE: Duration = Duration::from_secs(2);
/// Refusals in a row that are risked within [`WINDOW`]: one less than lock a key (API text, 3.2).
const MAX_REFUSALS: usize = 4;
/// How long a refusal counts: as long as a lock lasts (API text, 3.2).
const WINDOW: Duration = Duration::from_mins(5);

/// What is known of one secret; shared by all clients that use it.
#[derive(Debug, Default)]
pub(in super::super) struct Trial {
    state: Mutex<State>,
    /// Told whenever a request has ended.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// It was taken, and not refused since.
    proven: bool,
    /// Refusals since it was last taken, as far as they still count; oldest first.
    refused_at: VecDeque<Instant>,
    /// The last refusal since it was last taken.
    last: Option<Error>,
    /// All refusals ever, to tell whether there was one in the meantime.
    refusals: u64,
    /// Requests sent whose outcome is not known yet.
    under_way: usize,
    /// When the newest of them was sent.
    newest: Option<Instant>,
}

/// How many refusals there were when a request joined the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) struct Joined(u64);

/// One request under way; to be held until its outcome is noted.
#[derive(Debug)]
pub(in super::super) struct Pass<'a>(&'a Trial);

enum Standing {
    Free,
    /// Ask again when something changed, at this time at the latest.
    Wait(Option<Instant>),
}

impl Trial {
    /// To be called before any waiting.
    pub(in super::super) fn join(&self) -> Joined {
        Joined(self.state().refusals)
    }

    /// Waits until a request may be sent, as far as is known now.
    ///
    /// # Errors
    /// The last refusal, if there was one since `joined` or there were too many.
    pub(in super::super) async fn ready(&self, joined: Joined) -> Result<(), Error> {
        loop {
            let mut changed = pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            let standing = self.state().standing(joined, Instant::now())?;
            match standing {
                Standing::Free => return Ok(()),
                Standing::Wait(None) => changed.await,
                // Whichever comes first, the next round finds out what it means.
                Standing::Wait(Some(until)) => drop(timeout_at(until, changed).await),
            }
        }
    }

    /// Sends a request now, or `None` if another was quicker since [`ready`](Self::ready).
    ///
    /// # Errors
    /// As `ready`.
    pub(in super::super) fn enter(&self, joined: Joined) -> Result<Option<Pass<'_>>, Error> {
        let (mut state, now) = (self.state(), Instant::now());
        match state.standing(joined, now)? {
            Standing::Wait(_) => Ok(None),
            Standing::Free => {
                state.under_way += 1;
                state.newest = Some(now);
                Ok(Some(Pass(self)))
            }
        }
    }

    /// Notes what the cloud said. A failure on the way, or of the cloud, says nothing of the secret.
    pub(in super::super) fn learn<T>(&self, outcome: &Result<T, Error>) {
        match outcome {
            Err(error) if is_refusal(error) => self.state().refuse(error, Instant::now()),
            Err(error) if !error.was_let_in() => {}
            Ok(_) | Err(_) => self.state().prove(),
        }
    }

    /// Whether it was refused, and not taken since, so that another refusal would count as one more.
    pub(super) fn was_refused_lately(&self) -> bool {
        let refused_at = &self.state().refused_at;
        refused_at.back().is_some_and(|at| at.elapsed() < WINDOW)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn standing(&mut self, joined: Joined, now: Instant) -> Result<Standing, Error> {
        self.refused_at.retain(|at| now.duration_since(*at) < WINDOW);
        if let Some(refusal) = &self.last
            && (self.refusals != joined.0 || self.refused_at.len() >= MAX_REFUSALS)
        {
            return Err(refusal.clone());
        }
        if self.proven || self.under_way == 0 {
            return Ok(Standing::Free);
        }
        // Each of those under way may yet be refused.
        if self.refused_at.len() + self.under_way >= MAX_REFUSALS {
            return Ok(Standing::Wait(None));
        }
        let impatient = self.newest.map(|newest| newest + PATIENCE);
        Ok(match impatient {
            Some(at) if at > now => Standing::Wait(Some(at)),
            _ => Standing::Free,
        })
    }

    fn refuse(&mut self, error: &Error, now: Instant) {
        self.proven = false;
        self.refusals += 1;
        self.last = Some(error.clone());
        self.refused_at.push_back(now);
        // A key that was good may be refused to many at once: as many are kept as matter.
        if self.refused_at.len() > MAX_REFUSALS {
            self.refused_at.pop_front();
        }
    }

    fn prove(&mut self) {
        self.proven = true;
        self.last = None;
        self.refused_at.clear();
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
        self.0.changed.notify_waiters();
    }
}

fn is_refusal(error: &Error) -> bool {
    match error.cause() {
        Cause::SignatureRefused | Cause::ClockSkew => true,
        // These two speak of one client's project or request and not of the password (API text, 3.1).
        Cause::LoginRefused => !matches!(error.status(), Some(400 | 404)),
        _ => false,
    }
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
