//! `simulate`: only the simulated cloud, and a configuration that fits it on standard output.

use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;

use tokio::net::lookup_host;
use tracing::info;

use super::{Failure, logging, signals};
use crate::cli::{ListenAddress, ListenHost, Simulate, World};
use crate::clock::Clock;
use crate::simulator::{Options, Simulator, WorldKind};

/// Runs until a signal.
pub(super) async fn run(flags: &Simulate) -> Result<(), Failure> {
    logging::start(flags.log)?;
    let shutdown = signals::shutdown()?;
    // There is nothing to reload, and no reason to end.
    let _hangup = signals::hangup()?;
    let simulator = Simulator::start(Options {
        listen: resolve(&flags.listen_address).await?,
        seed: flags.seed,
        jobs: flags.jobs as usize,
        reports: flags.reports as usize,
        speed: flags.speed,
        world: match flags.world {
            World::Live => WorldKind::Live,
            World::Quiet => WorldKind::Quiet,
            World::Daily => WorldKind::Daily,
            World::Empty => WorldKind::Empty,
        },
        clock: Clock::system(),
    })
    .await
    .map_err(|error| Failure::failed(format!("cannot listen on {}: {error}", flags.listen_address)))?;
    print(&simulator.configuration())?;
    info!(address = %simulator.address(), "listening");
    shutdown.cancelled().await;
    simulator.stop().await;
    Ok(())
}

async fn resolve(address: &ListenAddress) -> Result<SocketAddr, Failure> {
    let port = address.port;
    match &address.host {
        ListenHost::All => Ok(SocketAddr::from(([0, 0, 0, 0], port))),
        ListenHost::Ip(ip) => Ok(SocketAddr::new(*ip, port)),
        ListenHost::Name(name) => lookup_host((name.as_str(), port))
            .await
            .ok()
            .and_then(|mut found| found.next())
            .ok_or_else(|| Failure::failed(format!("cannot listen on {address}: the host name is not known"))),
    }
}

/// Writes a result to standard output; a reader that has gone is an error, not a panic.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| match error.kind() {
            // As with `| head`: whoever read it has what they wanted.
            ErrorKind::BrokenPipe => Failure::told(),
            _ => Failure::failed(format!("cannot write to standard output: {error}")),
        })
}
