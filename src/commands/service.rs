//! Watching and serving, as `serve` and `demo` do it: starts the fetcher, the publisher and the server, and ends them.

use std::future::pending;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::clients::Clients;
use super::reload::{Reloader, Source};
use super::systemd::{self, Systemd};
use super::{Failure, observers, reload, vital_signs, watch};
use crate::build_info::{REVISION, RUST_VERSION, VERSION};
use crate::cli::{ListenHost, Web};
use crate::clock::Clock;
use crate::config::Config;
use crate::exposition::Publisher;
use crate::exposition::own::OwnMetrics;
use crate::fetcher::pulse::Pulse;
use crate::inventory::Inventory;
use crate::server::Address;
use crate::shard::Shard;
use crate::{fetcher, server};

/// How long open scrapes have to be answered after a signal (contract, 1: it ends within 5 s), less some for the rest.
const GRACE: Duration = Duration::from_millis(4400);

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
    info!(
        version = VERSION,
        revision = REVISION,
        projects = config.projects.len(),
        "starting"
    );
    log_shard(config, shard);
    let clock = Clock::system();
    let own = OwnMetrics::new(VERSION, REVISION, RUST_VERSION);
    let pulse = Pulse::default();
    let nobody = Clients::none(&clock, &own, &pulse, shard);
    let clients = nobody.for_config(config)?;
    clients.begin(&nobody);
    own.shard(shard.ordinal(), shard.total());
    own.config_loaded(true, clock.now());
    let protection = protection(web, &own)?;
    let watched = clients.watched();
    let inventory = Arc::new(Inventory::new(watched.iter().map(|(plan, _)| plan.unasked()).collect()));
    let publisher = Publisher::new(Arc::clone(&inventory), clock.clone());
    let listeners = match systemd::sockets(web)? {
        Some(listeners) => listeners,
        None => server::bind(&addresses(web))
            .await
            .map_err(|error| Failure::failed(error.to_string()))?,
    };
    let bound: Vec<_> = listeners
        .iter()
        .filter_map(|listener| listener.local_addr().ok())
        .collect();
    announce(
        protection.as_ref().map_or("http", |protection| protection.scheme()),
        &bound,
    )?;

    let (replans, replans_taken) = mpsc::channel(1);
    let (reloader, reload) = Reloader::new(origin.source.clone(), clients, replans, own.clone(), clock.clone());
    let settings = server::Settings {
        telemetry_path: web.telemetry_path.to_string(),
        version: VERSION.to_owned(),
        lifecycle: web.enable_lifecycle.then(|| server::Lifecycle {
            reload: reload.0.clone(),
            quit: shutdown.clone(),
        }),
        shard,
    };
    let observer = Arc::new(observers::Refreshes(own.clone(), pulse.clone()));
    // Not in the `select` below, which the main thread does: it is to stand still when the runtime does.
    let vital_signs = vital_signs::watch(pulse, publisher.handle(), clock.clone(), Systemd::of_process());
    let mut vital_signs = tokio::spawn(vital_signs);
    let mut parts = JoinSet::new();
    let end = || shutdown.clone();
    parts.spawn(server::serve(
        listeners,
        settings,
        publisher.handle(),
        own,
        protection,
        end(),
    ));
    parts.spawn(publisher.run(end()));
    parts.spawn(fetcher::run(watched, replans_taken, inventory, observer, clock, end()));
    parts.spawn(reloader.run(end()));
    parts.spawn(heed(origin, reload, end()));
    tokio::select! {
        // First, since the parts end at the same moment.
        biased;
        () = shutdown.cancelled() => {}
        Some(ended) = parts.join_next() => return Err(ended_early(ended)),
        stall = &mut vital_signs => return Err(stall.unwrap_or_else(|panic| ended_early(Err(panic)))),
    }
    vital_signs.abort();
    systemd::stopping().await;
    if timeout(GRACE, parts.join_all()).await.is_err() {
        warn!("ending with requests still open");
    }
    Ok(())
}

/// Where the configuration came from, and what makes it be read again.
pub(super) struct Origin {
    pub(super) source: Source,
    pub(super) hangup: Signal,
    /// Whether the file is watched.
    pub(super) is_watched: bool,
}

/// Has the configuration reloaded at each SIGHUP and, if it is watched, at each change of the file.
async fn heed(origin: Origin, reload: reload::Handle, shutdown: CancellationToken) {
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

/// What a shard may do is less than what is configured; whoever looks for the reason finds it here.
fn log_shard(config: &Config, shard: Shard) {
    if !shard.is_one_of_many() {
        return;
    }
    for project in &config.projects {
        info!(
            project = %project.name,
            shard = shard.ordinal(),
            total_shards = shard.total(),
            rate_limit = shard.part_of_rate(project.http.rate_limit),
            concurrency = shard.part_of_count(project.http.concurrency),
            "the jobs are shared with other shards, and so are the limits of the project"
        );
    }
}

/// Who may ask, by the file that the flags name.
fn protection(web: &Web, own: &OwnMetrics) -> Result<Option<Arc<server::Web>>, Failure> {
    let Some(path) = &web.config_file else { return Ok(None) };
    let own = own.clone();
    let opened = server::Web::open(path, move |ok| own.web_config_loaded(ok));
    opened
        .map(|opened| Some(Arc::new(opened)))
        .map_err(|errors| Failure::unusable(errors.to_string()))
}

fn addresses(web: &Web) -> Vec<Address> {
    let addresses = web.listen_addresses.iter().map(|address| match &address.host {
        ListenHost::All => Address::AllInterfaces(address.port),
        ListenHost::Ip(ip) => Address::Socket(SocketAddr::new(*ip, address.port)),
        ListenHost::Name(name) => Address::Host(name.clone(), address.port),
    });
    addresses.collect()
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

/// An address that one can connect to: who listens on all interfaces is reached by loopback.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
