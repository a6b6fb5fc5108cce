//! `backfill`: the history that the cloud still keeps, as OpenMetrics text.

use super::{Failure, logging, target};
use crate::cli::Backfill;

/// Writes the history to standard output.
#[allow(clippy::unused_async, reason = "asks the cloud")]
pub(super) async fn run(flags: &Backfill) -> Result<(), Failure> {
    logging::start(flags.log)?;
    let _ = target::config(&flags.target)?;
    Err(Failure::failed("not there yet"))
}
