//! A job as it was at any moment, told by what is known of its tasks now.
//!
//! Owns: how far what a task is now says what it was then. Pure. A report has a start, an end and how it ended, and no
//! more; so, of a task that has ended:
//!
//! - it is there from its start on, and RUNNING until its end: that it waited, or how it did, nobody knows any more;
//! - where it has no end, or one before its start, it had ended when it started: a run that is shown as going on for
//!   ever would be worse;
//! - what it found is known from its end on.
//!
//! A task that still goes on was in the state it is in now ever since its start. A task without a start has no place.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::record::{Objects, Record, TaskRecord};
use crate::comparison::verdict::{self, Overview};
use crate::comparison::{Status, Task, by_age};
use crate::ids::{CompareJobId, JobId};
use crate::inventory::{Answer, Job, Judgement, Verdicts};

/// A job's past. All moments are whole Unix seconds.
#[derive(Debug)]
pub(super) struct History {
    job: JobId,
    name: String,
    /// The older before the newer.
    tasks: Vec<Past>,
    asked: HashSet<CompareJobId>,
    /// Tasks that end later than this are counted as seen ending; none means all.
    count_from: Option<i64>,
    /// How many of the newest tasks are shown.
    shown: usize,
}

/// A task's past.
#[derive(Debug)]
struct Past {
    /// As it is now.
    task: Task,
    start: Timestamp,
    /// The first second at which it is there.
    from: i64,
    /// The first second at which it has ended.
    ended: Option<i64>,
    found: Found,
}

/// What a task found.
#[derive(Debug)]
enum Found {
    /// It judges nothing.
    Nothing,
    /// Nobody knows: neither this nor an older verdict holds after it.
    Unknown,
    /// Its verdict.
    Verdict(Judgement),
}

impl History {
    /// Reads a record; `now` is when it was told.
    pub(super) fn read(record: &Record, shown: usize, count_from: Option<Timestamp>, now: Timestamp) -> Self {
        let mut tasks: Vec<_> = record.tasks.iter().filter_map(|task| Past::read(task, now)).collect();
        tasks.sort_by(|a, b| by_age(&a.task, &b.task));
        Self {
            job: JobId::new(&record.job),
            name: record.name.clone(),
            tasks,
            asked: record.asked.iter().map(CompareJobId::new).collect(),
            count_from: count_from.map(Timestamp::as_second),
            shown,
        }
    }

    /// The first moment of which anything is known.
    pub(super) fn begins(&self) -> Option<i64> {
        self.tasks.first().map(|task| task.from)
    }

    /// The moments at which something began or ended, in any order.
    pub(super) fn changes(&self) -> impl Iterator<Item = i64> {
        self.tasks
            .iter()
            .flat_map(|task| [Some(task.from), task.ended])
            .flatten()
    }

    /// The spans in which a task went on, from its start to before its end; for ever where it has none.
    pub(super) fn runs(&self) -> impl Iterator<Item = (i64, Option<i64>)> {
        self.tasks.iter().map(|task| (task.from, task.ended))
    }

    /// The job as the inventory would have had it at `now`, reduced to the tasks that decide what is shown.
    pub(super) fn at(&self, now: i64) -> Job {
        let there = &self.tasks[..self.tasks.partition_point(|task| task.from <= now)];
        let moment = Timestamp::from_second(now).unwrap_or(Timestamp::MAX);
        let answer = |asked_for, tasks: Vec<Task>| Answer {
            asked_for,
            refreshed_at: moment,
            tasks: tasks.into(),
        };
        let tasks = self
            .deciding(there, now)
            .into_iter()
            .map(|index| there[index].at(now, moment));
        let mut answers = vec![answer(None, tasks.collect())];
        answers.extend(self.asked.iter().map(|id| answer(Some(id.clone()), Vec::new())));
        Job {
            id: self.job.clone(),
            name: self.name.clone(),
            up: None,
            last_refresh: None,
            problem: None,
            watches_history: true,
            answers,
            ended: Status::ENDED.map(|status| self.count(there, status, now)),
            facts: None,
            schedule: None,
            verdicts: Arc::new(verdicts(there, now)),
        }
    }

    /// The places of the tasks that are shown, or that are the newest of a kind.
    fn deciding(&self, there: &[Past], now: i64) -> BTreeSet<usize> {
        let is_asked = |task: &Past| self.asked.contains(&task.task.id);
        let newest = there.len().saturating_sub(self.shown.max(1))..there.len();
        let ended = there.iter().rposition(|task| task.has_ended(now));
        let successful = there
            .iter()
            .rposition(|task| task.has_ended(now) && task.task.status == Status::Successful);
        let asked = (0..there.len()).filter(|index| is_asked(&there[*index]));
        newest.chain(ended).chain(successful).chain(asked).collect()
    }

    fn count(&self, there: &[Past], status: Status, now: i64) -> u64 {
        let counts = |task: &&Past| {
            let in_time = |ended| ended <= now && self.count_from.is_none_or(|from| ended > from);
            task.task.status == status && task.ended.is_some_and(in_time)
        };
        there.iter().filter(counts).count() as u64
    }
}

/// What the tasks that had ended at `now` have found.
fn verdicts(there: &[Past], now: i64) -> Verdicts {
    let mut newest_first = there.iter().rev().filter(|task| task.has_ended(now));
    let objects = newest_first
        .clone()
        .find(|task| !matches!(task.found, Found::Nothing))
        .and_then(|task| match &task.found {
            Found::Verdict(judgement) => Some(judgement.clone()),
            Found::Nothing | Found::Unknown => None,
        });
    let is_consistent = |task: &&Past| matches!(&task.found, Found::Verdict(judgement) if judgement.is_consistent);
    Verdicts {
        objects,
        last_consistent: newest_first.find(is_consistent).and_then(|task| task.task.end),
        ..Verdicts::default()
    }
}

impl Past {
    /// None where the task has no start.
    fn read(record: &TaskRecord, now: Timestamp) -> Option<Self> {
        let task = record.task(now);
        let start = task.start?;
        let ended = task
            .status
            .has_ended()
            .then(|| whole_second(task.end.map_or(start, |end| end.max(start))));
        Some(Self {
            start,
            from: whole_second(start),
            ended,
            found: found(&record.objects, &task),
            task,
        })
    }

    fn has_ended(&self, now: i64) -> bool {
        self.ended.is_some_and(|ended| ended <= now)
    }

    /// As it was at `now`, which is not before its start.
    fn at(&self, now: i64, moment: Timestamp) -> Task {
        if self.has_ended(now) {
            return self.task.clone();
        }
        let status = if self.ended.is_some() {
            Status::Running
        } else {
            self.task.status
        };
        Task {
            status,
            end: None,
            duration: Duration::try_from(moment.duration_since(self.start)).ok(),
            ..self.task.clone()
        }
    }
}

fn found(objects: &Objects, task: &Task) -> Found {
    let rows = match objects {
        Objects::None => return Found::Nothing,
        Objects::Unreadable => return Found::Unknown,
        Objects::Rows(rows) => rows,
    };
    let overview = Overview::Objects(verdict::Objects::read(rows.iter().map(|row| row.report())));
    match overview.is_consistent(task.status) {
        None => Found::Nothing,
        Some(is_consistent) => Found::Verdict(Judgement {
            task: task.id.clone(),
            is_consistent,
            overview,
        }),
    }
}

/// The first whole second that is not before `time`.
fn whole_second(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}
