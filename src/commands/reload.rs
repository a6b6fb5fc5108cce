//! Reads the configuration again and puts it into effect, one time after the other.
//!
//! Owns: that a configuration is taken whole or not at all, and that whoever asked is told which. Knows nothing of what
//! a change means for what is watched: that is the fetcher's.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::clients::Clients;
use super::watch::ConfigFile;
use crate::clock::Clock;
use crate::cloud::Client;
use crate::config;
use crate::exposition::own::OwnMetrics;
use crate::fetcher::{Changes, Replan};
use crate::server::{Outcome, ReloadOrder};

/// Orders that wait while one is carried out. Whoever comes when there are more waits for room.
const MAX_WAITING: usize = 64;

const ENDING: &str = "the exporter is ending";

/// What is read at a reload.
#[derive(Clone)]
pub(super) enum Source {
    /// The configuration file.
    File(Arc<ConfigFile>),
    /// There is none, and why.
    None(&'static str),
}

/// Tells the reloader to reload.
#[derive(Clone)]
pub(super) struct Handle(pub(super) mpsc::Sender<ReloadOrder>);

impl Handle {
    /// Has the configuration reloaded. How it went is in the log.
    pub(super) async fn reload(&self) {
        let (order, outcome) = oneshot::channel();
        // When nobody reloads any more, all is ending.
        if self.0.send(order).await.is_ok() {
            let _ = outcome.await;
        }
    }
}

/// See the module's page.
pub(super) struct Reloader {
    source: Source,
    clients: Arc<Clients>,
    replans: mpsc::Sender<Replan<Client>>,
    own: OwnMetrics,
    clock: Clock,
    orders: mpsc::Receiver<ReloadOrder>,
}

impl Reloader {
    /// Reloads what is in use as `clients`.
    pub(super) fn new(
        source: Source,
        clients: Clients,
        replans: mpsc::Sender<Replan<Client>>,
        own: OwnMetrics,
        clock: Clock,
    ) -> (Self, Handle) {
        let (sender, orders) = mpsc::channel(MAX_WAITING);
        let reloader = Self {
            source,
            clients: Arc::new(clients),
            replans,
            own,
            clock,
            orders,
        };
        (reloader, Handle(sender))
    }

    /// Carries out orders until `shutdown`. Those that have come when a reload begins are all served by it.
    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        while let Some(Some(first)) = shutdown.run_until_cancelled(self.orders.recv()).await {
            let mut orders = vec![first];
            while let Ok(another) = self.orders.try_recv() {
                orders.push(another);
            }
            let Some(outcome) = shutdown.run_until_cancelled(self.reload()).await else {
                break;
            };
            for order in orders {
                // Who asked may have gone.
                let _ = order.send(outcome.clone());
            }
        }
        // A part that ends by itself is a fault.
        shutdown.cancelled().await;
    }

    async fn reload(&mut self) -> Outcome {
        let file = match &self.source {
            Source::File(file) => Arc::clone(file),
            Source::None(why) => {
                info!(why, "there is nothing to reload");
                return Ok(format!("there is nothing to reload: {why}\n"));
            }
        };
        match self.take(&file).await {
            Ok(changes) => {
                self.own.config_loaded(true, self.clock.now());
                info!(file = %file.path().display(), projects = %changes, "the configuration is reloaded");
                Ok(format!("the configuration is reloaded: projects: {changes}\n"))
            }
            Err(mistakes) => {
                self.own.config_loaded(false, self.clock.now());
                for mistake in mistakes.lines() {
                    error!(mistake, "the configuration cannot be reloaded");
                }
                error!(file = %file.path().display(), "the configuration is not reloaded; everything goes on by the one before");
                Err(format!(
                    "the configuration is not reloaded; everything goes on by the one before:\n{mistakes}\n"
                ))
            }
        }
    }

    /// Reads all, and only if all is good changes anything.
    async fn take(&mut self, file: &Arc<ConfigFile>) -> Result<Changes, String> {
        let (before, file) = (Arc::clone(&self.clients), Arc::clone(file));
        let next = spawn_blocking(move || next(&before, &file));
        let next = next
            .await
            .unwrap_or_else(|panic| Err(format!("reading it has broken down ({panic}); please report this")))?;
        next.begin(&self.clients);
        let (done, changes) = oneshot::channel();
        let projects = next.watched();
        // From here on the fetcher has it, whoever waits.
        self.clients = Arc::new(next);
        let order = Replan { projects, done };
        self.replans.send(order).await.map_err(|_| ENDING)?;
        let changes = changes.await.map_err(|_| ENDING)?;
        self.clients.have_begun();
        let is_other = |name: &_| changes.added.contains(name) || changes.changed.contains(name);
        self.clients.tell_share(is_other);
        Ok(changes)
    }
}

fn next(before: &Clients, file: &ConfigFile) -> Result<Clients, String> {
    file.note_reading();
    let config = config::load(file.path()).map_err(|errors| errors.to_string())?;
    before.for_config(&config).map_err(|failure| failure.message)
}

impl Source {
    /// A file, of which nothing was read yet.
    pub(super) fn file(path: PathBuf) -> Self {
        Self::File(Arc::new(ConfigFile::new(path)))
    }
}
