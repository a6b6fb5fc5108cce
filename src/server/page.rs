//! The page for people: every job with its newest comparison, how old the data is, what fails and what to do.
//!
//! Owns: what the page shows and in which order. Plain HTML, escaped by construction (maud), without scripts.
//! It shows the same moment as the metrics, and takes that moment for "now".

mod row;
mod units;

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::Settings;
use crate::comparison::Status;
use crate::exposition::Published;
use crate::inventory::{Problem, Project};
use row::{Due, Rank, Row};
use units::{age, span, utc};

/// Where the stylesheet is; a strict content policy lets no style stand in the page itself.
pub(super) const STYLE_PATH: &str = "/-/style.css";

/// The stylesheet.
pub(super) const STYLE: &str = include_str!("page/style.css");

/// The whole page.
pub(super) fn html(published: &Published, settings: &Settings) -> String {
    let mut projects: Vec<_> = published.snapshot.projects.iter().collect();
    projects.sort_by_key(|project| !is_in_trouble(project));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "drs-exporter: DRS health comparisons" }
                link rel="stylesheet" href=(STYLE_PATH);
            }
            body {
                header {
                    h1 { "drs-exporter " small { (settings.version) } }
                    p { "Health comparisons of Huawei Cloud DRS, as known at " (utc(published.at)) ". All times are UTC." }
                    nav {
                        a href=(settings.telemetry_path) { "Metrics" } " "
                        a href="/-/ready" { "Ready" } " "
                        a href="/-/healthy" { "Healthy" }
                    }
                }
                main {
                    @if projects.is_empty() { p { "No project is configured." } }
                    @for project in projects { (section(project, published.at)) }
                }
                footer {
                    p { "SUCCESSFUL says that a comparison ran to its end; whether the data is the same, the column Data says." }
                }
            }
        }
    };
    page.into_string()
}

fn is_in_trouble(project: &Project) -> bool {
    project.up == Some(false) || project.problem.is_some() || project.discovery_problem.is_some()
}

fn section(project: &Project, now: Timestamp) -> Markup {
    let (class, word) = match project.up {
        Some(true) => ("good", "up"),
        Some(false) => ("bad", "down"),
        None => ("unknown", "not asked yet"),
    };
    let mut rows: Vec<_> = project.jobs.iter().map(|job| Row::new(job, project, now)).collect();
    rows.sort_by_key(|row| row.rank);
    let failing = rows.iter().filter(|row| row.rank < Rank::NoData).count();
    html! {
        section {
            h2 { (project.name.as_str()) " " span class={ "badge " (class) } { (word) } }
            p {
                "Region " (project.region) ", project id " code { (project.project_id.as_str()) } ", "
                (rows.len()) " jobs, " (failing) " of them need a look. Data counts as stale after " (span(project.stale_after)) "."
                @if let Some(time) = project.last_discovery { " The jobs were last listed " (age(time, now)) "." }
            }
            @if let Some(problem) = &project.problem { (trouble(problem, now)) }
            @if let Some(problem) = &project.discovery_problem { (trouble(problem, now)) }
            @if !project.asked { p { "Not every job has been asked yet." } }
            @if !rows.is_empty() { (table(&rows, now)) }
        }
    }
}

fn table(rows: &[Row<'_>], now: Timestamp) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "Job" }
                th scope="col" { "Newest comparison" }
                th scope="col" { "Started (UTC)" }
                th scope="col" { "Duration" }
                th scope="col" { "Data" }
                th scope="col" { "Next due (UTC)" }
                th scope="col" { "Data from" }
                th scope="col" { "Problem" }
            } }
            tbody { @for row in rows { (line(row, now)) } }
        }
    }
}

fn line(row: &Row<'_>, now: Timestamp) -> Markup {
    let job = row.job;
    html! {
        tr {
            th scope="row" {
                @if !job.name.is_empty() { (job.name) br; }
                code { (job.id.as_str()) }
            }
            @if let Some(task) = row.newest {
                td { span class={ "badge " (class(task.status)) } { (task.status.as_str()) } }
                td { @if let Some(start) = task.start { (utc(start)) } @else { "not told" } }
                td { @if let Some(duration) = task.duration { (span(duration)) } @else { "not known" } }
            } @else {
                td { span class="badge unknown" { (row.nothing()) } }
                td {} td {}
            }
            td { (found(row)) }
            td { (due(&row.due)) }
            td { @if let Some(time) = job.last_refresh { (age(time, now)) } @else { "never" } }
            td { @if let Some(problem) = &job.problem { (trouble(problem, now)) } }
        }
    }
}

/// What the comparisons found, a word for each subject that was judged.
fn found(row: &Row<'_>) -> Markup {
    html! {
        @for (subject, is_consistent) in row.judged() {
            @let (class, word) = if is_consistent { ("good", "consistent") } else { ("bad", "differs") };
            p { (subject) ": " span class={ "badge " (class) } { (word) } }
        }
        @if row.judged().next().is_none() { span class="badge unknown" { "unknown" } }
        @if let Some(time) = row.consistent_before() { p { "consistent until " (utc(time)) } }
    }
}

fn due(due: &Due) -> Markup {
    html! {
        @match due.missed {
            Some(row::Missed { since, is_late: true }) => p { span class="badge busy" { "late" } " due " (utc(since)) },
            Some(row::Missed { since, is_late: false }) => p { span class="badge bad" { "missed" } " due " (utc(since)) },
            None => {}
        }
        @if let Some(next) = due.next { (utc(next)) }
        @else if let Some(policy) = due.policy { "none, policy is " (policy) }
    }
}

fn trouble(problem: &Problem, now: Timestamp) -> Markup {
    html! {
        div.problem {
            p { strong { (problem.what) } }
            p { "What to do: " (problem.remedy) }
            p { "Since " (utc(problem.since)) ", " (age(problem.since, now)) "." }
        }
    }
}

const fn class(status: Status) -> &'static str {
    match status {
        Status::Successful => "good",
        Status::Failed | Status::TimeoutInterrupt => "bad",
        Status::Cancelled | Status::Unknown => "unknown",
        Status::Running | Status::WaitingForRunning | Status::FullDoing | Status::IncreDoing => "busy",
    }
}

#[cfg(test)]
mod tests;
