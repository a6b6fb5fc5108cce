//! The flags of `check`.

use clap::{Args, ValueEnum};

use super::Target;
use super::serving::Log;

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
