//! The page for people: what is wrong, the most urgent first, and how every job stands.
//!
//! Owns: what the page shows and in which order. Plain HTML, escaped by construction (maud), without scripts, and in
//! one piece: whatever is in front of the exporter, there is no second request that could fail.
//! It shows the same moment as the metrics, and takes that moment for "now".
//!
//! What is worked out ([`fleet`], [`row`], [`state`], [`due`], [`usual`], [`strip`], [`query`]) knows nothing of markup;
//! the markup ([`view`]) works nothing out.

mod due;
mod fleet;
mod query;
mod row;
mod state;
mod strip;
mod text;
mod units;
mod usual;
mod view;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderValue;
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::Settings;
use super::manual;
use crate::exposition::Published;
use fleet::Fleet;
use query::Query;

/// The stylesheet. It stands in the page and so must not hold `</style`.
const STYLE: &str = include_str!("page/style.css");

/// What a browser may do with the page: show it with this very stylesheet, and send its form back here. No script, no
/// image, no frame, nothing from elsewhere.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    policy.try_into().ok()
});

/// The page, and whether all of what was asked for was understood.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) html: String,
    pub(super) is_understood: bool,
}

/// The page's Content-Security-Policy.
pub(super) fn policy() -> Option<HeaderValue> {
    POLICY.clone()
}

/// The page that `query`, the part of the address behind the question mark, asks for.
pub(super) fn page(published: &Published, settings: &Settings, query: &str) -> Page {
    let (query, mut mistakes) = Query::read(query);
    let fleet = Fleet::new(&published.snapshot, published.at);
    if let Some(name) = query.project.as_ref().filter(|name| !fleet.has_project(name)) {
        mistakes.push(format!(
            "project={}: no project is called so",
            text::shown(name, text::NAME)
        ));
    }
    Page {
        html: html(&fleet, settings, &query, &mistakes),
        is_understood: mistakes.is_empty(),
    }
}

fn html(fleet: &Fleet<'_>, settings: &Settings, query: &Query, mistakes: &[String]) -> String {
    let wrong = fleet.wrong() + fleet.failing().count();
    let shard = settings.shard;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(seconds) = query.refresh { meta http-equiv="refresh" content=(seconds); }
                // The number first: it is what is left of a title in a row of tabs.
                title { @if wrong > 0 { "(" (wrong) ") " } "drs-exporter: DRS health comparisons" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#jobs" { "Skip to the jobs" }
                header.top {
                    h1 { "drs-exporter " small { (settings.version) @if shard.is_one_of_many() { ", " (shard) } } }
                    nav aria-label="Exporter" {
                        a href=(settings.telemetry_path) { "Metrics" }
                        a href="/-/healthy" { "Health" }
                        a href="/-/ready" { "Readiness" }
                        a href=(manual::PAGE_PATH) { "About this page" }
                        a href=(manual::METRICS_PATH) { "About the metrics" }
                    }
                }
                main {
                    (view::summary::summary(fleet, query, mistakes))
                    (view::projects::failing(fleet))
                    (view::jobs::jobs(fleet, query))
                    (view::projects::projects(fleet))
                }
                footer {
                    @if shard.is_one_of_many() {
                        p {
                            "This is " (shard) ", counted from 0: its part of the jobs is here, the rest is on the pages of "
                            "the other shards."
                        }
                    }
                    p {
                        "SUCCESSFUL says that a comparison ran to its end; whether source and target hold the same, "
                        "the column Data says. All times are UTC."
                    }
                }
            }
        }
    };
    page.into_string()
}

#[cfg(test)]
mod tests;
