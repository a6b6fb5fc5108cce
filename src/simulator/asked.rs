//! A request as it came in.
//!
//! Owns: the raw request line, headers and body. Knows nothing of what they mean.

use std::net::SocketAddr;

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use url::form_urlencoded;

/// A whole request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The method.
    pub(crate) method: Method,
    /// The path as it was sent, not decoded.
    pub(crate) path: String,
    /// The query as it was sent, without `?`; empty if there is none.
    pub(crate) query: String,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// Who asks.
    pub(crate) peer: SocketAddr,
    /// The id that the answer carries.
    pub(crate) id: String,
}

impl Asked {
    /// A header's text, if it is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A parameter of the query, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}
