//! The alternative names in a certificate, as Go writes them: DNS, e-mail, URI, IP address.
//!
//! Owns: the way through the DER of a certificate to that one extension. The TLS library keeps e-mail and IP addresses
//! to itself, and a whole X.509 parser would come with a dozen crates for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
/// `[3]`, in which a certificate has its extensions (RFC 5280, 4.1).
const EXTENSIONS: u8 = 0xa3;
/// 2.5.29.17, subjectAltName.
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const IP: u8 = 0x87;

/// All names; none if the certificate cannot be read.
pub(super) fn of(certificate: &[u8]) -> Option<Vec<String>> {
    let (SEQUENCE, outer, _) = element(certificate)? else {
        return None;
    };
    let (SEQUENCE, mut fields, _) = element(outer)? else {
        return None;
    };
    let mut extensions: &[u8] = &[];
    while !fields.is_empty() {
        let (tag, content, rest) = element(fields)?;
        if tag == EXTENSIONS {
            extensions = element(content)?.1;
        }
        fields = rest;
    }
    while !extensions.is_empty() {
        let (_, extension, rest) = element(extensions)?;
        let (OBJECT_ID, id, mut value) = element(extension)? else {
            return None;
        };
        if id == ALTERNATIVE_NAMES {
            // Whether it is critical may stand before it.
            loop {
                let (tag, content, after) = element(value)?;
                if tag == OCTETS {
                    return names(element(content)?.1);
                }
                value = after;
            }
        }
        extensions = rest;
    }
    Some(Vec::new())
}

fn names(mut list: &[u8]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while !list.is_empty() {
        let (tag, content, rest) = element(list)?;
        match tag {
            EMAIL | DNS | URI => names.push(std::str::from_utf8(content).ok()?.to_owned()),
            IP => names.push(address(content)?.to_string()),
            // A directory's name and its like, which Go does not look at either.
            _ => {}
        }
        list = rest;
    }
    Some(names)
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(octets) {
        return Some(Ipv4Addr::from(v4).into());
    }
    let v6 = Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?);
    // As Go prints it.
    Some(v6.to_canonical())
}

/// The first element: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        // Four bytes make 4 GiB, more than a handshake can hold.
        let count = usize::from(first & 0x7f);
        let (digits, after) = rest.split_at_checked(count).filter(|_| (1..=4).contains(&count))?;
        rest = after;
        digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
