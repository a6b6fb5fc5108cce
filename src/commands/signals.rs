//! The signals: those that end the process, and the one that reloads.

use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Failure;

/// What a shell says of a process that a signal has ended: this and the signal's number.
const ENDED_BY_SIGNAL: i32 = 128;

/// SIGHUP from now on, which would otherwise end the process.
pub(super) fn hangup() -> Result<Signal, Failure> {
    listen(SignalKind::hangup())
}

/// A token that SIGTERM or SIGINT cancels; a second one ends the process at once.
pub(super) fn shutdown() -> Result<CancellationToken, Failure> {
    let token = CancellationToken::new();
    let (mut term, mut int) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let cancelled = token.clone();
    tokio::spawn(async move {
        loop {
            let (kind, name) = tokio::select! {
                _ = term.recv() => (SignalKind::terminate(), "SIGTERM"),
                _ = int.recv() => (SignalKind::interrupt(), "SIGINT"),
            };
            if cancelled.is_cancelled() {
                warn!(signal = name, "ending at once, by a second signal");
                process::exit(ENDED_BY_SIGNAL + kind.as_raw_value());
            }
            info!(signal = name, "ending");
            cancelled.cancel();
        }
    });
    Ok(token)
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::failed(format!("signals cannot be listened to: {error}")))
}
