//! The command line: every flag, declared once.
//!
//! Owns: names, defaults, environment variables and help of the flags; the help text and
//! `docs/command-line.md` come from here. Knows nothing of what the commands do.

mod address;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod tests;
mod values;

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

pub use address::{ListenAddress, ListenAddressError, ListenHost};
pub use values::{TelemetryPath, TelemetryPathError};

/// What `--version` prints after the program's name.
const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nrevision: ",
    env!("DRS_EXPORTER_BUILD_REVISION"),
    "\nrustc:    ",
    env!("DRS_EXPORTER_BUILD_RUST_VERSION"),
);

/// The file that is read where none is named.
pub const DEFAULT_CONFIG_FILE: &str = "drs-exporter.yaml";

const EXAMPLES: &str = "\
Examples:
  drs-exporter --config.file=/etc/drs-exporter.yaml
          Watch a real cloud.
  drs-exporter --project-id=5237e10fe9aa4ad5b16b6a5245248314 --region=ap-southeast-1
          The same without a file: all jobs of one project, with the key that the environment holds.
  drs-exporter demo --web.listen-address=127.0.0.1:10816
          See it work without an account, a file or a network.
  drs-exporter --web.listen-address=127.0.0.1:10816 --web.listen-address='[::1]:10816'
          Serve this machine only.

Exit codes: 0 ended as asked, 1 something failed, 2 unusable arguments or configuration.";

/// Prometheus exporter for Huawei Cloud DRS health comparison tasks.
///
/// Asks the cloud in the background for the status and the times of health comparisons and serves them as
/// metrics. Without a command it reads the configuration file, polls and serves.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "drs-exporter",
    version = LONG_VERSION,
    after_long_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    disable_version_flag = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to watch.
    #[command(flatten)]
    pub target: Target,

    /// The flags of serving and logging.
    #[command(flatten)]
    pub serving: Serving,

    /// What to do instead of watching a real cloud.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Print name, version, revision and compiler
    #[arg(long = "version", action = ArgAction::Version)]
    version: Option<bool>,
}

/// A command other than serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Serve a simulated cloud's comparisons: no account, no file, no network
    #[command(after_long_help = "\
Example:
  drs-exporter demo --web.listen-address=127.0.0.1:0")]
    Demo(Serving),
    /// Run only the simulated cloud, and print a configuration that fits it
    #[command(after_long_help = "\
Example:
  drs-exporter simulate --listen-address=127.0.0.1:8080 --jobs=100 > drs-exporter.yaml")]
    Simulate(Simulate),
    /// Read the configuration, ask the cloud once for everything, and tell what fails and how to mend it
    #[command(after_long_help = "\
Example:
  drs-exporter check --config.file=/etc/drs-exporter.yaml --output=json

Exit codes: 0 all is well, 1 something failed, 2 unusable arguments or configuration.",
        // Everything that matters stands in the table; a log beside it would only disturb.
        mut_arg("level", |level| level.default_value("warn")))]
    Check(Check),
    /// Write the comparisons that the cloud still keeps as OpenMetrics text, for Prometheus to import
    #[command(after_long_help = "\
Example:
  drs-exporter backfill --label=job=drs --label=instance=localhost:10816 > history.om
  promtool tsdb create-blocks-from openmetrics --max-block-duration=744h history.om data/

The folder for temporary files (TMPDIR) takes some 10 KiB per job while it runs.

Exit codes: 0 all is written, 1 something is missing, 2 unusable arguments or configuration.")]
    Backfill(Backfill),
}

/// What is watched: the projects of a file, or all of one project.
#[derive(Clone, Debug, Args)]
pub struct Target {
    /// The configuration file (YAML)
    #[arg(
        long = "config.file",
        value_name = "PATH",
        env = "DRS_EXPORTER_CONFIG_FILE",
        default_value = DEFAULT_CONFIG_FILE
    )]
    pub config_file: PathBuf,

    /// Instead of a file: watch all jobs of this project, with the SDK's credentials
    ///
    /// The credentials come from the environment variables of Huawei Cloud's SDKs (`HUAWEICLOUD_SDK_AK`,
    /// `HUAWEICLOUD_SDK_SK`), else from their profile file. The project's id becomes the label `project`.
    #[arg(
        long = "project-id",
        value_name = "ID",
        env = "DRS_EXPORTER_PROJECT_ID",
        requires = "region",
        conflicts_with = "config_file"
    )]
    pub project_id: Option<String>,

    /// The region of that project
    #[arg(
        long = "region",
        value_name = "REGION",
        env = "DRS_EXPORTER_REGION",
        requires = "project_id"
    )]
    pub region: Option<String>,
}

/// The flags of the check.
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// What to check.
    #[command(flatten)]
    pub target: Target,

    /// Check the configuration only; ask nobody
    #[arg(long = "offline", env = "DRS_EXPORTER_OFFLINE")]
    pub offline: bool,

    /// The form of the outcome on standard output
    #[arg(
        long = "output",
        value_name = "FORM",
        env = "DRS_EXPORTER_OUTPUT",
        default_value = "table"
    )]
    pub output: OutputForm,

    /// What is logged.
    #[command(flatten)]
    pub log: Log,
}

/// The form of a check's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// Tables for people.
    Table,
    /// One JSON document for scripts; its form is described in docs/check.md.
    Json,
}

/// The flags of the backfill.
#[derive(Clone, Debug, Args)]
pub struct Backfill {
    /// Whose history.
    #[command(flatten)]
    pub target: Target,

    /// Write what was from this time on (RFC 3339); each job's oldest run that the cloud still keeps if not given
    #[arg(long = "start", value_name = "TIME", env = "DRS_EXPORTER_BACKFILL_START", value_parser = values::time)]
    pub start: Option<Timestamp>,

    /// Write what was up to this time (RFC 3339); three hours ago if not given
    ///
    /// Prometheus still holds the last three hours in memory and loses them when it finds a block of the same time. Best
    /// is the time at which the exporter was started, once that is three hours ago.
    #[arg(long = "end", value_name = "TIME", env = "DRS_EXPORTER_BACKFILL_END", value_parser = values::time)]
    pub end: Option<Timestamp>,

    /// From one sample to the next of a value that does not change, 1s to 1h
    ///
    /// Must be shorter than Prometheus looks back for a sample (5m unless told otherwise). A change has a sample of its
    /// own at the second it happened, so a shorter step makes larger files and nothing truer, but for the duration of a
    /// comparison that goes on.
    #[arg(
        long = "step",
        value_name = "DURATION",
        env = "DRS_EXPORTER_BACKFILL_STEP",
        default_value = "4m",
        value_parser = values::step
    )]
    pub step: NonZeroU32,

    /// A label for every sample, such as the `job` and `instance` that Prometheus gives; may be given several times
    ///
    /// Without them the past is told by other series than the present. In the environment variable, several labels are
    /// separated by commas.
    #[arg(
        long = "label",
        value_name = "NAME=VALUE",
        env = "DRS_EXPORTER_BACKFILL_LABEL",
        value_delimiter = ',',
        value_parser = values::label
    )]
    pub labels: Vec<(String, String)>,

    /// What is logged.
    #[command(flatten)]
    pub log: Log,
}

/// The flags of everything that serves metrics.
#[derive(Clone, Debug, Args)]
pub struct Serving {
    /// Where and under which path.
    #[command(flatten)]
    pub web: Web,
    /// What is logged.
    #[command(flatten)]
    pub log: Log,
}

/// The flags of the HTTP server.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Serving")]
pub struct Web {
    /// Where to listen; :PORT is all interfaces, IPv6 and IPv4; may be given several times
    ///
    /// Port 0 lets the system choose one. In the environment variable, several addresses are separated by commas.
    #[arg(
        long = "web.listen-address",
        value_name = "ADDRESS",
        env = "DRS_EXPORTER_WEB_LISTEN_ADDRESS",
        default_value = ":10816",
        value_delimiter = ','
    )]
    pub listen_addresses: Vec<ListenAddress>,

    /// The path of the metrics
    #[arg(
        long = "web.telemetry-path",
        value_name = "PATH",
        env = "DRS_EXPORTER_WEB_TELEMETRY_PATH",
        default_value = "/metrics"
    )]
    pub telemetry_path: TelemetryPath,
}

/// The flags of the log, which goes to standard error.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Logging")]
pub struct Log {
    /// The least severity that is logged
    #[arg(
        long = "log.level",
        value_name = "LEVEL",
        env = "DRS_EXPORTER_LOG_LEVEL",
        default_value = "info"
    )]
    pub level: LogLevel,

    /// The form of a log line
    #[arg(
        long = "log.format",
        value_name = "FORMAT",
        env = "DRS_EXPORTER_LOG_FORMAT",
        default_value = "logfmt"
    )]
    pub format: LogFormat,
}

/// The least severity that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Every request to the cloud.
    Debug,
    /// What an operator may want to know.
    Info,
    /// What may need a look.
    Warn,
    /// What needs one.
    Error,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `key=value` pairs, as Prometheus itself logs.
    Logfmt,
    /// One JSON object a line.
    Json,
}

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
