//! The first thing that is read: how much is wrong, and how old the answer is.

use maud::{Markup, html};

use super::super::fleet::{Fleet, is_refused};
use super::super::query::{Query, StateFilter};
use super::super::row::Row;
use super::super::state::State;
use super::super::text::{NAME, shown};
use super::super::units::{ago, utc};
use super::{class, counted};

pub(in super::super) fn summary(fleet: &Fleet<'_>, query: &Query, mistakes: &[String]) -> Markup {
    let (jobs, wrong) = (fleet.rows.len(), fleet.wrong());
    let refused = fleet.projects.iter().filter(|project| is_refused(project)).count();
    let is_complete = fleet.projects.iter().all(|project| project.asked);
    let class = match (wrong + refused, is_complete) {
        (0, true) => "summary good",
        (0, false) => "summary note",
        _ => "summary bad",
    };
    html! {
        section class=(class) aria-labelledby="summary" {
            h2 id="summary" { (headline(jobs, wrong)) }
            p {
                @if refused > 0 {
                    strong { (refused) " of " (counted(fleet.projects.len(), "project")) " cannot be read." } " "
                }
                @if !is_complete { "Not every job has been asked yet. " }
                @if let Some((row, time)) = fleet.oldest() {
                    "Oldest data: " strong { (ago(time, fleet.now)) } " (" bdi { (name(row)) } "). "
                }
                "As known at " (utc(fleet.now)) " UTC."
            }
            @if jobs > 0 { (chips(fleet, query)) }
        }
        @if !mistakes.is_empty() {
            section.refused role="alert" aria-label="Not understood" {
                p { strong { "Not understood, and left out:" } }
                ul { @for mistake in mistakes { li { (mistake) } } }
            }
        }
    }
}

fn headline(jobs: usize, wrong: usize) -> String {
    match (jobs, wrong) {
        (0, _) => "No job is watched".to_owned(),
        (1, 0) => "The one job is well".to_owned(),
        (_, 0) => format!("All {jobs} jobs are well"),
        (_, 1) => format!("1 of {} is wrong", counted(jobs, "job")),
        (_, _) => format!("{wrong} of {} are wrong", counted(jobs, "job")),
    }
}

/// What a person calls a job.
fn name<'a>(row: &Row<'a>) -> std::borrow::Cow<'a, str> {
    let job = row.job;
    let name = if job.name.is_empty() {
        job.id.as_str()
    } else {
        &job.name
    };
    shown(name, NAME)
}

/// A link for each state that a job is in.
fn chips(fleet: &Fleet<'_>, query: &Query) -> Markup {
    let link = |state| Query {
        state,
        page: 0,
        ..query.clone()
    };
    html! {
        nav aria-label="Jobs by state" {
            ul.chips {
                @for state in State::ALL {
                    @let count = fleet.count(state);
                    @if count > 0 {
                        @let filter = StateFilter::One(state);
                        li {
                            a class=(class(state.severity())) href=(link(filter).href())
                                aria-current=[(query.state == filter).then_some("true")] {
                                strong { (count) } " " (state.words())
                            }
                        }
                    }
                }
                @if query.state != StateFilter::Any {
                    li { a.all href=(link(StateFilter::Any).href()) { "any state" } }
                }
            }
        }
    }
}
