//! The table of jobs.

use comfy_table::{Cell, Color, ColumnConstraint, Table, Width};

use super::super::report::{Job, Outcome, Policy, Project};
use super::super::words::{self, span};
use super::text::{instant, lines, shown};
use super::{Screen, title};

/// From so many columns on there is room for what was found of the data…
const WITH_DATA: u16 = 100;
/// … and for ids beside names, and for policies.
const WITH_POLICY: u16 = 140;
/// From so many columns on there is room for a whole id of a job.
const WITH_ID: u16 = 120;
/// A column for a whole id, and one in which names are not wrapped at every syllable.
const ID_WIDTH: u16 = 38;
const NAME_WIDTH: u16 = 20;
/// The place of the column with jobs.
const JOB: usize = 1;

/// A row for each job of each project.
pub(super) fn table(projects: &[Project], screen: Screen) -> Table {
    let mut table = screen.table();
    table.set_header(columns(
        screen,
        [
            "PROJECT",
            "JOB",
            "NEWEST TASK",
            "STATUS",
            "DURATION",
            "DATA",
            "POLICY",
            "FAILED",
        ]
        .map(title),
    ));
    for project in projects {
        for job in &project.jobs {
            table.add_row(columns(screen, row(project, job, screen)));
        }
    }
    if screen.is_terminal()
        && let Some(column) = table.column_mut(JOB)
    {
        let least = if screen.has(WITH_ID) { ID_WIDTH } else { NAME_WIDTH };
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
    }
    table
}

/// Of all columns those that there is room for.
fn columns(screen: Screen, cells: [Cell; 8]) -> Vec<Cell> {
    let [project, job, task, status, duration, data, policy, failed] = cells;
    let mut kept = vec![project, job, task, status, duration];
    kept.extend(screen.has(WITH_DATA).then_some(data));
    kept.extend(screen.has(WITH_POLICY).then_some(policy));
    kept.push(failed);
    kept
}

fn row(project: &Project, job: &Job, screen: Screen) -> [Cell; 8] {
    let newest = job.newest_task.as_ref();
    let name = job.job_name.as_deref().map(shown);
    let wants_id = name.is_none() || !job.failures.is_empty() || screen.has(WITH_POLICY);
    let started = newest.map(|task| {
        task.start_time
            .map_or_else(|| "not started".to_owned(), |start| instant(start, screen))
    });
    let task_id = newest.filter(|_| !screen.is_terminal());
    [
        Cell::new(shown(&project.project)),
        Cell::new(lines([name, wants_id.then(|| shown(&job.job_id))], screen)),
        Cell::new(lines(
            [started, task_id.map(|task| shown(&task.compare_job_id))],
            screen,
        )),
        newest.map_or_else(|| Cell::new("-"), |task| status(task.status)),
        Cell::new(
            newest
                .and_then(|task| task.duration)
                .map_or_else(|| "-".to_owned(), span),
        ),
        data(job),
        policy(job.policy.as_ref(), screen),
        failed(job, screen),
    ]
}

fn status(status: &'static str) -> Cell {
    let colour = match status {
        "SUCCESSFUL" => Color::DarkGreen,
        "FAILED" | "TIMEOUT_INTERRUPT" => Color::DarkRed,
        "CANCELLED" | "UNKNOWN" => Color::DarkYellow,
        _ => Color::Reset,
    };
    Cell::new(status).fg(colour)
}

/// The worst of the verdicts on a job.
fn data(job: &Job) -> Cell {
    let verdicts: Vec<_> = job.verdicts.iter().map(|verdict| verdict.consistent).collect();
    if verdicts.contains(&Some(false)) {
        Cell::new("inconsistent").fg(Color::DarkRed)
    } else if verdicts.is_empty() {
        Cell::new("-")
    } else if verdicts.contains(&None) {
        Cell::new("not judged")
    } else {
        Cell::new("consistent").fg(Color::DarkGreen)
    }
}

fn policy(policy: Option<&Policy>, screen: Screen) -> Cell {
    let Some(policy) = policy else {
        return Cell::new("-");
    };
    let next = policy.next_run.map(|next| format!("next {}", instant(next, screen)));
    let missed = policy
        .missed_run
        .map(|missed| format!("MISSED {}", instant(missed, screen)));
    let colour = if missed.is_some() {
        Color::DarkYellow
    } else {
        Color::Reset
    };
    Cell::new(lines([Some(policy.status.to_owned()), next, missed], screen)).fg(colour)
}

fn failed(job: &Job, screen: Screen) -> Cell {
    if job.failures.is_empty() {
        let word = if job.result == Outcome::NotAsked {
            "not asked"
        } else {
            "-"
        };
        return Cell::new(word);
    }
    let failures = job.failures.iter().map(|failure| {
        let why = words::why(failure.cause, failure.code.as_deref().map(shown).as_deref());
        Some(format!("{}: {why}", failure.operation))
    });
    Cell::new(lines(failures, screen)).fg(Color::DarkRed)
}
