//! The parts that make up the service, all running at once.
//!
//! Owns: that they end together, in time, and that none is missing while the service lives.

use std::future::Future;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Failure, systemd};

/// How long open scrapes have to be answered after a signal (contract, 1: it ends within 5 s), less some for the rest.
const GRACE: Duration = Duration::from_millis(4400);

/// What runs.
pub(super) struct Parts {
    running: JoinSet<()>,
    shutdown: CancellationToken,
}

impl Parts {
    /// None yet. They are to end when `shutdown` is cancelled.
    pub(super) fn new(shutdown: CancellationToken) -> Self {
        Self {
            running: JoinSet::new(),
            shutdown,
        }
    }

    /// Starts one that ends when the token says so, and never before.
    pub(super) fn start<F: Future<Output = ()> + Send + 'static>(&mut self, part: impl FnOnce(CancellationToken) -> F) {
        self.running.spawn(part(self.shutdown.clone()));
    }

    /// Until all have ended as they should; until one has ended by itself; or until `vital_signs` say what does not go
    /// on.
    pub(super) async fn until_the_end(mut self, mut vital_signs: JoinHandle<Failure>) -> Result<(), Failure> {
        tokio::select! {
            // First, since the parts end at the same moment.
            biased;
            () = self.shutdown.cancelled() => {}
            Some(ended) = self.running.join_next() => return Err(ended_early(ended)),
            stall = &mut vital_signs => return Err(stall.unwrap_or_else(|panic| ended_early(Err(panic)))),
        }
        vital_signs.abort();
        systemd::stopping().await;
        if timeout(GRACE, self.running.join_all()).await.is_err() {
            warn!("ending with requests still open");
        }
        Ok(())
    }
}

/// A part that is gone would leave old data behind a live process: the silent stall. The process ends instead.
fn ended_early(ended: Result<(), JoinError>) -> Failure {
    let why = ended
        .err()
        .map_or_else(|| "it ended by itself".to_owned(), |panic| panic.to_string());
    Failure::failed(format!(
        "a part of the exporter is gone, so the exporter ends ({why}); please report this"
    ))
}
