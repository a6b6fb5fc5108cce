//! Carries what the cloud client and the fetcher tell of themselves to the exporter's own metrics.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::{self, Operation};
use crate::exposition::own::OwnMetrics;
use crate::fetcher;
use crate::ids::ProjectName;

/// Hears the calls of one project's client.
pub(super) struct Calls {
    project: ProjectName,
    metrics: OwnMetrics,
}

impl Calls {
    /// For the client of `project`.
    pub(super) fn of(project: &ProjectName, metrics: &OwnMetrics) -> Arc<dyn cloud::Observer> {
        Arc::new(Self {
            project: project.clone(),
            metrics: metrics.clone(),
        })
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
        self.metrics.rate_limit(self.project.as_str(), requests_per_second);
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
