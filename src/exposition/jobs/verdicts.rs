//! The samples of what a job's comparisons found: one verdict per subject, and what it rests on.
//!
//! Owns: bounds on the words that come from the cloud. Knows nothing of the rules behind a verdict.

use super::super::catalogue::Family;
use super::super::text::Value;
use super::{Texts, with};
use crate::comparison::verdict::{Finding, ObjectFinding, Objects, Overview, Tally};
use crate::inventory::{Judgement, Verdicts};

/// More types of objects than this are not shown of a job, five lines each: the API knows some twenty, and an answer of
/// 8 MiB has room for a hundred thousand. The first in alphabetical order are shown, so that a series never comes and
/// goes with what was found. The verdict itself is over all of them.
const MAX_OBJECT_TYPES: usize = 64;

/// A longer text names no type of objects, and would only fill the memory of Prometheus; the API's longest has 18
/// characters. It is left out rather than cut: two that are cut may be the same, and a line twice spoils a scrape.
const MAX_OBJECT_TYPE_BYTES: usize = 100;

/// Appends the verdicts of a job.
pub(super) fn push(texts: &mut Texts, job_labels: &str, verdicts: &Verdicts) {
    texts.push_some(Family::LastConsistent, job_labels, verdicts.last_consistent);
    push_verdict(texts, Family::Consistent, job_labels, verdicts.objects.as_ref());
    push_verdict(texts, Family::RowsConsistent, job_labels, verdicts.rows.as_ref());
    push_verdict(
        texts,
        Family::AccountsConsistent,
        job_labels,
        verdicts.accounts.as_ref(),
    );
    if let Some(Overview::Objects(objects)) = overview(verdicts.objects.as_ref()) {
        push_objects(texts, job_labels, objects);
    }
    if let Some(Overview::Rows(tally)) = overview(verdicts.rows.as_ref()) {
        push_tally(texts, Family::RowTables, job_labels, tally);
    }
    if let Some(Overview::Accounts(tally)) = overview(verdicts.accounts.as_ref()) {
        push_tally(texts, Family::AccountResults, job_labels, tally);
    }
}

fn overview(judgement: Option<&Judgement>) -> Option<&Overview> {
    judgement.map(|judgement| &judgement.overview)
}

fn push_verdict(texts: &mut Texts, family: Family, labels: &str, judgement: Option<&Judgement>) {
    let verdict = judgement.map(|judgement| Value::flag(judgement.is_consistent));
    texts.push_some(family, labels, verdict);
}

fn push_objects(texts: &mut Texts, job_labels: &str, objects: &Objects) {
    let is_shown = |found: &&ObjectFinding| found.object_type.len() <= MAX_OBJECT_TYPE_BYTES;
    for found in objects.types.iter().filter(is_shown).take(MAX_OBJECT_TYPES) {
        let labels = with(job_labels, "object_type", &found.object_type);
        let sides = [("source", found.source), ("target", found.target)];
        let told = sides
            .into_iter()
            .filter_map(|(side, count)| Some((side, Value::Whole(count?))));
        texts.push_set(Family::Objects, &labels, "side", told);
        let state = |finding: Finding| (finding.as_str(), Value::flag(finding == found.finding));
        let states = Finding::ALL.into_iter().map(state);
        texts.push_set(Family::ObjectVerdict, &labels, "verdict", states);
    }
}

fn push_tally(texts: &mut Texts, family: Family, labels: &str, tally: &Tally) {
    let count = |finding: Finding| (finding.as_str(), Value::Whole(tally.of(finding)));
    texts.push_set(family, labels, "verdict", Finding::ALL.into_iter().map(count));
}

#[cfg(test)]
mod tests;
