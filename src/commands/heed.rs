//! What makes the configuration be read again: SIGHUP, and a change of the file. (`POST /-/reload` is the server's.)

use std::future::pending;

use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::reload::{self, Source};
use super::watch;

/// Where the configuration came from, and what makes it be read again.
pub(super) struct Origin {
    pub(super) source: Source,
    pub(super) hangup: Signal,
    /// Whether the file is watched.
    pub(super) is_watched: bool,
}

/// Has the configuration reloaded at each SIGHUP and, if it is watched, at each change of the file.
pub(super) async fn heed(origin: Origin, reload: reload::Handle, shutdown: CancellationToken) {
    let Origin {
        source,
        mut hangup,
        is_watched,
    } = origin;
    let watching = async {
        match source {
            Source::File(file) if is_watched => watch::watch(file, reload.clone()).await,
            _ => pending().await,
        }
    };
    let listening = async {
        loop {
            hangup.recv().await;
            info!("reloading, as SIGHUP says");
            reload.reload().await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = watching => {}
        () = listening => {}
    }
}
