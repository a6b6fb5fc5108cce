//! A login with user and password for a token (API text, 3.1).
//!
//! Owns: the login, how long its token is kept, and that one login serves all who wait for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::{Refusals, SingleFlight, Token, Trial, unavailable};
use crate::cloud::address;
use crate::cloud::cause::Cause;
use crate::cloud::error::Error;
use crate::cloud::operation::Operation;
use crate::cloud::request::{Call, Proof};
use crate::cloud::transport::{Reply, Transport};
use crate::ids::ProjectId;
use crate::secret::{ExposeSecret as _, Secret, SecretReader, SecretString, Version};

/// A token is not used in its last minutes: a request signed with it may wait, and clocks differ. A token lasts 24 h.
const MARGIN: Duration = Duration::from_mins(5);
/// Of a token that lasts less, this part of its life is the margin, so that it is used at all.
const MARGIN_PART: u32 = 10;
/// How long a token is kept that does not tell when it expires.
const UNKNOWN_LIFE: Duration = Duration::from_hours(1);

pub(in super::super) struct Password {
    iam: Url,
    project: ProjectId,
    domain: String,
    user: String,
    secret: SecretReader,
    token: Mutex<Option<Arc<Token>>>,
    login: SingleFlight<Arc<Token>>,
    refusals: Refusals,
    /// What is known of the password last used: held, since what nobody holds is forgotten.
    trial: Mutex<Option<Arc<Trial>>>,
}

impl Password {
    pub(super) fn new(
        iam: Url,
        project: ProjectId,
        domain: String,
        user: String,
        password: Secret,
        refusals: Refusals,
    ) -> Self {
        Self {
            iam,
            project,
            domain,
            user,
            secret: SecretReader::new(password),
            token: Mutex::new(None),
            login: SingleFlight::new(),
            refusals,
            trial: Mutex::new(None),
        }
    }

    /// A token that is good now, as far as is known.
    pub(super) async fn token(&self, transport: &Transport) -> Result<Arc<Token>, Error> {
        match self.kept(transport.clock().now()) {
            Some(token) => Ok(token),
            None => self.login.run(self.log_in(transport)).await,
        }
    }

    pub(super) fn version(&self) -> Option<Version> {
        self.secret.version()
    }

    /// Drops `refused`, unless another has taken its place already.
    pub(super) fn discard(&self, refused: &Arc<Token>) {
        let mut token = self.lock();
        if token.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, refused)) {
            *token = None;
        }
    }

    fn kept(&self, now: Timestamp) -> Option<Arc<Token>> {
        let token = self.lock();
        token
            .as_ref()
            .filter(|token| token.renew_at.is_none_or(|renew_at| now < renew_at))
            .cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Token>>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn log_in(&self, transport: &Transport) -> Result<Arc<Token>, Error> {
        let now = transport.clock().now();
        // Somebody may have logged in between this one's look and its turn.
        if let Some(token) = self.kept(now) {
            return Ok(token);
        }
        let password = self.secret.get().map_err(|error| unavailable(error.to_string()))?;
        let call = self.call(&password)?;
        let reply = transport
            .send(&call, &Proof::Password(self.trial_of(&password)))
            .await?;
        let token = Arc::new(token_of(&reply, &call, transport.clock().now())?);
        *self.lock() = Some(token.clone());
        Ok(token)
    }

    /// What all clients know of `password`.
    fn trial_of(&self, password: &SecretString) -> Arc<Trial> {
        let iam = address::host(&self.iam);
        let trial = self.refusals.of_login(&iam, &self.domain, &self.user, password);
        *self.trial.lock().unwrap_or_else(PoisonError::into_inner) = Some(trial.clone());
        trial
    }

    fn call(&self, password: &SecretString) -> Result<Call, Error> {
        let operation = Operation::KeystoneCreateUserTokenByPassword;
        // Without the catalogue of all services the answer is a tenth as large.
        let url = address::build(&self.iam, &["v3", "auth", "tokens"], &[("nocatalog", "true")])
            .map_err(|_| Error::new(operation, Cause::Connect).at(&self.iam))?;
        let user = json!({
            "name": self.user,
            "password": password.expose_secret(),
            "domain": {"name": self.domain},
        });
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"id": self.project.as_str()}},
        }});
        Ok(Call {
            operation,
            method: Method::POST,
            url,
            headers: vec![("content-type", "application/json".to_owned())],
            project: None,
            body: body.to_string().into_bytes(),
            secrets: vec![password.clone()],
        })
    }
}

fn token_of(reply: &Reply, call: &Call, now: Timestamp) -> Result<Token, Error> {
    let Some(value) = reply.subject_token.clone() else {
        return Err(Error::new(call.operation, Cause::Body)
            .at(&call.url)
            .with_request_id(reply.request_id.as_deref())
            .with_message("the login succeeded but gave no token (header X-Subject-Token)"));
    };
    let life = life_of(reply).unwrap_or(UNKNOWN_LIFE);
    let margin = MARGIN.min(life / MARGIN_PART);
    // A time too far to be told is as good as no renewal.
    let renew_at = now.checked_add(life.saturating_sub(margin)).ok();
    Ok(Token { value, renew_at })
}

/// How long the token lasts, both ends by the cloud's clock.
fn life_of(reply: &Reply) -> Option<Duration> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    let expires_at: Timestamp = body.pointer("/token/expires_at")?.as_str()?.parse().ok()?;
    let life = Duration::try_from(expires_at.duration_since(reply.answered_at)).ok()?;
    (!life.is_zero()).then_some(life)
}
