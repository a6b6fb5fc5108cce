//! The past as metrics: what the exporter would have shown, had it been there, as `OpenMetrics` text.
//!
//! Owns: what the cloud's reports say about earlier moments, and the text of it. Knows nothing of how values become
//! lines (`exposition` renders the past as it renders the present), of flags and of terminals.
//!
//! | File | Owns |
//! |---|---|
//! | `watched` | which jobs there are |
//! | `gather`, `event` | what is asked about each, and what is told meanwhile |
//! | `record` | what the cloud told of one job, in the form in which it waits on disk |
//! | `spool` | the records of all jobs, in a file without a name |
//! | `history` | a job as it was at any moment |
//! | `series` | from moments to the samples of each series |
//! | `write` | the whole text |
//!
//! Memory holds a few jobs while they are asked and one while it is written, however long the history. `OpenMetrics`
//! wants all samples of a family together, so the records are walked through once per family, from disk.

mod event;
mod gather;
mod history;
mod record;
mod series;
mod spool;
#[cfg(test)]
mod tests;
mod watched;
mod write;

use std::num::NonZeroU32;

use jiff::Timestamp;

pub use self::event::{Event, Events, Failure};
pub use self::gather::gather;
pub use self::record::Record;
pub use self::spool::{Kept, Spool};
pub use self::write::{Labels, PASSES, Written, write};

/// The span of time that is written, and how densely.
///
/// Samples stand on whole seconds: the API's times do, and Prometheus loses fractions when it reads a text.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// From here on; none means from each job's oldest run on.
    pub start: Option<Timestamp>,
    /// Up to here.
    pub end: Timestamp,
    /// Seconds between the samples of a value that does not change. A change has a sample of its own.
    pub step: NonZeroU32,
}
