//! `backfill`: the history that the cloud still keeps, as OpenMetrics text on standard output.
//!
//! Owns: the order of it (ask for everything, then write), and telling a person how it goes.

mod gathering;
mod progress;

use std::collections::HashSet;
use std::env;
use std::io::{self, ErrorKind};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tracing::info;

use self::gathering::Gathering;
use self::progress::Progress;
use super::{Failure, logging, plans, target};
use crate::backfill::{self, Kept, Labels, PASSES, Spool, Window, Written};
use crate::cli::Backfill;
use crate::clock::Clock;
use crate::inventory::Project;

/// So much of the newest data a Prometheus holds in memory. It takes a block that it finds for the end of what is on
/// disk, and at its next start forgets whatever is in memory and older than that, of all series.
const IN_MEMORY: Duration = Duration::from_hours(3);

/// Writes the history to standard output.
pub(super) async fn run(flags: &Backfill) -> Result<(), Failure> {
    logging::start(flags.log)?;
    let config = target::config(&flags.target)?;
    let clock = Clock::system();
    let now = clock.now();
    let window = Window {
        start: flags.start,
        end: flags.end.unwrap_or(now - IN_MEMORY),
        step: flags.step,
    };
    if window.start.is_some_and(|start| start >= window.end) {
        let end = window.end;
        return Err(Failure::unusable(format!(
            "--start must be before --end, which is {end}"
        )));
    }
    let plans = plans::from_config(&config, &clock)?;
    let projects: Vec<_> = plans.iter().map(|(plan, _)| plan.unasked()).collect();

    let spool = Spool::new().map_err(|error| {
        Failure::failed(format!(
            "no temporary file can be made in {}: {error}; name another folder by TMPDIR",
            env::temp_dir().display()
        ))
    })?;
    let labels = labels(flags)?;
    let mut gathering = Gathering::new(spool, &plans);
    gathering.all_of(plans, now).await?;
    let (kept, failed) = gathering.end();

    let jobs = kept.len();
    let written = spawn_blocking(move || write(&kept, &projects, &window, now, &labels))
        .await
        .map_err(|panic| Failure::failed(format!("the history could not be written: {panic}; please report this")))?;
    let written = written.map_err(|error| match error.kind() {
        // Whoever read the output has gone.
        ErrorKind::BrokenPipe => Failure::told(),
        _ => Failure::failed(format!("the history cannot be written: {error}")),
    })?;
    info!(
        jobs,
        samples = written.samples,
        bytes = written.bytes,
        "history written"
    );
    if failed == 0 {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "the history is not whole: {failed} failures are told above; what is written is right"
    )))
}

fn labels(flags: &Backfill) -> Result<Labels, Failure> {
    let mut names = HashSet::new();
    if let Some((name, _)) = flags.labels.iter().find(|(name, _)| !names.insert(name)) {
        return Err(Failure::unusable(format!("--label names {name} twice")));
    }
    let pairs = flags.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(Labels::new(pairs))
}

fn write(kept: &Kept, projects: &[Project], window: &Window, now: Timestamp, labels: &Labels) -> io::Result<Written> {
    let progress = Progress::new("writing");
    progress.expect(kept.len() * PASSES);
    let mut out = io::stdout().lock();
    let written = backfill::write(kept, projects, window, now, labels, &mut out, || progress.step());
    progress.end();
    written
}
