//! The page for people: every job with its newest comparison, how old the data is, what fails and what to do.
//!
//! Owns: what the page shows and in which order. Plain HTML, escaped by construction (maud), without scripts.
//! It shows the same moment as the metrics, and takes that moment for "now".

mod units;

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::Settings;
use crate::comparison::{Status, Task, newest};
use crate::exposition::Published;
use crate::inventory::{Job, Problem, Project};
use units::{age, span, utc};

/// Where the stylesheet is; a strict content policy lets no style stand in the page itself.
pub(super) const STYLE_PATH: &str = "/-/style.css";

/// The stylesheet.
pub(super) const STYLE: &str = include_str!("page/style.css");

/// The whole page.
pub(super) fn html(published: &Published, settings: &Settings) -> String {
    let mut projects: Vec<_> = published.snapshot.projects.iter().collect();
    projects.sort_by_key(|project| project.up != Some(false) && project.problem.is_none());
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
                    p { "SUCCESSFUL says that a comparison ran to its end, not that the data is the same." }
                }
            }
        }
    };
    page.into_string()
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
                (rows.len()) " jobs, " (failing) " of them failing. Data counts as stale after " (span(project.stale_after)) "."
            }
            @if let Some(problem) = &project.problem { (trouble(problem, now)) }
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
            td { @if let Some(time) = job.last_refresh { (age(time, now)) } @else { "never" } }
            td { @if let Some(problem) = &job.problem { (trouble(problem, now)) } }
        }
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

/// What a reader should see first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    RefreshFails,
    ComparisonFailed,
    NoData,
    Fine,
}

/// A job and what its line needs.
struct Row<'a> {
    job: &'a Job,
    newest: Option<&'a Task>,
    rank: Rank,
}

impl<'a> Row<'a> {
    fn new(job: &'a Job, project: &Project, now: Timestamp) -> Self {
        let tasks = job.fresh_tasks(now, project.stale_after);
        let newest = newest(tasks).filter(|_| job.is_known(now, project.stale_after));
        let rank = match newest.map(|task| task.status) {
            _ if job.up == Some(false) || job.problem.is_some() => Rank::RefreshFails,
            Some(Status::Failed | Status::TimeoutInterrupt) => Rank::ComparisonFailed,
            None => Rank::NoData,
            Some(_) => Rank::Fine,
        };
        Self { job, newest, rank }
    }

    /// Why there is no comparison to show.
    fn nothing(&self) -> &'static str {
        match (
            self.job.answers.is_empty(),
            self.job.answers.iter().all(|answer| answer.tasks.is_empty()),
        ) {
            (true, _) if self.job.up.is_some() => "unknown",
            (true, _) => "no answer yet",
            (false, true) => "none in the cloud",
            (false, false) => "stale",
        }
    }
}

#[cfg(test)]
mod tests;
