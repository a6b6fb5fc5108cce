//! Puts one scrape's answer together from blocks that exist already.
//!
//! Owns: the order of the parts, and the frame around them. The only work that a scrape causes is to write (and
//! compress) the exporter's own few metrics.

use bytes::Bytes;

use super::own::OwnMetrics;
use super::publisher::Published;
use super::segment::{Compressor, gzip_header, gzip_trailer};
use super::text::{Format, OPEN_METRICS_END};

/// The content coding of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// One gzip member.
    Gzip,
}

/// The whole answer in parts, to be sent one after the other.
#[must_use]
pub fn parts(published: &Published, own: &OwnMetrics, format: Format, encoding: Encoding) -> Vec<Bytes> {
    let mut own_text = own.encode(format);
    if format == Format::OpenMetrics {
        own_text.push_str(OPEN_METRICS_END);
    }
    let segments = published.exposition.segments(format);
    match encoding {
        Encoding::Identity => segments
            .map(|segment| segment.plain().clone())
            .chain([Bytes::from(own_text)])
            .collect(),
        Encoding::Gzip => {
            let own_segment = Compressor::new().segment(&own_text);
            let mut checksum = published.exposition.checksum(format);
            checksum.append(own_segment.checksum());
            let mut plain_length = 0;
            let mut parts = vec![gzip_header()];
            for segment in segments.chain([&own_segment]) {
                plain_length += segment.plain().len();
                parts.push(segment.deflated().clone());
            }
            parts.push(gzip_trailer(&checksum, plain_length));
            parts
        }
    }
}
