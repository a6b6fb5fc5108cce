//! The HTTP server: what Prometheus scrapes and what a person opens.
//!
//! Owns: sockets, routes, limits and the page at `/`. Knows nothing of the cloud and nothing of how the metrics
//! come about: every answer is made from what was published last, so that no request ever waits for anything.

mod body;
mod connection;
mod listen;
mod manual;
mod page;
mod routes;
mod timed;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

pub use listen::{Address, BindError, bind};

use crate::exposition::Handle;
use crate::exposition::own::OwnMetrics;
use connection::Ending;
use routes::Context;

/// A Prometheus pair and some people need a handful; more than this is an attack or a leak.
const MAX_CONNECTIONS: usize = 512;

/// How long open answers may go on after a shutdown: the process has to be gone within 5 s.
const GRACE: Duration = Duration::from_secs(4);

/// Pause after a failed accept. Most likely the file descriptors have run out, and asking again at once cannot help.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the server is told once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The path of the metrics, such as `/metrics`.
    pub telemetry_path: String,
    /// The version that the page shows.
    pub version: String,
}

/// Serves on `listeners` until `shutdown`; then takes no more connections, lets open answers end, and returns
/// within [`GRACE`].
pub async fn serve(
    listeners: Vec<TcpListener>,
    settings: Settings,
    handle: Handle,
    own: OwnMetrics,
    shutdown: CancellationToken,
) {
    let server = Server {
        context: Arc::new(Context { settings, handle, own }),
        connections: TaskTracker::new(),
        permits: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        ending: Ending {
            soon: shutdown.clone(),
            now: CancellationToken::new(),
        },
    };
    let accepting = join_all(listeners.into_iter().map(|listener| server.accept(listener)));
    // Cancelled, this drops the listeners: who connects from now on is refused.
    shutdown.run_until_cancelled(accepting).await;
    server.connections.close();
    if timeout(GRACE, server.connections.wait()).await.is_err() {
        warn!(
            connections = server.connections.len(),
            "ending connections that did not end by themselves"
        );
        server.ending.now.cancel();
        server.connections.wait().await;
    }
}

struct Server {
    context: Arc<Context>,
    connections: TaskTracker,
    permits: Arc<Semaphore>,
    ending: Ending,
}

impl Server {
    /// Accepts for ever. With all permits taken, newcomers wait in the system's queue; who is connected is not slowed.
    async fn accept(&self, listener: TcpListener) {
        match listener.local_addr() {
            Ok(address) => info!(%address, "listening"),
            Err(error) => warn!(%error, "listening on an address that the system does not tell"),
        }
        // A trouble that lasts is told once.
        let mut is_failing = false;
        // The semaphore is never closed.
        while let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    if std::mem::take(&mut is_failing) {
                        info!("connections are accepted again");
                    }
                    let (context, ending) = (Arc::clone(&self.context), self.ending.clone());
                    self.connections.spawn(async move {
                        if let Err(error) = connection::serve(stream, context, ending).await {
                            debug!(%peer, %error, "connection ended early");
                        }
                        drop(permit);
                    });
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_failing, true) {
                        warn!(%error, "connections cannot be accepted; trying on (file descriptors: ulimit -n, LimitNOFILE=)");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
