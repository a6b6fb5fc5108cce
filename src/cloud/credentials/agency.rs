//! Temporary keys of the ECS instance's agency, from the metadata service (API text, 3.4).
//!
//! Owns: the two calls, with and without a session token, and renewal in time. The keys last some hours and are
//! renewed early; while a renewal fails, good keys stay in use.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;
use tracing::warn;
use url::Url;

use super::{Keys, KeysCache, SingleFlight};
use crate::cloud::address;
use crate::cloud::cause::Cause;
use crate::cloud::error::Error;
use crate::cloud::http::SetupError;
use crate::cloud::operation::Operation;
use crate::cloud::request::{Call, Proof};
use crate::cloud::transport::{Reply, Transport};
use crate::secret::{ExposeSecret as _, SecretString};

/// Keys with less time left are renewed (the SDK's value).
const RENEW_BEFORE: Duration = Duration::from_mins(40);
/// After a renewal that failed while the keys are still good, the next is tried so much later.
const RENEWAL_PAUSE: Duration = Duration::from_mins(1);
/// How long a session token is asked for, in seconds: the longest the service grants.
const SESSION_SECONDS: u32 = 21_600;
/// A session token is not used in its last minutes.
const SESSION_MARGIN: Duration = Duration::from_mins(5);
/// A service without session tokens is asked for one again after so long (the SDK's value).
const PROBE_AGAIN: Duration = Duration::from_hours(24);

pub(in super::super) struct Agency {
    address: Url,
    transport: Transport,
    cache: KeysCache,
    state: Mutex<State>,
    renewal: SingleFlight<Arc<Keys>>,
}

#[derive(Default)]
struct State {
    keys: Option<Kept>,
    session: Option<Session>,
}

#[derive(Clone)]
struct Kept {
    keys: Arc<Keys>,
    expires_at: Timestamp,
    renew_at: Timestamp,
}

/// What the service said about session tokens: one, or that it has none, and until when that holds.
#[derive(Clone)]
struct Session {
    token: Option<SecretString>,
    until: Timestamp,
}

impl Agency {
    pub(super) fn new(address: Url, cloud: &Transport, cache: KeysCache) -> Result<Self, SetupError> {
        Ok(Self {
            address,
            transport: Transport::for_metadata(cloud.clock().clone(), cloud.shared_observer())?,
            cache,
            state: Mutex::default(),
            renewal: SingleFlight::new(),
        })
    }

    /// Keys that are good now.
    pub(super) async fn keys(&self) -> Result<Arc<Keys>, Error> {
        match self.fresh() {
            Some(keys) => Ok(keys),
            None => self.renewal.run(self.renew()).await,
        }
    }

    /// Drops `refused`, unless others have taken their place already.
    pub(super) fn discard(&self, refused: &Arc<Keys>) {
        let mut state = self.state();
        if state.keys.as_ref().is_some_and(|kept| Arc::ptr_eq(&kept.keys, refused)) {
            state.keys = None;
        }
    }

    fn fresh(&self) -> Option<Arc<Keys>> {
        let now = self.now();
        self.state()
            .keys
            .as_ref()
            .filter(|kept| now < kept.renew_at)
            .map(|kept| kept.keys.clone())
    }

    async fn renew(&self) -> Result<Arc<Keys>, Error> {
        if let Some(keys) = self.fresh() {
            return Ok(keys);
        }
        match self.fetch().await {
            Ok(kept) => {
                let keys = kept.keys.clone();
                self.state().keys = Some(kept);
                Ok(keys)
            }
            Err(error) => self.go_on_with_old_keys(error),
        }
    }

    fn go_on_with_old_keys(&self, error: Error) -> Result<Arc<Keys>, Error> {
        let now = self.now();
        let mut state = self.state();
        let Some(kept) = state.keys.as_mut().filter(|kept| now < kept.expires_at) else {
            return Err(error);
        };
        warn!(%error, expires_at = %kept.expires_at, "renewing the agency's keys failed; the old ones are still good");
        kept.renew_at = now.saturating_add(RENEWAL_PAUSE).unwrap_or(Timestamp::MAX);
        Ok(kept.keys.clone())
    }

    async fn fetch(&self) -> Result<Kept, Error> {
        let session = self.session().await?;
        let reply = match self.security_key(session.as_ref()).await {
            // The session token was refused, unless the words are about the agency: fetch another, once.
            Err(error) if error.status() == Some(401) && session.is_some() && !mentions_agency(&error) => {
                self.state().session = None;
                let session = self.session().await?;
                self.security_key(session.as_ref()).await
            }
            outcome => outcome,
        };
        let reply =
            reply.map_err(|error| recast(&error, "the instance may have no agency, or none with access to DRS"))?;
        self.keys_of(&reply).ok_or_else(|| {
            Error::new(Operation::ShowSecurityKey, Cause::CredentialsUnavailable)
                .at(&self.address)
                .with_message("the metadata service's answer holds no usable keys")
        })
    }

    /// A session token, or `None` from a service that has none.
    async fn session(&self) -> Result<Option<SecretString>, Error> {
        let now = self.now();
        if let Some(session) = self.state().session.clone().filter(|session| now < session.until) {
            return Ok(session.token);
        }
        let ttl = ("x-metadata-token-ttl-seconds", SESSION_SECONDS.to_string());
        let path = ["meta-data", "latest", "api", "token"];
        let call = self.call(Operation::CreateMetadataToken, Method::PUT, &path, vec![ttl])?;
        let (token, life) = match self.transport.send_once(&call, &Proof::None).await {
            Ok(reply) => {
                let token = String::from_utf8_lossy(&reply.body).trim().to_owned();
                let life = Duration::from_secs(SESSION_SECONDS.into()).saturating_sub(SESSION_MARGIN);
                (Some(SecretString::from(token)), life)
            }
            Err(error) if matches!(error.status(), Some(404 | 405 | 503)) => (None, PROBE_AGAIN),
            Err(error) => {
                return Err(recast(
                    &error,
                    "is this an ECS instance, and is its metadata service reachable?",
                ));
            }
        };
        let until = now.saturating_add(life).unwrap_or(Timestamp::MAX);
        self.state().session = Some(Session {
            token: token.clone(),
            until,
        });
        Ok(token)
    }

    async fn security_key(&self, session: Option<&SecretString>) -> Result<Reply, Error> {
        let headers = session.map(|token| ("x-metadata-token", token.expose_secret().to_owned()));
        let path = ["openstack", "latest", "securitykey"];
        let mut call = self.call(
            Operation::ShowSecurityKey,
            Method::GET,
            &path,
            headers.into_iter().collect(),
        )?;
        call.secrets.extend(session.cloned());
        self.transport.send_once(&call, &Proof::None).await
    }

    fn call(
        &self,
        operation: Operation,
        method: Method,
        path: &[&str],
        headers: Vec<(&'static str, String)>,
    ) -> Result<Call, Error> {
        let url = address::build(&self.address, path, &[])
            .map_err(|_| Error::new(operation, Cause::Connect).at(&self.address))?;
        Ok(Call {
            operation,
            method,
            url,
            headers,
            project: None,
            body: Vec::new(),
            secrets: Vec::new(),
        })
    }

    fn keys_of(&self, reply: &Reply) -> Option<Kept> {
        let body: Value = serde_json::from_slice(&reply.body).ok()?;
        let credential = body.get("credential")?;
        let text = |name: &str| {
            credential
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let keys = Keys::new(
            text("access")?.into(),
            text("secret")?.into(),
            text("securitytoken").map(Into::into),
        );
        let now = self.now();
        // Keys that do not tell their end are fetched anew each time they would be renewed.
        let unknown = now.saturating_add(RENEW_BEFORE).unwrap_or(Timestamp::MAX);
        let expires_at = text("expires_at").and_then(|time| time.parse().ok()).unwrap_or(unknown);
        let early = expires_at.saturating_sub(RENEW_BEFORE).unwrap_or(Timestamp::MIN);
        // Keys that come with little time left are still used, and asked for again after a pause.
        let soonest = now.saturating_add(RENEWAL_PAUSE).unwrap_or(Timestamp::MAX);
        Some(Kept {
            keys: self.cache.keep(keys),
            expires_at,
            renew_at: early.max(soonest),
        })
    }

    fn now(&self) -> Timestamp {
        self.transport.clock().now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn mentions_agency(error: &Error) -> bool {
    error
        .message()
        .is_some_and(|message| message.to_lowercase().contains("agency"))
}

/// Whatever stands between us and the keys: there are none.
fn recast(error: &Error, hint: &str) -> Error {
    let said = error.message().unwrap_or_default();
    let message = format!("{said} ({hint})");
    error
        .clone()
        .recast(Cause::CredentialsUnavailable)
        .with_message(message)
}

#[cfg(test)]
mod tests {
    use super::super::Refusals;
    use super::*;
    use crate::clock::Clock;
    use crate::cloud::operation::Observer;

    struct Deaf;

    impl Observer for Deaf {
        fn request(&self, _: Operation, _: &str, _: f64) {}
        fn api_error(&self, _: Operation, _: &str) {}
    }

    /// An agency at 10:00 with keys that were to be renewed by then.
    fn agency(expires_at: &str) -> Agency {
        let now: Timestamp = "2024-04-07T10:00:00Z".parse().unwrap();
        let clock = Clock::starting_at(now, 0.0);
        let keys = Some(Kept {
            keys: Arc::new(Keys::new("AK".into(), "SK".into(), None)),
            expires_at: expires_at.parse().unwrap(),
            renew_at: now,
        });
        Agency {
            address: Url::parse("http://127.0.0.1").unwrap(),
            transport: Transport::for_metadata(clock, Arc::new(Deaf)).unwrap(),
            cache: KeysCache::new(Refusals::default(), String::new()),
            state: Mutex::new(State { keys, session: None }),
            renewal: SingleFlight::new(),
        }
    }

    #[tokio::test]
    async fn after_a_failed_renewal_good_keys_are_used_for_a_while_without_another_try() {
        let good = agency("2024-04-07T10:10:00Z");
        assert!(good.fresh().is_none());
        good.go_on_with_old_keys(Error::for_test(Cause::Timeout)).unwrap();
        assert!(good.fresh().is_some());

        let expired = agency("2024-04-07T10:00:00Z");
        assert!(expired.go_on_with_old_keys(Error::for_test(Cause::Timeout)).is_err());
        assert!(expired.fresh().is_none());
    }
}
