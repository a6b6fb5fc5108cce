//! The whole text: family by family, job by job, series by series, in the order of time.
//!
//! Owns: the order of the text. Knows nothing of where it goes.

use std::fmt::Write as _;
use std::io::{self, Write};

use jiff::Timestamp;

use super::Window;
use super::history::History;
use super::series::{Series, series};
use super::spool::Kept;
use crate::exposition::history::{END, Lines, TOLD, header, leading_labels};
use crate::inventory::Project;

/// Bytes that are gathered before they are written: a sample is some 200.
const BLOCK: usize = 256 * 1024;

/// Labels that every series gets: those that Prometheus gives to what it scrapes.
#[derive(Clone, Debug, Default)]
pub struct Labels(String);

impl Labels {
    /// From names and values. The names are valid, and none is a label of our own.
    #[must_use]
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(leading_labels(pairs))
    }
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Samples.
    pub samples: u64,
    /// Bytes of text.
    pub bytes: u64,
}

/// How often [`write`] calls `done` for each job.
pub const PASSES: usize = TOLD.len();

/// Writes the histories of all jobs in `kept`, whose projects are `projects`. `told` is when the cloud told of them.
/// Calls `done` whenever one family of one job is written.
///
/// # Errors
/// When the records cannot be read or the text cannot be written.
pub fn write(
    kept: &Kept,
    projects: &[Project],
    window: &Window,
    told: Timestamp,
    labels: &Labels,
    out: &mut impl Write,
    mut done: impl FnMut(),
) -> io::Result<Written> {
    let mut text = Text {
        out,
        block: String::with_capacity(BLOCK + BLOCK / 8),
        written: Written::default(),
    };
    let mut lines = Lines::new();
    for family in TOLD {
        let mut header = Some(header(family));
        for record in kept.records() {
            let (place, record) = record?;
            let Some(project) = projects.get(place) else { continue };
            let history = History::read(&record, project.tasks_per_job, window.start, told);
            for series in series(family, &history, project, window, &mut lines) {
                // A family without samples has no header either, as in a scrape.
                text.block.push_str(&header.take().unwrap_or_default());
                text.push(&series, window, labels)?;
            }
            done();
        }
    }
    text.block.push_str(END);
    text.flush()?;
    text.out.flush()?;
    Ok(text.written)
}

struct Text<'a, W> {
    out: &'a mut W,
    block: String,
    written: Written,
}

impl<W: Write> Text<'_, W> {
    fn push(&mut self, series: &Series, window: &Window, labels: &Labels) -> io::Result<()> {
        // Every series of a job has labels of its own, so there is a brace.
        let (name, rest) = series.key.split_once('{').unwrap_or((&series.key, "}"));
        let key = format!("{name}{{{}{rest}", labels.0);
        for (second, value) in series.samples(window) {
            // Writing to a String cannot fail.
            let _ = writeln!(self.block, "{key} {value} {second}");
            self.written.samples += 1;
            if self.block.len() > BLOCK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.block.as_bytes())?;
        self.written.bytes += self.block.len() as u64;
        self.block.clear();
        Ok(())
    }
}
