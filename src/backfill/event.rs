//! What is told while the cloud is asked: what was found, and what could not be learnt.

use tokio::sync::mpsc;

use super::record::Record;
use crate::cloud::{Error, JobType};
use crate::ids::JobId;

/// What happens while a project is asked.
#[derive(Debug)]
pub enum Event {
    /// So many more jobs will be asked for.
    Found(usize),
    /// The job with this rank in the project was told of; it may have a record and failures both.
    Job {
        /// Its place among the project's jobs.
        rank: usize,
        /// What is known of it; none where it cannot be written.
        record: Option<Record>,
        /// Tasks that have no start, and so no place in time.
        unplaced: usize,
        /// What could not be learnt.
        failures: Vec<Failure>,
    },
    /// A job was not asked for, since the project refuses everything or cannot be reached.
    Skipped,
    /// Something about the project as a whole could not be learnt.
    Failed(Failure),
    /// The list of jobs of this type may lack some.
    Incomplete(JobType),
}

/// Who is told: the number of the project, and what happened.
pub type Events = mpsc::Sender<(usize, Event)>;

/// Something that could not be learnt.
#[derive(Debug)]
pub struct Failure {
    /// The job concerned; none where it is the project.
    pub job: Option<JobId>,
    /// What is missing in the history for it.
    pub missing: String,
    /// Why, and what to do.
    pub error: Error,
}
