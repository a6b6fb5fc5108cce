//! The catalogue: every metric that this program shows, once.
//!
//! Owns: names, types, units, helps, labels and stability. The writers take all of that from here, and
//! `docs/metrics.md` is made from it, so what is written, shown and documented cannot differ.
//! Knows nothing of values.

pub mod docs;
mod table;

pub(super) use table::FROM_SNAPSHOT;
pub use table::{ALL, Family};

/// One metric family.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Which one it is; its place in [`ALL`].
    pub family: Family,
    /// Its name, as in the text format 0.0.4.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// The unit of its values; its name ends in it.
    pub unit: Option<Unit>,
    /// One line for people; no quotes, backslashes or line breaks, so that it needs no escaping in any format.
    pub help: &'static str,
    /// The names of its labels, in the order in which they are written.
    pub labels: &'static [&'static str],
    /// Which part of the contract it belongs to.
    pub group: Group,
    /// What may change about it.
    pub stability: Stability,
    /// What to use it for: a line of text and a query.
    pub example: Option<Example>,
}

/// A use of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The question it answers.
    pub question: &'static str,
    /// The answer in PromQL.
    pub query: &'static str,
}

/// The type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value that goes up and down.
    Gauge,
    /// A value that only grows, and starts anew with the process.
    Counter,
    /// A distribution, in buckets.
    Histogram,
}

impl Kind {
    /// The word in a `# TYPE` line, the same in both formats.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// A base unit, as the Prometheus naming rules have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, of a span or since the Unix epoch.
    Seconds,
    /// Bytes.
    Bytes,
}

impl Unit {
    /// The word at the end of a name and in a `# UNIT` line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
        }
    }
}

/// What a metric tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Single comparison tasks.
    Task,
    /// A job's comparisons as a whole.
    Comparison,
    /// What comparisons found.
    Verdicts,
    /// When comparisons are due.
    Schedules,
    /// A watched DRS job.
    Job,
    /// A configured project.
    Project,
    /// The exporter's own doing.
    Exporter,
    /// The exporter's process.
    Process,
}

impl Group {
    /// Every group, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Task,
        Self::Comparison,
        Self::Verdicts,
        Self::Schedules,
        Self::Job,
        Self::Project,
        Self::Exporter,
        Self::Process,
    ];
}

/// What may change about a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Name, type, labels and meaning change only with a new major version.
    Stable,
    /// Rests on calls that the API does not document for health comparisons.
    Experimental,
    /// Comes from a library as it is.
    Library,
}

impl Family {
    /// Its entry in the catalogue.
    #[must_use]
    pub fn metric(self) -> &'static Metric {
        &ALL[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_valid_and_unique_in_both_formats() {
        let mut names = HashSet::new();
        for metric in ALL {
            let name = metric.name;
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{name}"
            );
            assert!(names.insert(name.trim_end_matches("_total")), "{name}");
            assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
        }
    }

    #[test]
    fn a_name_ends_in_its_unit_and_no_other_does() {
        for metric in ALL {
            let base = metric.name.trim_end_matches("_total");
            for unit in [Unit::Seconds, Unit::Bytes] {
                let ends = base.ends_with(&format!("_{}", unit.as_str()));
                assert_eq!(ends, metric.unit == Some(unit), "{}", metric.name);
            }
        }
    }

    #[test]
    fn a_help_needs_no_escaping() {
        for metric in ALL {
            assert!(!metric.help.contains(['\\', '"', '\n', '|']), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }

    #[test]
    fn an_entry_stands_at_its_familys_place() {
        for (place, metric) in ALL.iter().enumerate() {
            assert_eq!(metric.family as usize, place, "{}", metric.name);
            assert_eq!(metric.family.metric().name, metric.name);
        }
    }
}
