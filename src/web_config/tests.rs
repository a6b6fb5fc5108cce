//! The files of `tests/web_config`, the table of keys row by row, and the toolkit's own list of keys.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::keys::{KEYS, TABLE};
use super::*;
use crate::config::cases::{Cases, SECRET};
use crate::generated_docs::assert_current;

const CASES: Cases<WebConfig> = Cases {
    folder: "web_config",
    load,
};

/// The keys of the toolkit's documentation (docs/web-configuration.md, version 0.16).
const TOOLKIT: &str = "
    tls_server_config: cert key client_ca cert_file key_file client_auth_type client_ca_file client_allowed_sans
        min_version max_version cipher_suites prefer_server_cipher_suites curve_preferences
    http_server_config: http2 headers
    http_server_config.headers: Content-Security-Policy X-Frame-Options X-Content-Type-Options X-XSS-Protection
        Strict-Transport-Security
    rate_limit: interval burst
    : tls_server_config http_server_config basic_auth_users rate_limit";

#[test]
fn good_files_load() {
    CASES.assert_good(12);
}

#[test]
fn bad_files_are_refused_with_the_right_words() {
    CASES.assert_bad(30);
}

#[test]
fn the_keys_are_those_of_the_toolkit() {
    let mut theirs = BTreeSet::new();
    let mut section = "";
    for word in TOOLKIT.split_whitespace() {
        match word.strip_suffix(':') {
            Some(name) => section = name,
            None => _ = theirs.insert((section, word)),
        }
    }
    let ours: BTreeSet<_> = KEYS.iter().map(|key| (key.section, key.name)).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), TABLE.len(), "a key stands there twice");
}

#[test]
fn what_differs_says_in_which_direction() {
    for entry in TABLE {
        let is_told = entry.differs.is_empty()
            || ["Narrower: ", "Wider: "]
                .iter()
                .any(|word| entry.differs.starts_with(word));
        assert!(is_told && !entry.differs.contains('|'), "{}", entry.differs);
        assert!(entry.key.about.ends_with('.'), "{}", entry.key.about);
    }
}

#[test]
fn the_documentation_is_that_of_the_table() {
    assert_current("web-configuration.md", &docs::markdown());
}

fn read(text: &str) -> WebConfig {
    parse(text, Path::new("/etc/web/web.yaml")).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

#[test]
fn the_documented_example_says_what_it_says() {
    let config = read(docs::EXAMPLE);
    let tls = config.tls.as_ref().unwrap();
    assert_eq!(tls.certificate.file(), Some(Path::new("/etc/web/server.pem")));
    assert_eq!(config.files().count(), 3);
    assert_eq!(tls.client_auth, ClientAuth::RequireAndVerify);
    assert_eq!(
        tls.client_allowed_sans.as_deref(),
        Some(["prometheus.example.com".to_owned()].as_slice())
    );
    assert!(tls.tls12 && tls.tls13 && tls.prefers_own_order && config.http2);
    assert_eq!(
        (tls.cipher_suites.len(), tls.curves.as_slice()),
        (2, ["X25519", "CurveP256"].as_slice())
    );
    assert_eq!(config.headers.len(), 2);
    let limit = RateLimit {
        interval: Duration::from_millis(100),
        burst: 20,
    };
    assert_eq!(config.rate_limit, Some(limit));
}

#[test]
fn left_out_means_what_it_means_in_the_toolkit() {
    for text in [
        "",
        "# nothing",
        "~",
        "{}",
        "tls_server_config:",
        "tls_server_config: {}",
        "basic_auth_users: {}\nrate_limit:",
    ] {
        let config = read(text);
        assert!(
            config.tls.is_none() && config.users.is_empty() && config.rate_limit.is_none() && config.http2,
            "{text}"
        );
    }
    let config = read("tls_server_config: { cert_file: c, key_file: k, client_auth_type: '', client_ca_file: '' }");
    let tls = config.tls.unwrap();
    assert!(tls.tls12 && tls.tls13 && tls.prefers_own_order && tls.cipher_suites.is_empty() && tls.curves.is_empty());
    assert_eq!((tls.client_auth, tls.client_allowed_sans), (ClientAuth::None, None));
}

#[test]
fn every_word_for_clients_certificates_means_what_it_means_in_go() {
    for (word, auth) in [
        ("NoClientCert", ClientAuth::None),
        ("RequestClientCert", ClientAuth::Request),
        ("RequireAnyClientCert", ClientAuth::RequireAny),
        ("RequireClientCert", ClientAuth::RequireAny),
    ] {
        let config = read(&format!(
            "tls_server_config: {{ cert_file: c, key_file: k, client_auth_type: {word} }}"
        ));
        assert_eq!(config.tls.unwrap().client_auth, auth, "{word}");
    }
    let config = read(
        "tls_server_config: { cert_file: c, key_file: k, client_ca_file: a, client_auth_type: VerifyClientCertIfGiven }",
    );
    assert_eq!(config.tls.unwrap().client_auth, ClientAuth::VerifyIfGiven);
}

#[test]
fn versions_are_limits_on_both_sides() {
    for (limits, expected) in [
        ("min_version: TLS13", (false, true)),
        ("max_version: TLS12", (true, false)),
        ("min_version: TLS12, max_version: TLS12", (true, false)),
        ("min_version: TLS12, max_version: TLS13", (true, true)),
    ] {
        let tls = read(&format!("tls_server_config: {{ cert_file: c, key_file: k, {limits} }}"))
            .tls
            .unwrap();
        assert_eq!((tls.tls12, tls.tls13), expected, "{limits}");
    }
}

#[test]
fn durations_are_those_of_go() {
    let interval = |text: &str| {
        let config = read(&format!("rate_limit: {{ interval: {text}, burst: 1 }}"));
        config.rate_limit.map(|limit| limit.interval)
    };
    assert_eq!(interval("0"), None);
    assert_eq!(interval("0s"), None);
    assert_eq!(interval("1.5s"), Some(Duration::from_millis(1500)));
    assert_eq!(interval("1m30s"), Some(Duration::from_secs(90)));
    assert_eq!(interval("250us"), Some(Duration::from_micros(250)));
}

#[test]
fn a_debug_print_shows_no_secret() {
    let text = format!("tls_server_config: {{ cert: '-----BEGIN {SECRET}', key: '-----BEGIN {SECRET}' }}");
    assert!(!format!("{:?}", read(&text)).contains(SECRET));
    assert!(!format!("{:?}", read(docs::EXAMPLE)).contains("X0h1gDs"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text, Path::new("f"));
    }

    /// Every key with any value, all in one map.
    #[test]
    fn no_value_makes_it_panic(values in prop::collection::vec("[a-zA-Z0-9$:{}\\[\\], ._|'-]{0,12}", TABLE.len())) {
        for section in ["", "tls_server_config", "http_server_config", "rate_limit"] {
            let keys = TABLE.iter().zip(&values).filter(|(entry, _)| entry.key.section == section);
            let lines: Vec<_> = keys.map(|(entry, value)| format!("  {}: {value}", entry.key.name)).collect();
            let _ = parse(&format!("{section}:\n{}", lines.join("\n")), Path::new("f"));
        }
    }
}
