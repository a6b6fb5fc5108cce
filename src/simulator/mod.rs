//! A believable Huawei Cloud over HTTP, for `demo`, `simulate` and the tests.
//!
//! Owns: IAM, the ECS metadata service and the DRS calls as the API text describes them, over a world that lives, with
//! faults on demand. Knows nothing of the exporter: it reads the protocol on its own, so that a misreading on one side
//! shows as a failure and not as silence.
//!
//! A request goes through these, in this order:
//!
//! - [`server`]: sockets, connections, bounds; [`answer`]: from answers to bytes, whole or broken
//! - [`asked`], [`route`]: what came in, and which operation a request line means
//! - [`desk`]: the order of the steps below
//! - [`control`]: what tests ask and order under `/_simulator/`; [`stats`]: what was counted
//! - [`faults`]: what goes wrong on order
//! - [`gateway`]: who is let in, by [`signature`] or by [`tokens`]; [`window`]: how fast
//! - [`iam`], [`metadata`], [`drs`]: the answers; [`page`]: lists of them; [`refusal`]: the error bodies of all of them
//! - [`world`]: what exists, without any I/O; [`state`]: all of it together, and the cloud's clock
//!
//! [`configuration`] writes an exporter's configuration that fits.

mod answer;
mod asked;
mod configuration;
mod control;
mod desk;
mod drs;
mod faults;
mod gateway;
mod iam;
mod metadata;
mod page;
mod refusal;
mod route;
mod server;
mod signature;
mod state;
mod stats;
mod tokens;
mod window;
mod world;

#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use self::server::Server;
use self::state::Cloud;
use crate::clock::Clock;

/// The account that owns both projects.
pub const DOMAIN: &str = "simulated-account";
/// The user that may log in. It is no secret: it lets nobody in anywhere.
pub const USER: &str = "simulated-user";
/// Its password, until the control API sets another.
pub const PASSWORD: &str = "simulated-password";
/// The access key of the same user.
pub const ACCESS_KEY: &str = "SIMULATEDACCESSKEY00";
/// Its secret key, until the control API sets another.
pub const SECRET_KEY: &str = "simulated-secret-key-that-opens-nothing0";

/// Jobs in each project; more would take the memory of a small machine.
const MAX_JOBS: usize = 100_000;

/// Reports that a job keeps in every world where nothing else is said, as the real cloud keeps (API text 6).
pub const DEFAULT_REPORTS: usize = 30;
/// Reports that a job may keep: of hourly runs, two months.
const MAX_REPORTS: usize = 1500;

/// How a simulated cloud is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The same seed makes the same world.
    pub seed: u64,
    /// Jobs in each of the two projects, up to 100,000.
    pub jobs: usize,
    /// Reports that a job keeps, and begins with at most: 1 to 1500.
    pub reports: usize,
    /// How fast the world's clock goes; 1 is as fast as the wall clock, 0 stands still.
    pub speed: f64,
    /// What goes on in the world.
    pub world: WorldKind,
    /// The wall clock.
    pub clock: Clock,
}

/// What goes on in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorldKind {
    /// Comparisons of every job come and end every few minutes.
    Live,
    /// Jobs have a history, and nothing changes by itself.
    Quiet,
    /// Jobs have policies as people set them, and runs take place by these, hours and days apart.
    Daily,
    /// Projects without jobs.
    Empty,
}

/// A running simulated cloud. Dropped without [`stop`](Self::stop), it ends with its runtime.
#[derive(Debug)]
pub struct Simulator {
    server: Server,
    cloud: Arc<Cloud>,
}

impl Simulator {
    /// Makes the world and starts to listen.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the options ask for what no world can be.
    pub async fn start(options: Options) -> io::Result<Self> {
        let refuse = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        if options.jobs > MAX_JOBS {
            return refuse("more than 100000 jobs in a project");
        }
        if !(1..=MAX_REPORTS).contains(&options.reports) {
            return refuse("a job keeps 1 to 1500 reports");
        }
        if !(options.speed.is_finite() && options.speed >= 0.0) {
            return refuse("the speed must be 0 or more");
        }
        let cloud = Arc::new(Cloud::new(&options));
        let server = Server::start(options.listen, Arc::clone(&cloud)).await?;
        Ok(Self { server, cloud })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A configuration of the exporter that fits it: YAML with comments.
    #[must_use]
    pub fn configuration(&self) -> String {
        configuration::write(self.address(), &self.cloud)
    }

    /// Stops listening and drops all connections.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
