//! The lines that a scrape would have shown at a moment of the past.
//!
//! Owns: which families a job's history can tell. The lines come from the code that renders a scrape, so that the past
//! and the present cannot differ. Knows nothing of what was when.

use jiff::Timestamp;

use super::catalogue::Family;
use super::jobs::{Texts, push_job};
use super::text::{Format, OPEN_METRICS_END, push_header, push_label};
use crate::inventory::{Job, Project};

/// The families that speak of tasks alone, and of what is asked of each: past tasks tell them wholly.
pub(crate) const TOLD: [Family; 15] = [
    Family::TaskInfo,
    Family::TaskStatus,
    Family::TaskStart,
    Family::TaskEnd,
    Family::TaskDuration,
    Family::LastStatus,
    Family::LastStart,
    Family::LastEnd,
    Family::LastDuration,
    Family::LastSuccess,
    Family::EndedTasks,
    Family::LastConsistent,
    Family::Consistent,
    Family::Objects,
    Family::ObjectVerdict,
];

/// The last line of an `OpenMetrics` text.
pub(crate) const END: &str = OPEN_METRICS_END;

/// Whether values of `family` grow while nothing happens but time passing.
pub(crate) fn grows(family: Family) -> bool {
    matches!(family, Family::TaskDuration | Family::LastDuration)
}

/// The lines before the first sample of `family`, in `OpenMetrics`.
pub(crate) fn header(family: Family) -> String {
    let mut text = String::new();
    push_header(&mut text, family.metric(), Format::OpenMetrics);
    text
}

/// Labels as they stand between the braces, with a comma after each.
pub(crate) fn leading_labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        push_label(&mut text, name, value);
        text.push(',');
    }
    text
}

/// Renders a job again and again; keeps the room for its lines.
#[derive(Debug)]
pub(crate) struct Lines(Texts);

impl Lines {
    pub(crate) fn new() -> Self {
        Self(Texts::new())
    }

    /// The sample lines of one family for `job`, as a scrape at `now` shows them, without timestamps.
    pub(crate) fn of(&mut self, family: Family, project: &Project, job: &Job, now: Timestamp) -> &str {
        self.0.clear();
        push_job(&mut self.0, project, job, now);
        self.0.iter().nth(family as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{ALL, FROM_SNAPSHOT};
    use super::*;

    /// Why the history does not tell them.
    const LEFT_OUT: &[(Family, &str)] = &[
        (Family::RetainedTasks, "the cloud does not say what it kept then"),
        (
            Family::RowsConsistent,
            "not asked: the call is not documented for health comparisons",
        ),
        (
            Family::RowTables,
            "not asked: the call is not documented for health comparisons",
        ),
        (
            Family::AccountsConsistent,
            "not asked: the call is not documented for health comparisons",
        ),
        (
            Family::AccountResults,
            "not asked: the call is not documented for health comparisons",
        ),
        (Family::PolicyStatus, "the cloud tells the policy of today only"),
        (Family::NextScheduled, "the cloud tells the policy of today only"),
        (Family::LastScheduled, "the cloud tells the policy of today only"),
        (Family::JobUp, "about the exporter's own asking"),
        (Family::JobLastRefresh, "about the exporter's own asking"),
        (Family::JobInfo, "the cloud tells the job of today only"),
        (Family::JobStatus, "the cloud tells the job of today only"),
        (Family::ProjectInfo, "about the configuration"),
        (Family::ProjectUp, "about the exporter's own asking"),
        (Family::ProjectJobs, "about the configuration"),
        (Family::ProjectLastDiscovery, "about the exporter's own asking"),
    ];

    #[test]
    fn each_family_of_jobs_is_told_or_has_a_reason() {
        for metric in &ALL[..FROM_SNAPSHOT] {
            let told = TOLD.contains(&metric.family);
            let left_out = LEFT_OUT.iter().any(|(family, _)| *family == metric.family);
            assert!(told != left_out, "{}: decide whether the history tells it", metric.name);
        }
    }

    #[test]
    fn labels_are_escaped_and_end_in_commas() {
        assert_eq!(leading_labels([("job", "drs"), ("a", "\"")]), "job=\"drs\",a=\"\\\"\",");
        assert_eq!(leading_labels([]), "");
    }
}
