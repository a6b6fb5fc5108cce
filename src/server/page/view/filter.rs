//! The form that asks for less, and the links that turn pages and load the page again by itself.

use maud::{Markup, html};

use super::super::fleet::{Fleet, Found, PAGE};
use super::super::query::{MAX_TEXT, Query, REFRESH, StateFilter};
use super::super::text::{WORD, shown};
use super::super::units::span;
use std::time::Duration;

/// So many projects are offered; all others can be looked for by their names.
const MAX_OFFERED: usize = 200;

/// The form. It goes to the page's own address, wherever a proxy has put that.
pub(super) fn form(fleet: &Fleet<'_>, query: &Query) -> Markup {
    html! {
        form.filter method="get" role="search" aria-label="Filter the jobs" {
            div { label for="q" { "Job, id or project" } input id="q" name="q" type="search" maxlength=(MAX_TEXT) value=(query.text); }
            div {
                label for="state" { "State" }
                select id="state" name="state" {
                    @for state in StateFilter::all() {
                        option value=(state.slug()) selected[state == query.state] { (state.words()) }
                    }
                }
            }
            @if fleet.projects.len() > 1 {
                div {
                    label for="project" { "Project" }
                    select id="project" name="project" {
                        option value="" { "any project" }
                        @for project in fleet.projects.iter().take(MAX_OFFERED) {
                            @let name = project.name.as_str();
                            option value=(name) selected[query.project.as_deref() == Some(name)] { (shown(name, WORD)) }
                        }
                    }
                }
            }
            @if let Some(seconds) = query.refresh { input type="hidden" name="refresh" value=(seconds); }
            button type="submit" { "Filter" }
            @if query.is_filter() {
                @let all = Query { refresh: query.refresh, ..Query::default() };
                a href=(all.href()) { "All jobs" }
            }
        }
    }
}

/// How many were found, and how to have the page load itself again.
pub(super) fn found(found: &Found<'_>, fleet: &Fleet<'_>, query: &Query) -> Markup {
    let first = (found.page - 1) * PAGE + 1;
    let all = fleet.rows.len();
    html! {
        div.found {
            p {
                @if found.count == 0 { "Nothing fits." }
                @else if found.pages > 1 {
                    "Jobs " (first) " to " (first + found.rows.len() - 1) " of " (found.count)
                    @if found.count < all { " that fit, of " (all) " in all" } ", the most urgent first."
                }
                @else if found.count < all { (found.count) " of " (all) " jobs fit, the most urgent first." }
                @else { "All " (all) ", the most urgent first." }
            }
            p.again {
                @if let Some(seconds) = query.refresh {
                    "Loads itself again every " (span(Duration::from_secs(seconds.into()))) ". "
                    a href=(Query { refresh: None, ..query.clone() }.href()) { "Stop" }
                } @else {
                    "Load again every "
                    @for seconds in REFRESH {
                        a href=(Query { refresh: Some(seconds), ..query.clone() }.href()) {
                            (span(Duration::from_secs(seconds.into())))
                        } " "
                    }
                }
            }
        }
    }
}

/// The links to the other pages.
pub(super) fn pages(found: &Found<'_>, query: &Query) -> Markup {
    let to = |page| Query { page, ..query.clone() }.href();
    html! {
        @if found.pages > 1 {
            nav.pages aria-label="Pages" {
                @if found.page > 1 {
                    a href=(to(1)) { "First" }
                    a rel="prev" href=(to(found.page - 1)) { "Previous" }
                }
                span { "Page " (found.page) " of " (found.pages) }
                @if found.page < found.pages {
                    a rel="next" href=(to(found.page + 1)) { "Next" }
                    a href=(to(found.pages)) { "Last" }
                }
            }
        }
    }
}
