//! A bar on standard error, where that is a terminal; nothing anywhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two drawings while nothing happens, so that one sees it live.
const TICK: Duration = Duration::from_millis(250);

/// How far a stage of the work has come.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Of the stage called `what`, of which nothing is known yet.
    pub(super) fn new(what: &'static str) -> Self {
        // Hidden by itself where standard error is no terminal.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta} left") {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Self(bar)
    }

    /// So many more steps are to come.
    pub(super) fn expect(&self, steps: usize) {
        self.0.inc_length(steps as u64);
    }

    /// One of them is done.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }

    /// Takes the bar away while something is said.
    pub(super) fn aside(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }

    /// Takes it away for good.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
