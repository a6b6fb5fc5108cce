//! The configuration file: from YAML text to a [`Config`] in which everything is right.
//!
//! Owns: the keys, their defaults and bounds, and how a mistake is told. Knows nothing of the runtime, of HTTP
//! or of what the values are used for. The web configuration (`web_config`), a file of its own, is read by the same parts. The way of a file: `tree` (YAML with positions), `read` (by the table in
//! [`keys`]; single values by `values`), `assemble` (what keys mean together), [`Config`]. Without a file: `quick`.

mod access;
mod assemble;
#[cfg(test)]
pub(crate) mod cases;
mod credentials;
mod discovery;
pub mod docs;
mod errors;
pub(crate) mod get;
mod intervals;
pub mod keys;
mod model;
mod quick;
pub(crate) mod read;
pub mod schema;
#[cfg(test)]
mod tests;
pub(crate) mod tree;
mod units;
pub(crate) mod values;
mod words;

use std::fs;
use std::io::Read as _;
use std::path::Path;

pub use errors::{Errors, Mistake, Position};
pub use model::{ComparisonTask, Config, Credentials, Discovery, Endpoints, Http, JobType, Language, Project};
pub use quick::whole_project;

pub(crate) use errors::Mistakes;
use read::{Reader, Table};

/// Room for a hundred thousand jobs; what is larger is not a configuration.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// How the table is read.
const TABLE: Table = Table {
    keys: keys::KEYS,
    secrets_under: "projects[].credentials",
    blank_is_left_out: false,
};

/// Reads the configuration file at `path`.
///
/// # Errors
/// Everything that is wrong with the file, or why it cannot be read.
pub fn load(path: &Path) -> Result<Config, Errors> {
    load_with(path, parse)
}

/// Reads the file at `path` and has its text parsed.
pub(crate) fn load_with<T>(path: &Path, parse: fn(&str, &Path) -> Result<T, Errors>) -> Result<T, Errors> {
    match text_of(path) {
        Ok(text) => parse(&text, path),
        Err((at, what)) => {
            let mut mistakes = Mistakes::default();
            mistakes.add(at, "", what);
            mistakes.or(None, path)
        }
    }
}

/// Reads the text of a configuration. `file` is named in errors; relative paths start at its folder.
///
/// # Errors
/// Everything that is wrong with the text, the files that it names included.
pub fn parse(text: &str, file: &Path) -> Result<Config, Errors> {
    let mut mistakes = Mistakes::default();
    if text.len() as u64 > MAX_FILE_BYTES {
        mistakes.add(None, "", TOO_LARGE);
        return mistakes.or(None, file);
    }
    let config = tree::read(text, &mut mistakes).and_then(|root| {
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut reader = Reader {
            table: &TABLE,
            folder,
            mistakes: &mut mistakes,
        };
        let top = reader.section("", "", &root)?;
        assemble::config(&top, &mut mistakes)
    });
    mistakes.or(config, file)
}

const TOO_LARGE: &str = "the file is larger than 16 MiB; it cannot be a configuration";

fn text_of(path: &Path) -> Result<String, (Option<Position>, String)> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            let whom = access::as_whom(&error);
            (None, format!("cannot read the configuration file: {error}{whom}"))
        })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err((None, TOO_LARGE.to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]);
        let at = tree::end_of(&before);
        (Some(at), "the file is not UTF-8 text; save it as UTF-8".to_owned())
    })
}
