//! The HTTP clients.
//!
//! Owns: how connections are made: TLS, trusted certificates, proxy, no redirects. Knows nothing of what is sent.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Proxy, redirect};
use rustls::crypto::{CryptoProvider, ring};
use url::{Host, Url};

use super::settings::HttpSettings;

/// The whole set of public roots has about 200 KiB; a private CA is one or two certificates.
const MAX_CA_BYTES: u64 = 4 * 1024 * 1024;
/// The gateway closes idle connections after about a minute; we do so first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// The metadata service is on the same host: what is not there in this time is not there (the SDK's value).
pub(super) const METADATA_TIMEOUT: Duration = Duration::from_secs(3);

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file with trusted certificates could not be read.
    #[error("cannot read the CA file {path}: {source}")]
    CaUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file with trusted certificates holds none.
    #[error("the CA file {path} is unusable: {why}")]
    CaUnusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The proxy's address cannot be one.
    #[error("the proxy address is unusable: it must be http:// or https:// with a host")]
    Proxy,
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}; the system's CA certificates may be missing (package ca-certificates)")]
    Tls(String),
}

/// The client for the cloud. `addresses` are those it will be used for.
pub(super) fn cloud_client(settings: &HttpSettings, addresses: &[&Url]) -> Result<reqwest::Client, SetupError> {
    let mut builder = common(settings.timeout);
    if let Some(url) = &settings.proxy_url {
        builder = builder.proxy(Proxy::all(url.as_str()).map_err(|_| SetupError::Proxy)?);
    } else if addresses.iter().all(|url| is_loopback(url)) {
        // The environment's proxy would look for the simulator on its own machine.
        builder = builder.no_proxy();
    }
    let proxy_speaks_tls = settings.proxy_url.as_ref().is_some_and(|url| url.scheme() == "https");
    let any_tls = proxy_speaks_tls || addresses.iter().any(|url| url.scheme() == "https");
    builder = match &settings.ca_file {
        Some(path) => builder.tls_certs_merge(read_certificates(path)?),
        None if any_tls => builder,
        // Plain HTTP only: must work where there are no system certificates, such as an empty container image.
        None => builder.tls_certs_only([]),
    };
    build(builder)
}

/// The client for the metadata service: never by a proxy, and never by TLS.
pub(super) fn metadata_client() -> Result<reqwest::Client, SetupError> {
    build(common(METADATA_TIMEOUT).no_proxy().tls_certs_only([]))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn common(timeout: Duration) -> ClientBuilder {
    if CryptoProvider::get_default().is_none() {
        // Fails only if another thread was quicker, which installed one as well.
        let _ = ring::default_provider().install_default();
    }
    reqwest::Client::builder()
        .timeout(timeout)
        // A redirect would carry the token or the signature to wherever it points.
        .redirect(redirect::Policy::none())
        .referer(false)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .user_agent(concat!("drs-exporter/", env!("CARGO_PKG_VERSION")))
        // Repeating is decided in one place, `retry`, and there every attempt is counted.
        .retry(reqwest::retry::never())
}

fn build(builder: ClientBuilder) -> Result<reqwest::Client, SetupError> {
    builder
        .build()
        .map_err(|error| SetupError::Tls(super::transport::chain(&error)))
}

fn read_certificates(path: &Path) -> Result<Vec<Certificate>, SetupError> {
    let unusable = |why| SetupError::CaUnusable {
        path: path.to_owned(),
        why,
    };
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_CA_BYTES + 1).read_to_end(&mut pem))
        .map_err(|source| SetupError::CaUnreadable {
            path: path.to_owned(),
            source,
        })?;
    if pem.len() as u64 > MAX_CA_BYTES {
        return Err(unusable("it is larger than 4 MiB"));
    }
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| unusable("it is not PEM"))?;
    if certificates.is_empty() {
        return Err(unusable("it holds no certificate in PEM form"));
    }
    Ok(certificates)
}
