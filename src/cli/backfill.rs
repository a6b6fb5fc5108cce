//! The flags of `backfill`.

use std::num::NonZeroU32;

use clap::Args;
use jiff::Timestamp;

use super::serving::Log;
use super::{Target, values};

/// The flags of the backfill.
#[derive(Clone, Debug, Args)]
pub struct Backfill {
    /// Whose history.
    #[command(flatten)]
    pub target: Target,

    /// Write what was from this time on (RFC 3339); each job's oldest run that the cloud still keeps if not given
    #[arg(long = "start", value_name = "TIME", env = "DRS_EXPORTER_START", value_parser = values::time)]
    pub start: Option<Timestamp>,

    /// Write what was up to this time (RFC 3339); three hours ago if not given
    ///
    /// Prometheus still holds the last three hours in memory and loses them when it finds a block of the same time. Best
    /// is the time at which the exporter was started, once that is three hours ago.
    #[arg(long = "end", value_name = "TIME", env = "DRS_EXPORTER_END", value_parser = values::time)]
    pub end: Option<Timestamp>,

    /// From one sample to the next of a value that does not change, 1s to 1h
    ///
    /// Must be shorter than Prometheus looks back for a sample (5m unless told otherwise). A change has a sample of its
    /// own at the second it happened, so a shorter step makes larger files and nothing truer, but for the duration of a
    /// comparison that goes on.
    #[arg(
        long = "step",
        value_name = "DURATION",
        env = "DRS_EXPORTER_STEP",
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
        env = "DRS_EXPORTER_LABEL",
        value_delimiter = ',',
        value_parser = values::label
    )]
    pub labels: Vec<(String, String)>,

    /// What is logged.
    #[command(flatten)]
    pub log: Log,
}
