//! What a web configuration says, once everything in it is right.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::users::Hash;
use crate::config::Position;
use crate::secret::SecretString;

/// A whole web configuration.
#[derive(Clone, Debug, Default)]
pub struct WebConfig {
    /// How TLS is spoken; none: plain text.
    pub tls: Option<Tls>,
    /// Whether HTTP/2 is offered, which is so within TLS only.
    pub http2: bool,
    /// Headers of every answer.
    pub headers: Vec<(&'static str, String)>,
    /// Who is let in; empty: everybody.
    pub users: BTreeMap<String, Hash>,
    /// How many requests are answered.
    pub rate_limit: Option<RateLimit>,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// From one request to the next, in the long run; never 0.
    pub interval: Duration,
    /// Requests at once; at least 1.
    pub burst: u32,
}

/// How TLS is spoken.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The server's certificate, then those that lead to its authority.
    pub certificate: Source,
    /// The certificate's key.
    pub key: Source,
    /// Who signs the clients' certificates.
    pub client_authorities: Option<Source>,
    /// What is asked of a client.
    pub client_auth: ClientAuth,
    /// A client's certificate must have one of these names.
    pub client_allowed_sans: Option<Vec<String>>,
    /// Whether TLS 1.2 is spoken.
    pub tls12: bool,
    /// Whether TLS 1.3 is spoken.
    pub tls13: bool,
    /// Go's names of the cipher suites, in order; empty: all.
    pub cipher_suites: Vec<&'static str>,
    /// Go's names of the curves, in order; empty: all.
    pub curves: Vec<&'static str>,
    /// Whether the order of the suites here counts, or the client's.
    pub prefers_own_order: bool,
}

/// Where certificates or a key come from, and which key of the configuration says so.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file or the text.
    pub from: From,
    /// The key's path.
    pub key: String,
    /// Where its value is written.
    pub at: Option<Position>,
}

/// A file, or the text itself.
#[derive(Clone, Debug)]
pub enum From {
    /// A file in PEM form.
    File(PathBuf),
    /// Text in PEM form.
    Text(SecretString),
}

/// What is asked of a client; the names are those of Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// No certificate is asked for.
    None,
    /// A certificate is asked for; any will do, and none as well.
    Request,
    /// Any certificate will do.
    RequireAny,
    /// A certificate, where there is one, must be of an authority.
    VerifyIfGiven,
    /// A certificate of an authority.
    RequireAndVerify,
}

impl Source {
    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.from {
            From::File(path) => Some(path),
            From::Text(_) => None,
        }
    }
}

impl ClientAuth {
    /// Whether authorities are needed to judge a certificate.
    #[must_use]
    pub fn verifies(self) -> bool {
        matches!(self, Self::VerifyIfGiven | Self::RequireAndVerify)
    }

    /// Whether a client without a certificate is sent away.
    #[must_use]
    pub fn requires(self) -> bool {
        matches!(self, Self::RequireAny | Self::RequireAndVerify)
    }
}

impl WebConfig {
    /// The files that it names.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let sources = self.tls.iter().flat_map(|tls| {
            let first = [Some(&tls.certificate), Some(&tls.key), tls.client_authorities.as_ref()];
            first.into_iter().flatten()
        });
        sources.filter_map(Source::file)
    }
}
