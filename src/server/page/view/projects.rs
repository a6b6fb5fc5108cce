//! Projects: those that fail, with cause and remedy, and all of them in short.

use maud::{Markup, html};

use super::super::fleet::{Fleet, is_refused};
use super::super::query::{Query, StateFilter};
use super::super::text::{NAME, WORD};
use super::super::units::{ago, span};
use super::failure::failure;
use super::{counted, foreign};
use crate::inventory::Project;

/// So many failures are told in full: one cause has often many projects.
const MAX_TOLD: usize = 20;

/// So many projects are listed.
const MAX_LISTED: usize = 200;

/// The projects of which something fails as a whole.
pub(in super::super) fn failing(fleet: &Fleet<'_>) -> Markup {
    let count = fleet.failing().count();
    html! {
        @if count > 0 {
            section.failing aria-labelledby="failing" {
                h2 id="failing" { (counted(count, "project")) " in trouble" }
                @for project in fleet.failing().take(MAX_TOLD) { (told(project, fleet)) }
                @if count > MAX_TOLD { p { "And " (count - MAX_TOLD) " more; the log names them all." } }
            }
        }
    }
}

fn told(project: &Project, fleet: &Fleet<'_>) -> Markup {
    html! {
        article class={ "failure " (if is_refused(project) { "bad" } else { "odd" }) } {
            h3 {
                (foreign(project.name.as_str(), NAME)) " "
                span class="badge" {
                    @if is_refused(project) { "refused or out of reach"
                        @if !project.jobs.is_empty() { ": " (counted(project.jobs.len(), "job")) " not watched" }
                    }
                    @else { "its list of jobs cannot be had" }
                }
            }
            @if let Some(problem) = &project.problem { (failure(problem, fleet.now)) }
            // Where all is refused, so is this, for the same cause.
            @else if let Some(problem) = &project.discovery_problem { (failure(problem, fleet.now)) }
        }
    }
}

/// All projects, in the order of the configuration.
pub(in super::super) fn projects(fleet: &Fleet<'_>) -> Markup {
    let count = fleet.projects.len();
    html! {
        section aria-labelledby="projects" {
            h2 id="projects" { "Projects" }
            @if count == 0 { p { "No project is configured." } }
            @else {
                table.projects role="table" {
                    thead role="rowgroup" { tr role="row" {
                        th scope="col" role="columnheader" { "Project" }
                        th scope="col" role="columnheader" { "Region" }
                        th scope="col" role="columnheader" { "Project id" }
                        th scope="col" role="columnheader" { "Cloud" }
                        th scope="col" role="columnheader" { "Jobs" }
                        th scope="col" role="columnheader" { "Listed" }
                        th scope="col" role="columnheader" { "Stale after" }
                    } }
                    tbody role="rowgroup" { @for project in fleet.projects.iter().take(MAX_LISTED) { (line(project, fleet)) } }
                }
            }
            @if count > MAX_LISTED { p { "And " (count - MAX_LISTED) " more." } }
        }
    }
}

fn line(project: &Project, fleet: &Fleet<'_>) -> Markup {
    let (class, word) = match project.up {
        _ if is_refused(project) => ("bad", "refused or out of reach"),
        Some(_) => ("good", "answers"),
        // All jobs of it are other shards'.
        None if project.asked => ("note", "nothing to ask"),
        None => ("note", "not asked yet"),
    };
    let jobs = Query {
        project: Some(project.name.to_string()),
        state: StateFilter::Any,
        ..Query::default()
    };
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (foreign(project.name.as_str(), NAME)) }
            td role="cell" { (foreign(&project.region, WORD)) }
            td role="cell" { code { (foreign(project.project_id.as_str(), NAME)) } }
            td role="cell" { span class={ "badge " (class) } { (word) } }
            td role="cell" { a href=(jobs.href()) { (counted(project.jobs.len(), "job")) } }
            td role="cell" {
                @if let Some(time) = project.last_discovery { (ago(time, fleet.now)) } @else { "as configured" }
            }
            td role="cell" { (span(project.stale_after)) }
        }
    }
}
