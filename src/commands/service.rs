//! Watching and serving, as `serve` and `demo` do it: starts the fetcher, the publisher and the server, and ends them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::systemd::{self, Systemd};
use super::{Failure, observers, plans, vital_signs};
use crate::build_info::{REVISION, RUST_VERSION, VERSION};
use crate::cli::{ListenHost, Web};
use crate::clock::Clock;
use crate::config::Config;
use crate::exposition::Publisher;
use crate::exposition::own::OwnMetrics;
use crate::fetcher::pulse::Pulse;
use crate::inventory::Inventory;
use crate::server::Address;
use crate::{fetcher, server};

/// How long open scrapes have to be answered after a signal (contract, 1: it ends within 5 s), less some for the rest.
const GRACE: Duration = Duration::from_millis(4400);

/// Runs until `shutdown`, or until a part has ended that never should. `announce` is told the addresses that are
/// listened on, before the first request is made or taken.
pub(super) async fn run(
    config: &Config,
    web: &Web,
    shutdown: CancellationToken,
    announce: impl FnOnce(&[SocketAddr]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    info!(
        version = VERSION,
        revision = REVISION,
        projects = config.projects.len(),
        "starting"
    );
    let clock = Clock::system();
    let own = OwnMetrics::new(VERSION, REVISION, RUST_VERSION);
    let pulse = Pulse::default();
    let plans = plans::from_config(config, &clock, |project| {
        observers::Calls::of(&project.name, &own, &pulse)
    })?;
    own.config_loaded(true, clock.now());
    let inventory = Arc::new(Inventory::new(plans.iter().map(|(plan, _)| plan.unasked()).collect()));
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
    announce(&bound)?;

    let settings = server::Settings {
        telemetry_path: web.telemetry_path.to_string(),
        version: VERSION.to_owned(),
    };
    let observer = Arc::new(observers::Refreshes(own.clone(), pulse.clone()));
    // Not in the `select` below, which the main thread does: it is to stand still when the runtime does.
    let vital_signs = vital_signs::watch(pulse, publisher.handle(), clock.clone(), Systemd::of_process());
    let mut vital_signs = tokio::spawn(vital_signs);
    let mut parts = JoinSet::new();
    let end = || shutdown.clone();
    parts.spawn(server::serve(listeners, settings, publisher.handle(), own, end()));
    parts.spawn(publisher.run(end()));
    parts.spawn(fetcher::run(plans, inventory, observer, clock, end()));
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
