//! The request signature SDK-HMAC-SHA256 (API text, 3.2).
//!
//! Owns: from a request's parts to the value of `Authorization`. Pure: no clock, no request is sent.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::address::{encode, host};
use crate::secret::{ExposeSecret as _, SecretString};

const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// What is signed with: the key's id and its secret.
pub(super) struct SigningKey<'a> {
    pub(super) access_key: &'a SecretString,
    pub(super) secret_key: &'a SecretString,
}

/// What is signed. `headers` are those sent besides `Host`, names in lower case, `x-sdk-date` among them.
pub(super) struct Parts<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    pub(super) date: &'a str,
}

/// The time as the header `X-Sdk-Date` has it, such as `20240407T100001Z`.
pub(super) fn sdk_date(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The value of the header `Authorization`.
pub(super) fn authorization(key: &SigningKey<'_>, parts: &Parts<'_>) -> SecretString {
    let headers = sorted_headers(parts);
    let signed_headers = join(headers.iter().map(|(name, _)| name.as_str()), ";");
    let canonical = canonical_request(parts, &headers, &signed_headers);
    let to_sign = format!(
        "{ALGORITHM}\n{}\n{}",
        parts.date,
        hex::encode(Sha256::digest(canonical))
    );
    let signature = hex::encode(keyed_hash(
        key.secret_key.expose_secret().as_bytes(),
        to_sign.as_bytes(),
    ));
    let access_key = key.access_key.expose_secret();
    SecretString::from(format!(
        "{ALGORITHM} Access={access_key}, SignedHeaders={signed_headers}, Signature={signature}"
    ))
}

fn canonical_request(parts: &Parts<'_>, headers: &[(String, String)], signed_headers: &str) -> String {
    let path = canonical_path(parts.url.path());
    let query = canonical_query(parts.url.query().unwrap_or_default());
    let header_lines = join(headers.iter().map(|(name, value)| format!("{name}:{value}\n")), "");
    let body = hex::encode(Sha256::digest(parts.body));
    format!(
        "{}\n{path}\n{query}\n{header_lines}\n{signed_headers}\n{body}",
        parts.method
    )
}

fn sorted_headers(parts: &Parts<'_>) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.trim().to_owned()))
        .collect();
    headers.push(("host".to_owned(), host(parts.url)));
    headers.sort();
    headers
}

/// Each segment decoded and encoded anew, and a slash at the end which the address itself does not have.
fn canonical_path(path: &str) -> String {
    let mut canonical = join(path.split('/').map(recode), "/");
    if !canonical.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (recode(name), recode(value)))
        .collect();
    pairs.sort();
    join(pairs.iter().map(|(name, value)| format!("{name}={value}")), "&")
}

fn recode(text: &str) -> String {
    encode(&percent_decode_str(text).decode_utf8_lossy())
}

fn join(parts: impl Iterator<Item = impl AsRef<str>>, separator: &str) -> String {
    let mut joined = String::new();
    for (index, part) in parts.enumerate() {
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(part.as_ref());
    }
    joined
}

#[allow(
    clippy::expect_used,
    reason = "HMAC takes a key of any length, so making one cannot fail"
)]
fn keyed_hash(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
#[path = "signer_tests.rs"]
mod tests;
