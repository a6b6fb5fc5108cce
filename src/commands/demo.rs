//! `demo`: the main job against a simulated cloud in the same process.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use super::heed::Origin;
use super::reload::Source;
use super::{Failure, listening, logging, service, signals, simulate};
use crate::cli::Serving;
use crate::clock::Clock;
use crate::config;
use crate::simulator::{DEFAULT_REPORTS, Options, Simulator, WorldKind};

/// Jobs in each of the two projects: enough to see every state, few enough to read.
const JOBS: usize = 12;

/// Every demo shows the same world.
const SEED: u64 = 1;

/// Runs until a signal.
pub(super) async fn run(flags: &Serving) -> Result<(), Failure> {
    logging::start(flags.log)?;
    let shard = flags.sharding.shard().map_err(Failure::no_such_shard)?;
    let (shutdown, hangup) = (signals::shutdown()?, signals::hangup()?);
    let simulator = Simulator::start(Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        seed: SEED,
        jobs: JOBS,
        reports: DEFAULT_REPORTS,
        speed: 1.0,
        world: WorldKind::Live,
        clock: Clock::system(),
    })
    .await
    .map_err(|error| Failure::failed(format!("the simulated cloud cannot listen on 127.0.0.1: {error}")))?;
    let config = config::parse(
        &simulator.configuration(),
        Path::new("the simulated cloud's configuration"),
    )
    .map_err(|errors| Failure::failed(errors.to_string()))?;
    let cloud = simulator.address();
    let path = flags.web.telemetry_path.to_string();
    let origin = Origin {
        source: Source::None("the demo has no configuration file"),
        hangup,
        is_watched: false,
    };
    service::run(&config, origin, &flags.web, shard, shutdown, |scheme, addresses| {
        let mut text = format!("simulated cloud: http://{cloud}\n");
        for address in addresses {
            let address = listening::reachable(*address);
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "open {scheme}://{address}/ in a browser, {scheme}://{address}{path} for the metrics"
            );
        }
        simulate::print(&text)
    })
    .await?;
    simulator.stop().await;
    Ok(())
}
