//! Whether source and target hold the same: what the overviews of an ended task say together.
//!
//! Owns: the rules that turn counts and codes into a verdict, all of one spirit: what was not clearly found consistent
//! is never called so. Pure; an overview comes in as plain numbers and words and is read once.
//!
//! A task is *judged* on a subject when its overview allows a verdict: inconsistent as soon as one part is found to
//! differ, however the task ended; consistent only if the task is SUCCESSFUL and every part of it was found
//! consistent. Anything else (nothing told, parts not completed, words not known here) judges nothing.

use std::collections::BTreeMap;

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
}

impl Objects {
    /// Reads the rows. Of a type that comes twice, the worse finding counts.
    pub fn read<'a>(rows: impl IntoIterator<Item = ObjectReport<'a>>) -> Self {
        let mut odd_rows = 0;
        let mut types = BTreeMap::new();
        for row in rows {
            let (found, is_odd) = read_object(row);
            odd_rows += usize::from(is_odd);
            let Some(found) = found else { continue };
            let known = types.entry(found.object_type.clone()).or_insert_with(|| found.clone());
            if severity(found.finding) > severity(known.finding) {
                *known = found;
            }
        }
        Self {
            types: types.into_values().collect(),
            odd_rows,
        }
    }

    fn findings(&self) -> impl Iterator<Item = Finding> {
        // A row without a type is not shown, but what it hides may differ.
        let hidden = (self.odd_rows > 0).then_some(Finding::NotCompleted);
        self.types.iter().map(|found| found.finding).chain(hidden)
    }
}

fn read_object(row: ObjectReport<'_>) -> (Option<ObjectFinding>, bool) {
    let finding = match row.status {
        Some(0) => Some(Finding::Inconsistent),
        Some(2) => Some(Finding::Consistent),
        Some(3) => Some(Finding::NotCompleted),
        _ => None,
    };
    let count = |told: Option<i64>| told.map(u64::try_from);
    let (source, target) = (count(row.source_count), count(row.target_count));
    let is_odd = finding.is_none() || matches!(source, Some(Err(_))) || matches!(target, Some(Err(_)));
    let Some(object_type) = row.object_type else {
        return (None, true);
    };
    let found = ObjectFinding {
        object_type: object_type.to_owned(),
        source: source.and_then(Result::ok),
        target: target.and_then(Result::ok),
        finding: finding.unwrap_or(Finding::NotCompleted),
    };
    (Some(found), is_odd)
}

fn severity(finding: Finding) -> u8 {
    match finding {
        Finding::Consistent => 0,
        Finding::NotCompleted => 1,
        Finding::Inconsistent => 2,
    }
}

/// The row overview of one database as the cloud tells it; any of it absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowReport {
    /// `status`: a code of API text 1.8.
    pub status: Option<i64>,
    /// `compare_num`: tables in all.
    pub tables: Option<i64>,
    /// `compare_end_num`: tables that were compared.
    pub compared: Option<i64>,
    /// `data_inconsistent_num`: tables that differ.
    pub inconsistent: Option<i64>,
    /// `uncomparable_num`: tables that cannot be compared.
    pub uncomparable: Option<i64>,
}

/// How many parts were found so: tables, or accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: [u64; Finding::ALL.len()],
}

impl Tally {
    /// How many parts were found so.
    #[must_use]
    pub fn of(&self, finding: Finding) -> u64 {
        self.counts[finding as usize]
    }

    fn add(&mut self, finding: Finding, count: u64) {
        let place = &mut self.counts[finding as usize];
        *place = place.saturating_add(count);
    }

    fn findings(&self) -> impl Iterator<Item = Finding> {
        Finding::ALL.into_iter().filter(|finding| self.of(*finding) > 0)
    }

    /// Tables, from the row overviews of all databases. A database that says of itself more than its numbers do (one
    /// side is missing, an error) counts as one part more.
    pub fn of_rows(rows: impl IntoIterator<Item = RowReport>) -> Self {
        let mut tally = Self::default();
        for row in rows {
            let number = |told: Option<i64>| told.and_then(|told| u64::try_from(told).ok()).unwrap_or(0);
            let (inconsistent, unknown) = (number(row.inconsistent), number(row.uncomparable));
            let compared = number(row.compared).min(number(row.tables));
            let undone = number(row.tables) - compared;
            tally.add(Finding::Inconsistent, inconsistent);
            tally.add(Finding::NotCompleted, unknown.saturating_add(undone));
            tally.add(
                Finding::Consistent,
                compared.saturating_sub(inconsistent.saturating_add(unknown)),
            );
            match of_row_code(row.status) {
                Finding::Consistent => {}
                Finding::Inconsistent if inconsistent > 0 => {}
                finding => tally.add(finding, 1),
            }
        }
        tally
    }

    /// Accounts, by the words of API text 1.7. Numbers stand for words that nobody has published: not known.
    pub fn of_accounts<'a>(words: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut tally = Self::default();
        for word in words {
            let finding = match word {
                Some("CONSISTENT") => Finding::Consistent,
                Some("INCONSISTENT" | "TARGET_SCHEMA_NOT_EXIST") => Finding::Inconsistent,
                _ => Finding::NotCompleted,
            };
            tally.add(finding, 1);
        }
        tally
    }
}

/// What a code of the row overview says of the database as a whole (API text 1.8).
fn of_row_code(code: Option<i64>) -> Finding {
    match code {
        // Both databases empty (10) hold the same: nothing.
        Some(2 | 10) => Finding::Consistent,
        // Something is there on one side only.
        Some(0 | 3 | 8 | 9 | 11 | 12 | 21 | 22) => Finding::Inconsistent,
        _ => Finding::NotCompleted,
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
