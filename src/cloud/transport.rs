//! One request and its answer.
//!
//! Owns: sending within the limits, reading within the bounds, timing and counting every attempt, and sorting what can
//! go wrong on the way. Knows nothing of what an answer means beyond its status.

use std::error::Error as StdError;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::Response;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use tokio::time::Instant;
use tracing::debug;

use super::admission::admit;
use super::cause::Cause;
use super::error::Error;
use super::error_body::ErrorBody;
use super::http::{SetupError, metadata_client};
use super::limits::Limits;
use super::operation::Observer;
use super::request::{Call, Proof};
use super::retry::{least_pause, parse_http_date, parse_retry_after, with_retries};
use super::verdict::cause_of;
use crate::clock::Clock;
use crate::secret::SecretString;

/// The cloud refuses a signature whose time is further off than this (API text, 3.2).
const MAX_SKEW: Duration = Duration::from_mins(15);
/// An answer of the metadata service is a token or one small document.
const MAX_METADATA_BYTES: u64 = 64 * 1024;

/// The cloud's id of a request.
const REQUEST_ID: &str = "x-request-id";

/// Sends requests.
pub(super) struct Transport {
    http: reqwest::Client,
    limits: Limits,
    max_bytes: u64,
    clock: Clock,
    observer: Arc<dyn Observer>,
}

/// An answer with a status of success.
#[derive(Debug)]
pub(super) struct Reply {
    /// By the cloud's clock where it told, else by ours.
    pub(super) answered_at: Timestamp,
    /// What IAM gives a token in.
    pub(super) subject_token: Option<SecretString>,
    pub(super) request_id: Option<String>,
    pub(super) body: Bytes,
}

/// An answer of any status.
struct Raw {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Transport {
    pub(super) fn new(
        http: reqwest::Client,
        limits: Limits,
        max_bytes: u64,
        clock: Clock,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self {
            http,
            limits,
            max_bytes,
            clock,
            observer,
        }
    }

    /// For the metadata service: its limits are its own, since it is on this host.
    pub(super) fn for_metadata(clock: Clock, observer: Arc<dyn Observer>) -> Result<Self, SetupError> {
        // One at a time, and no faster than a loop that has gone wrong may knock.
        let limits = Limits::new(NonZeroU32::MIN, 50.0);
        Ok(Self::new(
            metadata_client()?,
            limits,
            MAX_METADATA_BYTES,
            clock,
            observer,
        ))
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn observer(&self) -> &dyn Observer {
        &*self.observer
    }

    pub(super) fn shared_observer(&self) -> Arc<dyn Observer> {
        self.observer.clone()
    }

    /// Sends the call, again if the failure may pass.
    pub(super) async fn send(&self, call: &Call, proof: &Proof) -> Result<Reply, Error> {
        with_retries(|| self.send_once(call, proof)).await
    }

    /// Sends the call once.
    pub(super) async fn send_once(&self, call: &Call, proof: &Proof) -> Result<Reply, Error> {
        let trial = proof.trial();
        // What another was told is told as this call's own.
        let admission = admit(&self.limits, trial)
            .await
            .map_err(|refusal| refusal.of(call.operation).at(&call.url))?;
        // Signed only now: waiting for the turn must not make the signature's time old.
        let request = call.to_request(proof, self.clock.now())?;
        let started = Instant::now();
        let outcome = self.exchange(request, call).await;
        let code = outcome
            .as_ref()
            .map_or_else(|failure| failure.label.to_owned(), |raw| raw.status.to_string());
        let seconds = started.elapsed().as_secs_f64();
        debug!(operation = call.operation.as_str(), %code, seconds, "asked the cloud");
        self.observer.request(call.operation, &code, seconds);
        let outcome = outcome
            .map_err(|failure| failure.error)
            .and_then(|raw| self.judge(raw, call, proof));
        if let Some(trial) = trial {
            trial.learn(&outcome);
        }
        drop(admission);
        outcome
    }

    async fn exchange(&self, request: reqwest::Request, call: &Call) -> Result<Raw, Failure> {
        let response = self
            .http
            .execute(request)
            .await
            .map_err(|error| Failure::sending(&error, call))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = self.read(response, call).await?;
        Ok(Raw { status, headers, body })
    }

    async fn read(&self, mut response: Response, call: &Call) -> Result<Bytes, Failure> {
        let mut body = BytesMut::new();
        if response.content_length().is_some_and(|length| length > self.max_bytes) {
            return Err(Failure::too_large(self.max_bytes, call));
        }
        while let Some(chunk) = response.chunk().await.map_err(|error| Failure::reading(&error, call))? {
            if (body.len() + chunk.len()) as u64 > self.max_bytes {
                return Err(Failure::too_large(self.max_bytes, call));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn judge(&self, raw: Raw, call: &Call, proof: &Proof) -> Result<Reply, Error> {
        let now = self.clock.now();
        let answered_at = header(&raw.headers, DATE.as_str()).and_then(parse_http_date);
        if (200..300).contains(&raw.status) {
            self.limits.accepted();
            return Ok(Reply {
                answered_at: answered_at.unwrap_or(now),
                subject_token: header(&raw.headers, "x-subject-token").map(SecretString::from),
                request_id: header(&raw.headers, REQUEST_ID).map(|id| call.censor(proof, id)),
                body: raw.body,
            });
        }
        let error = self.refusal(&raw, call, proof, answered_at.unwrap_or(now));
        if error.cause() == Cause::Throttled {
            self.limits.throttled(least_pause(&error));
        }
        match answered_at {
            Some(theirs) if error.cause() == Cause::SignatureRefused => Err(with_skew(error, now, theirs)),
            _ => Err(error),
        }
    }

    fn refusal(&self, raw: &Raw, call: &Call, proof: &Proof, answered_at: Timestamp) -> Error {
        let told = ErrorBody::read(&raw.body);
        let cause = cause_of(call.operation, proof.kind(), raw.status, told.code.as_deref());
        let told = told.censored(|text| call.censor(proof, text));
        if let Some(code) = &told.code {
            self.observer.api_error(call.operation, code);
        }
        let location = header(&raw.headers, "location").filter(|_| cause == Cause::Redirected);
        let message = match location {
            Some(location) => call.censor(proof, &format!("redirected to {location}")),
            None => told.message.unwrap_or_default(),
        };
        let request_id = header(&raw.headers, REQUEST_ID).map(|id| call.censor(proof, id));
        let retry_after = header(&raw.headers, RETRY_AFTER.as_str());
        Error::new(call.operation, cause)
            .at(&call.url)
            .with_status(raw.status)
            .with_code(told.code)
            .with_message(message)
            .with_request_id(told.request_id.or(request_id).as_deref())
            .with_retry_after(retry_after.and_then(|value| parse_retry_after(value, answered_at)))
    }
}

/// A refused signature has a second possible reason, which only the two clocks can tell.
fn with_skew(error: Error, ours: Timestamp, theirs: Timestamp) -> Error {
    let skew = ours.duration_since(theirs);
    if skew.unsigned_abs() <= MAX_SKEW {
        return error;
    }
    let direction = if skew.is_negative() { "behind" } else { "ahead of" };
    let said = error.message().unwrap_or_default().to_owned();
    let seconds = skew.unsigned_abs().as_secs();
    error.recast(Cause::ClockSkew).with_message(format!(
        "this machine's clock is {seconds} s {direction} the cloud's: {said}"
    ))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.is_empty())
}

/// No whole answer: how it is counted, and the error.
struct Failure {
    label: &'static str,
    error: Error,
}

impl Failure {
    fn sending(error: &reqwest::Error, call: &Call) -> Self {
        let (label, cause) = if error.is_timeout() {
            ("timeout", Cause::Timeout)
        } else if is_tls(error) {
            ("tls", Cause::Tls)
        } else if error.is_connect() {
            ("connect", Cause::Connect)
        } else {
            ("other", Cause::Connect)
        };
        Self {
            label,
            error: Error::new(call.operation, cause)
                .at(&call.url)
                .with_message(chain(error)),
        }
    }

    fn reading(error: &reqwest::Error, call: &Call) -> Self {
        if error.is_timeout() {
            return Self::sending(error, call);
        }
        let message = format!("the answer was cut short: {}", chain(error));
        Self {
            label: "body",
            error: Error::new(call.operation, Cause::Body)
                .at(&call.url)
                .with_message(message)
                .passing(),
        }
    }

    fn too_large(max_bytes: u64, call: &Call) -> Self {
        let message = format!("the answer is larger than {max_bytes} bytes");
        Self {
            label: "body",
            error: Error::new(call.operation, Cause::Body)
                .at(&call.url)
                .with_message(message),
        }
    }
}

/// The messages of an error and all its sources; the first one's address is left out, as it is told apart.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut words = Vec::new();
    let mut source = error.source();
    while let Some(inner) = source {
        words.push(inner.to_string());
        source = inner.source();
    }
    if words.is_empty() {
        words.push("no further reason given".to_owned());
    }
    words.dedup();
    words.join(": ")
}

/// Whether TLS is among the sources. It hides within I/O errors, which pass over it when asked for their source.
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(inner) = next {
        if inner.is::<rustls::Error>() {
            return true;
        }
        next = match inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(within) => Some(within),
            None => inner.source(),
        };
    }
    false
}
