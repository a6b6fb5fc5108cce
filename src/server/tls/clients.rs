//! Whom a certificate lets in.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use super::names;
use crate::config::Mistakes;
use crate::web_config::{ClientAuth, Material, Tls};

/// What judges clients' certificates, if any are asked for. None at all, with the reason among the mistakes, if an
/// authority cannot be used.
#[allow(clippy::option_option, reason = "refused, nothing to do, or a verifier")]
pub(super) fn verifier(
    tls: &Tls,
    material: &Material,
    provider: &Arc<CryptoProvider>,
    mistakes: &mut Mistakes,
) -> Option<Option<Arc<dyn ClientCertVerifier>>> {
    if tls.client_auth == ClientAuth::None {
        return Some(None);
    }
    let mut authorities = None;
    if tls.client_auth.verifies() {
        let made = by_authorities(material, provider);
        authorities = Some(
            made.map_err(|what| {
                let source = tls.client_authorities.as_ref();
                let key = source.map_or("tls_server_config", |source| &source.key);
                mistakes.add(source.and_then(|source| source.at), key, what);
            })
            .ok()?,
        );
    }
    Some(Some(Arc::new(Clients {
        authorities,
        is_required: tls.client_auth.requires(),
        allowed: tls.client_allowed_sans.clone(),
        provider: Arc::clone(provider),
    })))
}

fn by_authorities(material: &Material, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for authority in &material.client_authorities {
        let added = roots.add(authority.clone());
        added.map_err(|error| format!("holds a certificate that cannot be an authority: {error}"))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    builder.build().map_err(|error| format!("cannot be used: {error}"))
}

/// Judges by the authorities, if there are any, and by names.
#[derive(Debug)]
struct Clients {
    authorities: Option<Arc<dyn ClientCertVerifier>>,
    is_required: bool,
    /// The client's names, one of which must be among these.
    allowed: Option<Vec<String>>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.is_required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.authorities
            .as_ref()
            .map_or(&[], |inner| inner.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(authorities) = &self.authorities {
            authorities.verify_client_cert(end_entity, intermediates, now)?;
        }
        if let Some(allowed) = &self.allowed {
            let names = names::of(end_entity).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
            if !names.iter().any(|name| allowed.contains(name)) {
                return Err(Error::InvalidCertificate(
                    CertificateError::ApplicationVerificationFailure,
                ));
            }
        }
        Ok(ClientCertVerified::assertion())
    }

    // Whatever the certificate is: who shows it must have its key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
