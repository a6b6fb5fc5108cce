//! `docs/configuration.md`, made from the table of keys. A test compares the file with it.

use std::fmt::Write as _;

use super::keys::{KEYS, Key, Kind, Need};
use super::units::{duration_text, size_text};

/// A whole file that shows every way to say something; it loads (a test does it).
pub const EXAMPLE: &str = include_str!("example.yaml");

const INTRODUCTION: &str = "\
# Configuration

<!-- Made from the table in src/config/keys.rs. To change this page, change the table, then run the tests with UPDATE_DOCS=1. -->

One YAML file, named by `--config.file`. A file with mistakes is refused as a whole: the program tells all of them at
once, each with line, column, the key's path and what would be right, and ends with exit code 2.

- Durations are written as in Prometheus: `1m30s`, `250ms`, `1d`. Sizes: `8MiB`, `8MB`, or bytes.
- Every secret may be written itself or be in a file, whose key has `_file` at its end (for a token: `value` or
  `file`). A file is better: its secret can be changed without touching the configuration. White space around a
  secret in a file is not part of it.
- Relative paths start at the configuration file's folder. Every file that is named must be there at the start.
- Unknown keys, repeated keys, tags, anchors and aliases are refused.
- Regular expressions are those of the Rust crate `regex`, close to RE2: no look-around, no back-references. Best in single
  quotes, in which YAML leaves a backslash alone.
- A job may stand under `jobs` and a task of it under `comparison_tasks`: the task is then shown however old it is. A job
  may stand under `jobs` and be discovered too: it is watched once, and stays when a discovery does not find it.
- `docs/drs-exporter.schema.json` is a JSON schema of all this, by which editors complete and check the file. With those
  that use the YAML language server (VS Code, Neovim, …), one line at the top of the file does it:
  `# yaml-language-server: $schema=PATH`, the path or address of the schema. The program itself checks more.

## Example
";

/// The page.
#[must_use]
pub fn markdown() -> String {
    let mut page = format!("{INTRODUCTION}\n```yaml\n{EXAMPLE}```\n");
    let mut sections: Vec<&str> = Vec::new();
    for key in KEYS {
        if !sections.contains(&key.section) {
            sections.push(key.section);
        }
    }
    for section in sections {
        let title = if section.is_empty() {
            "Top level".to_owned()
        } else {
            format!("`{section}`")
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "\n## {title}\n\n| Key | Value | Left out | Meaning | Example | Since |\n|---|---|---|---|---|---|"
        );
        for key in super::keys::of(section) {
            row(&mut page, key);
        }
    }
    page
}

fn row(page: &mut String, key: &Key) {
    let left_out = match key.need {
        Need::Required => "required".to_owned(),
        Need::Default(value) => format!("`{value}`"),
        Need::Optional(meaning) => meaning.to_owned(),
    };
    let (value, about, example, since) = (kind(key.kind), key.about, key.example, key.since);
    // Writing to a String cannot fail.
    let _ = writeln!(
        page,
        "| `{}` | {value} | {left_out} | {about} | `{example}` | {since} |",
        key.name
    );
}

/// The type and its bounds in words.
pub(crate) fn kind(kind: Kind) -> String {
    match kind {
        Kind::Map => "map".to_owned(),
        Kind::List => "list of maps".to_owned(),
        Kind::Duration(least, most) => format!("duration, {} to {}", duration_text(least), duration_text(most)),
        Kind::Count(least, most) => format!("whole number, {least} to {most}"),
        Kind::Rate(least, most) => format!("number, {least} to {most}"),
        Kind::Size(least, most) => format!("size, {} to {}", size_text(least), size_text(most)),
        Kind::Text => "text, one line".to_owned(),
        Kind::Id => "text without white space".to_owned(),
        Kind::Region => "letters, digits, `-`, `_`, `.`".to_owned(),
        Kind::Choice(words) => code(words, " or "),
        Kind::Words(words, least) => {
            let some = if least == 0 { "" } else { ", not empty" };
            format!("list{some}: {}", code(words, ", "))
        }
        Kind::Pattern => "regular expression, matched anywhere unless it has `^` or `$`".to_owned(),
        Kind::Endpoint => "address: `http://` or `https://`, host, port; nothing else".to_owned(),
        Kind::Proxy => "address, as of a service; may hold user and password".to_owned(),
        Kind::Certificates | Kind::File => "path of a file".to_owned(),
        Kind::Secret => "secret, one line".to_owned(),
        Kind::SecretFile => "path of a file with one line".to_owned(),
        Kind::Switch => "`true` or `false`".to_owned(),
        Kind::Texts => "list of texts, not empty".to_owned(),
        Kind::Dictionary => "map of names to secrets".to_owned(),
        Kind::Pause => "duration as in Go: `1.5s`, `1m30s`, `250ms`".to_owned(),
        Kind::Pem => "PEM text".to_owned(),
    }
}

fn code(words: &[&str], separator: &str) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(separator)
}
