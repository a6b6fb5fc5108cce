//! The signals that end the process.

use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Failure;

/// What a shell says of a process that a signal has ended: this and the signal's number.
const ENDED_BY_SIGNAL: i32 = 128;

/// A token that SIGTERM or SIGINT cancels; a second one ends the process at once. SIGHUP, which would otherwise end the process, is answered by a log line:
/// this version cannot reload.
pub(super) fn shutdown() -> Result<CancellationToken, Failure> {
    let token = CancellationToken::new();
    let (mut term, mut int, mut hup) = (
        listen(SignalKind::terminate())?,
        listen(SignalKind::interrupt())?,
        listen(SignalKind::hangup())?,
    );
    let cancelled = token.clone();
    tokio::spawn(async move {
        loop {
            let (kind, name) = tokio::select! {
                _ = term.recv() => (SignalKind::terminate(), "SIGTERM"),
                _ = int.recv() => (SignalKind::interrupt(), "SIGINT"),
                _ = hup.recv() => {
                    warn!("SIGHUP: this version cannot reload its configuration; restart it instead");
                    continue;
                }
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
