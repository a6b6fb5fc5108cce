//! The page's markup, a file for each of its parts. Works nothing out; what comes from outside is bounded by
//! [`text`](super::text) and escaped by maud.

pub(super) mod failure;
pub(super) mod filter;
pub(super) mod job;
pub(super) mod jobs;
pub(super) mod projects;
pub(super) mod runs;
pub(super) mod summary;

use maud::{Markup, html};

use super::state::{Severity, State};
use super::text::shown;

/// A text from outside, kept from turning around what stands beside it.
fn foreign(text: &str, most: usize) -> Markup {
    html! { bdi { (shown(text, most)) } }
}

/// A state as a badge: colour, shape and word.
fn badge(state: State) -> Markup {
    html! { span class={ "badge " (class(state.severity())) } { (state.words()) } }
}

/// The class that draws a severity.
const fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Bad => "bad",
        Severity::Doubtful => "odd",
        Severity::Note => "note",
        Severity::Fine => "good",
    }
}

/// `1 job`, `2 jobs`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
