//! Addresses of calls.
//!
//! Owns: how ids and values get into a path and a query so that none can leave its place, and so that the bytes sent
//! are the bytes signed. Knows nothing of what is called.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// Everything but the unreserved characters of RFC 3986, as the signature wants it (API text, 3.2).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path segment that no address can hold: empty, or one that stands for a folder in every URL, encoded or not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unaddressable;

/// One segment or value, percent-encoded.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// `base` with `segments` below its own path, and `query` sorted by name and value.
pub(super) fn build(base: &Url, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, Unaddressable> {
    let mut path = base.path().trim_end_matches('/').to_owned();
    for segment in segments {
        if matches!(*segment, "" | "." | "..") {
            return Err(Unaddressable);
        }
        path.push('/');
        path.push_str(&encode(segment));
    }
    let mut url = base.clone();
    url.set_path(&path);
    url.set_query(canonical_query(query).as_deref());
    url.set_fragment(None);
    Ok(url)
}

/// The query in the only form the signature knows; `None` where there is none.
fn canonical_query(pairs: &[(&str, &str)]) -> Option<String> {
    let mut encoded: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    encoded.sort();
    let joined: Vec<String> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!joined.is_empty()).then(|| joined.join("&"))
}

/// The value of the header `Host`, as the HTTP client writes it: with the port unless it is the scheme's own.
pub(super) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://drs.example/prefix/").unwrap()
    }

    #[test]
    fn an_id_cannot_leave_its_place() {
        let url = build(&base(), &["jobs", "a/../b?c#d e%2e", "x"], &[]).unwrap();
        assert_eq!(
            url.as_str(),
            "https://drs.example/prefix/jobs/a%2F..%2Fb%3Fc%23d%20e%252e/x"
        );
        for folder in ["", ".", ".."] {
            assert_eq!(build(&base(), &["jobs", folder], &[]), Err(Unaddressable));
        }
    }

    #[test]
    fn a_query_is_sorted_and_encoded() {
        let url = build(
            &base(),
            &["jobs"],
            &[("limit", "10"), ("a", ""), ("limit", "1"), ("n", "a b/+'中")],
        )
        .unwrap();
        assert_eq!(url.query(), Some("a=&limit=1&limit=10&n=a%20b%2F%2B%27%E4%B8%AD"));
    }

    #[test]
    fn the_host_has_a_port_only_where_it_is_not_the_scheme_s() {
        for (url, expected) in [
            ("https://a.example:443/", "a.example"),
            ("http://127.0.0.1:8443/", "127.0.0.1:8443"),
            ("http://[::1]:80/", "[::1]"),
        ] {
            assert_eq!(host(&Url::parse(url).unwrap()), expected);
        }
    }
}
