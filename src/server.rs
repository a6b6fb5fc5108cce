//! The HTTP server: what Prometheus scrapes and what a person opens.
//!
//! Owns: sockets, routes, limits and the page at `/`. Knows nothing of the cloud and nothing of how the metrics
//! come about: every answer is made from what was published last, so that no request ever waits for anything.

mod body;
mod connection;
mod guard;
mod lifecycle;
mod limiter;
mod listen;
mod logins;
mod manual;
mod page;
mod routes;
mod timed;
mod tls;
mod web;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

pub use lifecycle::{Lifecycle, Outcome, ReloadOrder};
pub use listen::{Address, BindError, bind};
pub use web::Web;

use crate::exposition::Handle;
use crate::exposition::own::OwnMetrics;
use crate::shard::Shard;
use connection::{Ending, Protocol};
use routes::Context;
use tls::Spoken;

/// A Prometheus pair and some people need a handful; more than this is an attack or a leak.
const MAX_CONNECTIONS: usize = 512;

/// How long open answers may go on after a shutdown: the process has to be gone within 5 s.
const GRACE: Duration = Duration::from_secs(4);

/// Pause after a failed accept. Most likely the file descriptors have run out, and asking again at once cannot help.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the server is told once.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The path of the metrics, such as `/metrics`.
    pub telemetry_path: String,
    /// The version that the page shows.
    pub version: String,
    /// Who is told to reload and to end; none where that is not allowed.
    pub lifecycle: Option<Lifecycle>,
    /// Which of the exporters that share the jobs this one is.
    pub shard: Shard,
}

/// Serves on `listeners` to those whom `web` lets in, until `shutdown`; then takes no more connections, lets open answers end, and returns
/// within [`GRACE`].
pub async fn serve(
    listeners: Vec<TcpListener>,
    settings: Settings,
    handle: Handle,
    own: OwnMetrics,
    web: Option<Arc<Web>>,
    shutdown: CancellationToken,
) {
    if let Some(web) = &web {
        web.announce();
    } else {
        info!(
            tls = "off",
            authentication = "off",
            "no web configuration; see --web.config.file"
        );
    }
    let server = Server {
        context: Arc::new(Context {
            settings,
            handle,
            own,
            web,
        }),
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
                        if let Err(error) = attend(stream, peer.ip(), context, ending).await {
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

/// Serves one connection to its end, in whatever is spoken there.
async fn attend(stream: TcpStream, peer: IpAddr, context: Arc<Context>, ending: Ending) -> io::Result<()> {
    // The last block of an answer would wait for the acknowledgement of the one before it, some 40 ms.
    stream.set_nodelay(true)?;
    let tls = context.web.as_ref().and_then(|web| web.current().tls.clone());
    let Some(config) = tls else {
        return connection::serve(stream, Protocol::Http1, peer, context, ending).await;
    };
    let shaken = ending.soon.run_until_cancelled(tls::handshake(stream, config)).await;
    match shaken.transpose()? {
        Some(Spoken::Http1(stream)) => connection::serve(stream, Protocol::Http1, peer, context, ending).await,
        Some(Spoken::Http2(stream)) => connection::serve(stream, Protocol::Http2, peer, context, ending).await,
        Some(Spoken::Plain) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
