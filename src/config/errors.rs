//! What is wrong with a configuration, told so that it can be mended.
//!
//! Owns: the form of a report. All mistakes of a file are collected and told at once; none shows a secret.

use std::fmt;
use std::path::{Path, PathBuf};

/// More mistakes than this are counted, not kept: a wrong file of 16 MiB may hold a million of them.
const MAX_KEPT: usize = 100;

/// A place in a file. Both numbers count from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character of the line.
    pub column: usize,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is; none if it concerns the file as a whole.
    pub at: Option<Position>,
    /// The key's path, such as `projects[0].credentials`; empty at the file's top level.
    pub key: String,
    /// What is wrong and what would be right.
    pub what: String,
}

/// All mistakes of one file, in the order of their places. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    file: PathBuf,
    mistakes: Vec<Mistake>,
    left_out: usize,
}

impl Errors {
    /// The mistakes that were kept: all, up to a hundred.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl std::error::Error for Errors {}

/// One mistake a line: `drs-exporter.yaml:12:5: projects[0].credentials: …`.
impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}:", self.file.display())?;
            if let Some(Position { line, column }) = mistake.at {
                write!(f, "{line}:{column}:")?;
            }
            if !mistake.key.is_empty() {
                write!(f, " {}:", mistake.key)?;
            }
            write!(f, " {}", mistake.what)?;
        }
        if self.left_out > 0 {
            write!(f, "\n{}: and {} more mistakes", self.file.display(), self.left_out)?;
        }
        Ok(())
    }
}

/// Collects mistakes while a file is read.
#[derive(Default)]
pub(crate) struct Mistakes {
    kept: Vec<Mistake>,
    left_out: usize,
}

impl Mistakes {
    /// Whether further mistakes are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() == MAX_KEPT
    }

    pub(crate) fn add(&mut self, at: Option<Position>, key: impl Into<String>, what: impl Into<String>) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        self.kept.push(Mistake {
            at,
            key: key.into(),
            what: what.into(),
        });
    }

    /// `value`, if nothing is wrong with the file it was read from.
    pub(crate) fn or<T>(mut self, value: Option<T>, file: &Path) -> Result<T, Errors> {
        match value {
            Some(value) if self.kept.is_empty() => Ok(value),
            _ => {
                if self.kept.is_empty() {
                    // A reader that gives up says why; this line is the net below it.
                    self.add(None, "", "the configuration cannot be used");
                }
                self.kept.sort_by_key(|mistake| mistake.at);
                Err(Errors {
                    file: file.to_owned(),
                    mistakes: self.kept,
                    left_out: self.left_out,
                })
            }
        }
    }
}
