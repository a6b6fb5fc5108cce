//! Stands in until the real room is there.
use crate::cli::{ListenAddress, ListenHost};
use crate::exposition::{Handle, negotiate, own::OwnMetrics, scrape};
use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyper::{Request, Response, service::service_fn};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
#[allow(missing_docs)]
pub struct Settings {
    pub telemetry_path: String,
}
#[allow(missing_docs)]
pub struct Listener(TcpListener, SocketAddr);
#[allow(missing_docs)]
impl Listener {
    pub fn address(&self) -> SocketAddr {
        self.1
    }
}
#[allow(missing_docs)]
pub async fn bind(addresses: &[ListenAddress]) -> std::io::Result<Vec<Listener>> {
    let mut all = Vec::new();
    for a in addresses {
        let l = match &a.host {
            ListenHost::All => TcpListener::bind(("::", a.port)).await?,
            ListenHost::Ip(ip) => TcpListener::bind((*ip, a.port)).await?,
            ListenHost::Name(n) => TcpListener::bind((n.as_str(), a.port)).await?,
        };
        let at = l.local_addr()?;
        tracing::info!(address = %at, "listening");
        all.push(Listener(l, at));
    }
    Ok(all)
}
#[allow(missing_docs)]
pub async fn serve(
    listeners: Vec<Listener>,
    settings: Settings,
    handle: Handle,
    own: OwnMetrics,
    shutdown: CancellationToken,
) {
    for Listener(l, _) in listeners {
        let (handle, own, path) = (handle.clone(), own.clone(), settings.telemetry_path.clone());
        tokio::spawn(async move {
            loop {
                let Ok((s, _)) = l.accept().await else { continue };
                let (handle, own, path) = (handle.clone(), own.clone(), path.clone());
                tokio::spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(
                            TokioIo::new(s),
                            service_fn(move |r: Request<hyper::body::Incoming>| {
                                let published = handle.load();
                                let get = |n: &str| {
                                    r.headers()
                                        .get(n)
                                        .and_then(|v| v.to_str().ok())
                                        .unwrap_or("")
                                        .to_owned()
                                };
                                let choice = negotiate::format(&get("accept"));
                                let encoding = negotiate::encoding(&get("accept-encoding"));
                                let mut b = Response::builder();
                                let parts = if r.uri().path() == path {
                                    b = b.header("content-type", choice.content_type);
                                    if encoding == scrape::Encoding::Gzip {
                                        b = b.header("content-encoding", "gzip");
                                    }
                                    scrape::parts(&published, &own, choice.format, encoding)
                                } else if r.uri().path() == "/-/ready" {
                                    if !published.snapshot.is_complete() {
                                        b = b.status(503);
                                    }
                                    vec![Bytes::from_static(b"x")]
                                } else if r.uri().path() == "/-/healthy" {
                                    vec![Bytes::from_static(b"ok")]
                                } else {
                                    b = b.status(404);
                                    vec![]
                                };
                                let body = StreamBody::new(futures_util::stream::iter(
                                    parts.into_iter().map(|p| Ok::<_, Infallible>(Frame::data(p))),
                                ));
                                let response = b.body(body);
                                async move { response }
                            }),
                        )
                        .await;
                });
            }
        });
    }
    shutdown.cancelled().await;
}
