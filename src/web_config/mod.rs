//! The web configuration: the exporter-toolkit's file, from YAML text to a [`WebConfig`] in which everything is right.
//!
//! Owns: which keys there are (`keys`), what they mean together (`assemble`), what a password's hash must be
//! (`users`), and how the certificates that it names are read (`material`). How YAML is read and a mistake is told is
//! `config`'s. Knows nothing of sockets, of TLS at work and of requests.

mod assemble;
#[cfg(test)]
mod docs;
pub mod keys;
mod material;
mod model;
#[cfg(test)]
mod tests;
mod users;

use std::path::Path;

pub(crate) use material::Material;
pub use model::{ClientAuth, From, RateLimit, Source, Tls, WebConfig};
pub use users::Hash;

use crate::config::read::{Reader, Table};
use crate::config::{Errors, Mistakes, load_with, tree};

/// How the table is read. As in the toolkit, a key with nothing behind it counts as left out.
const TABLE: Table = Table {
    keys: keys::KEYS,
    secrets_under: "basic_auth_users",
    blank_is_left_out: true,
};

/// Reads the web configuration file at `path`; the files that it names are not read.
///
/// # Errors
/// Everything that is wrong with the file, or why it cannot be read.
pub fn load(path: &Path) -> Result<WebConfig, Errors> {
    load_with(path, parse)
}

/// Reads the text of a web configuration. `file` is named in errors; relative paths start at its folder.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn parse(text: &str, file: &Path) -> Result<WebConfig, Errors> {
    let mut mistakes = Mistakes::default();
    let config = tree::read_or_nothing(text, &mut mistakes).and_then(|root| {
        let mut reader = Reader {
            table: &TABLE,
            folder: file.parent().unwrap_or(Path::new("")),
            mistakes: &mut mistakes,
        };
        let top = reader.section("", "", &root)?;
        assemble::web_config(&top, &mut mistakes)
    });
    mistakes.or(config, file)
}
