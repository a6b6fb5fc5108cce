//! The flags of `simulate`.

use clap::{Args, ValueEnum};

use super::address::ListenAddress;
use super::serving::Log;
use super::values;

/// The flags of the simulated cloud.
#[derive(Clone, Debug, Args)]
pub struct Simulate {
    /// Where the simulated cloud listens; port 0 lets the system choose one
    #[arg(
        long = "listen-address",
        value_name = "ADDRESS",
        env = "DRS_EXPORTER_SIMULATE_LISTEN_ADDRESS",
        default_value = "127.0.0.1:0"
    )]
    pub listen_address: ListenAddress,

    /// Jobs in each of its projects, 1 to 10000
    #[arg(
        long = "jobs",
        value_name = "COUNT",
        env = "DRS_EXPORTER_SIMULATE_JOBS",
        default_value_t = 12,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub jobs: u32,

    /// Comparisons that each job keeps, and has had at most when it starts, 1 to 1500
    ///
    /// In a daily world a job has had exactly so many: 60 are two months of a daily policy.
    #[arg(
        long = "reports",
        value_name = "COUNT",
        env = "DRS_EXPORTER_SIMULATE_REPORTS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=1500)
    )]
    pub reports: u32,

    /// Its clock's speed: 60 makes an hour pass in a minute; above 0, up to 86400
    #[arg(
        long = "speed",
        value_name = "FACTOR",
        env = "DRS_EXPORTER_SIMULATE_SPEED",
        default_value = "1",
        value_parser = values::speed
    )]
    pub speed: f64,

    /// The same seed gives the same jobs and comparisons
    #[arg(
        long = "seed",
        value_name = "NUMBER",
        env = "DRS_EXPORTER_SIMULATE_SEED",
        default_value_t = 1
    )]
    pub seed: u64,

    /// What goes on in it
    #[arg(
        long = "world",
        value_name = "WORLD",
        env = "DRS_EXPORTER_SIMULATE_WORLD",
        default_value = "live"
    )]
    pub world: World,

    /// What is logged.
    #[command(flatten)]
    pub log: Log,
}

/// What goes on in the simulated cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum World {
    /// Comparisons start, run and end all the time.
    Live,
    /// Jobs with a history; nothing changes by itself.
    Quiet,
    /// Comparisons as people schedule them: mostly once a day, in real time.
    Daily,
    /// No jobs.
    Empty,
}
