//! TLS of the server: from the web configuration to what speaks it, and the handshake of one connection.
//!
//! Owns: versions, suites, curves and limits of TLS. Whom clients' certificates let in is `clients`'.

mod clients;
mod names;

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use rustls::{InconsistentKeys, NamedGroup, ServerConfig, SupportedCipherSuite};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::Mistakes;
use crate::web_config::{ClientAuth, Material, Tls};

/// As long as a head may take: either is what a stranger may keep a place for.
const HANDSHAKE_LIMIT: Duration = super::timed::HEAD_LIMIT;

/// The first byte of a TLS handshake.
const HANDSHAKE_RECORD: u8 = 22;

/// What a browser that was given the wrong address shows.
const PLAIN_REQUEST: &[u8] = b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Connection: close\r\n\r\nthis is an HTTPS server; use https://\n";

/// HTTP/2's name in a handshake (RFC 9113, 3.2).
const H2: &[u8] = b"h2";

/// What speaks TLS as `tls` says, by certificates and keys as they are now. None, with the reasons among the
/// mistakes, if that is not possible.
pub(super) fn server_config(tls: &Tls, http2: bool, mistakes: &mut Mistakes) -> Option<Arc<ServerConfig>> {
    let material = Material::read(tls, mistakes)?;
    let provider = Arc::new(provider(tls));
    let versions: Vec<_> = [(tls.tls13, &TLS13), (tls.tls12, &TLS12)]
        .into_iter()
        .filter_map(|(is_on, version)| is_on.then_some(version))
        .collect();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&versions);
    let builder = builder
        .map_err(|error| mistakes.add(None, "tls_server_config", format!("TLS cannot be spoken so: {error}")))
        .ok()?;
    let builder = match clients::verifier(tls, &material, &provider, mistakes)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let made = builder.with_single_cert(material.chain, material.key);
    let mut config = made
        .map_err(|error| {
            let (source, what) = match error {
                rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    (&tls.key, "is not the key of the certificate".to_owned())
                }
                error => (&tls.certificate, format!("cannot be used: {error}")),
            };
            mistakes.add(source.at, source.key.as_str(), what);
        })
        .ok()?;
    config.ignore_client_order = tls.prefers_own_order;
    config.alpn_protocols = if http2 { vec![H2.to_vec()] } else { Vec::new() };
    config.alpn_protocols.push(b"http/1.1".to_vec());
    if tls.client_auth != ClientAuth::None {
        // A resumed session would be let in by what was verified up to a day ago.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Some(Arc::new(config))
}

/// The library's own choice, less what is not wanted.
fn provider(tls: &Tls) -> CryptoProvider {
    let mut provider = ring::default_provider();
    let all = std::mem::take(&mut provider.cipher_suites);
    let mut chosen: Vec<_> = tls.cipher_suites.iter().filter_map(|name| suite(name, &all)).collect();
    for wanted in [&TLS13, &TLS12] {
        // As in Go, where a list is about TLS 1.2 and never empties TLS 1.3.
        let is_left_to_us = tls.cipher_suites.is_empty() || wanted.version == rustls::ProtocolVersion::TLSv1_3;
        if is_left_to_us && !chosen.iter().any(|suite| suite.version() == wanted) {
            chosen.extend(all.iter().filter(|suite| suite.version() == wanted));
        }
    }
    provider.cipher_suites = chosen;
    if !tls.curves.is_empty() {
        let all = std::mem::take(&mut provider.kx_groups);
        provider.kx_groups = tls.curves.iter().filter_map(|name| curve(name, &all)).collect();
    }
    provider
}

/// The suite of Go's `name`: the library marks those of TLS 1.3.
fn suite(name: &str, all: &[SupportedCipherSuite]) -> Option<SupportedCipherSuite> {
    let marked = name.replacen("TLS_", "TLS13_", 1);
    let found = all
        .iter()
        .find(|suite| [Some(name), Some(&marked)].contains(&suite.suite().as_str()));
    found.copied()
}

fn curve(name: &str, all: &[&'static dyn SupportedKxGroup]) -> Option<&'static dyn SupportedKxGroup> {
    let group = match name {
        "X25519" => NamedGroup::X25519,
        "CurveP256" => NamedGroup::secp256r1,
        "CurveP384" => NamedGroup::secp384r1,
        _ => return None,
    };
    all.iter().find(|known| known.name() == group).copied()
}

/// What a connection became.
#[derive(Debug)]
pub(super) enum Spoken {
    /// HTTP/1 over TLS.
    Http1(Box<TlsStream<TcpStream>>),
    /// HTTP/2 over TLS.
    Http2(Box<TlsStream<TcpStream>>),
    /// Plain text; it was answered and is over.
    Plain,
}

/// Shakes hands on `stream`, within a time limit.
pub(super) async fn handshake(mut stream: TcpStream, config: Arc<ServerConfig>) -> std::io::Result<Spoken> {
    let shaking = async {
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE_RECORD {
            stream.write_all(PLAIN_REQUEST).await?;
            stream.shutdown().await?;
            return Ok(Spoken::Plain);
        }
        let stream = Box::new(TlsAcceptor::from(config).accept(stream).await?);
        if stream.get_ref().1.alpn_protocol() == Some(H2) {
            return Ok(Spoken::Http2(stream));
        }
        Ok(Spoken::Http1(stream))
    };
    timeout(HANDSHAKE_LIMIT, shaking).await?
}

#[cfg(test)]
mod tests;
