//! A check's outcome for people: a table of jobs, one of findings, what is to be mended, and one line that sums up.
//!
//! Owns: columns, colours, and that nothing from outside steers the terminal. A terminal's width is never exceeded:
//! where it is narrow, columns that matter less are left out, and cells are wrapped. In a pipe nothing is, and every
//! row is one line. Knows nothing of how the outcome came about.

mod findings;
mod jobs;
mod text;

use std::fmt::Write as _;

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};

use super::report::{Outcome, Report};
use super::words::counted;

/// Terminals that say they are narrower do not tell the truth, or show nothing readable anyway.
const MIN_WIDTH: u16 = 60;

/// Where the tables go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// The terminal's width in columns; none where it is no terminal.
    pub width: Option<u16>,
    /// Whether colours are wanted and understood.
    pub colours: bool,
}

impl Screen {
    /// Standard output as it is.
    #[must_use]
    pub fn of_stdout(no_color: bool) -> Self {
        let width = Table::new().width().map(|width| width.max(MIN_WIDTH));
        Self {
            width,
            colours: width.is_some() && !no_color,
        }
    }

    /// Whether there is room for what takes so many columns.
    fn has(self, columns: u16) -> bool {
        self.width.is_none_or(|width| width >= columns)
    }

    fn is_terminal(self) -> bool {
        self.width.is_some()
    }

    fn table(self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        match self.width {
            Some(width) => table
                .set_width(width)
                .set_content_arrangement(ContentArrangement::Dynamic),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        if self.colours {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table
    }
}

/// The outcome as text that ends with a newline.
#[must_use]
pub fn write(report: &Report, screen: Screen) -> String {
    let mut text = String::new();
    let projects = &report.projects;
    if !report.offline && projects.iter().any(|project| !project.jobs.is_empty()) {
        push(&mut text, &jobs::table(projects, screen));
    }
    push(&mut text, &findings::table(projects, screen));
    if screen.is_terminal() {
        let notes = findings::notes(projects, screen);
        if !notes.is_empty() {
            push(&mut text, &notes);
        }
    }
    text.push_str(&summary(report));
    text
}

fn push(text: &mut String, table: &Table) {
    for line in table.lines() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push('\n');
}

fn summary(report: &Report) -> String {
    let count = |outcome| {
        let findings = report.projects.iter().flat_map(|project| &project.findings);
        findings.filter(|finding| finding.result == outcome).count()
    };
    let jobs = report.projects.iter().map(|project| project.jobs.len()).sum();
    let scope = format!(
        "{}, {}",
        counted(report.projects.len(), "project"),
        counted(jobs, "job")
    );
    let asked = if report.offline {
        " (offline: the cloud was not asked)"
    } else {
        ""
    };
    match (count(Outcome::Failed), count(Outcome::Warning)) {
        (0, 0) => format!("{scope}: all is well{asked}\n"),
        (failed, warnings) => format!("{scope}: {failed} failed, {}{asked}\n", counted(warnings, "warning")),
    }
}

fn title(text: &str) -> Cell {
    Cell::new(text).add_attribute(Attribute::Bold)
}

/// An outcome in its colour. What is well needs none to be seen, but what is not shall stand out.
fn outcome(outcome: Outcome) -> Cell {
    let (word, colour) = match outcome {
        Outcome::Ok => ("ok", Color::DarkGreen),
        Outcome::NotAsked => ("not asked", Color::Reset),
        Outcome::Warning => ("warning", Color::DarkYellow),
        Outcome::Failed => ("FAILED", Color::DarkRed),
    };
    Cell::new(word).fg(colour)
}
