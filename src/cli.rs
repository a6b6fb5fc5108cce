//! The command line: every flag, declared once.
//!
//! Owns: names, defaults, environment variables and help of the flags; the help text, the man page, the shells'
//! completions and `docs/command-line.md` come from here. Knows nothing of what the commands do.

mod address;
mod backfill;
mod check;
mod completion;
#[cfg(test)]
mod docs;
mod manual;
mod serving;
mod sharding;
mod simulate;
#[cfg(test)]
mod tests;
mod values;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

pub use address::{ListenAddress, ListenAddressError, ListenHost};
pub use backfill::Backfill;
pub use check::{Check, OutputForm};
pub use completion::completions;
pub use manual::man;
pub use serving::{Log, LogFormat, LogLevel, Serving, Web};
pub use sharding::{NoShardNumber, ShardNumber, Sharding};
pub use simulate::{Simulate, World};
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

    /// Reload when the configuration file changes
    ///
    /// It is looked at every few seconds, also where it is replaced as a whole, as Kubernetes does with a mounted
    /// `ConfigMap`. Without this flag, SIGHUP or POST /-/reload is needed.
    #[arg(
        long = "config.watch",
        env = "DRS_EXPORTER_CONFIG_WATCH",
        conflicts_with = "project_id"
    )]
    pub config_watch: bool,

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
    /// Write a script to standard output that completes the command line in a shell
    #[command(after_long_help = "\
Examples:
  drs-exporter completions bash > /usr/share/bash-completion/completions/drs-exporter
  drs-exporter completions zsh > /usr/share/zsh/vendor-completions/_drs-exporter
  drs-exporter completions fish > /usr/share/fish/vendor_completions.d/drs-exporter.fish")]
    Completions(Completions),
    /// Write the man page to standard output
    #[command(after_long_help = "\
Examples:
  drs-exporter man | man -l -
  drs-exporter man > /usr/share/man/man1/drs-exporter.1")]
    Man,
}

/// The flags of `completions`.
#[derive(Clone, Copy, Debug, Args)]
pub struct Completions {
    /// The shell that completes
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
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
