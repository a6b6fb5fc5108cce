//! From counts and notices to the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use crate::POLL_INTERVAL;
use crate::cloud::{ANSWER_TIME, Cloud, JOBS, Scenario, epoch, run};
use crate::watch::Notices;

/// Of what happened in this first part the exporter may know late: it had just started.
const WARM_UP_MILLIS: i64 = 30 * 60 * 1000;

/// What came of a scenario.
pub(crate) struct Outcome {
    name: &'static str,
    promised_percent: Option<f64>,
    calls: BTreeMap<&'static str, u64>,
    /// Of an exporter that asks each job for its newest task every minute.
    naive: u64,
    runs: usize,
    /// In milliseconds, in order.
    start_delays: Vec<i64>,
    end_delays: Vec<i64>,
    unnoticed: usize,
    longest_wait: Duration,
}

impl Outcome {
    pub(crate) fn new(scenario: &Scenario, cloud: &Cloud, notices: &Notices) -> Self {
        let minutes = scenario.length.as_secs() / 60;
        let mut outcome = Self {
            name: scenario.name,
            promised_percent: scenario.promised_percent,
            calls: cloud.calls(),
            naive: minutes * JOBS.unsigned_abs(),
            runs: 0,
            start_delays: Vec::new(),
            end_delays: Vec::new(),
            unnoticed: 0,
            longest_wait: cloud.longest_delay(),
        };
        let begin = epoch().as_millisecond();
        let length = i64::try_from(scenario.length.as_millis()).unwrap_or(i64::MAX);
        // What happens in the last minutes is noticed after the end.
        let judged = begin + WARM_UP_MILLIS..begin + length - 2 * i64::try_from(POLL_INTERVAL.as_millis()).unwrap_or(0);
        let interval = scenario.hours * 3600;
        let numbers = judged.start / 1000 / interval - 1..=judged.end / 1000 / interval + 1;
        for (job, number) in (0..JOBS).flat_map(|job| numbers.clone().map(move |number| (job, number))) {
            let run = run(job, number, scenario.hours);
            let notice = notices.get(&(job, number)).copied().unwrap_or_default();
            let (start, end) = (run.start * 1000, run.end * 1000);
            outcome.runs += usize::from(judged.contains(&start));
            for (at, noticed, delays) in [
                (start, notice.start, &mut outcome.start_delays),
                (end, notice.end, &mut outcome.end_delays),
            ] {
                if !judged.contains(&at) {
                    continue;
                }
                match noticed {
                    Some(when) => delays.push(when - at),
                    None => outcome.unnoticed += 1,
                }
            }
        }
        outcome.start_delays.sort_unstable();
        outcome.end_delays.sort_unstable();
        outcome
    }

    fn total(&self) -> u64 {
        self.calls.values().sum()
    }

    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn percent(&self) -> f64 {
        self.total() as f64 * 100.0 / self.naive as f64
    }

    /// What should hold and does not.
    pub(crate) fn broken_promises(&self) -> Vec<String> {
        let mut broken = Vec::new();
        if let Some(promised) = self.promised_percent.filter(|promised| self.percent() > *promised) {
            broken.push(format!(
                "{}: {:.1} % of the calls, not {promised} %",
                self.name,
                self.percent()
            ));
        }
        // A poll interval, the time of an answer, and as much again for one that waits before it.
        let most = i64::try_from((POLL_INTERVAL + ANSWER_TIME * 8).as_millis()).unwrap_or(i64::MAX);
        let latest = self
            .start_delays
            .last()
            .max(self.end_delays.last())
            .copied()
            .unwrap_or(0);
        // Where more is asked than may be, everything is late; the page shows by how much.
        if self.promised_percent.is_some() && latest > most {
            broken.push(format!("{}: a run was noticed after {latest} ms", self.name));
        }
        if self.promised_percent.is_some() && (self.unnoticed > 0 || self.runs == 0) {
            broken.push(format!(
                "{}: {} of {} not noticed",
                self.name, self.unnoticed, self.runs
            ));
        }
        broken
    }
}

/// The page.
pub(crate) fn write(outcomes: &[Outcome]) -> String {
    let mut page = String::from(HEAD);
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        page,
        "| | {} |\n|---|{}|",
        outcomes
            .iter()
            .map(|outcome| outcome.name)
            .collect::<Vec<_>>()
            .join(" | "),
        vec!["---:"; outcomes.len()].join("|")
    );
    let operations: BTreeSet<&str> = outcomes
        .iter()
        .flat_map(|outcome| outcome.calls.keys().copied())
        .collect();
    for operation in operations {
        row(&mut page, &format!("calls of {operation}"), outcomes, |outcome| {
            thousands(outcome.calls.get(operation).copied().unwrap_or(0))
        });
    }
    row(&mut page, "**all calls**", outcomes, |outcome| {
        thousands(outcome.total())
    });
    row(
        &mut page,
        "calls of an exporter that asks each job every minute",
        outcomes,
        |outcome| thousands(outcome.naive),
    );
    row(&mut page, "**share**", outcomes, |outcome| {
        format!("**{:.1} %**", outcome.percent())
    });
    row(&mut page, "runs", outcomes, |outcome| thousands(outcome.runs as u64));
    row(&mut page, "start noticed after, median", outcomes, |outcome| {
        middle(&outcome.start_delays)
    });
    row(&mut page, "start noticed after, at most", outcomes, |outcome| {
        last(&outcome.start_delays)
    });
    row(&mut page, "end noticed after, median", outcomes, |outcome| {
        middle(&outcome.end_delays)
    });
    row(&mut page, "end noticed after, at most", outcomes, |outcome| {
        last(&outcome.end_delays)
    });
    row(&mut page, "starts or ends never noticed", outcomes, |outcome| {
        outcome.unnoticed.to_string()
    });
    row(
        &mut page,
        "longest wait for a turn (at the start)",
        outcomes,
        |outcome| format!("{:.0} s", outcome.longest_wait.as_secs_f64()),
    );
    page.push_str(TAIL);
    page
}

fn row(page: &mut String, title: &str, outcomes: &[Outcome], cell: impl Fn(&Outcome) -> String) {
    let cells: Vec<_> = outcomes.iter().map(cell).collect();
    let _ = writeln!(page, "| {title} | {} |", cells.join(" | "));
}

fn middle(delays: &[i64]) -> String {
    seconds(delays.get(delays.len() / 2))
}

fn last(delays: &[i64]) -> String {
    seconds(delays.last())
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds of minutes")]
fn seconds(milliseconds: Option<&i64>) -> String {
    milliseconds.map_or_else(|| "–".to_owned(), |value| format!("{:.1} s", *value as f64 / 1000.0))
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const HEAD: &str = "\
# What it costs the cloud

<!-- Made by examples/api_budget. To change this page: cargo run --release --example api_budget -->

A project of 1,000 jobs, all discovered, everything at its default: `poll_interval` 1m, `idle_interval` 15m,
`policy_interval` 2h, discovery every 5m, 10 requests a second. The exporter's own fetcher plays it on a paused clock
against a cloud in memory that answers after 0.1 s. Each job's runs are due at a minute of its own, start up to two
minutes late and mostly take some minutes.

";

const TAIL: &str = "
- A job of which something runs, or is due, is asked every `poll_interval`; one whose policy says that nothing is due,
  every `idle_interval`. So the share grows with the time in which runs go on, and with the number of runs a day.
- Where policies are not readable (a missing permission, a region without the call), every job is asked at every
  `poll_interval`. A thousand jobs at once a minute are more than ten requests a second: everything is late by as much,
  what runs by the least, and `drs_exporter_refresh_delay_seconds` says so. Raise `poll_interval` or `http.rate_limit`,
  or grant `drs:healthCompareJob:getComparePolicy`.
- A verdict costs one call per run that compares objects. After a restart, the newest verdict of each job is found again
  by one call or, where newest runs found differences or judged nothing, a few.
- Discovery costs one call per hundred jobs of each type, and at least one per type.
- A run that nobody scheduled is noticed within `idle_interval`.
";
