//! `docs/metrics.md`, made from the catalogue.

use std::fmt::Write as _;

use super::{ALL, Group, Metric, Stability};

const INTRODUCTION: &str = "\
# Metrics

<!-- Made from the table in src/exposition/catalogue/table.rs. To change this page, change the table, then run the tests with UPDATE_DOCS=1. -->

- `project` is the configured name of a project. `job_id` and `compare_job_id` are the ids that were asked for, byte
  for byte. `job_name` is the cloud's name of the DRS job, empty until the cloud has told it.
- Times are Unix seconds, durations seconds. A value that the cloud did not give is no series, never 0.
- `status` of a comparison makes a state set: one series for each of `RUNNING`, `WAITING_FOR_RUNNING`, `SUCCESSFUL`,
  `FAILED`, `CANCELLED`, `TIMEOUT_INTERRUPT`, `FULL_DOING`, `INCRE_DOING` and `UNKNOWN` (anything else that the cloud
  says). So does that of a policy, over `OPEN`, `CLOSED`, `NO_SUPPORT` and `UNKNOWN`. A job has its current `status` only.
- `SUCCESSFUL`, `FAILED`, `CANCELLED` and `TIMEOUT_INTERRUPT` have ended; all others have not.
- A failed request changes no value: the last known one stays, `drs_job_up` is 0, and after `stale_after` the job's
  comparison series go away.
- Both formats carry the same series. In OpenMetrics the family of a counter has no `_total` at its end; its samples do.
- Stable: name, type, labels and meaning change only with a new major version. Experimental: rests on calls that the
  API does not document for health comparisons. Library: as the library has it.
";

/// The rules of `comparison::verdict`, for people.
const VERDICTS: &str = "\
What comparisons found. `SUCCESSFUL` says that a comparison ended well; only these series say whether source and target
hold the same. Of each task that has ended, and that compares objects, the overview of objects is asked for once; one
that judges nothing, again for an hour after the end. What was not clearly found consistent is never called so:

- A task is *judged* when its overview allows a verdict. It is inconsistent (0) as soon as one type of objects differs,
  however the task ended. It is consistent (1) only if the task is `SUCCESSFUL` and every type was found consistent.
- Anything else judges nothing: an overview without rows, types that were not compared to the end (`not_completed`), a
  word or a number that is not known here, a task that was stopped before anything differed. So does an overview that
  the cloud refuses (a 4xx) or that the region does not have. The series then still tell of the newest task that *was*
  judged: `drs_health_comparison_last_consistent_timestamp_seconds` tells how long ago all was well.
- Equal counts prove nothing: the cloud may find a type inconsistent although both sides have as many, for definitions
  differ. Its finding is the verdict, the counts are shown beside it. A count that was not told is no series.
- `object_type` is the cloud's word, also a new one. The first 64 types of a job in alphabetical order are shown, none
  longer than 100 bytes; the verdict is over all.
- Once a task is judged, its verdict stays, also when the cloud forgets the task; it goes stale with the job.

Rows and accounts are judged by the same rules where `verdicts` in the configuration says so. Their series count tables
and accounts by verdict; a database that is missing on one side counts as one inconsistent part. Names of tables and
accounts never become labels.";

/// The rules of `comparison::schedule`, for people.
const SCHEDULES: &str = "\
When comparisons are due, by the job's compare policy, which is read every `policy_interval`. Where it cannot be read (no
permission, a region without the call), these series are absent and nothing else is.

- *Due*: while the policy is `OPEN`, a run is due on each of its days when its window begins or, if it repeats, every so
  many hours from then until the window ends. All in UTC. The cloud's own word for the next run counts more than that.
- *Late*: a run that was due and has not started yet. `drs_health_comparison_last_scheduled_timestamp_seconds` is then
  later than `drs_health_comparison_last_start_timestamp_seconds`, until the run starts.
- *Missed*: it never starts, and the two stay so until the next run starts. An alert waits a while, to let a late run be
  late: see the query below. A job that never had a run has no newest start.
- While a run goes on, no other is due: what falls within it is not missed.
- *Closed*: while the policy is not open nothing is due, and neither the next nor the newest due time is shown. When it is
  opened again, what was due before is told again.
- *Changed*: a due time counts only for the time in which its policy is known to have been in force, so a new policy makes
  no run missed that the old one did not have. Of the time before the exporter started, the first policy it read speaks.";

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
        Stability::Experimental => "experimental",
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
        Group::Verdicts => ("Verdicts", VERDICTS),
        Group::Schedules => ("Schedules", SCHEDULES),
        Group::Job => (
            "Jobs",
            "How the refreshing of each watched job stands, and what the cloud's list of jobs tells of it. These series \
             stay when the rest goes stale; how old the list is, the time of the last discovery tells.",
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
