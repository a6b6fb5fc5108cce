//! Whether source and target hold the same: what the overviews of an ended task say together.
//!
//! Owns: the rules that turn counts and codes into a verdict, all of one spirit: what was not clearly found consistent
//! is never called so. Pure; an overview comes in as plain numbers and words and is read once.
//!
//! A task is *judged* on a subject when its overview allows a verdict: inconsistent as soon as one part is found to
//! differ, however the task ended; consistent only if the task is SUCCESSFUL and every part of it was found
//! consistent. Anything else (nothing told, parts not completed, words not known here) judges nothing.

mod tally;

use std::collections::BTreeMap;

pub use self::tally::{RowReport, Tally};
use super::{Status, Task};

/// What can be compared, each with an overview of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Objects: tables, indexes, views, … (API text 1.4).
    Objects,
    /// Numbers of rows (API text 1.8). Opt-in: not documented for health comparisons.
    Rows,
    /// Accounts and their privileges (API text 1.7). Opt-in likewise.
    Accounts,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Objects, Self::Rows, Self::Accounts];

    /// Its word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Rows => "rows",
            Self::Accounts => "accounts",
        }
    }

    /// Whether `task` compares it, by the words of its `type`; the second is that of older SDKs (API text 6).
    #[must_use]
    pub fn is_of(self, task: &Task) -> bool {
        let words: &[&str] = match self {
            Self::Objects => &["object_comparison", "object"],
            Self::Rows => &["lines"],
            Self::Accounts => &["account"],
        };
        words.iter().any(|word| task.types.contains(word))
    }
}

/// What was found of one part: an object type, a table, an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// Both sides hold the same.
    Consistent,
    /// They do not.
    Inconsistent,
    /// It is not known: not compared to the end, not comparable, or told in words that are not known here.
    NotCompleted,
}

impl Finding {
    /// Every finding, in the order of the contract.
    pub const ALL: [Self; 3] = [Self::Consistent, Self::Inconsistent, Self::NotCompleted];

    /// The label `verdict`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::Inconsistent => "inconsistent",
            Self::NotCompleted => "not_completed",
        }
    }
}

/// One row of the object overview as the cloud tells it; any of it absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct ObjectReport<'a> {
    /// `type`: `TABLE`, `INDEX`, …; new words are to be expected.
    pub object_type: Option<&'a str>,
    /// `source_count`.
    pub source_count: Option<i64>,
    /// `target_count`.
    pub target_count: Option<i64>,
    /// `status`: 0 inconsistent, 2 consistent, 3 not completed.
    pub status: Option<i64>,
}

/// What was found of one type of object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFinding {
    /// The cloud's word for the type.
    pub object_type: String,
    /// Objects of the type at the source, if told.
    pub source: Option<u64>,
    /// Objects of the type at the target, if told.
    pub target: Option<u64>,
    /// The cloud's finding. Equal counts do not make it consistent: definitions may differ.
    pub finding: Finding,
}

/// An object overview, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    /// By type, in alphabetical order, each type once.
    pub types: Vec<ObjectFinding>,
    /// Rows that contradict the API: no type, a status or a count that cannot be.
    pub odd_rows: usize,
    /// The worst that rows without a type say: nobody sees it by type, but it counts.
    hidden: Option<Finding>,
}

impl Objects {
    /// Reads the rows. Of a type that comes twice, the worse finding counts.
    pub fn read<'a>(rows: impl IntoIterator<Item = ObjectReport<'a>>) -> Self {
        let mut read = Self::default();
        let mut types = BTreeMap::new();
        for row in rows {
            let (found, is_odd) = read_object(row);
            read.odd_rows += usize::from(is_odd);
            if found.object_type.is_empty() {
                read.hidden = worse(read.hidden, found.finding);
                continue;
            }
            let known = types.entry(found.object_type.clone()).or_insert_with(|| found.clone());
            if severity(found.finding) > severity(known.finding) {
                *known = found;
            }
        }
        read.types = types.into_values().collect();
        read
    }

    fn findings(&self) -> impl Iterator<Item = Finding> {
        // What cannot be true in one place may not be true in another.
        let odd = (self.odd_rows > 0).then_some(Finding::NotCompleted);
        let types = self.types.iter().map(|found| found.finding);
        types.chain(odd).chain(self.hidden)
    }
}

/// What a row says, and whether it contradicts the API. Without a type, the type is empty.
fn read_object(row: ObjectReport<'_>) -> (ObjectFinding, bool) {
    let finding = match row.status {
        Some(0) => Some(Finding::Inconsistent),
        Some(2) => Some(Finding::Consistent),
        Some(3) => Some(Finding::NotCompleted),
        _ => None,
    };
    let object_type = row.object_type.map(str::trim).unwrap_or_default().to_owned();
    let count = |told: Option<i64>| told.map(u64::try_from);
    let (source, target) = (count(row.source_count), count(row.target_count));
    let is_odd =
        finding.is_none() || object_type.is_empty() || matches!(source, Some(Err(_))) || matches!(target, Some(Err(_)));
    let found = ObjectFinding {
        object_type,
        source: source.and_then(Result::ok),
        target: target.and_then(Result::ok),
        finding: finding.unwrap_or(Finding::NotCompleted),
    };
    (found, is_odd)
}

fn worse(known: Option<Finding>, found: Finding) -> Option<Finding> {
    known
        .filter(|known| severity(*known) >= severity(found))
        .or(Some(found))
}

fn severity(finding: Finding) -> u8 {
    match finding {
        Finding::Consistent => 0,
        Finding::NotCompleted => 1,
        Finding::Inconsistent => 2,
    }
}

/// What an overview says of its subject, for the task that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overview {
    /// Of objects.
    Objects(Objects),
    /// Of rows: tables by finding.
    Rows(Tally),
    /// Of accounts, by finding.
    Accounts(Tally),
}

impl Overview {
    /// The verdict for a task that ended with `status`: whether the data are consistent; none where it judges nothing.
    #[must_use]
    pub fn is_consistent(&self, status: Status) -> Option<bool> {
        if !status.has_ended() {
            return None;
        }
        let findings: Vec<_> = match self {
            Self::Objects(objects) => objects.findings().collect(),
            Self::Rows(tally) | Self::Accounts(tally) => tally.findings().collect(),
        };
        if findings.contains(&Finding::Inconsistent) {
            return Some(false);
        }
        let all_consistent = !findings.is_empty() && findings.iter().all(|finding| *finding == Finding::Consistent);
        // A task that was stopped may just not tell of what it did not come to.
        (all_consistent && status == Status::Successful).then_some(true)
    }
}

#[cfg(test)]
mod tests;
