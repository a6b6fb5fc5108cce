//! Where to listen, as Prometheus programs write it. Owns the text form; resolving and binding are the server's.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A host name has at most 253 characters (RFC 1035, 2.3.4, without the root's dot).
const MAX_HOST_CHARS: usize = 253;

/// An address to listen on: `:10816`, `localhost:0`, `127.0.0.1:0`, `[::1]:9`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListenAddress {
    /// Which of the machine's interfaces.
    pub host: ListenHost,
    /// The TCP port; 0 lets the system choose one.
    pub port: u16,
}

/// The host part of a [`ListenAddress`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListenHost {
    /// All interfaces, IPv6 and IPv4.
    All,
    /// One address.
    Ip(IpAddr),
    /// A name to be resolved when binding.
    Name(String),
}

/// Why a text is no [`ListenAddress`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListenAddressError {
    /// There is no colon before a port.
    #[error("the port is missing; write it after a colon, for example :10816 or 127.0.0.1:10816")]
    NoPort,
    /// What follows the colon is no port.
    #[error("the port must be a number from 0 to 65535, for example :10816")]
    BadPort,
    /// An IPv6 address without brackets cannot be told from its port.
    #[error("an IPv6 address stands in brackets, for example [::1]:10816")]
    BadIpv6,
    /// The host is neither an address nor a name.
    #[error("the host must be an address or a host name, or be left out to listen on all interfaces")]
    BadHost,
}

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(ListenAddressError::NoPort)?;
        let host = host_from(host)?;
        if port.is_empty() {
            return Err(ListenAddressError::NoPort);
        }
        // The standard parser also takes a plus sign.
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ListenAddressError::BadPort);
        }
        let port = port.parse().map_err(|_| ListenAddressError::BadPort)?;
        Ok(Self { host, port })
    }
}

fn host_from(text: &str) -> Result<ListenHost, ListenAddressError> {
    if text.is_empty() {
        return Ok(ListenHost::All);
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address = inner.parse().map_err(|_| ListenAddressError::BadIpv6)?;
        return Ok(ListenHost::Ip(IpAddr::V6(address)));
    }
    if text.contains([':', '[', ']']) {
        return Err(ListenAddressError::BadIpv6);
    }
    if let Ok(address) = text.parse() {
        return Ok(ListenHost::Ip(IpAddr::V4(address)));
    }
    if is_host_name(text) {
        Ok(ListenHost::Name(text.to_owned()))
    } else {
        Err(ListenAddressError::BadHost)
    }
}

/// Whether a resolver would look it up. Digits and dots alone are a mistyped address, never a name.
fn is_host_name(text: &str) -> bool {
    text.len() <= MAX_HOST_CHARS
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-'))
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            ListenHost::All => write!(f, ":{}", self.port),
            ListenHost::Ip(IpAddr::V4(address)) => write!(f, "{address}:{}", self.port),
            ListenHost::Ip(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            ListenHost::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_back() {
        for text in [
            ":10816",
            "localhost:0",
            "127.0.0.1:0",
            "[::1]:9",
            "[::]:65535",
            "pod-1.svc.cluster_a:80",
        ] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
        assert_eq!(":1".parse::<ListenAddress>().unwrap().host, ListenHost::All);
        assert!(matches!(
            "127.0.0.1:1".parse::<ListenAddress>().unwrap().host,
            ListenHost::Ip(_)
        ));
        assert!(matches!(
            "[::1]:1".parse::<ListenAddress>().unwrap().host,
            ListenHost::Ip(_)
        ));
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        use ListenAddressError::{BadHost, BadIpv6, BadPort, NoPort};
        for (text, error) in [
            ("", NoPort),
            ("10816", NoPort),
            ("localhost", NoPort),
            ("localhost:", NoPort),
            (":65536", BadPort),
            (":-1", BadPort),
            (":+1", BadPort),
            (":http", BadPort),
            ("::1:9", BadIpv6),
            ("[127.0.0.1]:9", BadIpv6),
            ("[::1:9", BadIpv6),
            ("127.0.0.300:9", BadHost),
            ("a b:9", BadHost),
            ("a..b:9", BadHost),
            ("http://a:9", BadIpv6),
        ] {
            assert_eq!(text.parse::<ListenAddress>().unwrap_err(), error, "{text}");
        }
    }
}
