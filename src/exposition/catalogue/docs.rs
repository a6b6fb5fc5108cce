//! `docs/metrics.md`, made from the catalogue.

use std::fmt::Write as _;

use super::{ALL, Group, Metric, Stability};

const INTRODUCTION: &str = "\
# Metrics

<!-- Made from the table in src/exposition/catalogue/table.rs. To change this page, change the table, then run the tests with UPDATE_DOCS=1. -->

- `project` is the configured name of a project. `job_id` and `compare_job_id` are the ids that were asked for, byte
  for byte. `job_name` is the cloud's name of the DRS job, empty until the cloud has told it.
- Times are Unix seconds, durations seconds. A value that the cloud did not give is no series, never 0.
- `status` makes a state set: one series for each of `RUNNING`, `WAITING_FOR_RUNNING`, `SUCCESSFUL`, `FAILED`,
  `CANCELLED`, `TIMEOUT_INTERRUPT`, `FULL_DOING`, `INCRE_DOING` and `UNKNOWN` (anything else that the cloud says).
- `SUCCESSFUL`, `FAILED`, `CANCELLED` and `TIMEOUT_INTERRUPT` have ended; all others have not.
- A failed request changes no value: the last known one stays, `drs_job_up` is 0, and after `stale_after` the job's
  comparison series go away.
- Both formats carry the same series. In OpenMetrics the family of a counter has no `_total` at its end; its samples do.
- Stable: name, type, labels and meaning change only with a new major version. Library: as the library has it.
";

/// The page.
#[must_use]
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for group in Group::ALL {
        let (title, about) = words(group);
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(page, "\n## {title}\n\n{about}\n");
        let _ = writeln!(
            page,
            "| Metric | Type | Unit | Labels | Meaning | Stability |\n|---|---|---|---|---|---|"
        );
        let metrics = || ALL.iter().filter(|metric| metric.group == group);
        metrics().for_each(|metric| row(&mut page, metric));
        let mut examples = metrics().filter_map(|metric| metric.example).peekable();
        if examples.peek().is_some() {
            page.push_str("\nTo ask:\n");
        }
        for example in examples {
            let _ = writeln!(page, "\n{}\n\n```promql\n{}\n```", example.question, example.query);
        }
    }
    page
}

fn row(page: &mut String, metric: &Metric) {
    let unit = metric.unit.map_or("", super::Unit::as_str);
    let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
    let stability = match metric.stability {
        Stability::Stable => "stable",
        Stability::Library => "library",
    };
    let (name, kind, labels, help) = (metric.name, metric.kind.as_str(), labels.join(", "), metric.help);
    let _ = writeln!(page, "| `{name}` | {kind} | {unit} | {labels} | {help} | {stability} |");
}

/// A group's title, and what to know about it.
const fn words(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Task => (
            "Comparison tasks",
            "Of each job the newest tasks (`tasks_per_job`), and every task that is configured by its id.",
        ),
        Group::Comparison => (
            "Comparisons of a job",
            "Of all tasks of the job. Newest means by start time; a task without one counts only where no task has \
             one. Where only single tasks of a job are configured, these series speak of those.",
        ),
        Group::Job => (
            "Jobs",
            "How the refreshing of each watched job stands. These series stay when the rest goes stale.",
        ),
        Group::Project => ("Projects", "How each configured project stands."),
        Group::Exporter => (
            "The exporter",
            "What it asks of the cloud, what it gets, and what it is.",
        ),
        Group::Process => ("The process", "As in every Prometheus client; on Linux only."),
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::generated_docs::assert_current;

    #[test]
    fn the_page_in_docs_is_this_one() {
        assert_current("metrics.md", &markdown());
    }

    #[test]
    fn every_metric_has_its_row() {
        let page = markdown();
        for metric in ALL {
            assert_eq!(
                page.matches(&format!("\n| `{}` |", metric.name)).count(),
                1,
                "{}",
                metric.name
            );
        }
    }
}
