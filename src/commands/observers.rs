//! Carries what the cloud client and the fetcher tell of themselves to the exporter's own metrics.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cloud::{self, Operation};
use crate::exposition::own::OwnMetrics;
use crate::fetcher;
use crate::fetcher::pulse::{Promise, Pulse};
use crate::ids::ProjectName;

/// Hears the calls of one project's client.
pub(super) struct Calls {
    project: ProjectName,
    metrics: OwnMetrics,
    pulse: Pulse,
    pace: Mutex<Pace>,
}

/// How fast the client may ask. It is shown while the client is the project's: one may never be, since the
/// configuration has a mistake elsewhere, and the one before may still have answers under way.
#[derive(Default)]
struct Pace {
    is_shown: bool,
    rate: Option<f64>,
}

impl Calls {
    /// For the client of `project`, which is not yet the one in use.
    pub(super) fn of(project: &ProjectName, metrics: &OwnMetrics, pulse: &Pulse) -> Arc<Self> {
        Arc::new(Self {
            project: project.clone(),
            metrics: metrics.clone(),
            pulse: pulse.clone(),
            pace: Mutex::default(),
        })
    }

    /// The client is the one in use from now on.
    pub(super) fn begin(&self) {
        let mut pace = self.pace();
        pace.is_shown = true;
        if let Some(rate) = pace.rate {
            self.metrics.rate_limit(self.project.as_str(), rate);
        }
    }

    /// Another one is from now on. Its calls that are under way still count.
    pub(super) fn end(&self) {
        self.pace().is_shown = false;
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl cloud::Observer for Calls {
    fn request(&self, operation: Operation, code: &str, seconds: f64) {
        self.pulse.heard(&self.project);
        self.metrics
            .api_request(self.project.as_str(), operation.as_str(), code, seconds);
    }

    fn api_error(&self, operation: Operation, error_code: &str) {
        self.metrics
            .api_error(self.project.as_str(), operation.as_str(), error_code);
    }

    fn rate_limit(&self, requests_per_second: f64) {
        let mut pace = self.pace();
        pace.rate = Some(requests_per_second);
        if pace.is_shown {
            self.metrics.rate_limit(self.project.as_str(), requests_per_second);
        }
    }
}

/// Hears calls and forgets them.
pub(super) struct Nobody;

impl cloud::Observer for Nobody {
    fn request(&self, _: Operation, _: &str, _: f64) {}

    fn api_error(&self, _: Operation, _: &str) {}
}

/// Hears the fetcher.
pub(super) struct Refreshes(pub(super) OwnMetrics, pub(super) Pulse);

impl fetcher::Observer for Refreshes {
    fn refreshed(&self, project: &ProjectName, busy: Duration) {
        self.0.refresh(project.as_str(), busy.as_secs_f64());
    }

    fn invalid_response(&self, project: &ProjectName, operation: Operation) {
        self.0.invalid_response(project.as_str(), operation.as_str());
    }

    fn delayed(&self, project: &ProjectName, delay: Duration) {
        self.0.refresh_delay(project.as_str(), delay.as_secs_f64());
    }

    fn turned(&self, project: &ProjectName, promise: Promise) {
        self.1.turned(project, promise);
    }

    fn gone(&self, project: &ProjectName) {
        self.1.gone(project);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, advance};

    use super::*;
    use crate::cloud::Patience;

    #[tokio::test(start_paused = true)]
    async fn a_request_that_ends_is_a_sign_of_life() {
        let (pulse, name, start) = (Pulse::default(), ProjectName::new("payments"), Instant::now());
        let calls = Calls::of(&name, &OwnMetrics::new("1", "r", "c"), &pulse);
        let hour = Duration::from_hours(1);
        let promise = Promise {
            again_by: start + hour * 9,
            asking_since: Some(start),
            heard_since: Some(start),
            patience: Patience {
                silence: hour,
                question: hour * 9,
            },
        };
        fetcher::Observer::turned(
            &Refreshes(OwnMetrics::new("1", "r", "c"), pulse.clone()),
            &name,
            promise,
        );
        advance(hour).await;
        cloud::Observer::request(&*calls, Operation::ListJobs, "timeout", 1.0);
        advance(hour).await;
        assert_eq!(pulse.stall(start), None);
        advance(hour).await;
        assert!(pulse.stall(start).is_some());
    }
}
