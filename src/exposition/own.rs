//! The exporter's own metrics: what it asked, what it got, what it was built from, its process.
//!
//! Owns: counting ([`OwnMetrics`]) and writing the counts in both formats. Knows nothing of who counts: its
//! methods take plain words and numbers. Names, types and helps come from the catalogue.

mod encode;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use jiff::Timestamp;
use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::catalogue::Family;
use super::text::Format;

/// Upper bounds in seconds. The cloud answers in some 50 to 500 ms; the default timeout of a request is 10 s.
const REQUEST_BUCKETS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Upper bounds in seconds. One job takes a request; thousands take minutes at the default rate limit.
const REFRESH_BUCKETS: &[f64] = &[0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];

/// The cloud's own codes are shorter (API text 4.2).
const MAX_ERROR_CODE_BYTES: usize = 40;

/// More distinct codes than this are not codes; they would only fill the memory of this process and of Prometheus.
const MAX_ERROR_CODES: usize = 200;

/// Stands for an error code that is not counted by itself.
const OTHER: &str = "other";

/// The exporter's own metrics. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct OwnMetrics {
    registry: Registry,
    api_requests: IntCounterVec,
    api_errors: IntCounterVec,
    api_duration: HistogramVec,
    api_rate_limit: GaugeVec,
    invalid_responses: IntCounterVec,
    refresh_duration: HistogramVec,
    refresh_delay: GaugeVec,
    reload_successful: IntGaugeVec,
    reload_time: GaugeVec,
    shard_ordinal: IntGaugeVec,
    total_shards: IntGaugeVec,
    web_reload_successful: IntGaugeVec,
    error_codes: Arc<Mutex<HashSet<String>>>,
    /// The projects that have series; all that anybody names, as long as nobody has said.
    projects: Arc<RwLock<Option<HashSet<String>>>>,
}

impl OwnMetrics {
    /// Counts from zero. The arguments are the labels of `drs_exporter_build_info`.
    #[must_use]
    pub fn new(version: &str, revision: &str, rust_version: &str) -> Self {
        let registry = Registry::new();
        let build_info = gauges(&registry, Family::BuildInfo);
        build_info.with_label_values(&[version, revision, rust_version]).set(1);
        valid(registry.register(Box::new(ProcessCollector::for_self())));
        Self {
            api_requests: counters(&registry, Family::ApiRequests),
            api_errors: counters(&registry, Family::ApiErrors),
            api_duration: histograms(&registry, Family::ApiDuration, REQUEST_BUCKETS),
            api_rate_limit: fractions(&registry, Family::ApiRateLimit),
            invalid_responses: counters(&registry, Family::InvalidResponses),
            refresh_duration: histograms(&registry, Family::RefreshDuration, REFRESH_BUCKETS),
            refresh_delay: fractions(&registry, Family::RefreshDelay),
            reload_successful: gauges(&registry, Family::ReloadSuccessful),
            reload_time: fractions(&registry, Family::ReloadTime),
            shard_ordinal: gauges(&registry, Family::ShardOrdinal),
            total_shards: gauges(&registry, Family::TotalShards),
            web_reload_successful: gauges(&registry, Family::WebReloadSuccessful),
            error_codes: Arc::default(),
            projects: Arc::default(),
            registry,
        }
    }

    /// Counts a request. `code` is the HTTP status, or the contract's word for why there is none.
    pub fn api_request(&self, project: &str, operation: &str, code: &str, seconds: f64) {
        let Some(_watched) = self.watched(project) else { return };
        self.api_requests.with_label_values(&[project, operation, code]).inc();
        self.api_duration.with_label_values(&[operation]).observe(seconds);
        // Starts this counter at 0, so that the first invalid response shows as an increase.
        self.invalid_responses.with_label_values(&[project, operation]);
    }

    /// Counts an error that the cloud answered. A code that cannot be one counts as `other`.
    pub fn api_error(&self, project: &str, operation: &str, error_code: &str) {
        let Some(_watched) = self.watched(project) else { return };
        let code = if self.is_countable(error_code) {
            error_code
        } else {
            OTHER
        };
        self.api_errors.with_label_values(&[project, operation, code]).inc();
    }

    /// Counts an answer that contradicts the API or itself.
    pub fn invalid_response(&self, project: &str, operation: &str) {
        let Some(_watched) = self.watched(project) else { return };
        self.invalid_responses.with_label_values(&[project, operation]).inc();
    }

    /// Notes how many `seconds` a whole refresh of `project` took.
    pub fn refresh(&self, project: &str, seconds: f64) {
        let Some(_watched) = self.watched(project) else { return };
        self.refresh_duration.with_label_values(&[project]).observe(seconds);
    }

    /// Notes that `project` may send so many requests a second from now on.
    pub fn rate_limit(&self, project: &str, requests_a_second: f64) {
        let Some(_watched) = self.watched(project) else { return };
        self.api_rate_limit.with_label_values(&[project]).set(requests_a_second);
    }

    /// Notes for how many `seconds` the most overdue question of `project` has been waiting for its turn.
    pub fn refresh_delay(&self, project: &str, seconds: f64) {
        let Some(_watched) = self.watched(project) else { return };
        self.refresh_delay.with_label_values(&[project]).set(seconds);
    }

    /// Has series of these projects only, from now on: those of others go, and what is still told of them is not
    /// counted.
    pub fn keep_projects(&self, names: impl IntoIterator<Item = String>) {
        let mut projects = self.projects.write().unwrap_or_else(PoisonError::into_inner);
        let kept = projects.insert(names.into_iter().collect());
        forget_others(kept, &self.api_requests);
        forget_others(kept, &self.api_errors);
        forget_others(kept, &self.api_rate_limit);
        forget_others(kept, &self.invalid_responses);
        forget_others(kept, &self.refresh_duration);
        forget_others(kept, &self.refresh_delay);
    }

    /// To be held while something of `project` is counted; none if it is not to be.
    fn watched(&self, project: &str) -> Option<RwLockReadGuard<'_, Option<HashSet<String>>>> {
        let projects = self.projects.read().unwrap_or_else(PoisonError::into_inner);
        let is_watched = projects.as_ref().is_none_or(|names| names.contains(project));
        is_watched.then_some(projects)
    }

    /// Notes that the configuration was read at `at`, and whether it is in use.
    pub fn config_loaded(&self, ok: bool, at: Timestamp) {
        self.reload_successful.with_label_values(NO_LABELS).set(i64::from(ok));
        if ok {
            self.reload_time
                .with_label_values(NO_LABELS)
                .set(at.as_duration().as_secs_f64());
        }
    }

    /// Notes that this is the shard `ordinal`, from 0 on, of `total`.
    pub fn shard(&self, ordinal: u32, total: u32) {
        self.shard_ordinal.with_label_values(NO_LABELS).set(ordinal.into());
        self.total_shards.with_label_values(NO_LABELS).set(total.into());
    }

    /// Notes whether the newest reading of the web configuration succeeded.
    pub fn web_config_loaded(&self, ok: bool) {
        self.web_reload_successful
            .with_label_values(NO_LABELS)
            .set(i64::from(ok));
    }

    /// Everything as text, without OpenMetrics' last line.
    pub(super) fn encode(&self, format: Format) -> String {
        encode::families(&self.registry.gather(), format)
    }

    /// Everything as text.
    #[cfg(test)]
    pub(crate) fn text_for_test(&self) -> String {
        self.encode(Format::Text)
    }

    fn is_countable(&self, code: &str) -> bool {
        let is_code = (1..=MAX_ERROR_CODE_BYTES).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if !is_code {
            return false;
        }
        // A set of words stays whole whatever happened while the lock was held.
        let mut known = self.error_codes.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(code) || (known.len() < MAX_ERROR_CODES && known.insert(code.to_owned()))
    }
}

const NO_LABELS: &[&str] = &[];

/// Drops the series of projects that are not among `kept`.
fn forget_others<T: MetricVecBuilder>(kept: &HashSet<String>, family: &MetricVec<T>) {
    for metric in family.collect().iter().flat_map(MetricFamily::get_metric) {
        let labels: HashMap<_, _> = metric
            .get_label()
            .iter()
            .map(|pair| (pair.name(), pair.value()))
            .collect();
        if labels.get("project").is_some_and(|project| !kept.contains(*project)) {
            // It was there a moment ago, and nobody else removes any.
            let _ = family.remove(&labels);
        }
    }
}

fn counters(registry: &Registry, family: Family) -> IntCounterVec {
    register(registry, valid(IntCounterVec::new(opts(family), labels(family))))
}

fn gauges(registry: &Registry, family: Family) -> IntGaugeVec {
    register(registry, valid(IntGaugeVec::new(opts(family), labels(family))))
}

fn fractions(registry: &Registry, family: Family) -> GaugeVec {
    register(registry, valid(GaugeVec::new(opts(family), labels(family))))
}

fn histograms(registry: &Registry, family: Family, buckets: &[f64]) -> HistogramVec {
    let metric = family.metric();
    let opts = HistogramOpts::new(metric.name, metric.help).buckets(buckets.to_vec());
    register(registry, valid(HistogramVec::new(opts, metric.labels)))
}

fn opts(family: Family) -> Opts {
    Opts::new(family.metric().name, family.metric().help)
}

fn labels(family: Family) -> &'static [&'static str] {
    family.metric().labels
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> C {
    valid(registry.register(Box::new(collector.clone())));
    collector
}

#[allow(
    clippy::expect_used,
    reason = "names and labels are constants of the catalogue; a test makes all of them"
)]
fn valid<T>(made: prometheus::Result<T>) -> T {
    made.expect("the catalogue holds valid and distinct names")
}

#[cfg(test)]
mod tests;
