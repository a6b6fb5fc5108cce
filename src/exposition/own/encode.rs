//! Writes what the `prometheus` crate gathered, in both formats. (Its own encoder knows no OpenMetrics.)

use std::fmt::Write as _;

use prometheus::proto::{Metric as Gathered, MetricFamily};

use crate::exposition::catalogue::{ALL, FROM_SNAPSHOT, Kind, Metric};
use crate::exposition::text::{Format, Value, push_header, push_label, push_sample};

/// The exporter's families, in the order of the catalogue; what is not in the catalogue is not shown.
pub(super) fn families(gathered: &[MetricFamily], format: Format) -> String {
    let mut out = String::new();
    for metric in &ALL[FROM_SNAPSHOT..] {
        let Some(family) = gathered.iter().find(|family| family.name() == metric.name) else {
            continue;
        };
        push_header(&mut out, metric, format);
        for series in family.get_metric() {
            push_series(&mut out, metric, series, format);
        }
    }
    out
}

fn push_series(out: &mut String, metric: &Metric, series: &Gathered, format: Format) {
    let labels = labels(metric, series);
    match metric.kind {
        Kind::Gauge => push_sample(out, metric.name, &labels, Value::Float(series.get_gauge().get_value())),
        Kind::Counter => push_sample(
            out,
            metric.name,
            &labels,
            Value::Float(series.get_counter().get_value()),
        ),
        Kind::Histogram => push_histogram(out, metric.name, &labels, series, format),
    }
}

fn push_histogram(out: &mut String, name: &str, labels: &str, series: &Gathered, format: Format) {
    let histogram = series.get_histogram();
    let bucket_name = format!("{name}_bucket");
    for bucket in histogram.get_bucket() {
        let bound = bound(bucket.upper_bound(), format);
        push_sample(
            out,
            &bucket_name,
            &with_bound(labels, &bound),
            Value::Whole(bucket.cumulative_count()),
        );
    }
    let count = Value::Whole(histogram.get_sample_count());
    push_sample(out, &bucket_name, &with_bound(labels, "+Inf"), count);
    push_sample(
        out,
        &format!("{name}_sum"),
        labels,
        Value::Float(histogram.get_sample_sum()),
    );
    push_sample(out, &format!("{name}_count"), labels, count);
}

/// A bound as text: OpenMetrics wants a whole number to show that it is a float (`1.0`), the older format does not.
fn bound(bound: f64, format: Format) -> String {
    match format {
        Format::Text => bound.to_string(),
        Format::OpenMetrics => format!("{bound:?}"),
    }
}

/// The labels as the catalogue orders them: the library sorts them by name.
fn labels(metric: &Metric, series: &Gathered) -> String {
    let mut out = String::new();
    for name in metric.labels {
        let pair = series.get_label().iter().find(|pair| pair.name() == *name);
        if !out.is_empty() {
            out.push(',');
        }
        push_label(&mut out, name, pair.map_or("", |pair| pair.value()));
    }
    out
}

fn with_bound(labels: &str, bound: &str) -> String {
    let mut out = labels.to_owned();
    let separator = if labels.is_empty() { "" } else { "," };
    // Writing to a String cannot fail.
    let _ = write!(out, "{separator}le=\"{bound}\"");
    out
}
