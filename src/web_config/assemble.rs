//! What the keys mean together.

use super::keys::{GO_ONLY_CURVES, GO_ONLY_SUITES, GO_ONLY_VERSIONS, HEADERS};
use super::model::{ClientAuth, From, RateLimit, Source, Tls, WebConfig};
use super::users;
use crate::config::read::Section;
use crate::config::{Mistakes, get};

/// None only if something is among the mistakes.
pub(super) fn web_config(top: &Section, mistakes: &mut Mistakes) -> Option<WebConfig> {
    let tls = get::section(top, "tls_server_config").map(|section| tls(section, mistakes));
    let http = get::section(top, "http_server_config")?;
    let headers = get::section(http, "headers").map(|section| headers(section, mistakes));
    let users = get::dictionary(top, "basic_auth_users");
    let users = users.map(|named| users::read(named, "basic_auth_users", mistakes));
    let rate_limit = get::section(top, "rate_limit").and_then(|section| rate_limit(section, mistakes));
    Some(WebConfig {
        tls: tls.flatten(),
        http2: get::switch(http, "http2")?,
        headers: headers.unwrap_or_default(),
        users: users.flatten().unwrap_or_default().into_iter().collect(),
        rate_limit,
    })
}

fn headers(section: &Section, mistakes: &mut Mistakes) -> Vec<(&'static str, String)> {
    let set = HEADERS
        .into_iter()
        .filter_map(|name| Some((name, get::text(section, name)?.to_owned())));
    let set: Vec<_> = set.collect();
    for (name, value) in &set {
        if !value.is_ascii() {
            let at = section.entry(name).and_then(|entry| entry.at);
            mistakes.add(
                at,
                section.path_of(name),
                "must be ASCII: nothing else goes into a header",
            );
        }
    }
    set
}

fn rate_limit(section: &Section, mistakes: &mut Mistakes) -> Option<RateLimit> {
    let interval = get::duration(section, "interval")?;
    if interval.is_zero() {
        return None;
    }
    let burst = u32::try_from(get::number(section, "burst")?).ok()?;
    if burst == 0 {
        let at = section.entry("interval").and_then(|entry| entry.at);
        let what = "with an interval, burst must be at least 1: with 0, every request would be refused";
        mistakes.add(at, section.path_of("burst"), what);
        return None;
    }
    Some(RateLimit { interval, burst })
}

fn tls(section: &Section, mistakes: &mut Mistakes) -> Option<Tls> {
    if section.is_left_empty() {
        return None;
    }
    let certificate = source(section, "cert", "cert_file", true, mistakes);
    let key = source(section, "key", "key_file", true, mistakes);
    let authorities = source(section, "client_ca", "client_ca_file", false, mistakes);
    let (tls12, tls13) = versions(section, mistakes);
    let suites = possible(section, "cipher_suites", GO_ONLY_SUITES, mistakes);
    let curves = possible(section, "curve_preferences", GO_ONLY_CURVES, mistakes);
    if !suites.is_empty() && !tls13 && suites.iter().all(|name| !name.contains("_WITH_")) {
        let what = "has none for TLS 1.2, and max_version allows nothing newer; add one";
        mistakes.add(at(section, "cipher_suites"), section.path_of("cipher_suites"), what);
    }
    let client_auth = client_auth(get::text(section, "client_auth_type").unwrap_or_default());
    clients(section, client_auth, mistakes);
    Some(Tls {
        certificate: certificate?,
        key: key?,
        client_authorities: authorities,
        client_auth,
        client_allowed_sans: get::texts(section, "client_allowed_sans").map(<[String]>::to_vec),
        tls12,
        tls13,
        cipher_suites: suites,
        curves,
        prefers_own_order: get::switch(section, "prefer_server_cipher_suites")?,
    })
}

fn at(section: &Section, name: &str) -> Option<crate::config::Position> {
    section.entry(name).and_then(|entry| entry.at)
}

/// The value of `inline` or of `file`, not both; one of them, if it is `needed`.
fn source(section: &Section, inline: &str, file: &str, needed: bool, mistakes: &mut Mistakes) -> Option<Source> {
    let made = |name: &str, from: From| Source {
        from,
        key: section.path_of(name),
        at: at(section, name),
    };
    let text = section.entry(inline).map(|_| get::pem(section, inline));
    let path = section.entry(file).map(|_| get::file(section, file));
    match (text, path) {
        (Some(_), Some(_)) => {
            let what = format!("{inline} and {file} are both given; leave one out");
            mistakes.add(at(section, inline), section.path_of(inline), what);
            None
        }
        (Some(text), None) => Some(made(inline, From::Text(text?))),
        (None, Some(path)) => Some(made(file, From::File(path?))),
        (None, None) => {
            if needed {
                let what = format!("is missing: TLS needs {file} or {inline}; or leave tls_server_config out");
                mistakes.add(Some(section.at), section.path_of(file), what);
            }
            None
        }
    }
}

/// Whether TLS 1.2 and 1.3 are spoken.
fn versions(section: &Section, mistakes: &mut Mistakes) -> (bool, bool) {
    let mut version = |name| {
        let written = get::text(section, name)?;
        if let Some((_, why)) = GO_ONLY_VERSIONS.iter().find(|(version, _)| *version == written) {
            mistakes.add(
                at(section, name),
                section.path_of(name),
                format!("{written} is not possible: {why}"),
            );
            return None;
        }
        Some(written == "TLS13")
    };
    match (version("min_version"), version("max_version")) {
        (Some(true), Some(false)) => {
            let what = "is above max_version, so that no version is left";
            let which = if at(section, "min_version").is_some() {
                "min_version"
            } else {
                "max_version"
            };
            mistakes.add(at(section, which), section.path_of("min_version"), what);
            (false, false)
        }
        (least, most) => (least != Some(true), most != Some(false)),
    }
}

/// The words of a list, of which those that only Go has are refused.
fn possible(
    section: &Section,
    name: &str,
    go_only: &[(&'static str, &str)],
    mistakes: &mut Mistakes,
) -> Vec<&'static str> {
    let words = get::words(section, name).unwrap_or_default();
    for word in words {
        if let Some((_, why)) = go_only.iter().find(|(other, _)| other == word) {
            mistakes.add(
                at(section, name),
                section.path_of(name),
                format!("{word} is not possible: {why}"),
            );
        }
    }
    words.to_vec()
}

fn client_auth(word: &str) -> ClientAuth {
    match word {
        "RequestClientCert" => ClientAuth::Request,
        "RequireAnyClientCert" | "RequireClientCert" => ClientAuth::RequireAny,
        "VerifyClientCertIfGiven" => ClientAuth::VerifyIfGiven,
        "RequireAndVerifyClientCert" => ClientAuth::RequireAndVerify,
        _ => ClientAuth::None,
    }
}

/// What is said of clients' certificates must fit together. A key that was refused counts as given.
fn clients(section: &Section, auth: ClientAuth, mistakes: &mut Mistakes) {
    let authorities = ["client_ca", "client_ca_file"]
        .into_iter()
        .find(|name| section.entry(name).is_some());
    let is_known = get::text(section, "client_auth_type").is_some();
    if is_known && auth.verifies() && authorities.is_none() {
        let what = "needs client_ca_file or client_ca: the system's authorities, which the toolkit would take, sign for \
                    anybody";
        mistakes.add(
            at(section, "client_auth_type"),
            section.path_of("client_auth_type"),
            what,
        );
    }
    if !is_known || auth.verifies() {
        return;
    }
    if let Some(name) = authorities {
        let what = "has no effect unless client_auth_type is RequireAndVerifyClientCert or VerifyClientCertIfGiven; set \
                    it, or leave this out";
        mistakes.add(at(section, name), section.path_of(name), what);
    }
    if auth == ClientAuth::None && section.entry("client_allowed_sans").is_some() {
        let what = "has no effect where no certificate is asked for; set client_auth_type, or leave this out";
        mistakes.add(
            at(section, "client_allowed_sans"),
            section.path_of("client_allowed_sans"),
            what,
        );
    }
}
