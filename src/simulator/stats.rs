//! What was asked, how often and how fast: by which tests tell whether the cloud was treated well.
//!
//! Owns: the counters. Knows nothing of what is good or bad treatment.
//! The control API is not counted, a refused request is: the cloud had the work.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::gateway::Denial;
use super::window::Window;

/// Different targets and projects that are told apart; further ones are counted in the totals only.
const MAX_KEYS: usize = 100_000;

/// All counters.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    requests: u64,
    operations: BTreeMap<&'static str, Operation>,
    projects: BTreeMap<String, Project>,
    targets: BTreeMap<String, u64>,
    logins: u64,
    refused_logins: u64,
    refused_signatures: u64,
    locked: u64,
}

#[derive(Debug, Default)]
struct Operation {
    requests: u64,
    /// By HTTP status; `none` where no answer was sent.
    statuses: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
struct Project {
    requests: u64,
    window: Window,
    peak_per_second: usize,
    under_way: usize,
    peak_concurrent: usize,
}

impl Stats {
    /// A request has come in.
    pub(crate) fn begin(
        &mut self,
        operation: &'static str,
        project: Option<&str>,
        target: Option<String>,
        now: Instant,
    ) {
        self.requests += 1;
        self.operations.entry(operation).or_default().requests += 1;
        if let Some(target) = target
            && (self.targets.len() < MAX_KEYS || self.targets.contains_key(&target))
        {
            *self.targets.entry(target).or_default() += 1;
        }
        if let Some(name) = project
            && (self.projects.len() < MAX_KEYS || self.projects.contains_key(name))
        {
            let project = self.projects.entry(name.to_owned()).or_default();
            project.requests += 1;
            project.peak_per_second = project.peak_per_second.max(project.window.add(now));
            project.under_way += 1;
            project.peak_concurrent = project.peak_concurrent.max(project.under_way);
        }
    }

    /// A request is answered, or its caller has left.
    pub(crate) fn end(&mut self, operation: &'static str, project: Option<&str>, status: Option<u16>) {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        *self
            .operations
            .entry(operation)
            .or_default()
            .statuses
            .entry(status)
            .or_default() += 1;
        if let Some(project) = project.and_then(|name| self.projects.get_mut(name)) {
            // After a reset there may be fewer beginnings than ends.
            project.under_way = project.under_way.saturating_sub(1);
        }
    }

    /// Somebody tried to log in.
    pub(crate) fn login(&mut self, let_in: bool) {
        self.logins += u64::from(let_in);
        self.refused_logins += u64::from(!let_in);
    }

    /// Somebody was not let in.
    pub(crate) fn denied(&mut self, denial: &Denial) {
        match denial {
            Denial::Signature(_) => self.refused_signatures += 1,
            Denial::Locked(_) => self.locked += 1,
            Denial::Other(_) => {}
        }
    }

    /// All of it, as the control API tells it.
    pub(crate) fn report(&self) -> Value {
        let operations: serde_json::Map<String, Value> = self
            .operations
            .iter()
            .map(|(name, of)| {
                (
                    (*name).to_owned(),
                    json!({"requests": of.requests, "statuses": of.statuses}),
                )
            })
            .collect();
        let projects: serde_json::Map<String, Value> = self
            .projects
            .iter()
            .map(|(id, of)| {
                let report = json!({
                    "requests": of.requests,
                    "peak_per_second": of.peak_per_second,
                    "peak_concurrent": of.peak_concurrent,
                });
                (id.clone(), report)
            })
            .collect();
        json!({
            "requests": self.requests,
            "operations": operations,
            "projects": projects,
            "targets": self.targets,
            "logins": self.logins,
            "refused_logins": self.refused_logins,
            "refused_signatures": self.refused_signatures,
            "locked": self.locked,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn peaks_are_kept_and_ends_free_the_place() {
        let mut stats = Stats::default();
        let start = Instant::now();
        for milliseconds in [0, 100, 1500] {
            let now = start + Duration::from_millis(milliseconds);
            stats.begin("ListJobs", Some("p"), None, now);
            if milliseconds == 100 {
                stats.end("ListJobs", Some("p"), Some(200));
                stats.end("ListJobs", Some("p"), None);
            }
        }
        let report = stats.report();
        assert_eq!(
            report["projects"]["p"],
            json!({"requests": 3, "peak_per_second": 2, "peak_concurrent": 2})
        );
        assert_eq!(
            report["operations"]["ListJobs"]["statuses"],
            json!({"200": 1, "none": 1})
        );
    }
}
