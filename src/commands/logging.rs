//! The log: to standard error, one line an event.

use std::io::stderr;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::Failure;
use crate::cli::{Log, LogFormat, LogLevel};

/// Starts logging as the flags say. Libraries are heard from warnings on: what they say below is about themselves.
pub(super) fn start(log: Log) -> Result<(), Failure> {
    let level = match log.level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    };
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("drs_exporter", level);
    let registry = tracing_subscriber::registry().with(targets);
    let started = match log.format {
        LogFormat::Logfmt => registry
            .with(tracing_logfmt::builder().with_target(false).layer().with_writer(stderr))
            .try_init(),
        LogFormat::Json => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_target(false)
                    .with_writer(stderr),
            )
            .try_init(),
    };
    started.map_err(|error| Failure::failed(format!("logging cannot be started: {error}")))
}
