//! One connection: HTTP/1 or HTTP/2 over a stream, within limits, to its end.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::body::Parts;
use super::guard;
use super::routes::Context;
use super::timed::Timed;

/// Prometheus sends about 600 bytes in 6 headers; proxies and browsers add cookies and traces.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// As many headers as come with that.
const MAX_HEADERS: usize = 64;

/// What hyper may hold of a connection in memory, at most.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// Answers that one connection may have under way. Prometheus needs one, a browser a handful; each holds a buffer.
const MAX_STREAMS: u32 = 16;

/// What is sent to us is not read, so little of it needs to be on its way.
const WINDOW_BYTES: u32 = 64 * 1024;

/// Answers that a client may call off before it is cut off (the "rapid reset", CVE-2023-44487).
const MAX_RESETS: usize = 20;

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// How the server ends.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    /// Connections answer what was asked and end.
    pub(super) soon: CancellationToken,
    /// Connections end.
    pub(super) now: CancellationToken,
}

/// Serves `stream`, on whose other end `peer` is, until the client goes, is too slow, or the server ends.
pub(super) async fn serve<S>(
    stream: S,
    protocol: Protocol,
    peer: IpAddr,
    context: Arc<Context>,
    ending: Ending,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = match protocol {
        Protocol::Http1 => Timed::new(stream),
        Protocol::Http2 => Timed::multiplexed(stream),
    };
    let progress = stream.progress();
    let service = service_fn(move |request| {
        let answering = progress.answering();
        let context = Arc::clone(&context);
        async move {
            let answer = guard::answer(&context, peer, &request).await;
            Ok::<_, Infallible>(answer.map(|parts: Parts| parts.hold(answering)))
        }
    });
    let outcome = match protocol {
        Protocol::Http1 => {
            let connection = http1::Builder::new()
                // The limits of `timed` instead.
                .header_read_timeout(None)
                .timer(TokioTimer::new())
                .max_header_size(MAX_HEAD_BYTES)
                .max_headers(MAX_HEADERS)
                .max_buf_size(MAX_BUFFER_BYTES)
                .serve_connection(TokioIo::new(stream), service);
            until_end(connection, ending).await
        }
        Protocol::Http2 => {
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
                .max_concurrent_streams(MAX_STREAMS)
                .initial_stream_window_size(WINDOW_BYTES)
                .initial_connection_window_size(WINDOW_BYTES)
                .max_send_buf_size(MAX_BUFFER_BYTES)
                .max_pending_accept_reset_streams(MAX_RESETS)
                .max_local_error_reset_streams(MAX_RESETS)
                .serve_connection(TokioIo::new(stream), service);
            until_end(connection, ending).await
        }
    };
    outcome.map_err(io::Error::other)
}

/// Waits for the connection's end, or makes it as the server ends.
async fn until_end<C: GracefulConnection>(connection: C, ending: Ending) -> Result<(), C::Error> {
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::Instant;

    use super::*;
    use crate::clock::Clock;
    use crate::exposition::Publisher;
    use crate::exposition::own::OwnMetrics;
    use crate::inventory::Inventory;
    use crate::server::Settings;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn context() -> Arc<Context> {
        let inventory = Arc::new(Inventory::new(Vec::new()));
        let settings = Settings {
            telemetry_path: "/metrics".to_owned(),
            version: "1".to_owned(),
            ..Settings::default()
        };
        Arc::new(Context {
            settings,
            handle: Publisher::new(inventory, Clock::system()).handle(),
            own: OwnMetrics::new("1", "r", "c"),
            web: None,
        })
    }

    /// Serves a connection on which `sent` was sent; `soon` is cancelled once all answers are in, `now` never.
    async fn ended_by_itself(sent: &[u8], answer_end: &[u8]) -> bool {
        let (mut client, server) = duplex(MAX_BUFFER_BYTES);
        let (soon, now) = (CancellationToken::new(), CancellationToken::new());
        let ending = Ending {
            soon: soon.clone(),
            now,
        };
        let serving = tokio::spawn(serve(server, Protocol::Http1, PEER, context(), ending));
        client.write_all(sent).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(answer_end) {
            answer.push(client.read_u8().await.unwrap());
        }
        soon.cancel();
        // Left alone, it would end by a time limit; the paused clock does not move but for that.
        let asked = Instant::now();
        serving.await.unwrap().is_ok() && asked.elapsed().is_zero()
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_ends_with_the_server() {
        let request = b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n";
        assert!(ended_by_itself(request, b"healthy\n").await, "after an answer");
        assert!(ended_by_itself(b"", b"").await, "unused");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_cut_off() {
        let (mut client, server) = duplex(MAX_BUFFER_BYTES);
        let ending = Ending {
            soon: CancellationToken::new(),
            now: CancellationToken::new(),
        };
        client.write_all(b"GET /metrics HTTP/1.1\r\nHost:").await.unwrap();
        assert!(serve(server, Protocol::Http1, PEER, context(), ending).await.is_err());
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "closed without an answer");
    }
}
