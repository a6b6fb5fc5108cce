//! Which format and which encoding a client wants, from its `Accept` and `Accept-Encoding` headers.
//!
//! Owns: quality values (RFC 9110, 12.4.2) and the choice. A client that accepts nothing of ours gets plain text
//! all the same: somebody who debugs a scrape learns more from metrics than from a 406.

use super::scrape::Encoding;
use super::text::Format;

/// A quality in thousandths, which is as fine as the grammar allows.
type Quality = u16;

const FULL_QUALITY: Quality = 1000;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The draft before 1.0: what this program writes is the same in both, so a client that knows only it is served.
const OPEN_METRICS_DRAFT: &str = "application/openmetrics-text; version=0.0.1; charset=utf-8";

/// The outcome for `Accept`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The format to write.
    pub format: Format,
    /// The `Content-Type` to send with it.
    pub content_type: &'static str,
}

/// What could be sent, the best last: of offers that are equally welcome it is taken.
const OFFERS: [Offer; 3] = [
    Offer {
        kind: "text",
        subtype: "plain",
        version: "0.0.4",
        choice: PLAIN,
    },
    Offer {
        kind: "application",
        subtype: "openmetrics-text",
        version: "0.0.1",
        choice: Choice {
            format: Format::OpenMetrics,
            content_type: OPEN_METRICS_DRAFT,
        },
    },
    Offer {
        kind: "application",
        subtype: "openmetrics-text",
        version: "1.0.0",
        choice: Choice {
            format: Format::OpenMetrics,
            content_type: OPEN_METRICS,
        },
    },
];

/// What is sent to who does not say otherwise.
const PLAIN: Choice = Choice {
    format: Format::Text,
    content_type: TEXT,
};

/// Something that could be sent.
struct Offer {
    kind: &'static str,
    subtype: &'static str,
    version: &'static str,
    choice: Choice,
}

/// Chooses by `Accept`; an absent header is the empty text.
#[must_use]
pub fn format(accept: &str) -> Choice {
    let ranges: Vec<_> = accept.split(',').filter_map(Range::read).collect();
    let welcome = OFFERS.iter().filter_map(|offer| {
        // The range that fits closest decides about an offer (RFC 9110, 12.5.1).
        let fits = ranges
            .iter()
            .filter_map(|range| Some((range.closeness(offer)?, range.quality)));
        let (closeness, quality) = fits.max_by_key(|(closeness, _)| *closeness)?;
        // Who takes anything gets text; OpenMetrics is for those who name it.
        let is_meant = closeness >= NAMED || offer.choice == PLAIN;
        (quality > 0).then_some(((quality, is_meant), offer.choice))
    });
    welcome
        .max_by_key(|(rank, _)| *rank)
        .map_or(PLAIN, |(_, choice)| choice)
}

/// Chooses by `Accept-Encoding`; an absent header is the empty text.
#[must_use]
pub fn encoding(accept_encoding: &str) -> Encoding {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for item in accept_encoding.split(',') {
        let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
        let place = match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut gzip,
            "identity" => &mut identity,
            "*" => &mut any,
            _ => continue,
        };
        *place = Some(quality(parameters));
    }
    let gzip = gzip.or(any).unwrap_or(0);
    if gzip > 0 && gzip >= identity.unwrap_or(0) {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

/// One entry of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    version: Option<&'a str>,
    quality: Quality,
}

/// From here on a range names the offer itself and is no wildcard.
const NAMED: u8 = 2;

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (range, parameters) = text.split_once(';').unwrap_or((text, ""));
        let (kind, subtype) = range.trim().split_once('/')?;
        Some(Self {
            kind,
            subtype,
            version: parameter(parameters, "version"),
            quality: quality(parameters),
        })
    }

    /// How closely the range fits an offer: 0 any type, 1 any subtype, 2 the type, 3 also its version; none if not.
    fn closeness(&self, offer: &Offer) -> Option<u8> {
        if (self.kind, self.subtype) == ("*", "*") {
            return Some(0);
        }
        if !self.kind.eq_ignore_ascii_case(offer.kind) {
            return None;
        }
        match (self.subtype, self.version) {
            ("*", _) => Some(1),
            (named, _) if !named.eq_ignore_ascii_case(offer.subtype) => None,
            (_, None) => Some(NAMED),
            (_, Some(wanted)) => (wanted == offer.version).then_some(NAMED + 1),
        }
    }
}

fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().trim_matches('"'))
}

/// The `q` of an entry. One that cannot be read counts as none, which means fully welcome.
fn quality(parameters: &str) -> Quality {
    let Some(text) = parameter(parameters, "q") else {
        return FULL_QUALITY;
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "0" if digits => format!("{fraction:0<3}").parse().unwrap_or(FULL_QUALITY),
        _ => FULL_QUALITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content_type(accept: &str) -> &'static str {
        format(accept).content_type
    }

    #[test]
    fn what_prometheus_sends_gets_open_metrics() {
        // Prometheus 2.42, as sent by the Debian package.
        let v2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(content_type(v2), OPEN_METRICS);
        // Prometheus 3.x, scrape protocols at their defaults.
        let v3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert_eq!(content_type(v3), OPEN_METRICS);
        // Prometheus 2.5 to 2.33.
        let old = "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(content_type(old), OPEN_METRICS_DRAFT);
    }

    #[test]
    fn people_and_plain_clients_get_text() {
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for accept in [
            "",
            "*/*",
            "text/*",
            "text/plain",
            chromium,
            "nonsense",
            "image/png",
            ",;,q=1",
        ] {
            assert_eq!(content_type(accept), TEXT, "{accept}");
        }
    }

    #[test]
    fn quality_and_closeness_decide() {
        for (accept, wanted) in [
            ("application/openmetrics-text", OPEN_METRICS),
            ("text/plain;q=0.5, application/openmetrics-text;q=0.4", TEXT),
            ("text/plain;q=0.5, application/openmetrics-text;q=0.5", OPEN_METRICS),
            ("application/openmetrics-text;q=0, */*", TEXT),
            ("text/plain;q=0, */*", OPEN_METRICS),
            ("text/plain;q=0.000, application/openmetrics-text;Q=0.001", OPEN_METRICS),
            ("application/openmetrics-text;version=2.0.0, text/plain;q=0.1", TEXT),
            ("APPLICATION/OpenMetrics-Text; version=\"1.0.0\"", OPEN_METRICS),
            ("application/openmetrics-text;version=1.0.0;q=0.1, */*;q=0.9", TEXT),
        ] {
            assert_eq!(content_type(accept), wanted, "{accept}");
        }
    }

    #[test]
    fn gzip_only_when_it_is_welcome() {
        for accept in [
            "gzip",
            "gzip, deflate, br",
            "br;q=1.0, GZIP;q=0.8, *;q=0.1",
            "*",
            "gzip;q=0.001",
            "identity, gzip",
        ] {
            assert_eq!(encoding(accept), Encoding::Gzip, "{accept}");
        }
        for accept in ["", "br", "gzip;q=0", "gzip;q=0.0, *", "identity, gzip;q=0.5", "*;q=0"] {
            assert_eq!(encoding(accept), Encoding::Identity, "{accept}");
        }
    }
}
