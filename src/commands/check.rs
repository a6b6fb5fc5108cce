//! `check`: asks the cloud once for everything that would be polled, and says what fails and how to mend it.

use std::env;
use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Failure, logging, plans, simulate, target};
use crate::check::report::{Outcome, Report};
use crate::check::table::{self, Screen};
use crate::check::{self, Progress};
use crate::cli::{Check, OutputForm};
use crate::clock::Clock;

/// How often the bar moves while nothing happens, to show that the program lives.
const TICK: Duration = Duration::from_millis(120);

/// Runs the check and writes its outcome to standard output.
pub(super) async fn run(flags: &Check) -> Result<(), Failure> {
    logging::start(flags.log)?;
    let config = target::config(&flags.target)?;
    let clock = Clock::system();
    let plans = plans::from_config(&config, &clock)?;
    let report = if flags.offline {
        check::offline(plans.iter().map(|(plan, _)| plan), &clock)
    } else {
        let bar = Bar::new();
        let report = check::run(&plans, &clock, &bar).await;
        bar.0.finish_and_clear();
        report
    };
    simulate::print(&written(&report, flags.output)?)?;
    match report.result {
        Outcome::Failed => Err(Failure::told()),
        _ => Ok(()),
    }
}

fn written(report: &Report, form: OutputForm) -> Result<String, Failure> {
    match form {
        OutputForm::Table => {
            // See https://no-color.org: set to anything but nothing.
            let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            Ok(table::write(report, Screen::of_stdout(no_color)))
        }
        OutputForm::Json => serde_json::to_string_pretty(report)
            .map(|json| json + "\n")
            .map_err(|error| Failure::failed(format!("the outcome cannot be written as JSON: {error}"))),
    }
}

/// The progress on standard error, if that is a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let target = if stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = Self(ProgressBar::with_draw_target(Some(0), target));
        bar.draw_as("{spinner} looking for jobs {elapsed}");
        bar.0.enable_steady_tick(TICK);
        bar
    }

    fn draw_as(&self, template: &str) {
        // One that cannot be read leaves the usual one.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }
}

impl Progress for Bar {
    fn planned(&self, jobs: usize) {
        self.0.inc_length(jobs as u64);
        self.draw_as("{spinner} asked about {pos} of {len} jobs {wide_bar} {elapsed}");
    }

    fn done(&self) {
        self.0.inc(1);
    }
}
