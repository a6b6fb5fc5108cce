//! From a call and what proves who asks, to the request that is sent.
//!
//! Owns: the headers, the signing, and the list of secrets that a failed call must not show.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use serde_json::Value;
use url::Url;

use super::cause::Cause;
use super::credentials::{Keys, Token, Trial};
use super::error::Error;
use super::operation::Operation;
use super::signer::{Parts, SigningKey, authorization, sdk_date};
use super::verdict::ProofKind;
use crate::ids::ProjectId;
use crate::secret::{ExposeSecret, SecretString};

/// What stands where a secret was.
const HIDDEN: &str = "<hidden>";

/// One call, without what proves who asks.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) method: Method,
    pub(super) url: Url,
    /// Names in lower case.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Named in a header where the call is signed; a token knows its project by itself.
    pub(super) project: Option<ProjectId>,
    pub(super) body: Vec<u8>,
    /// Secrets in `headers` or `body`, which an answer may repeat.
    pub(super) secrets: Vec<SecretString>,
}

/// What a request carries to prove who asks.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    /// Nothing.
    None,
    /// Nothing in a header, for the request is a login and its body holds the password; what is known of that one.
    Password(Arc<Trial>),
    /// A signature made with these keys.
    Keys(Arc<Keys>),
    /// A token.
    Token(Arc<Token>),
}

impl Proof {
    pub(super) fn kind(&self) -> ProofKind {
        match self {
            Self::None | Self::Password(_) => ProofKind::None,
            Self::Keys(_) => ProofKind::Signature,
            Self::Token(_) => ProofKind::Token,
        }
    }

    /// What is known of the keys or the password; tokens lock nothing when refused.
    pub(super) fn trial(&self) -> Option<&Trial> {
        match self {
            Self::Keys(keys) => Some(&keys.trial),
            Self::Password(trial) => Some(trial),
            Self::None | Self::Token(_) => None,
        }
    }

    fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::None | Self::Password(_) => Vec::new(),
            Self::Keys(keys) => [&keys.access_key, &keys.secret_key]
                .into_iter()
                .chain(&keys.security_token)
                .collect(),
            Self::Token(token) => vec![&token.value],
        }
    }
}

impl Call {
    /// The request as it is sent at `now`.
    pub(super) fn to_request(&self, proof: &Proof, now: Timestamp) -> Result<Request, Error> {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        for (name, value) in &self.headers {
            self.insert(request.headers_mut(), name, value)?;
        }
        match proof {
            Proof::None | Proof::Password(_) => {}
            Proof::Token(token) => self.insert(request.headers_mut(), "x-auth-token", token.value.expose_secret())?,
            Proof::Keys(keys) => self.sign(request.headers_mut(), keys, now)?,
        }
        if !self.body.is_empty() {
            *request.body_mut() = Some(self.body.clone().into());
        }
        Ok(request)
    }

    fn sign(&self, headers: &mut HeaderMap, keys: &Keys, now: Timestamp) -> Result<(), Error> {
        let date = sdk_date(now);
        let mut signed: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        signed.push(("x-sdk-date", &date));
        if let Some(project) = &self.project {
            signed.push(("x-project-id", project.as_str()));
            self.insert(headers, "x-project-id", project.as_str())?;
        }
        if let Some(token) = &keys.security_token {
            signed.push(("x-security-token", token.expose_secret()));
            self.insert(headers, "x-security-token", token.expose_secret())?;
        }
        let key = SigningKey {
            access_key: &keys.access_key,
            secret_key: &keys.secret_key,
        };
        let parts = Parts {
            method: self.method.as_str(),
            url: &self.url,
            headers: &signed,
            body: &self.body,
            date: &date,
        };
        self.insert(headers, "authorization", authorization(&key, &parts).expose_secret())?;
        self.insert(headers, "x-sdk-date", &date)
    }

    fn insert(&self, headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), Error> {
        let mut header = HeaderValue::from_str(value).map_err(|_| {
            Error::new(self.operation, Cause::CredentialsUnavailable).with_message(format!(
                "the value for the header {name} has characters that no header may have"
            ))
        })?;
        // Keeps the value out of debug prints and out of the compression table of HTTP/2.
        header.set_sensitive(matches!(
            name,
            "authorization" | "x-auth-token" | "x-security-token" | "x-metadata-token"
        ));
        headers.insert(HeaderName::from_static(name), header);
        Ok(())
    }

    /// `text` from an answer, with every secret of this call hidden, also as JSON writes it. To be given all of the
    /// text: of a secret that was cut, the rest would not be known as one.
    pub(super) fn censor(&self, proof: &Proof, text: &str) -> String {
        let mut secrets: Vec<&str> = proof
            .secrets()
            .into_iter()
            .chain(&self.secrets)
            .map(ExposeSecret::expose_secret)
            .filter(|secret| !secret.is_empty())
            .collect();
        // The longest first: one may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| {
            let quoted = Value::from(secret).to_string();
            // The quotes around it are not part of it.
            text.replace(&quoted[1..quoted.len() - 1], HIDDEN)
                .replace(secret, HIDDEN)
        })
    }
}
