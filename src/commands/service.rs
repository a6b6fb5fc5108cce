//! Watching and serving, as `serve` and `demo` do it: makes the parts, tells each of the others, and starts them.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::clients::Clients;
use super::heed::{Origin, heed};
use super::parts::Parts;
use super::reload::{self, Reloader};
use super::systemd::Systemd;
use super::{Failure, listening, observers, vital_signs};
use crate::build_info::{REVISION, RUST_VERSION, VERSION};
use crate::cli::Web;
use crate::clock::Clock;
use crate::config::Config;
use crate::exposition::Publisher;
use crate::exposition::own::OwnMetrics;
use crate::fetcher::pulse::Pulse;
use crate::inventory::Inventory;
use crate::shard::Shard;
use crate::{fetcher, server};

/// Runs until `shutdown`, or until a part has ended that never should. `announce` is told the scheme and the addresses that are
/// listened on, before the first request is made or taken.
pub(super) async fn run(
    config: &Config,
    origin: Origin,
    web: &Web,
    shard: Shard,
    shutdown: CancellationToken,
    announce: impl FnOnce(&str, &[SocketAddr]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let projects = config.projects.len();
    info!(version = VERSION, revision = REVISION, projects, "starting");
    let clock = Clock::system();
    let own = own_metrics(shard);
    let pulse = Pulse::default();
    let clients = Clients::none(&clock, &own, &pulse, shard).replaced_by(config)?;
    own.config_loaded(true, clock.now());

    let watched = clients.watched();
    let inventory = Arc::new(Inventory::new(watched.iter().map(|(plan, _)| plan.unasked()).collect()));
    let publisher = Publisher::new(Arc::clone(&inventory), clock.clone());
    let protection = listening::protection(web, &own)?;
    let listeners = listening::open(web).await?;
    let scheme = protection.as_ref().map_or("http", |protection| protection.scheme());
    announce(scheme, &listening::bound(&listeners))?;

    let (replans, replans_taken) = mpsc::channel(1);
    let (reloader, reload) = Reloader::new(origin.source.clone(), clients, replans, own.clone(), clock.clone());
    let observer = Arc::new(observers::Refreshes(own.clone(), pulse.clone()));
    let settings = settings(web, shard, &reload, &shutdown);
    let (served, looked_at) = (publisher.handle(), publisher.handle());

    // Not looked at by the main thread: that one goes on when the runtime stands still.
    let vital_signs = vital_signs::watch(pulse, looked_at, clock.clone(), Systemd::of_process());
    let vital_signs = tokio::spawn(vital_signs);
    let mut parts = Parts::new(shutdown);
    parts.start(|end| server::serve(listeners, settings, served, own, protection, end));
    parts.start(|end| publisher.run(end));
    parts.start(|end| fetcher::run(watched, replans_taken, inventory, observer, clock, end));
    parts.start(|end| reloader.run(end));
    parts.start(|end| heed(origin, reload, end));
    parts.until_the_end(vital_signs).await
}

fn own_metrics(shard: Shard) -> OwnMetrics {
    let own = OwnMetrics::new(VERSION, REVISION, RUST_VERSION);
    own.shard(shard.ordinal(), shard.total());
    own
}

fn settings(web: &Web, shard: Shard, reload: &reload::Handle, shutdown: &CancellationToken) -> server::Settings {
    server::Settings {
        telemetry_path: web.telemetry_path.to_string(),
        version: VERSION.to_owned(),
        lifecycle: web.enable_lifecycle.then(|| server::Lifecycle {
            reload: reload.0.clone(),
            quit: shutdown.clone(),
        }),
        shard,
    }
}
