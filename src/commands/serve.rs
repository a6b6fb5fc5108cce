//! Without a command: watches the configured projects and serves what is known of them.

use std::path::Path;

use super::{Failure, logging, service, signals};
use crate::cli::Serving;
use crate::config;

/// Runs until a signal.
pub(super) async fn run(file: &Path, flags: &Serving) -> Result<(), Failure> {
    logging::start(flags.log)?;
    let config =
        config::load(file).map_err(|errors| Failure::unusable(format!("the configuration is unusable:\n{errors}")))?;
    let shutdown = signals::shutdown()?;
    service::run(&config, &flags.web, shutdown, |_| Ok(())).await
}
