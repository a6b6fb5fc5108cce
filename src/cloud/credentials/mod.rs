//! What proves who asks, by each way to authenticate.
//!
//! Owns: getting keys and tokens, keeping them, renewing them in time and after a refusal. Knows nothing of the calls
//! they are used for.
//!
//! | File | Way |
//! |---|---|
//! | `access_key` | an access key from the configuration |
//! | `sdk` | an access key where the official SDKs look for one |
//! | `sdk_endpoints` | where they are told another address of a service |
//! | `agency` | temporary keys of the ECS instance |
//! | `password` | a login for a token |
//! | `token` | a token from a file |
//! | `trial` | the first use of a key or password, and how often a bad one is tried |
//! | `refusals` | all clients' trials |
//! | `single_flight` | many wait, one does it |

mod access_key;
mod agency;
mod password;
mod refusals;
mod sdk;
mod sdk_endpoints;
mod single_flight;
mod token;
mod trial;

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

pub use self::refusals::Refusals;
pub use self::sdk::SdkEnvironment;
pub use self::sdk_endpoints::UnusableEndpoint;
pub(super) use self::trial::{Pass, Trial};

use self::access_key::AccessKey;
use self::agency::Agency;
use self::password::Password;
use self::sdk::Sdk;
use self::single_flight::SingleFlight;
use self::token::TokenFile;
use super::address;
use super::cause::Cause;
use super::error::Error;
use super::http::SetupError;
use super::operation::Operation;
use super::request::Proof;
use super::settings::{Credentials, Settings};
use super::transport::Transport;
use crate::secret::{ExposeSecret as _, SecretReader, SecretString, Version};

/// What tells whether the secret files of a client's credentials have changed: versions that differ are of other files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialsVersion(Vec<Option<Version>>);

#[cfg(test)]
impl CredentialsVersion {
    /// One that differs from the default, for tests of whoever compares them.
    pub(crate) fn for_test() -> Self {
        Self(vec![None])
    }
}

/// What requests are signed with.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) access_key: SecretString,
    pub(super) secret_key: SecretString,
    pub(super) security_token: Option<SecretString>,
    /// What the cloud has said to signatures of these keys so far.
    pub(super) trial: Arc<Trial>,
}

impl Keys {
    pub(super) fn new(
        access_key: SecretString,
        secret_key: SecretString,
        security_token: Option<SecretString>,
    ) -> Self {
        Self {
            access_key,
            secret_key,
            security_token,
            trial: Arc::default(),
        }
    }

    fn is_same_as(&self, other: &Self) -> bool {
        let parts = |keys: &Self| {
            let token = keys
                .security_token
                .as_ref()
                .map(|token| token.expose_secret().to_owned());
            (
                keys.access_key.expose_secret().to_owned(),
                keys.secret_key.expose_secret().to_owned(),
                token,
            )
        };
        parts(self) == parts(other)
    }
}

/// What is sent instead of a signature.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) value: SecretString,
    /// From then on a new one is fetched; `None` where somebody else renews it.
    renew_at: Option<Timestamp>,
}

/// Where proofs come from.
pub(super) enum Source {
    AccessKey(AccessKey),
    Sdk(Sdk),
    Agency(Box<Agency>),
    Password(Box<Password>),
    Token(TokenFile),
}

impl Source {
    pub(super) fn new(settings: &Settings, transport: &Transport) -> Result<Self, SetupError> {
        let cache = KeysCache::new(settings.refusals.clone(), address::host(&settings.drs));
        Ok(match settings.credentials.clone() {
            Credentials::AkSk {
                access_key,
                secret_key,
                security_token,
            } => Self::AccessKey(AccessKey::new(access_key, secret_key, security_token, cache)),
            Credentials::Sdk(environment) => Self::Sdk(Sdk::new(environment, cache)),
            Credentials::Agency { metadata } => Self::Agency(Box::new(Agency::new(metadata, transport, cache)?)),
            Credentials::Password { domain, user, password } => Self::Password(Box::new(Password::new(
                settings.iam.clone(),
                settings.project_id.clone(),
                domain,
                user,
                password,
                settings.refusals.clone(),
            ))),
            Credentials::Token(token) => Self::Token(TokenFile::new(token)),
        })
    }

    /// Which version of its secret files there is now.
    pub(super) fn version(&self) -> CredentialsVersion {
        CredentialsVersion(match self {
            Self::AccessKey(source) => source.readers().map(SecretReader::version).collect(),
            Self::Sdk(source) => vec![source.version()],
            Self::Password(source) => vec![source.version()],
            Self::Token(source) => vec![source.version()],
            // The metadata service renews by itself.
            Self::Agency(_) => Vec::new(),
        })
    }

    /// What to prove who asks with now.
    pub(super) async fn proof(&self, transport: &Transport) -> Result<Proof, Error> {
        match self {
            Self::AccessKey(source) => source.keys().map(Proof::Keys),
            Self::Sdk(source) => source.keys().map(Proof::Keys),
            Self::Agency(source) => source.keys().await.map(Proof::Keys),
            Self::Password(source) => source.token(transport).await.map(Proof::Token),
            Self::Token(source) => source.token().map(Proof::Token),
        }
    }

    /// Another proof after `refused` was refused; `None` where there is no other, so that trying again would only
    /// repeat the refusal.
    pub(super) async fn another(&self, refused: &Proof, transport: &Transport) -> Result<Option<Proof>, Error> {
        match (self, refused) {
            (Self::Password(source), Proof::Token(token)) => {
                source.discard(token);
            }
            (Self::Token(source), _) => source.forget(),
            (Self::AccessKey(source), _) => source.forget(),
            (Self::Agency(source), Proof::Keys(keys)) => source.discard(keys),
            _ => {}
        }
        let next = self.proof(transport).await?;
        Ok(is_another(refused, &next).then_some(next))
    }
}

fn is_another(refused: &Proof, next: &Proof) -> bool {
    match (refused, next) {
        (Proof::Keys(refused), Proof::Keys(next)) => !refused.is_same_as(next),
        (Proof::Token(refused), Proof::Token(next)) => refused.value.expose_secret() != next.value.expose_secret(),
        _ => true,
    }
}

/// Keys that are kept as one object while their content stays the same, with what all clients know of them.
struct KeysCache {
    refusals: Refusals,
    /// Where the keys are used.
    host: String,
    kept: Mutex<Option<Arc<Keys>>>,
}

impl KeysCache {
    fn new(refusals: Refusals, host: String) -> Self {
        Self {
            refusals,
            host,
            kept: Mutex::new(None),
        }
    }

    fn keep(&self, mut keys: Keys) -> Arc<Keys> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(known) if known.is_same_as(&keys) => known.clone(),
            _ => {
                keys.trial = self.refusals.of_keys(&self.host, &keys);
                kept.insert(Arc::new(keys)).clone()
            }
        }
    }
}

/// There is nothing to authenticate with, and why.
fn unavailable(why: impl AsRef<str>) -> Error {
    Error::new(Operation::ReadCredentials, Cause::CredentialsUnavailable).with_message(why)
}
