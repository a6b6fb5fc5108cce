//! From answers to HTTP, whole or broken on purpose.
//!
//! Owns: how an answer becomes bytes, and the ways in which it may not. Knows nothing of why.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

/// A body of any kind; an error in it closes the connection.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// How long the first half of a cut body has to leave before the connection is closed.
const CUT_DELAY: Duration = Duration::from_millis(20);

/// An oversize body is sent in pieces of this many bytes, so that it needs no memory here.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces of an oversize body: 64 MiB together.
const PIECES: usize = 1024;

/// An answer before it is bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headers besides the usual ones.
    pub(crate) headers: Vec<(HeaderName, String)>,
    /// The body.
    pub(crate) body: Bytes,
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::of_type(status, "application/json", body.to_string())
    }

    /// An answer of some other type.
    pub(crate) fn of_type(status: u16, content_type: &str, body: String) -> Self {
        Self {
            status,
            headers: vec![(CONTENT_TYPE, content_type.to_owned())],
            body: Bytes::from(body),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((HeaderName::from_static(name), value));
        self
    }

    fn response(&self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &self.headers {
            insert(&mut response, name.clone(), value);
        }
        response
    }
}

/// What the connection does.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Sends the answer.
    Whole(Answer),
    /// Promises the answer, sends half of it and closes.
    Cut(Answer),
    /// Sends JSON without end, up to 64 MiB.
    Oversize,
    /// Sends nothing and resets the connection.
    Reset,
}

impl Reply {
    /// The HTTP status, where there is one.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(answer) | Self::Cut(answer) => Some(answer.status),
            Self::Oversize => Some(200),
            Self::Reset => None,
        }
    }

    /// The response; none where the connection is to be reset.
    pub(crate) fn response(self) -> Option<Response<Body>> {
        match self {
            Self::Whole(answer) => {
                let body = Full::new(answer.body.clone());
                Some(answer.response(body.map_err(|never| match never {}).boxed_unsync()))
            }
            Self::Cut(answer) => Some(cut(&answer)),
            Self::Oversize => Some(Answer::json(200, &Value::Null).response(oversize())),
            Self::Reset => None,
        }
    }
}

/// Sets a header whose value may hold anything; what HTTP cannot carry is left out.
pub(crate) fn insert(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn cut(answer: &Answer) -> Response<Body> {
    let half = answer.body.slice(..answer.body.len() / 2);
    let frames = stream::unfold(Some(half), |half| async move {
        if let Some(half) = half {
            return Some((Ok(Frame::data(half)), None));
        }
        // An error at once could overtake the half that was to leave first.
        tokio::time::sleep(CUT_DELAY).await;
        Some((Err(io::Error::other("cut on purpose")), None))
    });
    let mut response = answer.response(StreamBody::new(frames).boxed_unsync());
    let promised = HeaderValue::from(answer.body.len().max(2));
    response.headers_mut().insert(CONTENT_LENGTH, promised);
    response
}

fn oversize() -> Body {
    let piece = Bytes::from(vec![b' '; PIECE_BYTES]);
    let pieces = (0..PIECES).map(move |number| {
        let piece = if number == 0 {
            Bytes::from_static(b"{\"compare_jobs\":[")
        } else {
            piece.clone()
        };
        Ok(Frame::data(piece))
    });
    StreamBody::new(stream::iter(pieces)).boxed_unsync()
}
