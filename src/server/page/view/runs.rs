//! The strip of a job's last runs, and the key to it.

use maud::{Markup, html};

use super::super::row::Row;
use super::super::strip::{Mark, RUNS};
use super::super::units::{span, utc};
use crate::comparison::Task;

/// The oldest on the left; what was due and never came, at the end.
pub(super) fn strip(row: &Row<'_>) -> Markup {
    let missed = row.due.missed.filter(|missed| !missed.is_late);
    let most = RUNS - usize::from(missed.is_some());
    html! {
        @if row.runs.is_empty() && missed.is_none() { span.quiet { "none known" } }
        @else {
            ol.strip aria-label="Last runs, the oldest first" {
                @for run in row.runs.iter().take(most).rev() { (mark(Mark::of(run, row), &told(run))) }
                @if let Some(missed) = missed { (mark(Mark::Missed, &format!("was due {}", utc(missed.since)))) }
            }
        }
    }
}

/// The mark, with what it stands for as a title and for those who cannot see it.
fn mark(mark: Mark, told: &str) -> Markup {
    html! {
        li class=(mark.class()) title={ (mark.words()) "; " (told) } {
            span aria-hidden="true" { (mark.letter()) }
            span.hidden { (mark.words()) }
        }
    }
}

fn told(run: &Task) -> String {
    let start = run
        .start
        .map_or("start not told".to_owned(), |start| format!("started {}", utc(start)));
    let duration = run
        .duration
        .map_or(String::new(), |duration| format!(", {}", span(duration)));
    format!("{}, {start}{duration}", run.status.as_str())
}

/// What the marks mean.
pub(super) fn key() -> Markup {
    html! {
        ul.key aria-label="Marks of the last runs" {
            @for mark in Mark::ALL {
                li { span.strip aria-hidden="true" { span class=(mark.class()) { (mark.letter()) } } " " (mark.words()) }
            }
        }
    }
}
