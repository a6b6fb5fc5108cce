//! The one table of all keys of the web configuration, and what of each differs from the exporter-toolkit.
//!
//! Owns: names, types, defaults, meanings, and how each key compares. Reading, messages, `docs/web-configuration.md`
//! and the tests are driven by it. The names and words are those of the toolkit's documentation and of Go.

use crate::config::keys::{Key, Kind, Need, key};

/// A key and its comparison.
#[derive(Debug)]
pub struct WebKey {
    /// The key itself.
    pub key: Key,
    /// What differs from the toolkit, and why; empty: nothing.
    pub differs: &'static str,
}

use Kind::{Choice, Count, Dictionary, File, Map, Pause, Pem, Switch, Text, Texts, Words};
use Need::{Default, Optional};

const TOP: &str = "";
const TLS: &str = "tls_server_config";
const HTTP: &str = "http_server_config";
const ADD: &str = "http_server_config.headers";
const RATE: &str = "rate_limit";

const fn same(key: Key) -> WebKey {
    WebKey { key, differs: "" }
}

const fn but(key: Key, differs: &'static str) -> WebKey {
    WebKey { key, differs }
}

/// The headers that may be added.
pub(super) const HEADERS: [&str; 5] = [
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "X-XSS-Protection",
    "Strict-Transport-Security",
];

const VERSIONS: Kind = Choice(&["TLS13", "TLS12", "TLS11", "TLS10"]);
const CLIENT_AUTH: Kind = Choice(&[
    "NoClientCert",
    "RequestClientCert",
    "RequireAnyClientCert",
    "RequireClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
]);
const SUITES: Kind = Words(
    &[
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
        "TLS_RSA_WITH_AES_256_CBC_SHA",
    ],
    0,
);
const CURVES: Kind = Words(&["X25519", "CurveP256", "CurveP384", "CurveP521"], 0);

const NO_CBC: &str =
    "the TLS library has no CBC suites, which were broken again and again; use one with GCM or CHACHA20";
const NO_RSA: &str = "the TLS library has no suites without forward secrecy; use one with ECDHE";
const NO_OLD: &str =
    "the TLS library has TLS 1.2 and 1.3 only (RFC 8996 forbids older ones); write TLS12, or leave it out";

/// Versions that Go has and the TLS library does not, and why.
pub(super) const GO_ONLY_VERSIONS: &[(&str, &str)] = &[("TLS11", NO_OLD), ("TLS10", NO_OLD)];

/// The same of cipher suites.
pub(super) const GO_ONLY_SUITES: &[(&str, &str)] = &[
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", NO_CBC),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", NO_CBC),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", NO_CBC),
    ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", NO_CBC),
    ("TLS_RSA_WITH_AES_128_GCM_SHA256", NO_RSA),
    ("TLS_RSA_WITH_AES_256_GCM_SHA384", NO_RSA),
    ("TLS_RSA_WITH_AES_128_CBC_SHA", NO_RSA),
    ("TLS_RSA_WITH_AES_256_CBC_SHA", NO_RSA),
];

/// The same of curves.
pub(super) const GO_ONLY_CURVES: &[(&str, &str)] = &[(
    "CurveP521",
    "the TLS library has X25519, CurveP256 and CurveP384; use these",
)];

const ONE_OF: &str = "Narrower: given together with its other form it is refused; the toolkit takes the file silently.";
const OLD_VERSIONS: &str = "Narrower: `TLS10` and `TLS11` are refused, the TLS library does not have them.";
const BLANK: Need = Optional("not sent");

/// Every key, in the order of the documentation.
#[rustfmt::skip]
pub const TABLE: &[WebKey] = &[
    but(key(TOP, TLS, Map, Optional("no TLS"), "{cert_file: server.pem, key_file: server-key.pem}", "TLS. Whether there is TLS is fixed at the start."), "Narrower: with any key in it, a certificate and a key are needed; the toolkit takes a section with, say, only `min_version` as no TLS."),
    but(key(TLS, "cert_file", File, Optional("given by `cert`"), "server.pem", "The server's certificate, then those that lead to its authority."), ONE_OF),
    but(key(TLS, "cert", Pem, Optional("given by `cert_file`"), "|", "The same, as text."), ONE_OF),
    but(key(TLS, "key_file", File, Optional("given by `key`"), "server-key.pem", "The certificate's key."), ONE_OF),
    but(key(TLS, "key", Pem, Optional("given by `key_file`"), "|", "The same, as text."), ONE_OF),
    but(key(TLS, "client_auth_type", CLIENT_AUTH, Default("NoClientCert"), "RequireAndVerifyClientCert", "What is asked of a client. `RequireAndVerifyClientCert` alone protects; `RequestClientCert` and `RequireAnyClientCert` (also called `RequireClientCert`) take any certificate, `VerifyClientCertIfGiven` takes clients without one."), "Narrower: where certificates are verified, an authority must be given; the toolkit would take those of the system, which sign for anybody. A client's certificate may not be an authority's itself."),
    but(key(TLS, "client_ca_file", File, Optional("given by `client_ca`"), "client-ca.pem", "Authorities of the clients' certificates."), "Narrower: given together with `client_ca`, or where nothing is verified, it is refused. A file without any certificate is refused; the toolkit would let nobody in."),
    but(key(TLS, "client_ca", Pem, Optional("given by `client_ca_file`"), "|", "The same, as text."), "Narrower: as `client_ca_file`."),
    but(key(TLS, "client_allowed_sans", Texts, Optional("any name"), "[prometheus.example.com]", "A client's certificate must have one of these names (DNS, IP address, e-mail or URI), exactly as written."), "Narrower: an empty list, or one where no certificate is asked for, is refused."),
    but(key(TLS, "min_version", VERSIONS, Default("TLS12"), "TLS13", "The oldest TLS version that is spoken."), OLD_VERSIONS),
    but(key(TLS, "max_version", VERSIONS, Default("TLS13"), "TLS13", "The newest TLS version that is spoken."), OLD_VERSIONS),
    but(key(TLS, "cipher_suites", SUITES, Default("[]"), "[TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]", "Cipher suites, by Go's names, in order of preference. Without one for TLS 1.3 in the list, all of TLS 1.3 are on, as in Go."), "Narrower: suites with CBC or without ECDHE are refused, the TLS library does not have them. Wider: suites of TLS 1.3 in the list count; Go ignores them."),
    but(key(TLS, "prefer_server_cipher_suites", Switch, Default("true"), "false", "Whether the order here counts, or the client's."), "Wider: it has the effect that the toolkit documents; Go has ignored it since 1.17."),
    but(key(TLS, "curve_preferences", CURVES, Default("[]"), "[X25519, CurveP256]", "Curves of the key exchange, by Go's names, in order of preference."), "Narrower: `CurveP521` is refused, the TLS library does not have it."),
    same(key(TOP, HTTP, Map, Default("{}"), "{http2: false}", "HTTP.")),
    but(key(HTTP, "http2", Switch, Default("true"), "false", "Whether HTTP/2 is offered. Within TLS only; plain text is HTTP/1."), "Wider: a change counts for new connections; in the toolkit, from a restart on."),
    same(key(HTTP, "headers", Map, Optional("none"), "{X-Frame-Options: deny}", "Headers of every answer, errors too. The page's own content policy stays beside one given here: a browser keeps both.")),
    same(key(ADD, "Content-Security-Policy", Text, BLANK, "frame-ancestors 'none'", "The header of this name.")),
    same(key(ADD, "X-Frame-Options", Choice(&["deny", "sameorigin"]), BLANK, "deny", "The header of this name.")),
    same(key(ADD, "X-Content-Type-Options", Choice(&["nosniff"]), BLANK, "nosniff", "The header of this name; it is always sent.")),
    same(key(ADD, "X-XSS-Protection", Text, BLANK, "0", "The header of this name.")),
    same(key(ADD, "Strict-Transport-Security", Text, BLANK, "max-age=31536000", "The header of this name. Browsers keep to it for all of the host.")),
    but(key(TOP, "basic_auth_users", Dictionary, Optional("everybody is let in"), "{prometheus: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG}", "Users and the bcrypt hashes of their passwords. With any user here, every path needs one, `/-/healthy` too."), "Narrower: a cost above 14 is refused, as are names that cannot be sent (with a colon). Users cannot all be taken away at run time: a file caught while it is written would look the same."),
    same(key(TOP, RATE, Map, Optional("no limit"), "{interval: 100ms, burst: 20}", "How many requests are answered, of all clients together; the others get 429.")),
    but(key(RATE, "interval", Pause, Default("0"), "100ms", "From one request to the next, in the long run; 0 for no limit."), "Narrower: a number without a unit, which would be nanoseconds, is refused. Wider: a change counts at once; in the toolkit, from a restart on."),
    but(key(RATE, "burst", Count(0, 1_000_000), Default("0"), "20", "Requests at once; at least 1 if there is an interval."), "Narrower: with an interval, 0 is refused; the toolkit would refuse every request."),
];

/// The keys alone.
pub const KEYS: &[Key] = &{
    let mut keys = [TABLE[0].key; TABLE.len()];
    let mut index = 0;
    while index < TABLE.len() {
        keys[index] = TABLE[index].key;
        index += 1;
    }
    keys
};
