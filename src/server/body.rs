//! The body of an answer: a row of shared blocks of known length.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::timed::Answering;

/// What is handed over at once. Each piece must be taken in time (`timed`), and a block may be many megabytes.
const PIECE: usize = 64 * 1024;

/// Blocks that are sent one after the other, none of them copied.
#[derive(Debug)]
pub(super) struct Parts {
    block: Bytes,
    rest: IntoIter<Bytes>,
    length: u64,
    answering: Option<Answering>,
}

impl Parts {
    pub(super) fn new(mut parts: Vec<Bytes>) -> Self {
        // An empty frame would be passed on as if it were something.
        parts.retain(|part| !part.is_empty());
        let length = parts.iter().map(|part| part.len() as u64).sum();
        Self {
            block: Bytes::new(),
            rest: parts.into_iter(),
            length,
            answering: None,
        }
    }

    /// Bytes that are still to be sent.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// Tells `answering` of every piece, and keeps it until the last block is handed over or nobody wants it any more.
    pub(super) fn hold(mut self, answering: Answering) -> Self {
        answering.moved();
        self.answering = Some(answering);
        self
    }
}

impl From<Bytes> for Parts {
    fn from(bytes: Bytes) -> Self {
        Self::new(vec![bytes])
    }
}

impl Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.block.is_empty() {
            let Some(next) = self.rest.next() else {
                return Poll::Ready(None);
            };
            self.block = next;
        }
        let length = self.block.len().min(PIECE);
        let piece = self.block.split_to(length);
        self.length -= piece.len() as u64;
        if let Some(answering) = &self.answering {
            answering.moved();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.length == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
