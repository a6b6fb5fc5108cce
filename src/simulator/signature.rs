//! The signature of a request: SDK-HMAC-SHA256 (API text 3.2), verified from what came over the wire.
//!
//! Owns: the canonical request and its signature. Knows nothing of keys, locks and skew.

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::asked::Asked;

/// The only algorithm that is known here.
const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// What is not percent-encoded in a canonical query besides letters and digits: `-._~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a request says of its own signature.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim<'a> {
    /// The access key.
    pub(crate) access: &'a str,
    /// The names of the signed headers, as sent.
    pub(crate) signed_headers: &'a str,
    /// The signature.
    pub(crate) signature: &'a str,
}

impl<'a> Claim<'a> {
    /// Reads an `Authorization` header. None if it is not of this algorithm or lacks a part.
    pub(crate) fn parse(header: &'a str) -> Option<Self> {
        let parts = header.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let part = |name: &str| {
            let mut fields = parts.split(',').filter_map(|field| field.trim().split_once('='));
            fields.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        Some(Self {
            access: part("Access")?,
            signed_headers: part("SignedHeaders")?,
            signature: part("Signature")?,
        })
    }

    /// Whether this header is among the signed ones.
    pub(crate) fn signs(&self, name: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == name)
    }

    /// Whether the signature is right for this request and secret key.
    pub(crate) fn is_right(&self, asked: &Asked, secret: &str) -> bool {
        signature(asked, self.signed_headers, secret).is_some_and(|right| right == self.signature)
    }
}

/// The right signature. A key of any length will do, so there always is one.
pub(crate) fn signature(asked: &Asked, signed_headers: &str, secret: &str) -> Option<String> {
    let canonical = canonical_request(asked, signed_headers);
    let date = asked.header("x-sdk-date").unwrap_or_default();
    let text = format!("{ALGORITHM}\n{date}\n{}", hex_sha256(canonical.as_bytes()));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(text.as_bytes());
    Some(hex::encode(mac.finalize().into_bytes()))
}

fn canonical_request(asked: &Asked, signed_headers: &str) -> String {
    let slash = if asked.path.ends_with('/') { "" } else { "/" };
    let headers: String = signed_headers
        .split(';')
        .map(|name| canonical_header(asked, name))
        .collect();
    format!(
        "{}\n{}{slash}\n{}\n{headers}\n{signed_headers}\n{}",
        asked.method,
        asked.path,
        canonical_query(&asked.query),
        body_hash(asked),
    )
}

fn canonical_header(asked: &Asked, name: &str) -> String {
    let values = asked.headers.get_all(name).iter();
    let texts: Vec<String> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
        .collect();
    format!("{name}:{}\n", texts.join(","))
}

/// The pairs in their order, each part decoded and encoded again, so that ways to write the same do not matter.
fn canonical_query(query: &str) -> String {
    let encode = |part: &str| {
        let decoded = percent_decode_str(part).decode_utf8_lossy();
        utf8_percent_encode(&decoded, ENCODED).to_string()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (encode(key), encode(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join("&")
}

/// The body's hash, or what the caller says instead of one (`UNSIGNED-PAYLOAD`).
fn body_hash(asked: &Asked) -> String {
    match asked.header("x-sdk-content-sha256") {
        Some(unsigned @ "UNSIGNED-PAYLOAD") => unsigned.to_owned(),
        _ => hex_sha256(&asked.body),
    }
}

fn hex_sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::{HeaderMap, Method};

    use super::*;

    const SECRET: &str = "sk-test-example-0000000000000000000000001";
    const DRS: &str = "drs.cn-north-4.myhuaweicloud.com";
    const JOBS: &str = "/v5/5237e10fe9aa4ad5b16b6a5245248314/jobs";
    const JOB: &str = "163b98e8-6088-46c3-8b86-c18fea6jb502";

    /// One of the published vectors: path, query, host, further headers, signed names, canonical hash, signature.
    struct Vector {
        path: String,
        query: &'static str,
        host: &'static str,
        headers: &'static [(&'static str, &'static str)],
        signed: &'static str,
        hash: &'static str,
        signature: &'static str,
    }

    const PROJECT: (&str, &str) = ("x-project-id", "5237e10fe9aa4ad5b16b6a5245248314");
    const JSON: (&str, &str) = ("content-type", "application/json");

    fn vectors() -> [Vector; 5] {
        [
            Vector {
                path: format!("{JOBS}/{JOB}/health-compare-jobs/118d1bdc-b3c8-48a0-af77-3400da6e9291"),
                query: "",
                host: DRS,
                headers: &[],
                signed: "host;x-sdk-date",
                hash: "f6141ca359bcfb76da6dafce04e5eaa26a3b24c3cd35dcb9a3f0fa256ed080f6",
                signature: "3574cc440f12bd29b3113eaeba89e76dd44dc0dac83f222965d8a0dc53654e3f",
            },
            Vector {
                path: format!("{JOBS}/{JOB}/health-compare-jobs"),
                query: "status=SUCCESSFUL&offset=0&limit=1000",
                host: DRS,
                headers: &[JSON, PROJECT],
                signed: "content-type;host;x-project-id;x-sdk-date",
                hash: "c80dc07f809792fc3f485d4482171ff23db84064fd4972ade5143389d8a22090",
                signature: "933d035a429e685a752702816d98d945cd930497d86d12762e8f38381ee3ea8d",
            },
            Vector {
                path: JOBS.to_owned(),
                query: "job_type=cloudDataGuard&name=dr~job%201%2Fa%2Bb%2C%E4%B8%AD&offset=0&limit=10&enterprise_project_id",
                host: DRS,
                headers: &[
                    JSON,
                    PROJECT,
                    ("x-language", "en-us"),
                    ("x-security-token", "STS.EXAMPLE+token/with=chars=="),
                ],
                signed: "content-type;host;x-language;x-project-id;x-sdk-date;x-security-token",
                hash: "14837b6d305ce5914b09013c5a9a9af9661b72d726a0553678daf9fe9f9d5a65",
                signature: "00f4ebcbce05a4bd7c7dfd71a0483933c79b31bb6c219835fbeadb49adf57f98",
            },
            Vector {
                path: "/v3/projects".to_owned(),
                query: "name=cn-north-4",
                host: "iam.cn-north-4.myhuaweicloud.com",
                headers: &[],
                signed: "host;x-sdk-date",
                hash: "6663958dc11c98827bd9cf4c7eb2573d6c29e5ea16294c14a3e9f055bcd6bd55",
                signature: "00ea1994800a1f5afba0aa452333affa0db270be0391961d697089a55eb6b3f5",
            },
            Vector {
                path: format!("{JOBS}/{JOB}/compare-policy"),
                query: "",
                host: "127.0.0.1:8443",
                headers: &[JSON, PROJECT],
                signed: "content-type;host;x-project-id;x-sdk-date",
                hash: "0398d9b4683e3a5e403e2028458c0c96391c02d6107ebfd14a9cb24017ad4757",
                signature: "aa808755368698ea3bf56ad9fe53118deb10e9f334e69706fd8a32daf600962f",
            },
        ]
    }

    fn asked(vector: &Vector) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert("host", vector.host.parse().unwrap());
        headers.insert("x-sdk-date", "20240407T100001Z".parse().unwrap());
        for &(name, value) in vector.headers {
            headers.insert(name, value.parse().unwrap());
        }
        Asked {
            method: Method::GET,
            path: vector.path.clone(),
            query: vector.query.to_owned(),
            headers,
            body: Bytes::new(),
            peer: ([127, 0, 0, 1], 1).into(),
            id: String::new(),
        }
    }

    #[test]
    fn every_published_vector_is_right_and_nothing_near_it() {
        for vector in vectors() {
            let mut asked = asked(&vector);
            let canonical = canonical_request(&asked, vector.signed);
            assert_eq!(hex_sha256(canonical.as_bytes()), vector.hash, "{canonical}");
            let header = format!(
                "SDK-HMAC-SHA256 Access=AKTESTEXAMPLE0000001, SignedHeaders={}, Signature={}",
                vector.signed, vector.signature
            );
            let claim = Claim::parse(&header).unwrap();
            assert_eq!(claim.access, "AKTESTEXAMPLE0000001");
            assert!(claim.is_right(&asked, SECRET));
            assert!(!claim.is_right(&asked, "another"));
            asked.query.push_str("&x=1");
            assert!(!claim.is_right(&asked, SECRET));
        }
    }

    #[test]
    fn what_is_no_signature_is_not_read_as_one() {
        for header in [
            "",
            "Bearer x",
            "SDK-HMAC-SHA256 Access=a",
            "SDK-HMAC-SHA256Access=a, SignedHeaders=b, Signature=c",
        ] {
            assert_eq!(Claim::parse(header), None, "{header}");
        }
    }
}
