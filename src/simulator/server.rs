//! Sockets and connections.
//!
//! Owns: listening, the bounds of a connection, and how one is broken on purpose. Knows nothing of what is asked.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{DATE, HeaderName};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::{Answer, Body, Reply, insert};
use super::asked::Asked;
use super::desk;
use super::refusal::Refusal;
use super::state::Cloud;

/// Connections that are served at once; others wait.
const MAX_CONNECTIONS: usize = 512;
/// The longest head of a request, in bytes: a token of a large account is 16 KiB, and a test may send far more.
const MAX_HEAD_BYTES: usize = 1024 * 1024;
/// The longest body of a request, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// How long a connection may stay without a request; web servers in front of clouds take about as long.
const IDLE: Duration = Duration::from_secs(75);
/// How long a request's body may take.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Pause after a failed accept: almost always too many open files, which passes.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The header by which the SDK knows a request's id (API text 3.6).
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A listening server.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// Listens, and serves in tasks of its own.
    pub(crate) async fn start(listen: SocketAddr, cloud: Arc<Cloud>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let server = Self {
            address: listener.local_addr()?,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let (stop, tasks) = (server.stop.clone(), server.tasks.clone());
        server.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = accept(listener, cloud, &stop, &tasks) => {}
            }
        });
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening and drops all connections.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn accept(listener: TcpListener, cloud: Arc<Cloud>, stop: &CancellationToken, tasks: &TaskTracker) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (cloud, stop) = (Arc::clone(&cloud), stop.clone());
                tasks.spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = converse(stream, peer, cloud, place) => {}
                    }
                });
            }
            Err(error) => {
                tracing::debug!(%error, "the simulated cloud could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, cloud: Arc<Cloud>, _place: OwnedSemaphorePermit) {
    // Without it small answers may wait for an acknowledgement; if it fails they do.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let socket = Socket {
        stream,
        reset: Arc::clone(&reset),
    };
    let service = service_fn(move |request| serve(Arc::clone(&cloud), peer, Arc::clone(&reset), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(socket), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "a connection to the simulated cloud ended");
    }
}

/// The connection is to end without an answer.
#[derive(Debug, thiserror::Error)]
#[error("reset on purpose")]
struct Reset;

async fn serve(
    cloud: Arc<Cloud>,
    peer: SocketAddr,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Reset> {
    let id = cloud.next_request_id();
    let reply = match receive(request, peer, id.clone()).await {
        Ok(asked) => desk::reply(&cloud, &asked).await,
        Err(answer) => Reply::Whole(answer),
    };
    let Some(mut response) = reply.response() else {
        reset.store(true, Ordering::Relaxed);
        return Err(Reset);
    };
    insert(&mut response, REQUEST_ID, &id);
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&cloud.now()) {
        insert(&mut response, DATE, &date);
    }
    Ok(response)
}

/// Reads the whole request, within the bounds.
async fn receive(request: Request<Incoming>, peer: SocketAddr, id: String) -> Result<Asked, Answer> {
    let (head, body) = request.into_parts();
    let refuse = |status: StatusCode, why: &str| Refusal::gateway(status.as_u16(), "APIGW.0201", why).answer(&id);
    let body = tokio::time::timeout(BODY_TIME, Limited::new(body, MAX_BODY_BYTES).collect()).await;
    let body: Bytes = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large.")),
        Err(_) => return Err(refuse(StatusCode::REQUEST_TIMEOUT, "Request timeout.")),
    };
    Ok(Asked {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
        peer,
        id,
    })
}

/// A connection that can be told to end by a reset instead of a goodbye.
struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // If it fails, the peer sees an ordinary end instead.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
