//! Whether the parts of the service go on, and who is told.
//!
//! Owns: that a service which does not go on ends, instead of serving old data for ever: whoever started it starts it
//! anew. Signs of life go to systemd only while all is well. A runtime that stands still as a whole stands still here,
//! too, and systemd misses the signs.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tracing::{error, warn};

use super::Failure;
use super::systemd::Systemd;
use crate::clock::Clock;
use crate::exposition::{Handle, LONGEST_PAUSE};
use crate::fetcher::pulse::{GRACE, Halted, Pulse, Stall};
use crate::inventory::Snapshot;

/// How often the signs are looked at, unless systemd wants to hear more often.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// If a look comes so much later than it should, the process was stopped, or the machine was paused: nobody could keep
/// a promise meanwhile.
const PAUSED: Duration = Duration::from_secs(5);

/// Looks until something does not go on, and tells what.
pub(super) async fn watch(pulse: Pulse, published: Handle, clock: Clock, mut systemd: Systemd) -> Failure {
    // Half of its patience, as sd_watchdog_enabled(3) recommends.
    let every = systemd
        .watchdog()
        .map_or(LOOK_EVERY, |patience| (patience / 2).min(LOOK_EVERY));
    let mut forgiven = Instant::now();
    loop {
        // Before the look: a pause after it must not be taken for time in which something could have gone on.
        let next = Instant::now() + every;
        if let Some(stall) = stall(&pulse, &published, forgiven) {
            return told(&stall, &clock);
        }
        systemd.alive(status(&published.load().snapshot)).await;
        sleep_until(next).await;
        let late = next.elapsed();
        if late > PAUSED {
            warn!(seconds = late.as_secs(), "the process was not running for a while");
            forgiven = Instant::now();
        }
    }
}

fn stall(pulse: &Pulse, published: &Handle, forgiven: Instant) -> Option<Stall> {
    pulse.stall(forgiven).or_else(|| {
        let since = published.load().renewed;
        let is_over = since.max(forgiven).elapsed() > LONGEST_PAUSE + GRACE;
        is_over.then_some(Stall {
            project: None,
            what: Halted::Publisher,
            since,
        })
    })
}

fn told(stall: &Stall, clock: &Clock) -> Failure {
    let seconds = stall.since.elapsed().as_secs();
    let since = clock.now() - stall.since.elapsed();
    let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
    if let Some(project) = &stall.project {
        error!(%project, %since, seconds, "stalled: {}", stall.what);
    } else {
        error!(%since, seconds, "stalled: {}", stall.what);
    }
    let whose = stall
        .project
        .as_ref()
        .map_or_else(String::new, |project| format!("project {project}: "));
    Failure::failed(format!(
        "{whose}{} since {since}, so the exporter ends, to be started anew; please report this",
        stall.what
    ))
}

/// One line for `systemctl status`.
fn status(snapshot: &Snapshot) -> String {
    let projects = &snapshot.projects;
    let jobs: usize = projects.iter().map(|project| project.jobs.len()).sum();
    let waiting = projects.iter().filter(|project| !project.asked).count();
    let lost = projects.iter().filter(|project| project.up == Some(false)).count();
    let mut status = format!("watching {jobs} jobs of {} projects", projects.len());
    for (count, what) in [(waiting, "not yet asked"), (lost, "out of reach")] {
        if count > 0 {
            // Writing to a string does not fail.
            let _ = write!(status, ", {count} {what}");
        }
    }
    status
}

#[cfg(test)]
mod tests;
