//! The pages of the manual that a reader of the page needs, as they were when this binary was built: where the exporter
//! runs there may be no way to any other copy.

/// Where the explanation of the page is.
pub(super) const PAGE_PATH: &str = "/-/docs/page.md";

/// Where the explanation of the metrics is.
pub(super) const METRICS_PATH: &str = "/-/docs/metrics.md";

/// The text at `path`.
pub(super) fn text(path: &str) -> Option<&'static str> {
    match path {
        PAGE_PATH => Some(include_str!("../../docs/page.md")),
        METRICS_PATH => Some(include_str!("../../docs/metrics.md")),
        _ => None,
    }
}
