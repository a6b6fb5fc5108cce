//! Values of flags that have rules of their own.

use std::fmt;
use std::str::FromStr;

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
