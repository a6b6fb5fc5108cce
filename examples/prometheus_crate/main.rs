//! A peer for `scripts/bench`: the same series as the exporter, by the `prometheus` crate as exporters commonly use it.
//!
//! The series are kept as numbers in vectors of gauges and counters; every scrape gathers them, writes them as text and
//! compresses that. The runtime, the HTTP server and the level of gzip are those of the exporter, so that what differs is
//! when the text is made.
//!
//! ```sh
//! cargo run --release --example prometheus_crate -- 127.0.0.1:9100 metrics.txt
//! ```

mod text;

use std::convert::Infallible;
use std::error::Error;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::Full;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use prometheus::{Encoder, Registry, TEXT_FORMAT, TextEncoder};
use tokio::net::TcpListener;

/// As the exporter compresses its blocks.
const LEVEL: u32 = 3;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: prometheus_crate ADDRESS FILE".into());
    };
    let registry = text::read(&std::fs::read_to_string(file)?)?;
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let registry = registry.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = scrape(&registry, &request);
                async { Ok::<_, Infallible>(answer) }
            });
            // Who goes away in the middle is of no interest here.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn scrape<B>(registry: &Registry, request: &Request<B>) -> Response<Full<Bytes>> {
    let is_gzip = request
        .headers()
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|codings| codings.contains("gzip"));
    match body(registry, is_gzip) {
        Ok(body) => {
            let mut answer = Response::new(Full::from(body));
            let headers = answer.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(TEXT_FORMAT));
            if is_gzip {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            answer
        }
        Err(problem) => {
            let mut answer = Response::new(Full::from(format!("{problem}\n")));
            *answer.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
            answer
        }
    }
}

fn body(registry: &Registry, is_gzip: bool) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text)?;
    if !is_gzip {
        return Ok(text);
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
    gzip.write_all(&text)?;
    Ok(gzip.finish()?)
}
