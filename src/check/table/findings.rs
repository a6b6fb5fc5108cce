//! The table of findings, and, on a terminal, below it what is to be mended: its long texts would burst the table.

use comfy_table::{Cell, Table};

use super::super::report::{Finding, Project};
use super::super::words;
use super::text::{lines, shown};
use super::{Screen, outcome, title};

/// A row for each finding of each project.
pub(super) fn table(projects: &[Project], screen: Screen) -> Table {
    let mut table = screen.table();
    table.set_header(["PROJECT", "CHECKED", "RESULT", "FOUND"].map(title));
    let mut notes = 0;
    for project in projects {
        for finding in &project.findings {
            let found = if screen.is_terminal() && has_note(finding) {
                notes += 1;
                let why = finding
                    .cause
                    .map(|cause| words::why(cause, code(finding).as_deref()) + ", ");
                format!("{}see [{notes}]", why.unwrap_or_default())
            } else {
                lines(found(finding), screen)
            };
            table.add_row([
                Cell::new(shown(&project.project)),
                Cell::new(finding.check.replace('_', " ")),
                outcome(finding.result),
                Cell::new(found),
            ]);
        }
    }
    table
}

/// What is to be mended, in the order in which the table refers to it.
pub(super) fn notes(projects: &[Project], screen: Screen) -> Table {
    let mut table = screen.table();
    let all = projects
        .iter()
        .flat_map(|project| project.findings.iter().map(move |finding| (project, finding)));
    for (number, (project, finding)) in all.filter(|(_, finding)| has_note(finding)).enumerate() {
        let head = format!("{}: {}", shown(&project.project), finding.check.replace('_', " "));
        let note = [Some(head)].into_iter().chain(found(finding));
        table.add_row([Cell::new(format!("[{}]", number + 1)), Cell::new(lines(note, screen))]);
    }
    table
}

fn has_note(finding: &Finding) -> bool {
    finding.remedy.is_some()
}

fn code(finding: &Finding) -> Option<String> {
    finding.code.as_deref().map(shown)
}

fn found(finding: &Finding) -> [Option<String>; 3] {
    [
        Some(shown(&finding.detail)),
        finding
            .remedy
            .as_deref()
            .map(|remedy| format!("to mend it: {}", shown(remedy))),
        finding.missing.map(|missing| format!("until then missing: {missing}")),
    ]
}
