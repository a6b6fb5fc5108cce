//! What a client is told when it is made.
//!
//! Owns: the settings of one project's client and the cloud's default addresses. Knows nothing of where the
//! settings come from; nothing is validated here beyond what the types say.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::credentials::{Refusals, SdkEnvironment};
use crate::ids::ProjectId;
use crate::secret::Secret;

/// Where an instance's metadata service answers, on every ECS instance.
pub const METADATA_ADDRESS: &str = "http://169.254.169.254";

/// One project.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The region's id, such as `ap-southeast-1`.
    pub region: String,
    /// The project in that region.
    pub project_id: ProjectId,
    /// Base address of DRS.
    pub drs: Url,
    /// Base address of IAM; used only with [`Credentials::Password`].
    pub iam: Url,
    /// How to authenticate.
    pub credentials: Credentials,
    /// The language of the cloud's messages.
    pub language: Language,
    /// Limits and ways of HTTP.
    pub http: HttpSettings,
    /// What is known of refused keys and passwords: clones of one for all clients that may share a secret.
    pub refusals: Refusals,
}

impl Settings {
    /// Whether a client of these would be as one of `other`, so that one that is there can stay. What is in files may
    /// differ: secret files are read again by themselves, the CA file is not.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let plain = |settings: &Self| {
            let Settings {
                region,
                project_id,
                drs,
                iam,
                credentials: _,
                language,
                http,
                refusals: _,
            } = settings.clone();
            (region, project_id, drs, iam, language, http)
        };
        plain(self) == plain(other) && self.credentials.is_same_as(&other.credentials)
    }

    /// The public cloud's address of `service` (`drs`, `iam`) in `region`, where the two make a host name.
    #[must_use]
    pub fn default_endpoint(service: &str, region: &str) -> Option<Url> {
        // The one region outside the common domain in the official SDK's table (API text, 5).
        let domain = if region == "eu-west-101" {
            "myhuaweicloud.eu"
        } else {
            "myhuaweicloud.com"
        };
        let is_label =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_label(service) || !is_label(region) {
            return None;
        }
        Url::parse(&format!("https://{service}.{region}.{domain}")).ok()
    }
}

/// Limits and ways of HTTP towards the cloud. Its debug print shows of the proxy its host only.
#[derive(Clone, PartialEq)]
pub struct HttpSettings {
    /// A whole request, from connecting to the last byte of the answer; each attempt has it anew.
    pub timeout: Duration,
    /// Requests under way at once.
    pub concurrency: NonZeroU32,
    /// Requests per second; above 0.
    pub rate_limit: f64,
    /// A larger answer is refused.
    pub max_response_bytes: u64,
    /// The proxy for every request to the cloud; without one, the environment's (`HTTPS_PROXY`, `NO_PROXY`, …).
    /// The metadata service is always asked directly.
    pub proxy_url: Option<Url>,
    /// Certificates, PEM, trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("timeout", &self.timeout)
            .field("concurrency", &self.concurrency)
            .field("rate_limit", &self.rate_limit)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("proxy_url", &self.proxy_url.as_ref().map(Url::host_str))
            .field("ca_file", &self.ca_file)
            .finish()
    }
}

/// The language of the cloud's messages: the header `X-Language`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// English.
    #[default]
    EnUs,
    /// Chinese.
    ZhCn,
}

impl Language {
    /// The header's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnUs => "en-us",
            Self::ZhCn => "zh-cn",
        }
    }
}

/// How to authenticate.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// An access key: every request is signed.
    AkSk {
        /// The access key's id.
        access_key: Secret,
        /// Its secret.
        secret_key: Secret,
        /// Goes with temporary keys.
        security_token: Option<Secret>,
    },
    /// A user's password: logs in for a token.
    Password {
        /// The account's name.
        domain: String,
        /// The IAM user's name.
        user: String,
        /// The user's password.
        password: Secret,
    },
    /// A token that somebody else renews.
    Token(Secret),
    /// The agency of the ECS instance this runs on: temporary keys from its metadata service.
    Agency {
        /// The service's address: [`METADATA_ADDRESS`] on a real instance.
        metadata: Url,
    },
    /// What the official SDKs use when told nothing: environment variables, then the profile file.
    Sdk(SdkEnvironment),
}

impl Credentials {
    fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::AkSk {
                    access_key,
                    secret_key,
                    security_token,
                },
                Self::AkSk {
                    access_key: other_access_key,
                    secret_key: other_secret_key,
                    security_token: other_token,
                },
            ) => {
                let is_same_token = match (security_token, other_token) {
                    (Some(one), Some(two)) => one.is_same_as(two),
                    (one, two) => one.is_none() && two.is_none(),
                };
                access_key.is_same_as(other_access_key) && secret_key.is_same_as(other_secret_key) && is_same_token
            }
            (
                Self::Password { domain, user, password },
                Self::Password {
                    domain: other_domain,
                    user: other_user,
                    password: other_password,
                },
            ) => (domain, user) == (other_domain, other_user) && password.is_same_as(other_password),
            (Self::Token(one), Self::Token(two)) => one.is_same_as(two),
            (Self::Agency { metadata }, Self::Agency { metadata: other }) => metadata == other,
            // The environment of a process does not change while it lives.
            (Self::Sdk(_), Self::Sdk(_)) => true,
            _ => false,
        }
    }
}
