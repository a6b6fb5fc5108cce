//! Blocks of bytes that are compressed apart and can be joined to one gzip stream.
//!
//! Owns: the gzip and deflate framing. A block is compressed once, when it is made; whatever blocks an answer is
//! put together from, nothing is compressed again. That works because a deflate stream may be flushed to a byte
//! boundary with nothing behind it referring back ([`FlushCompress::Full`]), and because the checksum of a joined
//! text follows from those of its parts (`crc32fast::Hasher::combine`). Sources: RFC 1951, RFC 1952.

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};

/// RFC 1952, 2.3: magic, deflate, no flags, no time, no extra flags, system unknown.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// RFC 1951, 3.2.6: a final block with fixed codes that holds only its end.
const FINAL_BLOCK: [u8; 2] = [0x03, 0x00];

/// Lines of metrics repeat themselves: the lowest level leaves a twentieth, higher ones cost much and gain little.
const LEVEL: u32 = 1;

/// How much the output grows at a time; most blocks fit at once.
const OUTPUT_STEP: usize = 16 * 1024;

/// The checksum and length of a text, which can be joined.
#[derive(Clone, Debug, Default)]
pub(super) struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// Goes on with `next`, which follows.
    pub(super) fn append(&mut self, next: &Self) {
        self.0.combine(&next.0);
    }

    fn of(text: &[u8]) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(text);
        Self(hasher)
    }
}

/// A block of text, plain and compressed. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    plain: Bytes,
    deflated: Bytes,
    checksum: Checksum,
}

impl Segment {
    /// Compresses `plain`.
    pub(super) fn new(plain: impl Into<Bytes>) -> Self {
        let plain = plain.into();
        Self {
            deflated: deflate(&plain).into(),
            checksum: Checksum::of(&plain),
            plain,
        }
    }

    /// The text.
    pub(super) const fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// The same as whole deflate blocks that end on a byte boundary and are not final.
    pub(super) const fn deflated(&self) -> &Bytes {
        &self.deflated
    }

    /// What the text contributes to a gzip trailer.
    pub(super) const fn checksum(&self) -> &Checksum {
        &self.checksum
    }
}

/// The bytes before the first segment of a gzip stream.
pub(super) const fn gzip_header() -> Bytes {
    Bytes::from_static(&GZIP_HEADER)
}

/// The bytes after the last segment. `plain_length` counts the bytes of all of them.
pub(super) fn gzip_trailer(checksum: &Checksum, plain_length: usize) -> Bytes {
    let mut trailer = FINAL_BLOCK.to_vec();
    trailer.extend(checksum.0.clone().finalize().to_le_bytes());
    // RFC 1952, 2.3.1: the length modulo 2^32.
    trailer.extend(plain_length.to_le_bytes().iter().take(size_of::<u32>()));
    trailer.into()
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::new(LEVEL), false);
    let mut out = Vec::with_capacity(OUTPUT_STEP.min(plain.len() / 2 + 64));
    loop {
        // Counted from the start of this stream: both fit, since `plain` and `out` are in memory.
        let read = usize::try_from(compress.total_in()).unwrap_or(plain.len());
        let status = compress.compress_vec(&plain[read..], &mut out, FlushCompress::Full);
        let room_left = out.len() < out.capacity();
        // Everything is out once a flush leaves room behind it (zlib's manual, deflate). An error can only be
        // "no progress possible", which is the same.
        if !matches!(status, Ok(Status::Ok)) || room_left {
            return out;
        }
        out.reserve(OUTPUT_STEP);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::bufread::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn gzip(blocks: &[Vec<u8>]) -> Vec<u8> {
        let mut out = gzip_header().to_vec();
        let (mut checksum, mut length) = (Checksum::default(), 0);
        for block in blocks {
            let segment = Segment::new(block.clone());
            out.extend_from_slice(segment.deflated());
            checksum.append(segment.checksum());
            length += segment.plain().len();
        }
        out.extend_from_slice(&gzip_trailer(&checksum, length));
        out
    }

    fn gunzip(bytes: &[u8]) -> Vec<u8> {
        let mut decoder = GzDecoder::new(bytes);
        let mut out = Vec::new();
        decoder.read_to_end(&mut out).unwrap();
        assert!(decoder.into_inner().is_empty(), "one member and nothing behind it");
        out
    }

    #[test]
    fn a_block_larger_than_the_output_step_comes_back() {
        // Noise does not compress, so the output grows several times.
        let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..))
            .take(10 * OUTPUT_STEP)
            .collect();
        let lines = "drs_job_up{project=\"p\"} 1\n".repeat(100_000).into_bytes();
        assert_eq!(gunzip(&gzip(&[noise.clone(), lines.clone()])), [noise, lines].concat());
    }

    #[test]
    fn no_block_at_all_is_an_empty_text() {
        assert_eq!(gunzip(&gzip(&[])), b"");
        assert_eq!(gunzip(&gzip(&[Vec::new(), Vec::new()])), b"");
    }

    proptest! {
        #[test]
        fn blocks_joined_are_the_whole(blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..12)) {
            prop_assert_eq!(gunzip(&gzip(&blocks)), blocks.concat());
        }
    }
}
