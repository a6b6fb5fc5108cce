//! One connection: HTTP/1 over a stream, within limits, to its end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::body::Parts;
use super::routes::{self, Context};
use super::timed::Timed;

/// Prometheus sends about 600 bytes in 6 headers; proxies and browsers add cookies and traces.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// As many headers as come with that.
const MAX_HEADERS: usize = 64;

/// What hyper may hold of a connection in memory, at most.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// How the server ends.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    /// Connections answer what was asked and end.
    pub(super) soon: CancellationToken,
    /// Connections end.
    pub(super) now: CancellationToken,
}

/// Serves `stream` until the client goes, is too slow, or the server ends.
pub(super) async fn serve<S>(stream: S, context: Arc<Context>, ending: Ending) -> hyper::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stream = Timed::new(stream);
    let progress = stream.progress();
    let service = service_fn(|request| {
        let answering = progress.answering();
        let context = Arc::clone(&context);
        async move {
            let answer = routes::answer(&context, &request).await;
            Ok::<_, Infallible>(answer.map(|parts: Parts| parts.hold(answering)))
        }
    });
    let connection = http1::Builder::new()
        // The limits of `timed` instead.
        .header_read_timeout(None)
        .timer(TokioTimer::new())
        .max_header_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        outcome = connection.as_mut() => return outcome,
        () = ending.soon.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        outcome = connection => outcome,
        () = ending.now.cancelled() => Ok(()),
    }
}
