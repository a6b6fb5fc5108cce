//! Asking one question: what its answer or failure counts as, and whether the next is still to be asked.
//!
//! Owns: the tally of answers and failures per operation, the drift of the clock, and when a project is given up: at
//! once where it is refused as a whole, since a refused key is not to be tried again (five refusals lock it), and
//! where the cloud cannot be reached, since each further question would only wait for its time-outs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::drift::Drift;
use super::report::Failure;
use super::words;
use crate::clock::Clock;
use crate::cloud::{Answer, Cause, Error, Operation};
use crate::ids::{CompareJobId, JobId};

/// Questions in a row that may get no answer at all once the project has given one; one more than the most that a
/// default configuration has under way, so that a moment's trouble ends nothing.
const UNANSWERED: usize = 9;

/// What a question is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub(super) operation: Operation,
    pub(super) job: Option<&'a JobId>,
    pub(super) task: Option<&'a CompareJobId>,
}

/// Why a question has no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// It was asked, and failed.
    Failed(Error),
    /// The project was given up before.
    NotAsked,
}

/// What became of one operation's questions.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) operation: Operation,
    pub(super) answers: usize,
    pub(super) failures: Vec<Complaint>,
}

/// Questions that failed in the same way.
#[derive(Clone, Debug)]
pub(super) struct Complaint {
    /// The first of them.
    pub(super) error: Error,
    pub(super) count: usize,
    /// The jobs concerned.
    pub(super) jobs: Vec<JobId>,
}

/// One project's questions.
pub(super) struct Asker<'a> {
    clock: &'a Clock,
    state: Mutex<Record>,
}

/// What the answers and failures so far tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// In the order of their first questions.
    pub(super) tallies: Vec<Tally>,
    pub(super) drift: Option<Drift>,
    /// DRS itself has spoken.
    pub(super) let_in: bool,
    /// What made the project be given up.
    pub(super) given_up: Option<Error>,
    /// Some server has answered, whatever it said.
    reached: bool,
    unanswered: usize,
}

impl<'a> Asker<'a> {
    pub(super) fn new(clock: &'a Clock) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// Waits for `call`, unless the project was given up.
    pub(super) async fn ask<T>(
        &self,
        about: About<'_>,
        call: impl Future<Output = Result<Answer<T>, Error>>,
    ) -> Result<Answer<T>, Unanswered> {
        if self.state().given_up.is_some() {
            return Err(Unanswered::NotAsked);
        }
        let sent = self.clock.now();
        let outcome = call.await;
        let mut record = self.state();
        match outcome {
            Ok(answer) => {
                record.answered(Drift::of(sent, self.clock.now(), answer.answered_at));
                record.tally(about.operation).answers += 1;
                Ok(answer)
            }
            Err(error) => {
                record.failed(about, &error);
                Err(Unanswered::Failed(error))
            }
        }
    }

    /// What there is to know so far.
    pub(super) fn record(&self) -> Record {
        self.state().clone()
    }

    fn state(&self) -> MutexGuard<'_, Record> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn answered(&mut self, drift: Drift) {
        self.drift = Some(self.drift.map_or(drift, |known| known.sharper(drift)));
        (self.reached, self.let_in, self.unanswered) = (true, true, 0);
    }

    fn failed(&mut self, about: About<'_>, error: &Error) {
        self.let_in |= error.was_let_in();
        if is_unreachable(error.cause()) {
            self.unanswered += 1;
            // A time-out may be one question's own trouble, so that a second one is asked; no connection is not.
            let patience = match error.cause() {
                _ if self.reached => UNANSWERED,
                Cause::Timeout => 2,
                _ => 1,
            };
            if self.unanswered >= patience {
                self.given_up.get_or_insert_with(|| error.clone());
            }
        } else {
            (self.reached, self.unanswered) = (true, 0);
        }
        if error.cause().is_authentication() {
            self.given_up.get_or_insert_with(|| error.clone());
        }
        self.tally(about.operation).complain(about, error);
    }

    fn tally(&mut self, operation: Operation) -> &mut Tally {
        let known = self.tallies.iter().position(|tally| tally.operation == operation);
        let index = known.unwrap_or_else(|| {
            self.tallies.push(Tally {
                operation,
                answers: 0,
                failures: Vec::new(),
            });
            self.tallies.len() - 1
        });
        &mut self.tallies[index]
    }
}

impl Tally {
    fn complain(&mut self, about: About<'_>, error: &Error) {
        let is_same = |known: &Complaint| known.error.cause() == error.cause() && known.error.code() == error.code();
        let index = self.failures.iter().position(is_same).unwrap_or_else(|| {
            self.failures.push(Complaint {
                error: error.clone(),
                count: 0,
                jobs: Vec::new(),
            });
            self.failures.len() - 1
        });
        let complaint = &mut self.failures[index];
        complaint.count += 1;
        if let Some(job) = about.job.filter(|job| !complaint.jobs.contains(job)) {
            complaint.jobs.push(job.clone());
        }
    }
}

impl About<'_> {
    /// A failure of this question, for its job's report.
    pub(super) fn failure(self, error: &Error) -> Failure {
        Failure {
            operation: self.operation.as_str(),
            compare_job_id: self.task.map(ToString::to_string),
            cause: words::cause(error.cause()),
            code: error.code().map(str::to_owned),
            detail: error.what(),
            remedy: words::remedy(self.operation, error),
        }
    }
}

/// Whether nothing that speaks HTTP has answered.
pub(super) fn is_unreachable(cause: Cause) -> bool {
    matches!(cause, Cause::Connect | Cause::Tls | Cause::Timeout)
}
