//! The flags of everything that serves metrics, and of the log, which every command has.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::address::ListenAddress;
use super::sharding::Sharding;
use super::values::TelemetryPath;

/// The flags of everything that serves metrics.
#[derive(Clone, Debug, Args)]
pub struct Serving {
    /// Where and under which path.
    #[command(flatten)]
    pub web: Web,
    /// Which of several exporters this one is.
    #[command(flatten)]
    pub sharding: Sharding,
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

    /// Serve on the sockets that systemd has opened, and on nothing else
    ///
    /// Sockets that systemd passes are used in any case, instead of the addresses above; with this flag it is an error
    /// if there are none.
    #[arg(
        long = "web.systemd-socket",
        env = "DRS_EXPORTER_WEB_SYSTEMD_SOCKET",
        conflicts_with = "listen_addresses"
    )]
    pub systemd_socket: bool,

    /// The path of the metrics
    #[arg(
        long = "web.telemetry-path",
        value_name = "PATH",
        env = "DRS_EXPORTER_WEB_TELEMETRY_PATH",
        default_value = "/metrics"
    )]
    pub telemetry_path: TelemetryPath,

    /// The web configuration file (YAML), in the exporter-toolkit's format: TLS, users, headers
    ///
    /// It and the files that it names are read again when they change; see docs/web-configuration.md.
    #[arg(
        id = "web_config_file",
        long = "web.config.file",
        value_name = "PATH",
        env = "DRS_EXPORTER_WEB_CONFIG_FILE"
    )]
    pub config_file: Option<PathBuf>,

    /// Allow POST /-/reload and POST /-/quit
    ///
    /// Whoever reaches the port can then reload and end the exporter, unless the file of `--web.config.file` asks for
    /// a password.
    #[arg(long = "web.enable-lifecycle", env = "DRS_EXPORTER_WEB_ENABLE_LIFECYCLE")]
    pub enable_lifecycle: bool,
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
