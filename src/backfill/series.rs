//! From the moments of a job to the samples of each series.
//!
//! Owns: at which seconds a sample stands. One where a value changes, and one at every multiple of the step while it
//! stays: whoever asks for a moment in between gets the newest sample before it, which says what was then. Only a
//! duration that grows is known to the step. Knows nothing of what the values mean.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::Window;
use super::history::History;
use crate::exposition::catalogue::Family;
use crate::exposition::history::{Lines, grows};
use crate::inventory::Project;

/// All samples of one series.
#[derive(Debug)]
pub(super) struct Series {
    /// Name and labels, as they stand in the text.
    pub(super) key: String,
    spans: Vec<Span>,
}

/// A value that stays.
#[derive(Debug)]
struct Span {
    from: i64,
    /// The first second at which it is no longer there.
    until: i64,
    value: Box<str>,
}

/// The series of one family for one job, in the order in which they came up.
pub(super) fn series(
    family: Family,
    history: &History,
    project: &Project,
    window: &Window,
    lines: &mut Lines,
) -> Vec<Series> {
    let moments = moments(history, window, grows(family));
    let after_end = window.end.as_second() + 1;
    let mut all: Vec<Series> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (index, &moment) in moments.iter().enumerate() {
        let until = moments.get(index + 1).copied().unwrap_or(after_end);
        let now = Timestamp::from_second(moment).unwrap_or(Timestamp::MAX);
        for line in lines.of(family, project, &history.at(moment), now).lines() {
            // A value has no space; a label may.
            let Some((key, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let place = places.get(key).copied().unwrap_or_else(|| {
                places.insert(key.to_owned(), all.len());
                all.push(Series {
                    key: key.to_owned(),
                    spans: Vec::new(),
                });
                all.len() - 1
            });
            all[place].extend(moment, until, value);
        }
    }
    all
}

/// The seconds at which something may look otherwise than before.
fn moments(history: &History, window: &Window, grows: bool) -> Vec<i64> {
    let end = window.end.as_second();
    let Some(first) = history.begins() else {
        return Vec::new();
    };
    let begin = window.start.map_or(first, |start| first.max(start.as_second()));
    let mut moments: BTreeSet<i64> = history.changes().filter(|change| *change > begin).collect();
    moments.insert(begin);
    if grows {
        for (from, ended) in history.runs() {
            let (from, until) = (from.max(begin), ended.unwrap_or(end + 1).min(end + 1));
            moments.extend(steps(from, until, window));
        }
    }
    moments.into_iter().take_while(|moment| *moment <= end).collect()
}

/// The multiples of the step after `from` and before `until`.
fn steps(from: i64, until: i64, window: &Window) -> impl Iterator<Item = i64> + use<> {
    let step = i64::from(window.step.get());
    let first = (from.div_euclid(step) + 1) * step;
    std::iter::successors(Some(first), move |moment| Some(moment + step)).take_while(move |moment| *moment < until)
}

impl Series {
    fn extend(&mut self, from: i64, until: i64, value: &str) {
        match self.spans.last_mut() {
            Some(span) if span.until == from && *span.value == *value => span.until = until,
            _ => self.spans.push(Span {
                from,
                until,
                value: value.into(),
            }),
        }
    }

    /// Seconds and values, in the order of time.
    pub(super) fn samples(&self, window: &Window) -> impl Iterator<Item = (i64, &str)> {
        self.spans.iter().flat_map(|span| {
            let seconds = std::iter::once(span.from).chain(steps(span.from, span.until, window));
            seconds.map(|second| (second, &*span.value))
        })
    }
}
