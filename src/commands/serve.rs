//! Without a command: watches the configured projects and serves what is known of them.

use super::heed::Origin;
use super::reload::Source;
use super::{Failure, logging, service, signals, target};
use crate::cli::{Serving, Target};

/// Runs until a signal, or until somebody has told it to quit; `is_watched` is the configuration file.
pub(super) async fn run(target: &Target, is_watched: bool, flags: &Serving) -> Result<(), Failure> {
    logging::start(flags.log)?;
    let hangup = signals::hangup()?;
    let shard = flags.sharding.shard().map_err(Failure::no_such_shard)?;
    // Before the file is read: what changes from now on is noticed.
    let source = source(target);
    let config = target::config(target)?;
    let shutdown = signals::shutdown()?;
    let origin = Origin {
        source,
        hangup,
        is_watched,
    };
    service::run(&config, origin, &flags.web, shard, shutdown, |_, _| Ok(())).await
}

fn source(target: &Target) -> Source {
    if target.project_id.is_some() {
        return Source::None("the project is named by flags, and its credentials are read again by themselves");
    }
    Source::file(target.config_file.clone())
}
