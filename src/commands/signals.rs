//! The signals: those that end the process, and the one that reloads.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::Failure;

/// SIGHUP from now on, which would otherwise end the process.
pub(super) fn hangup() -> Result<Signal, Failure> {
    listen(SignalKind::hangup())
}

/// A token that SIGTERM or SIGINT cancels.
pub(super) fn shutdown() -> Result<CancellationToken, Failure> {
    let token = CancellationToken::new();
    let (mut term, mut int) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let cancelled = token.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = term.recv() => "SIGTERM",
            _ = int.recv() => "SIGINT",
        };
        info!(signal = name, "ending");
        cancelled.cancel();
    });
    Ok(token)
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::failed(format!("signals cannot be listened to: {error}")))
}
