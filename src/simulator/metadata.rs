//! The ECS instance's metadata service: temporary keys of the instance's agency.
//!
//! Owns: session tokens and the ways in which the service may be set up (API text 3.4). Knows nothing of how the keys
//! are verified.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::asked::Asked;
use super::gateway::TemporaryKey;
use super::tokens::iam_time;

/// The longest life of a session token, in seconds: six hours.
const MAX_TTL: i64 = 21_600;

/// Session tokens that are remembered; at more, all are forgotten.
const MAX_SESSIONS: usize = 1000;

/// How an instance's metadata service is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Keys are given only with a session token.
    Required,
    /// Keys are given with and without one.
    #[default]
    Optional,
    /// There are no session tokens: their call is 404, and keys are given without.
    Absent,
    /// There is no agency: every call is 404.
    Off,
}

/// The service.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    /// How it is set up.
    pub(crate) mode: Mode,
    sessions: HashMap<String, Timestamp>,
}

impl Metadata {
    /// Gives a session token, `text`, for as long as asked.
    pub(crate) fn give_session(&mut self, asked: &Asked, text: &str, now: Timestamp) -> Answer {
        if matches!(self.mode, Mode::Absent | Mode::Off) {
            return not_found();
        }
        let ttl = asked
            .header("x-metadata-token-ttl-seconds")
            .and_then(|text| text.parse::<i64>().ok());
        let Some(ttl) = ttl.filter(|ttl| (1..=MAX_TTL).contains(ttl)) else {
            return plain(400, "X-Metadata-Token-Ttl-Seconds must be 1 to 21600");
        };
        if self.sessions.len() >= MAX_SESSIONS {
            self.sessions.clear();
        }
        let end = now.saturating_add(SignedDuration::from_secs(ttl)).unwrap_or(now);
        self.sessions.insert(text.to_owned(), end);
        plain(200, text)
    }

    /// Why a request for keys is refused; none if it is to be answered.
    pub(crate) fn refuse(&self, asked: &Asked, now: Timestamp) -> Option<Answer> {
        let session = asked.header("x-metadata-token");
        let good = session
            .and_then(|text| self.sessions.get(text))
            .is_some_and(|&end| now < end);
        match (self.mode, session) {
            (Mode::Off, _) => Some(not_found()),
            (Mode::Required, _) | (Mode::Optional, Some(_)) if !good => Some(plain(401, "Unauthorized")),
            _ => None,
        }
    }
}

/// The answer that carries keys.
pub(crate) fn security_key(key: &TemporaryKey) -> Answer {
    Answer::json(
        200,
        &json!({"credential": {
            "access": key.access,
            "secret": key.secret,
            "securitytoken": key.security_token,
            "expires_at": iam_time(key.expires_at),
        }}),
    )
}

fn not_found() -> Answer {
    plain(404, "Not Found")
}

fn plain(status: u16, text: &str) -> Answer {
    Answer::of_type(status, "text/plain", text.to_owned())
}
