//! What systemd and the process tell each other.
//!
//! Owns: the messages of `sd_notify`, and the sockets that systemd has opened. All of it is optional: without the
//! environment variables that systemd sets, nothing is sent and nothing is taken. Knows nothing of what is watched.

use std::env;
use std::io;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use tracing::{info, warn};

use super::Failure;
use crate::cli::Web;

/// So long the end waits for systemd to take the message of it.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// The way to systemd.
#[derive(Debug)]
pub(super) struct Systemd {
    is_there: bool,
    watchdog: Option<Duration>,
    /// What was told last.
    status: Option<String>,
    /// The message that is being sent.
    sending: Option<JoinHandle<io::Result<()>>>,
    has_warned: bool,
}

impl Systemd {
    /// As the environment tells.
    pub(super) fn of_process() -> Self {
        Self {
            is_there: env::var_os("NOTIFY_SOCKET").is_some(),
            watchdog: sd_notify::watchdog_enabled().filter(|time| !time.is_zero()),
            status: None,
            sending: None,
            has_warned: false,
        }
    }

    /// After so long without a sign of life systemd restarts the service; none if it does not watch.
    pub(super) fn watchdog(&self) -> Option<Duration> {
        self.watchdog.filter(|_| self.is_there)
    }

    /// The service is alive. Told the first time, it says that the service has started: it can be connected to, and asks
    /// the cloud. Whether the cloud answers is not what a start waits for.
    pub(super) async fn alive(&mut self, status: String) {
        let mut lines = Vec::new();
        if self.status.is_none() {
            lines.push("READY=1".to_owned());
        }
        if self.watchdog.is_some() {
            lines.push("WATCHDOG=1".to_owned());
        }
        if self.status.as_ref() != Some(&status) {
            lines.push(format!("STATUS={status}"));
        }
        if !lines.is_empty() && self.send(lines.join("\n")).await {
            self.status = Some(status);
        }
    }

    /// Sends in a thread of its own, since a systemd that does not read would keep the sender waiting. While a message
    /// has not gone, this one is not sent.
    async fn send(&mut self, message: String) -> bool {
        if !self.is_there || self.sending.as_ref().is_some_and(|task| !task.is_finished()) {
            return false;
        }
        let sending = spawn_blocking(move || sd_notify::notify(&[NotifyState::Custom(&message)]));
        if let Some(before) = self.sending.replace(sending)
            && let Ok(Err(error)) = before.await
            && !std::mem::replace(&mut self.has_warned, true)
        {
            warn!(%error, "systemd cannot be told how the service is");
        }
        true
    }
}

/// Tells systemd that the service is ending; not for long, since it sees the end anyway.
pub(super) async fn stopping() {
    let telling = spawn_blocking(|| sd_notify::notify(&[NotifyState::Stopping]));
    let _ = timeout(LAST_WORDS, telling).await;
}

/// The sockets that systemd has opened for us; none if it has not, and other ones are to be opened.
pub(super) fn sockets(web: &Web) -> Result<Option<Vec<TcpListener>>, Failure> {
    let mut passed = ListenFd::from_env();
    if passed.len() == 0 {
        return if web.systemd_socket {
            Err(Failure::failed(
                "systemd has passed no socket; start the service by its socket unit, or leave out --web.systemd-socket",
            ))
        } else {
            Ok(None)
        };
    }
    let unusable = |error: io::Error| Failure::failed(format!("a socket that systemd has passed is unusable: {error}"));
    let mut listeners = Vec::with_capacity(passed.len());
    for index in 0..passed.len() {
        if let Some(socket) = passed.take_tcp_listener(index).map_err(unusable)? {
            socket.set_nonblocking(true).map_err(unusable)?;
            listeners.push(TcpListener::from_std(socket).map_err(unusable)?);
        }
    }
    info!(
        sockets = listeners.len(),
        "serving on the sockets of systemd instead of --web.listen-address"
    );
    Ok(Some(listeners))
}
