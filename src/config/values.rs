//! One scalar to one value: durations, sizes, numbers, addresses, files, secrets.
//!
//! Owns: the text forms of values and the words that refuse them. A message may show what was written, except
//! for secrets, files (somebody may have put the secret itself there) and addresses (they may hold a password).

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::keys::Kind;
use super::read::Section;
use super::tree::Scalar;
use crate::secret::{Secret, SecretError, SecretReader, SecretString};

/// Longer than any name or id of the cloud (256 characters at most).
const MAX_TEXT_CHARS: usize = 1024;

/// As long as a secret file may be.
const MAX_SECRET_BYTES: usize = 256 * 1024;

/// A message shows this much of a wrong value.
const MAX_SHOWN_CHARS: usize = 40;

/// A value that was read. Every [`Kind`] gives one of these.
#[derive(Debug)]
pub(super) enum Value {
    Section(Section),
    /// None stands for an item that was refused.
    List(Vec<Option<Section>>),
    Duration(Duration),
    /// Counts and sizes.
    Number(u64),
    Rate(f64),
    Text(String),
    Url(Url),
    File(PathBuf),
    Secret(Secret),
}

/// The value of a key that is neither map nor list; or what is wrong with it and what would be right.
/// `folder` is where relative paths start.
pub(super) fn parse(kind: Kind, scalar: &Scalar, folder: &Path) -> Result<Value, String> {
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
        Kind::Choice(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
        Kind::Choice(words) => Err(format!("{} is unknown; use {}", shown(text), words.join(" or "))),
        Kind::Endpoint => address(text, false).map(Value::Url),
        Kind::Proxy => address(text, true).map(Value::Url),
        Kind::File => file(text, folder).map(Value::File),
        Kind::Secret => secret(text).map(Value::Secret),
        Kind::SecretFile => secret_file(text, folder).map(Value::Secret),
    }
}

/// A wrong value in quotes, cut to a bearable length.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

fn unquoted(scalar: &Scalar) -> Result<(), String> {
    if scalar.plain {
        Ok(())
    } else {
        Err("is text; write the number without quotes".to_owned())
    }
}

/// The units of a Prometheus duration, in the order in which they may follow each other, in milliseconds.
/// A year has 365 days and a week 7 (prometheus/common, `model.ParseDuration`).
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

fn duration(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let value = prometheus_duration(text)
        .ok_or_else(|| format!("{} is no duration; write for example 1m30s, 250ms or 1d", shown(text)))?;
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        let (least, most) = (duration_text(least), duration_text(most));
        Err(format!(
            "{} is out of bounds; it must be {least} to {most}",
            shown(text)
        ))
    }
}

/// `1h30m` and the like: each unit once at most, from the largest to the smallest; `0` needs none.
fn prometheus_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, next) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let (_, milliseconds) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*milliseconds)?)?;
        rest = next;
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

/// A duration as it would be written in the file.
pub(super) fn duration_text(value: Duration) -> String {
    let mut rest = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    // Years and weeks are skipped: 400 days say more than a year, five weeks or so.
    for (name, milliseconds) in &UNITS[2..] {
        if rest >= *milliseconds {
            text += &format!("{}{name}", rest / milliseconds);
            rest %= milliseconds;
        }
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

fn count(text: &str, least: u64, most: u64) -> Result<u64, String> {
    digits(text)
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| format!("{} must be a whole number from {least} to {most}", shown(text)))
}

/// A number as everybody reads it: no sign, no leading zero, no other base.
fn digits(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

fn rate(text: &str, least: f64, most: f64) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| format!("{} must be a number from {least} to {most}", shown(text)))
}

const SIZES: [(&str, u64); 6] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

fn size(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let (number, factor) = SIZES
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((text, 1));
    let value = digits(number)
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| format!("{} is no size; write for example 8MiB, 8MB or 8388608", shown(text)))?;
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        let (least, most) = (size_text(least), size_text(most));
        Err(format!(
            "{} is out of bounds; it must be {least} to {most}",
            shown(text)
        ))
    }
}

/// A size as it would be written in the file.
pub(super) fn size_text(value: u64) -> String {
    let unit = SIZES[..3]
        .iter()
        .rev()
        .find(|(_, factor)| value > 0 && value.is_multiple_of(*factor));
    unit.map_or_else(
        || value.to_string(),
        |(name, factor)| format!("{}{name}", value / factor),
    )
}

fn line(text: &str) -> Result<String, String> {
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
        return Err("must start with http:// or https:// and a host, for example https://drs.example.com".to_owned());
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

fn file(text: &str, folder: &Path) -> Result<PathBuf, String> {
    let path = folder.join(line(text)?);
    let readable = fs::File::open(&path).and_then(|file| file.metadata());
    match readable {
        Ok(metadata) if metadata.is_dir() => Err("is a folder; it must be a file".to_owned()),
        Ok(_) => Ok(path),
        Err(error) => Err(unreadable(text, folder, &error)),
    }
}

fn secret(text: &str) -> Result<Secret, String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.len() > MAX_SECRET_BYTES || text.chars().any(char::is_control) {
        return Err("must be one line of at most 256 KiB without control characters".to_owned());
    }
    Ok(Secret::Value(SecretString::from(text)))
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
    let mut what = format!("the file cannot be read: {error}");
    if Path::new(text).is_relative() {
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        what += &format!("; relative paths start at {}", folder.display());
    }
    what
}
