//! The doctor: asks the cloud once for everything that would be polled, and tells what fails and how to mend it.
//!
//! Owns: which questions a check asks, in which order, when it stops asking, and what its answers mean for the set-up.
//! It judges whether the exporter *can* watch; what it would see (a comparison that failed, data that differ) is shown
//! and is no fault. Knows nothing of HTTP, of the configuration file and of where its report goes.
//!
//! | File | Owns |
//! |---|---|
//! | `ask` | asking one: counting answers and failures, and stopping where the next would only be refused again |
//! | `drift` | how far this machine's clock is off, judged from answers |
//! | `project`, `job` | the course of the check over one project, one job |
//! | `findings` | from counted answers and failures to findings |
//! | `words` | stable words for causes, and per operation the permission and the series it is for |
//! | [`report`] | the outcome, as plain data: its serialised form is what `--output json` writes |
//! | [`table`] | the outcome for people |

mod ask;
mod drift;
mod findings;
mod job;

mod project;
pub mod report;
pub mod table;
#[cfg(test)]
mod tests;
mod words;

use futures_util::future::join_all;

use self::report::Report;
use crate::clock::Clock;
use crate::fetcher::{Api, Plan};

/// Is told how far a check has come. Called from within it: it must not block.
pub trait Progress: Sync {
    /// So many jobs more are going to be asked about.
    fn planned(&self, jobs: usize);

    /// One of them is done with.
    fn done(&self);
}

/// Asks for everything in `plans`, all projects at once, each by its own client.
pub async fn run<A: Api>(plans: &[(Plan, A)], clock: &Clock, progress: &dyn Progress) -> Report {
    let checks = plans
        .iter()
        .map(|(plan, api)| project::check(plan, api, clock, progress));
    Report::new(clock.now(), false, join_all(checks).await)
}

/// What can be said of `plans` without asking anybody.
pub fn offline<'a>(plans: impl IntoIterator<Item = &'a Plan>, clock: &Clock) -> Report {
    Report::new(clock.now(), true, plans.into_iter().map(project::unasked).collect())
}
