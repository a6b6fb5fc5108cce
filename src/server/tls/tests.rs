use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::*;
use crate::web_config::{self, WebConfig};

fn pem(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/web_config/pem")
        .join(name)
}

fn read(more: &str) -> WebConfig {
    let text = format!("tls_server_config: {{ cert_file: one.pem, key_file: one-key.pem, {more} }}");
    web_config::parse(&text, &pem("web.yaml")).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is told of it, or nothing.
fn told(text: &str) -> String {
    let config = web_config::parse(text, &pem("web.yaml")).unwrap();
    let mut mistakes = Mistakes::default();
    let made = server_config(config.tls.as_ref().unwrap(), true, &mut mistakes);
    mistakes
        .or(made, Path::new("web.yaml"))
        .err()
        .map(|errors| errors.to_string())
        .unwrap_or_default()
}

#[test]
fn every_suite_and_curve_that_the_configuration_takes_is_there() {
    let provider = ring::default_provider();
    let mut taken = 0;
    for key in web_config::keys::KEYS {
        let crate::config::keys::Kind::Words(words, _) = key.kind else {
            continue;
        };
        for word in words {
            let text = format!(
                "tls_server_config: {{ cert_file: c, key_file: k, {}: [{word}] }}",
                key.name
            );
            let is_taken = web_config::parse(&text, Path::new("f")).is_ok();
            let is_there = suite(word, &provider.cipher_suites).is_some() || curve(word, &provider.kx_groups).is_some();
            assert_eq!(is_taken, is_there, "{word}");
            taken += usize::from(is_taken);
        }
    }
    assert_eq!(taken, provider.cipher_suites.len() + 3);
}

#[test]
fn a_list_of_suites_leaves_just_these_and_never_empties_tls_13() {
    let suites = |more: &str| provider(read(more).tls.as_ref().unwrap()).cipher_suites.len();
    assert_eq!(suites(""), 9);
    assert_eq!(suites("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]"), 1 + 3);
    assert_eq!(suites("cipher_suites: [TLS_AES_128_GCM_SHA256]"), 1);
}

#[test]
fn what_does_not_fit_is_told_at_its_key() {
    assert_eq!(
        told("tls_server_config: { cert_file: one.pem, key_file: one-key.pem }"),
        ""
    );
    for (text, word) in [
        (
            "tls_server_config: { cert_file: one.pem, key_file: two-key.pem }",
            "web.yaml:1:52: tls_server_config.key_file: is not the key",
        ),
        (
            "tls_server_config: { cert_file: nowhere.pem, key_file: one-key.pem }",
            "tls_server_config.cert_file: ",
        ),
        (
            "tls_server_config: { cert_file: one-key.pem, key_file: one-key.pem }",
            "holds no certificate",
        ),
        (
            "tls_server_config: { cert_file: one.pem, key_file: one.pem }",
            "tls_server_config.key_file: holds no whole key",
        ),
        (
            "tls_server_config: { cert_file: one.pem, key_file: one-key.pem, client_ca_file: one-key.pem, client_auth_type: VerifyClientCertIfGiven }",
            "client_ca_file: holds no certificate",
        ),
        (
            "tls_server_config: { cert_file: one.pem, key_file: one-key.pem, client_ca: '-----BEGIN CERTIFICATE-----\nA', client_auth_type: VerifyClientCertIfGiven }",
            "client_ca: holds ",
        ),
    ] {
        assert!(told(text).contains(word), "{text}: {}", told(text));
    }
}

#[test]
fn all_names_of_a_certificate_are_found_as_go_writes_them() {
    let names = |file: &str| {
        let der = CertificateDer::from_pem_slice(&fs::read(pem(file)).unwrap()).unwrap();
        names::of(&der)
    };
    let expected = [
        "localhost",
        "127.0.0.1",
        "::1",
        "a@example.com",
        "spiffe://example.com/web",
    ];
    assert_eq!(names("one.pem").unwrap(), expected);
    assert_eq!(names("nameless.pem").unwrap(), [] as [&str; 0]);
}

#[test]
fn no_damaged_certificate_makes_it_panic() {
    let der = CertificateDer::from_pem_slice(&fs::read(pem("one.pem")).unwrap()).unwrap();
    for index in 0..der.len() {
        let _ = names::of(&der[..index]);
        for value in [0, 0x30, 0x7f, 0x80, 0x84, 0xff] {
            let mut damaged = der.to_vec();
            damaged[index] = value;
            let _ = names::of(&damaged);
        }
    }
}

#[test]
fn sessions_are_not_resumed_where_certificates_are_asked_for() {
    let tickets = |more: &str| {
        let config = read(more);
        server_config(config.tls.as_ref().unwrap(), true, &mut Mistakes::default())
            .unwrap()
            .send_tls13_tickets
    };
    assert!(tickets("") > 0);
    assert_eq!(tickets("client_auth_type: RequestClientCert"), 0);
}
