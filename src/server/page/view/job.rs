//! One job.

use jiff::Timestamp;
use maud::{Markup, html};

use super::super::row::Row;
use super::super::state::State;
use super::super::text::{NAME, WORD, shown};
use super::super::units::{ago, ahead, minute, span, utc};
use super::failure::failure;
use super::runs::strip;
use super::{badge, class, foreign};
use crate::comparison::Task;
use crate::comparison::policy::PolicyStatus;
use crate::comparison::verdict::{Finding, ObjectFinding, Overview};
use crate::inventory::Judgement;

/// So many types of objects that differ are named.
const MAX_TYPES: usize = 3;

/// A body of its own for each job: a line of facts and, if something fails, one that says what to do.
pub(super) fn lines(row: &Row<'_>, now: Timestamp) -> Markup {
    let problem = row.job.problem.as_ref().filter(|_| !row.is_cut_off());
    html! {
        tbody role="rowgroup" class=(class(row.worst().severity())) {
            tr role="row" {
                th scope="row" role="rowheader" rowspan=[problem.map(|_| "2")] { (who(row)) }
                td role="cell" { (state(row)) }
                td role="cell" { (strip(row)) }
                td role="cell" { (newest(row, now)) }
                td role="cell" { (data(row, now)) }
                td role="cell" { (due(row, now)) }
                td role="cell" {
                    @if let Some(time) = row.job.last_refresh { (ago(time, now)) } @else { "never" }
                }
            }
            @if let Some(problem) = problem {
                tr.why role="row" { td role="cell" colspan="6" { (failure(problem, now)) } }
            }
        }
    }
}

fn who(row: &Row<'_>) -> Markup {
    let job = row.job;
    html! {
        @if !job.name.is_empty() { span.name { (foreign(&job.name, NAME)) } }
        code { (foreign(job.id.as_str(), NAME)) }
        span.quiet {
            (foreign(row.project.name.as_str(), WORD))
            @if let Some(facts) = &job.facts {
                @for fact in [&facts.job_type, &facts.engine_type] {
                    @if !fact.is_empty() { " · " (foreign(fact, WORD)) }
                }
            }
        }
    }
}

fn state(row: &Row<'_>) -> Markup {
    html! {
        @for state in &row.states { (badge(*state)) " " }
        @if row.is_cut_off() && row.job.problem.is_some() { p.quiet { "as all of its project" } }
    }
}

fn newest(row: &Row<'_>, now: Timestamp) -> Markup {
    html! {
        @if let Some(run) = row.newest() {
            span.word { (run.status.as_str()) }
            @if let Some(start) = run.start { p { (ago(start, now)) } (moment(start)) }
            (duration(run, row))
        } @else { span.quiet { "none known" } }
    }
}

/// A point in time: what is left out of it, its title has.
fn moment(time: Timestamp) -> Markup {
    html! { p.time title={ (utc(time)) " UTC" } { (minute(time)) } }
}

fn duration(run: &Task, row: &Row<'_>) -> Markup {
    html! {
        @if let Some(duration) = run.duration {
            p.long[row.states.contains(&State::Slow)] {
                @if run.status.has_ended() { "took " } @else { "for " }
                (span(duration))
            }
            @if let Some(usual) = row.usual { p.quiet { "usually " (span(usual)) } }
        }
    }
}

/// What the comparisons found, a word for each subject that was judged, and when all was last well.
fn data(row: &Row<'_>, now: Timestamp) -> Markup {
    let differs = row.verdicts().any(|(_, judgement)| !judgement.is_consistent);
    html! {
        @for (subject, judgement) in row.verdicts() {
            p {
                (subject.as_str()) " "
                @if judgement.is_consistent { span.good { "= consistent" } } @else { strong.bad { "≠ differ" } }
            }
            @if !judgement.is_consistent { (difference(judgement)) }
        }
        @if row.verdicts().next().is_none() { span.quiet { "not known" } }
        @if let Some(time) = row.job.verdicts.last_consistent.filter(|_| row.is_known) {
            p { @if differs { "consistent until " } @else { "last " } (ago(time, now)) }
            (moment(time))
        } @else if differs { p { "never seen consistent" } }
    }
}

/// What differs, by kinds and counts; names of tables and accounts are nowhere.
fn difference(judgement: &Judgement) -> Markup {
    let count = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
    html! {
        @match &judgement.overview {
            Overview::Objects(objects) => {
                @let differing = || objects.types.iter().filter(|found| found.finding == Finding::Inconsistent);
                @for ObjectFinding { object_type, source, target, .. } in differing().take(MAX_TYPES) {
                    p { code { (shown(object_type, WORD)) } " " (count(*source)) " → " (count(*target)) }
                }
                @let more = differing().count().saturating_sub(MAX_TYPES);
                @if more > 0 { p.quiet { "and " (more) " more types" } }
            }
            Overview::Rows(tally) => p { (tally.of(Finding::Inconsistent)) " tables" },
            Overview::Accounts(tally) => p { (tally.of(Finding::Inconsistent)) " accounts" },
        }
    }
}

fn due(row: &Row<'_>, now: Timestamp) -> Markup {
    html! {
        @if let Some(missed) = row.due.missed {
            p {
                @if missed.is_late { "was due " } @else { strong.bad { "missed " } }
                (ago(missed.since, now))
            }
            (moment(missed.since))
        }
        @if let Some(next) = row.due.next { p { (ahead(next, now)) } (moment(next)) }
        @else {
            span.quiet {
                @match row.due.policy {
                    Some(PolicyStatus::Open) => "not told",
                    Some(PolicyStatus::Closed) => "none: policy closed",
                    Some(PolicyStatus::NoSupport) => "none: no policy",
                    Some(PolicyStatus::Unknown) | None => "not known",
                }
            }
        }
    }
}
