//! From the flags that say what to watch to a configuration.

use super::Failure;
use crate::cli::Target;
use crate::config::{self, Config};

/// The configuration that the flags name.
pub(super) fn config(target: &Target) -> Result<Config, Failure> {
    config::load(&target.config_file)
        .map_err(|errors| Failure::unusable(format!("the configuration is unusable:\n{errors}")))
}
