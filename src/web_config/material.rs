//! The certificates and keys that a web configuration names, read and taken apart.
//!
//! Owns: PEM. Whether a key fits its certificate is judged by who uses them.

use std::fs;
use std::io::Read as _;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::model::{From, Source, Tls};
use crate::config::Mistakes;
use crate::secret::{ExposeSecret as _, SecretString};

/// All public authorities together are about 220 KiB.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What is served by.
#[derive(Debug)]
pub(crate) struct Material {
    /// The server's certificate, then those that lead to its authority.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub(crate) key: PrivateKeyDer<'static>,
    /// Who signs the clients' certificates.
    pub(crate) client_authorities: Vec<CertificateDer<'static>>,
}

impl Material {
    /// Reads it. None, with the reasons among the mistakes, if anything cannot be read.
    pub(crate) fn read(tls: &Tls, mistakes: &mut Mistakes) -> Option<Self> {
        let chain = certificates(&tls.certificate, mistakes);
        let key = key(&tls.key, mistakes);
        let authorities = tls
            .client_authorities
            .as_ref()
            .map(|source| certificates(source, mistakes));
        Some(Self {
            chain: chain?,
            key: key?,
            client_authorities: authorities.unwrap_or_else(|| Some(Vec::new()))?,
        })
    }
}

fn certificates(source: &Source, mistakes: &mut Mistakes) -> Option<Vec<CertificateDer<'static>>> {
    let text = text(source, mistakes)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.expose_secret().as_bytes()).collect();
    match read {
        Ok(found) if !found.is_empty() => Some(found),
        Ok(_) => refuse(
            source,
            "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)",
            mistakes,
        ),
        Err(_) => refuse(
            source,
            "holds a certificate that is damaged or not written to its end",
            mistakes,
        ),
    }
}

fn key(source: &Source, mistakes: &mut Mistakes) -> Option<PrivateKeyDer<'static>> {
    let text = text(source, mistakes)?;
    if text.expose_secret().contains("ENCRYPTED") {
        return refuse(
            source,
            "holds an encrypted key; decrypt it, for example with `openssl pkey`",
            mistakes,
        );
    }
    let read = PrivateKeyDer::from_pem_slice(text.expose_secret().as_bytes());
    read.or_else(|_| {
        refuse(
            source,
            "holds no whole key in PEM form (-----BEGIN PRIVATE KEY-----)",
            mistakes,
        )
        .ok_or(())
    })
    .ok()
}

fn text(source: &Source, mistakes: &mut Mistakes) -> Option<SecretString> {
    let path = match &source.from {
        From::Text(text) => return Some(text.clone()),
        From::File(path) => path,
    };
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => refuse(source, &format!("{} cannot be read: {error}", path.display()), mistakes),
        Ok(_) if bytes.len() as u64 > MAX_BYTES => refuse(source, "is larger than 4 MiB", mistakes),
        // What is around the PEM blocks may be in any encoding.
        Ok(_) => Some(SecretString::from(String::from_utf8_lossy(&bytes).into_owned())),
    }
}

fn refuse<T>(source: &Source, what: &str, mistakes: &mut Mistakes) -> Option<T> {
    mistakes.add(source.at, source.key.as_str(), what);
    None
}
