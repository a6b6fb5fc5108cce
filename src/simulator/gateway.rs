//! The gateway in front of the services: who is let in, to which project, and how fast.
//!
//! Owns: keys, passwords, locks, the throttle. Knows nothing of what lies behind.
//! All times here are of the wall clock, and the cloud's error in it.

use std::collections::{HashMap, VecDeque};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::asked::Asked;
use super::refusal::Refusal;
use super::signature::Claim;
use super::tokens::{Tokens, iam_time};
use super::window::Window;
use super::{ACCESS_KEY, PASSWORD, SECRET_KEY};

/// A signature's date may be off by so much (API text 3.2).
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(15);
/// So many wrong signatures in a row lock an access key (API text 3.2).
const MAX_FAILURES: u32 = 5;
/// For so long.
const LOCK: SignedDuration = SignedDuration::from_mins(5);
/// Temporary keys that are remembered; beyond, the oldest are forgotten.
const MAX_TEMPORARY_KEYS: usize = 64;

/// Who knocks at the door, and what is known of them.
#[derive(Debug)]
pub(crate) struct Gateway {
    /// The user's password.
    pub(crate) password: String,
    /// The user's secret key.
    pub(crate) secret_key: String,
    /// Tokens from logins.
    pub(crate) tokens: Tokens,
    /// Requests a second and project that are let through; all if none.
    pub(crate) rate: Option<u32>,
    temporary: VecDeque<TemporaryKey>,
    failures: HashMap<String, Failures>,
    windows: HashMap<String, Window>,
}

/// A key pair from the metadata service, good only together with its security token.
#[derive(Clone, Debug)]
pub(crate) struct TemporaryKey {
    /// The access key.
    pub(crate) access: String,
    /// The secret key.
    pub(crate) secret: String,
    /// The security token.
    pub(crate) security_token: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

#[derive(Debug, Default)]
struct Failures {
    in_a_row: u32,
    locked_until: Option<Timestamp>,
}

/// Who is not let in, and whether by a wrong signature or a lock: what is counted apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// A wrong signature or an unknown key.
    Signature(Refusal),
    /// A key that is locked.
    Locked(Refusal),
    /// Anything else.
    Other(Refusal),
}

/// Who asks: which project they may ask about; any if none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The only project that their token is good for.
    pub(crate) only: Option<String>,
}

impl Gateway {
    /// With the fixed user and no token.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            password: PASSWORD.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            tokens: Tokens::new(seed),
            rate: None,
            temporary: VecDeque::new(),
            failures: HashMap::new(),
            windows: HashMap::new(),
        }
    }

    /// Makes a temporary key pair.
    pub(crate) fn give_temporary_key(&mut self, now: Timestamp) -> TemporaryKey {
        let key = TemporaryKey {
            access: format!("TEMP{}", self.tokens.random_text()[..16].to_uppercase()),
            secret: self.tokens.random_text()[..40].to_owned(),
            security_token: format!("simulated-security-token-{}", self.tokens.random_text()),
            expires_at: now.saturating_add(self.tokens.lifetime()).unwrap_or(Timestamp::MAX),
        };
        self.temporary.push_back(key.clone());
        if self.temporary.len() > MAX_TEMPORARY_KEYS {
            self.temporary.pop_front();
        }
        key
    }

    /// Lets a request through, or says that there were too many in the last second.
    pub(crate) fn throttle(&mut self, project: &str, now: Instant) -> Result<(), Refusal> {
        let Some(rate) = self.rate else { return Ok(()) };
        let window = self.windows.entry(project.to_owned()).or_default();
        if window.count(now) >= rate as usize {
            return Err(Refusal::throttled(&rate.to_string()));
        }
        window.add(now);
        Ok(())
    }

    /// Who asks, by token or by signature.
    pub(crate) fn authenticate(&mut self, asked: &Asked, now: Timestamp) -> Result<Caller, Denial> {
        if let Some(token) = asked.header("x-auth-token") {
            return self.by_token(token, now).map_err(Denial::Other);
        }
        let Some(header) = asked.header("authorization") else {
            return Err(Denial::Other(Refusal::unauthenticated("x-auth-token not found")));
        };
        match Claim::parse(header) {
            Some(claim) => self.by_signature(&claim, asked, now),
            None => Err(Denial::Signature(Refusal::unauthenticated(
                "authorization format error",
            ))),
        }
    }

    fn by_token(&self, text: &str, now: Timestamp) -> Result<Caller, Refusal> {
        match self.tokens.find(text) {
            None => Err(Refusal::unauthenticated("decrypt token fail")),
            Some(token) if token.expires_at <= now => Err(token_expired(token.expires_at)),
            Some(token) => Ok(Caller {
                // A token of the whole account is good for no project: DRS needs a project's (API text 3.1).
                only: Some(token.project.clone().unwrap_or_default()),
            }),
        }
    }

    fn by_signature(&mut self, claim: &Claim<'_>, asked: &Asked, now: Timestamp) -> Result<Caller, Denial> {
        let Some(secret) = self.secret_of(claim, asked, now)? else {
            return Err(Denial::Signature(Refusal::unauthenticated("AK does not exist")));
        };
        let failures = self.failures.entry(claim.access.to_owned()).or_default();
        if failures.locked_until.is_some_and(|until| now < until) {
            let reason = "AK access failures reached the limit, please try again later";
            return Err(Denial::Locked(Refusal::unauthenticated(reason)));
        }
        check_date(asked, now).map_err(Denial::Other)?;
        let complete = claim.signs("host") && claim.signs("x-sdk-date");
        if complete && claim.is_right(asked, &secret) {
            *failures = Failures::default();
            return Ok(Caller { only: None });
        }
        failures.in_a_row += 1;
        if failures.in_a_row >= MAX_FAILURES {
            *failures = Failures {
                in_a_row: 0,
                locked_until: Some(now.saturating_add(LOCK).unwrap_or(Timestamp::MAX)),
            };
        }
        Err(Denial::Signature(Refusal::unauthenticated(
            "verify aksk signature fail",
        )))
    }

    /// The secret key that belongs to the claimed access key, if there is one.
    fn secret_of(&self, claim: &Claim<'_>, asked: &Asked, now: Timestamp) -> Result<Option<String>, Denial> {
        if claim.access == ACCESS_KEY {
            return Ok(Some(self.secret_key.clone()));
        }
        let Some(key) = self.temporary.iter().find(|key| key.access == claim.access) else {
            return Ok(None);
        };
        let refuse = |reason: &str| Err(Denial::Other(Refusal::unauthenticated(reason)));
        if key.expires_at <= now {
            return refuse("security token expires");
        }
        if !claim.signs("x-security-token") || asked.header("x-security-token") != Some(&key.security_token) {
            return refuse("verify security token fail");
        }
        Ok(Some(key.secret.clone()))
    }
}

/// The refusal of a token that has died.
pub(crate) fn token_expired(expires_at: Timestamp) -> Refusal {
    Refusal::unauthenticated(&format!("token expires, expires_at:{}", iam_time(expires_at)))
}

/// Whether the caller may ask about this project.
pub(crate) fn authorize(caller: &Caller, asked: &Asked, project: &str) -> Result<(), Refusal> {
    let named = asked.header("x-project-id");
    let of_token = caller.only.as_deref();
    if named.is_some_and(|named| named != project) || of_token.is_some_and(|only| only != project) {
        return Err(Refusal::wrong_project());
    }
    Ok(())
}

fn check_date(asked: &Asked, now: Timestamp) -> Result<(), Refusal> {
    let date = asked.header("x-sdk-date").and_then(sdk_date);
    match date {
        None => Err(Refusal::unauthenticated("x-sdk-date not found or in a wrong format")),
        Some(date) if date.duration_since(now).abs() > MAX_SKEW => Err(Refusal::unauthenticated(
            "verify aksk signature fail, x-sdk-date expired",
        )),
        Some(_) => Ok(()),
    }
}

/// Reads `YYYYMMDDTHHMMSSZ`.
fn sdk_date(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests;
