//! A failure: what happened, what to do, since when.

use jiff::Timestamp;
use maud::{Markup, html};

use super::super::text::{SENTENCE, shown};
use super::super::units::{ago, utc};
use crate::inventory::Problem;

pub(super) fn failure(problem: &Problem, now: Timestamp) -> Markup {
    html! {
        p.what { (shown(&problem.what, SENTENCE)) }
        p.remedy { strong { "What to do: " } (shown(&problem.remedy, SENTENCE)) }
        p.since { "Since " (utc(problem.since)) ", " (ago(problem.since, now)) "." }
    }
}
