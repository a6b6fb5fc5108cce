//! Carries what the cloud client and the fetcher tell of themselves to the exporter's own metrics.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cloud::{self, Operation};
use crate::exposition::own::OwnMetrics;
use crate::fetcher;
use crate::ids::ProjectName;

/// Hears the calls of one project's client.
pub(super) struct Calls {
    project: ProjectName,
    metrics: OwnMetrics,
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
    pub(super) fn of(project: &ProjectName, metrics: &OwnMetrics) -> Arc<Self> {
        Arc::new(Self {
            project: project.clone(),
            metrics: metrics.clone(),
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
pub(super) struct Refreshes(pub(super) OwnMetrics);

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
}
