//! The list of jobs: a table, and cards where there is no room for one.

use maud::{Markup, html};

use super::super::fleet::Fleet;
use super::super::query::Query;
use super::filter::{form, found, pages};
use super::job::lines;
use super::runs::key;

pub(in super::super) fn jobs(fleet: &Fleet<'_>, query: &Query) -> Markup {
    let rows = fleet.find(query);
    html! {
        section id="jobs" aria-labelledby="jobs-title" {
            h2 id="jobs-title" { "Jobs" }
            @if !fleet.rows.is_empty() {
                (form(fleet, query))
                (found(&rows, fleet, query))
            }
            @if !rows.rows.is_empty() {
                (key())
                // Shown as cards, a table is none any more for assistive technology, but by its roles.
                table.jobs role="table" aria-labelledby="jobs-title" {
                    thead role="rowgroup" { tr role="row" {
                        th scope="col" role="columnheader" { "Job" }
                        th scope="col" role="columnheader" { "State" }
                        th scope="col" role="columnheader" { "Last runs" }
                        th scope="col" role="columnheader" { "Newest run" }
                        th scope="col" role="columnheader" { "Data" }
                        th scope="col" role="columnheader" { "Next run" }
                        th scope="col" role="columnheader" { "Read" }
                    } }
                    @for row in &rows.rows { (lines(row, fleet.now)) }
                }
            }
            (pages(&rows, query))
        }
    }
}
