//! When a request may be sent.
//!
//! Owns: the order of waiting: first for what is known of the key, then for the turn that the rate limit gives, so
//! that those who waited for the first use of a key leave one after the other.

use tokio::sync::SemaphorePermit;

use super::credentials::{Pass, Trial};
use super::error::Error;
use super::limits::Limits;

/// A request that may be sent; to be held until its outcome is noted.
#[derive(Debug)]
pub(super) struct Admission<'a> {
    _slot: SemaphorePermit<'a>,
    _pass: Option<Pass<'a>>,
}

/// Waits until a request may be sent with what `trial` knows of.
///
/// # Errors
/// The last refusal, where sending would only repeat it.
pub(super) async fn admit<'a>(limits: &'a Limits, trial: Option<&'a Trial>) -> Result<Admission<'a>, Error> {
    let Some(trial) = trial else {
        return Ok(Admission {
            _slot: limits.turn().await,
            _pass: None,
        });
    };
    let joined = trial.join();
    loop {
        trial.ready(joined).await?;
        let slot = limits.turn().await;
        // The turn may have been long in coming, and another may have begun to try the key: then the turn is lost.
        if let Some(pass) = trial.enter(joined)? {
            return Ok(Admission {
                _slot: slot,
                _pass: Some(pass),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Mutex;
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn those_who_waited_for_the_first_use_of_a_key_leave_spaced() {
        let limits = Limits::new(NonZeroU32::new(8).unwrap(), 10.0);
        let (trial, left) = (Trial::default(), Mutex::new(Vec::new()));
        join_all((0..20).map(|_| async {
            let admission = admit(&limits, Some(&trial)).await.unwrap();
            left.lock().unwrap().push(Instant::now());
            sleep(Duration::from_millis(1500)).await;
            trial.learn(&Ok(()));
            drop(admission);
        }))
        .await;
        let left = left.into_inner().unwrap();
        assert_eq!(left.len(), 20);
        assert!(left[1] - left[0] >= Duration::from_millis(1500), "the first goes alone");
        for pair in left.windows(2) {
            assert!(pair[1] - pair[0] >= Duration::from_millis(100), "{left:?}");
        }
    }
}
