//! Schedules over simulated weeks: what is due, what is late, what is missed, and what only looks like it.
//!
//! 2024-02-05 is a Monday; the month has a leap day.

mod changes;
mod doubts;
mod weeks;

use jiff::ToSpan;

use super::*;
use crate::comparison::policy::PolicyReport;
use crate::comparison::{Report, Status};
use crate::ids::CompareJobId;

/// The cloud keeps so many reports of a job (API text 6).
const KEPT: usize = 30;

const DAILY: PolicyReport<'static> = PolicyReport {
    status: Some("OPEN"),
    period: Some("* * 1,2,3,4,5,6,7"),
    begin_time: Some("02:00:00"),
    end_time: Some("04:00:00"),
    next_compare_time: None,
    interval_hour: None,
};

const HOURLY: PolicyReport<'static> = PolicyReport {
    begin_time: Some("00:00:00"),
    end_time: Some("23:59:59"),
    interval_hour: Some(1),
    ..DAILY
};

const CLOSED: PolicyReport<'static> = PolicyReport {
    status: Some("CLOSED"),
    ..DAILY
};

fn at(text: &str) -> Timestamp {
    let day = text.split_once('T').map_or(text, |(day, _)| day);
    let time = text.split_once('T').map_or("00:00:00", |(_, time)| time);
    format!("2024-{day}T{time}Z").parse().unwrap()
}

fn policy(report: PolicyReport<'_>) -> Policy {
    Policy::read(&report).0
}

/// A run as it will have been.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: Timestamp,
    end: Option<Timestamp>,
    status: Status,
}

/// A run that started at `start` and took so many minutes.
fn run(start: Timestamp, minutes: i64) -> Run {
    Run {
        start,
        end: Some(start + minutes.minutes()),
        status: Status::Successful,
    }
}

/// A job as the cloud has it.
#[derive(Clone, Debug)]
struct Cloud {
    /// Each from when on.
    policies: Vec<(Timestamp, PolicyReport<'static>)>,
    names_next: bool,
    runs: Vec<Run>,
}

impl Cloud {
    fn new(report: PolicyReport<'static>, runs: impl IntoIterator<Item = Run>) -> Self {
        Self {
            policies: vec![(Timestamp::UNIX_EPOCH, report)],
            names_next: false,
            runs: runs.into_iter().collect(),
        }
    }

    fn then(mut self, from: Timestamp, report: PolicyReport<'static>) -> Self {
        self.policies.push((from, report));
        self
    }

    fn policy(&self, now: Timestamp) -> Policy {
        let in_force = self.policies.iter().rfind(|(from, _)| *from <= now).unwrap().1;
        let next = policy(in_force).next_due(now).map(|next| next.to_string());
        policy(PolicyReport {
            next_compare_time: next.as_deref().filter(|_| self.names_next),
            ..in_force
        })
    }
}

/// The run as it is at `now`.
fn task(run: Run, now: Timestamp) -> Task {
    let has_ended = run.status.has_ended() && run.end.is_none_or(|end| end <= now);
    let start = run.start.to_string();
    let end = run.end.filter(|_| has_ended).map(|end| end.to_string());
    let report = Report {
        status: Some(if has_ended { run.status.as_str() } else { "RUNNING" }),
        start_time: Some(&start),
        end_time: end.as_deref(),
        ..Report::default()
    };
    Task::read(CompareJobId::new(start.as_str()), &report, now).0
}

/// What an exporter saw, each as spans of time to the minute.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// The newest run was due after the newest start.
    late: Vec<String>,
    /// A run was waited for.
    awaited: Vec<String>,
    /// It was not known that any run was due.
    silent: Vec<String>,
}

/// An exporter that starts at `from` asks for the policy every two hours, and looks every minute up to `to`.
fn watch(cloud: &Cloud, from: &str, to: &str) -> Seen {
    let (from, to) = (at(from), at(to));
    let mut schedule = Schedule::default();
    let mut spans: [Vec<(Timestamp, Timestamp)>; 3] = Default::default();
    // As each goes on, and once it has ended.
    let faces = |run: &Run| [run.start, run.end.unwrap_or(run.start)].map(|now| (now, task(*run, now)));
    let runs: Vec<_> = cloud.runs.iter().map(faces).collect();
    for minute in 0.. {
        let now = from + minute.minutes();
        if now >= to {
            break;
        }
        if minute % 120 == 0 {
            schedule.observe(cloud.policy(now), now);
        }
        let begun = runs.iter().rev().filter(|[(start, _), _]| *start <= now).take(KEPT);
        let tasks = begun.map(|[running, ended]| if ended.0 <= now { &ended.1 } else { &running.1 });
        let (last, next) = (schedule.last_due(now, tasks.clone()), schedule.next_due(now));
        assert!(last.is_none_or(|last| last <= now) && next.is_none_or(|next| next > now));
        let newest_start = tasks.clone().filter_map(|task| task.start).max();
        let awaited = schedule.awaited_until(now, tasks);
        assert!(awaited.is_none_or(|until| until >= now));
        let now_seen = [last.is_some() && last > newest_start, awaited.is_some(), last.is_none()];
        for (spans, _) in spans.iter_mut().zip(now_seen).filter(|(_, is_seen)| *is_seen) {
            match spans.last_mut() {
                Some((_, end)) if *end == now => *end = now + 1.minute(),
                _ => spans.push((now, now + 1.minute())),
            }
        }
    }
    let text = |(start, end): &(Timestamp, Timestamp)| {
        format!("{} - {}", start.strftime("%m-%dT%H:%M"), end.strftime("%m-%dT%H:%M"))
    };
    let [late, awaited, silent] = spans.map(|spans| spans.iter().map(text).collect());
    Seen { late, awaited, silent }
}

/// Daily runs at this time of `from` and of so many days after it.
fn daily(from: &str, days: i64, minutes: i64) -> Vec<Run> {
    (0..days)
        .map(|day| run(at(from) + (24 * day).hours(), minutes))
        .collect()
}

fn no_spans() -> Vec<String> {
    Vec::new()
}
