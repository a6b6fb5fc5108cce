//! One scalar to one value: durations, sizes, numbers, addresses, files, secrets.
//!
//! Owns: the text forms of values and the words that refuse them. A message may show what was written, except
//! for secrets, files (somebody may have put the secret itself there) and addresses (they may hold a password).

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::{Regex, RegexBuilder};
use url::Url;

use super::access::as_whom;
use super::keys::Kind;
use super::read::{Named, Section};
use super::tree::Scalar;
use super::units::{digits, duration, pause, size};
use crate::secret::{Secret, SecretError, SecretReader, SecretString};

/// Longer than any name or id of the cloud (256 characters at most).
const MAX_TEXT_CHARS: usize = 1024;

/// As long as a secret file may be.
const MAX_SECRET_BYTES: usize = 256 * 1024;

/// A message shows this much of a wrong value.
const MAX_SHOWN_CHARS: usize = 40;

/// A value that was read. Every [`Kind`] gives one of these.
#[derive(Debug)]
pub(crate) enum Value {
    Section(Section),
    /// None stands for an item that was refused.
    List(Vec<Option<Section>>),
    Duration(Duration),
    /// Counts and sizes.
    Number(u64),
    Rate(f64),
    Text(String),
    Words(Vec<&'static str>),
    Pattern(Regex),
    Url(Url),
    File(PathBuf),
    Secret(Secret),
    Switch(bool),
    Texts(Vec<String>),
    Dictionary(Vec<Named>),
    Pem(SecretString),
}

/// The value of a key that is neither map nor list; or what is wrong with it and what would be right.
/// `folder` is where relative paths start.
pub(crate) fn parse(kind: Kind, scalar: &Scalar, folder: &Path) -> Result<Value, String> {
    let text = scalar.text.as_str();
    match kind {
        Kind::Map => Err("must be a map: keys with values of their own".to_owned()),
        Kind::List => Err("must be a list: items that start with `- `".to_owned()),
        Kind::Duration(least, most) => duration(text, least, most).map(Value::Duration),
        Kind::Count(least, most) => unquoted(scalar)
            .and_then(|()| count(text, least, most))
            .map(Value::Number),
        Kind::Rate(least, most) => unquoted(scalar).and_then(|()| rate(text, least, most)).map(Value::Rate),
        Kind::Size(least, most) => size(text, least, most).map(Value::Number),
        Kind::Text => line(text).map(Value::Text),
        Kind::Id => id(text).map(Value::Text),
        Kind::Region => region(text).map(Value::Text),
        Kind::Choice(words) => word(text, words).map(|word| Value::Text(word.to_owned())),
        Kind::Words(..) | Kind::Texts => Err("must be a list, for example [a, b]".to_owned()),
        Kind::Pattern => pattern(text).map(Value::Pattern),
        Kind::Endpoint => address(text, false).map(Value::Url),
        Kind::Proxy => address(text, true).map(Value::Url),
        Kind::Certificates => certificates(text, folder).map(Value::File),
        Kind::Secret => secret(text).map(|value| Value::Secret(Secret::Value(value))),
        Kind::Switch => switch(scalar).map(Value::Switch),
        Kind::Dictionary => Err("must be a map: names with values of their own".to_owned()),
        Kind::Pause => pause(text).map(Value::Duration),
        Kind::File => line(text).map(|path| Value::File(folder.join(path))),
        Kind::Pem => pem(text).map(Value::Pem),
        Kind::SecretFile => secret_file(text, folder).map(Value::Secret),
    }
}

/// A wrong value in quotes, cut to a bearable length.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// The one of `words` that `text` is.
pub(crate) fn word(text: &str, words: &[&'static str]) -> Result<&'static str, String> {
    let known = words.iter().find(|word| **word == text);
    known
        .copied()
        .ok_or_else(|| format!("{} is unknown; use {}", shown(text), alternatives(words)))
}

/// `a, b or c`.
pub(crate) fn alternatives(words: &[&str]) -> String {
    match words {
        [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
        _ => words.concat(),
    }
}

/// What a regular expression may take once it is compiled. Names like those that people give to jobs take some 10 KiB.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;

fn pattern(text: &str) -> Result<Regex, String> {
    let pattern = RegexBuilder::new(&line(text)?).size_limit(MAX_PATTERN_BYTES).build();
    pattern.map_err(|error| {
        // The first lines draw where it is; the last says what it is.
        let error = error.to_string();
        let last = error.lines().last().unwrap_or_default();
        let why = last.strip_prefix("error: ").unwrap_or(last).trim_end_matches('.');
        format!("{} is no regular expression: {why}", shown(text))
    })
}

fn unquoted(scalar: &Scalar) -> Result<(), String> {
    if scalar.plain {
        Ok(())
    } else {
        Err("is text; write the number without quotes".to_owned())
    }
}

fn count(text: &str, least: u64, most: u64) -> Result<u64, String> {
    digits(text)
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| format!("{} must be a whole number from {least} to {most}", shown(text)))
}

fn rate(text: &str, least: f64, most: f64) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| format!("{} must be a number from {least} to {most}", shown(text)))
}

/// All public authorities together are about 220 KiB.
const MAX_CERTIFICATES_BYTES: u64 = 4 * 1024 * 1024;

const PEM_HEAD: &[u8] = b"-----BEGIN CERTIFICATE-----";

pub(crate) fn line(text: &str) -> Result<String, String> {
    if text.trim() != text || text.is_empty() {
        return Err("must not be empty, and must not start or end with white space".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("must be one line without control characters".to_owned());
    }
    if text.chars().nth(MAX_TEXT_CHARS).is_some() {
        return Err(format!("is longer than {MAX_TEXT_CHARS} characters"));
    }
    Ok(text.to_owned())
}

fn id(text: &str) -> Result<String, String> {
    if text.contains(char::is_whitespace) {
        return Err(format!("{} must not hold white space", shown(text)));
    }
    line(text)
}

fn region(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if text.is_empty() || !text.bytes().all(fits) {
        let what = "is no region's id; letters, digits, - _ and . make one, for example ap-southeast-1";
        return Err(format!("{} {what}", shown(text)));
    }
    line(text)
}

fn address(text: &str, may_have_user: bool) -> Result<Url, String> {
    // The parser below drops white space and repairs missing or too many slashes; neither is what was written.
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with(['/', '\\'])) {
        let example = if may_have_user {
            "http://proxy:3128"
        } else {
            "https://drs.example.com"
        };
        return Err(format!(
            "must start with http:// or https:// and a host, for example {example}"
        ));
    }
    id(text).map_err(|_| "must be an address without white space".to_owned())?;
    let url = Url::parse(text).map_err(|error| format!("is no address: {error}"))?;
    if !may_have_user && (!url.username().is_empty() || url.password().is_some()) {
        return Err("must not hold a user or a password; they belong under `credentials`".to_owned());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must end after the host and the port: no path, no ?, no #".to_owned());
    }
    Ok(url)
}

/// A file with certificates: that there is one in it; whether it is a good one is seen by who uses it.
fn certificates(text: &str, folder: &Path) -> Result<PathBuf, String> {
    let path = folder.join(line(text)?);
    let mut content = Vec::new();
    let read = fs::File::open(&path).and_then(|file| file.take(MAX_CERTIFICATES_BYTES).read_to_end(&mut content));
    match read {
        Err(error) if error.kind() == ErrorKind::IsADirectory => Err("is a folder; it must be a file".to_owned()),
        Err(error) => Err(unreadable(text, folder, &error)),
        Ok(_) if content.windows(PEM_HEAD.len()).any(|part| part == PEM_HEAD) => Ok(path),
        Ok(_) => Err("the file holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)".to_owned()),
    }
}

/// Every spelling that YAML 1.1 has, as Go's YAML takes them.
fn switch(scalar: &Scalar) -> Result<bool, String> {
    match scalar.text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" if scalar.plain => Ok(true),
        "false" | "no" | "off" | "n" if scalar.plain => Ok(false),
        _ => Err("must be true or false, without quotes".to_owned()),
    }
}

fn pem(text: &str) -> Result<SecretString, String> {
    if text.contains("-----BEGIN ") && text.len() as u64 <= MAX_CERTIFICATES_BYTES {
        return Ok(SecretString::from(text));
    }
    Err(
        "must be text in PEM form (-----BEGIN …), for example after `|`; a path belongs to the key with _file"
            .to_owned(),
    )
}

pub(crate) fn secret(text: &str) -> Result<SecretString, String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.len() > MAX_SECRET_BYTES || text.chars().any(char::is_control) {
        return Err("must be one line of at most 256 KiB without control characters".to_owned());
    }
    Ok(SecretString::from(text))
}

/// Reads the file once to see that it can be read, and forgets what it holds.
fn secret_file(text: &str, folder: &Path) -> Result<Secret, String> {
    let secret = Secret::File(folder.join(line(text)?));
    match SecretReader::new(secret.clone()).get() {
        Ok(_) => Ok(secret),
        Err(SecretError::Unreadable { source, .. }) => Err(unreadable(text, folder, &source)),
        Err(SecretError::Unusable { why, .. }) => Err(format!("the file is no secret: {why}")),
    }
}

fn unreadable(text: &str, folder: &Path, error: &std::io::Error) -> String {
    let mut what = format!("the file cannot be read: {error}{}", as_whom(error));
    if Path::new(text).is_relative() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        // Whole, since "." says nothing. The path itself is not shown: a secret may stand there by mistake.
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        // Writing to a String cannot fail.
        let _ = write!(what, "; relative paths start at {}", folder.display());
    }
    what
}
