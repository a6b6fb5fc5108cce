//! Values of flags that have rules of their own.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::exposition::catalogue;

/// A path longer than this is a mistake, not a choice.
const MAX_PATH_CHARS: usize = 200;

/// A day in a second; beyond it the simulated comparisons would be shorter than any poll.
const MAX_SPEED: f64 = 86_400.0;

/// The path of the metrics: starts with `/`, is not `/`, and is none of the server's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryPath(String);

impl TelemetryPath {
    /// The path, with its leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TelemetryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no [`TelemetryPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelemetryPathError {
    /// The leading slash is missing.
    #[error("the path must start with a slash, for example /metrics")]
    NotAbsolute,
    /// The root is the page for people.
    #[error("/ is the page for people; choose another path, for example /metrics")]
    Root,
    /// Everything below `/-/` is the server's own.
    #[error("/-/ is the server's own (health, readiness); choose another path, for example /metrics")]
    Reserved,
    /// It could not be asked for as it is written.
    #[error("the path may hold letters, digits and / . _ ~ - only, no empty, . or .. part, and at most 200 characters")]
    BadPath,
}

impl FromStr for TelemetryPath {
    type Err = TelemetryPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix('/').ok_or(TelemetryPathError::NotAbsolute)?;
        if rest.is_empty() {
            return Err(TelemetryPathError::Root);
        }
        if rest == "-" || rest.starts_with("-/") {
            return Err(TelemetryPathError::Reserved);
        }
        // Only characters that no client would encode, and no part that a client would take away.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte);
        let odd_part = |part: &str| matches!(part, "" | "." | "..");
        if text.len() > MAX_PATH_CHARS || !rest.bytes().all(plain) || rest.split('/').any(odd_part) {
            return Err(TelemetryPathError::BadPath);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Reads the speed of the simulated clock.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor > 0.0 && factor <= MAX_SPEED => Ok(factor),
        _ => Err(format!(
            "must be a number above 0 and up to {MAX_SPEED}, for example 60"
        )),
    }
}

/// The longest step of a backfill, in seconds; Prometheus must be told to look back longer than five minutes anyway.
const MAX_STEP: i64 = 3600;

/// Reads a moment.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "must be a time with its zone, for example 2024-04-07T10:00:00Z".to_owned())
}

/// Reads the step of a backfill, in whole seconds.
pub(super) fn step(text: &str) -> Result<NonZeroU32, String> {
    text.parse::<SignedDuration>()
        .ok()
        .filter(|step| step.subsec_nanos() == 0 && (1..=MAX_STEP).contains(&step.as_secs()))
        .and_then(|step| NonZeroU32::new(u32::try_from(step.as_secs()).ok()?))
        .ok_or_else(|| "must be 1s to 1h, in whole seconds, for example 4m or 1m30s".to_owned())
}

/// Reads a label that every sample gets.
pub(super) fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "must be NAME=VALUE, for example job=drs".to_owned())?;
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !begins_well || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err("the name of a label is made of letters, digits and _, and does not begin with a digit".to_owned());
    }
    if name.starts_with("__") {
        return Err("names that begin with __ are Prometheus's own".to_owned());
    }
    if catalogue::ALL.iter().any(|metric| metric.labels.contains(&name)) {
        return Err(format!(
            "{name} is a label of the samples themselves; take another name"
        ));
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_a_duration_of_whole_seconds_within_bounds() {
        assert_eq!(step("4m").map(NonZeroU32::get), Ok(240));
        assert_eq!(step("1m30s").map(NonZeroU32::get), Ok(90));
        for bad in ["", "0", "4", "0s", "500ms", "61m", "-1m", "1.5"] {
            assert!(step(bad).unwrap_err().contains("for example 4m"), "{bad}");
        }
    }

    #[test]
    fn a_time_has_a_zone() {
        assert_eq!(time("2024-04-07T12:00:00+02:00"), time("2024-04-07T10:00:00Z"));
        for bad in ["", "2024-04-07", "2024-04-07T10:00:00", "yesterday", "1712484001"] {
            assert!(time(bad).unwrap_err().contains("for example 2024"), "{bad}");
        }
    }

    #[test]
    fn a_label_has_a_name_that_is_free() {
        let read = |text| label(text).map(|(name, value)| format!("{name}|{value}"));
        assert_eq!(read("job=a=b"), Ok("job|a=b".to_owned()));
        assert_eq!(read("job="), Ok("job|".to_owned()));
        for bad in [
            "job",
            "=drs",
            "1job=drs",
            "my-job=drs",
            "__name__=x",
            "job_id=x",
            "status=x",
            "中=x",
        ] {
            assert!(label(bad).is_err(), "{bad}");
        }
    }
}
