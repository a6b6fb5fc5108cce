//! Without a command: watches the configured projects and serves what is known of them.

use super::{Failure, logging, service, signals, target};
use crate::cli::{Serving, Target};

/// Runs until a signal.
pub(super) async fn run(target: &Target, flags: &Serving) -> Result<(), Failure> {
    logging::start(flags.log)?;
    let config = target::config(target)?;
    let shutdown = signals::shutdown()?;
    service::run(&config, &flags.web, shutdown, |_, _| Ok(())).await
}
