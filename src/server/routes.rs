//! Which path answers what.

use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::FutureExt as _;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use tokio::task::spawn_blocking;
use tracing::error;

use super::Settings;
use super::body::Parts;
use super::lifecycle::{Order, carry_out};
use super::web::Web;
use super::{manual, page};
use crate::exposition::own::OwnMetrics;
use crate::exposition::{Encoding, Handle, negotiate, scrape};
use crate::inventory::Snapshot;

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Leaves 17 kB of a full page of 157 kB; of the 45 ms that 5,000 jobs of 30 runs take, zipping hardly shows.
const PAGE_LEVEL: u32 = 3;

/// The methods of every path here but those of the lifecycle.
const ALLOWED: &str = "GET, HEAD";

/// How many of the projects that are not yet asked `/-/ready` names.
const NAMED_PROJECTS: usize = 20;

/// What answers are made from.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) handle: Handle,
    pub(super) own: OwnMetrics,
    /// Who may ask, if not everybody.
    pub(super) web: Option<Arc<Web>>,
}

/// What there is to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Metrics,
    Page,
    Manual,
    Healthy,
    Ready,
    Lifecycle(Order),
}

/// Answers `request`, whose body nobody reads. Never fails: a bug that panics is an answer of 500.
pub(super) async fn answer<B>(context: &Context, request: &Request<B>) -> Response<Parts> {
    let method = request.method();
    let answer = match (Route::of(request.uri().path(), &context.settings), method) {
        (None, _) => text(StatusCode::NOT_FOUND, "there is nothing here; see /\n"),
        (Some(Route::Lifecycle(order)), &Method::POST) => guarded(lifecycle(context, order, request)).await,
        (Some(Route::Lifecycle(_)), _) => not_allowed("only POST is allowed here\n", "POST"),
        (Some(route), &Method::GET | &Method::HEAD) => guarded(respond(context, route, request)).await,
        (Some(_), _) => not_allowed("only GET and HEAD are allowed here\n", ALLOWED),
    };
    finished(method, answer)
}

/// An answer to a request that may not be answered.
pub(super) fn refusal(method: &Method, status: StatusCode, message: &'static str) -> Response<Parts> {
    finished(method, text(status, message))
}

/// What every answer has in common.
fn finished(method: &Method, mut answer: Response<Parts>) -> Response<Parts> {
    let length = answer.body().length();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_LENGTH, length.into());
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    if method == Method::HEAD {
        answer.map(|_| Parts::new(Vec::new()))
    } else {
        answer
    }
}

impl Route {
    fn of(path: &str, settings: &Settings) -> Option<Self> {
        match path {
            _ if path == settings.telemetry_path => Some(Self::Metrics),
            "/" => Some(Self::Page),
            "/-/healthy" => Some(Self::Healthy),
            "/-/ready" => Some(Self::Ready),
            "/-/reload" => Some(Self::Lifecycle(Order::Reload)),
            "/-/quit" => Some(Self::Lifecycle(Order::Quit)),
            _ => manual::text(path).map(|_| Self::Manual),
        }
    }
}

async fn respond<B>(context: &Context, route: Route, request: &Request<B>) -> Response<Parts> {
    let (uri, headers) = (request.uri(), request.headers());
    match route {
        Route::Metrics => metrics(context, headers),
        Route::Page => landing_page(context, uri.query().unwrap_or_default(), headers).await,
        Route::Manual => text(StatusCode::OK, manual::text(uri.path()).unwrap_or_default()),
        Route::Healthy => text(StatusCode::OK, "healthy\n"),
        Route::Ready => ready(&context.handle.load().snapshot),
        Route::Lifecycle(order) => lifecycle(context, order, request).await,
    }
}

async fn lifecycle<B>(context: &Context, order: Order, request: &Request<B>) -> Response<Parts> {
    let (status, text) = carry_out(context.settings.lifecycle.as_ref(), order, request).await;
    let mut answer = content(status, TEXT, text.into());
    set(answer.headers_mut(), CACHE_CONTROL, "no-store");
    answer
}

fn metrics(context: &Context, headers: &HeaderMap) -> Response<Parts> {
    let choice = negotiate::format(&joined(headers, &ACCEPT));
    let encoding = negotiate::encoding(&joined(headers, &ACCEPT_ENCODING));
    let parts = scrape::parts(&context.handle.load(), &context.own, choice.format, encoding);
    let mut answer = Response::new(Parts::new(parts));
    let headers = answer.headers_mut();
    set(headers, CONTENT_TYPE, choice.content_type);
    set(headers, VARY, "Accept, Accept-Encoding");
    if encoding == Encoding::Gzip {
        set(headers, CONTENT_ENCODING, "gzip");
    }
    answer
}

async fn landing_page(context: &Context, query: &str, headers: &HeaderMap) -> Response<Parts> {
    let (published, settings) = (context.handle.load(), context.settings.clone());
    let (query, encoding) = (
        query.to_owned(),
        negotiate::encoding(&joined(headers, &ACCEPT_ENCODING)),
    );
    // Thousands of jobs take longer than a worker thread should be kept.
    let making = spawn_blocking(move || {
        let page = page::page(&published, &settings, &query);
        let zipped = (encoding == Encoding::Gzip).then(|| zipped(page.html.as_bytes()).ok());
        (page, zipped.flatten())
    });
    let (page, zipped) = match making.await {
        Ok(made) => made,
        Err(problem) => return failed(&problem),
    };
    let status = if page.is_understood {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    let is_zipped = zipped.is_some();
    let mut answer = content(status, HTML, zipped.unwrap_or_else(|| page.html.into()));
    let headers = answer.headers_mut();
    if is_zipped {
        set(headers, CONTENT_ENCODING, "gzip");
    }
    set(headers, VARY, "Accept-Encoding");
    set(headers, CACHE_CONTROL, "no-store");
    set(headers, REFERRER_POLICY, "no-referrer");
    if let Some(policy) = page::policy() {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

fn zipped(text: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(PAGE_LEVEL));
    encoder.write_all(text)?;
    encoder.finish().map(Bytes::from)
}

/// Ready is who can tell what is there and what is not.
fn ready(snapshot: &Snapshot) -> Response<Parts> {
    // Once ready, always ready: a project that a reload adds must not take the others out of the balancer.
    if snapshot.was_complete {
        return text(StatusCode::OK, "ready\n");
    }
    let waiting: Vec<_> = snapshot.projects.iter().filter(|project| !project.asked).collect();
    let names: Vec<_> = waiting
        .iter()
        .take(NAMED_PROJECTS)
        .map(|project| project.name.as_str())
        .collect();
    let more = if waiting.len() > NAMED_PROJECTS { ", ..." } else { "" };
    let message = format!(
        "not ready: {} of {} projects not yet asked for everything: {}{more}\n",
        waiting.len(),
        snapshot.projects.len(),
        names.join(", ")
    );
    content(StatusCode::SERVICE_UNAVAILABLE, TEXT, message.into())
}

/// A header's text; several of the same name count as one list (RFC 9110, 5.3). What is no text is left out.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    values.join(",")
}

/// A panic costs one answer and not the process.
async fn guarded(answer: impl Future<Output = Response<Parts>>) -> Response<Parts> {
    // Nothing that an answer is made from is changed by making it, so nothing can be left half done.
    AssertUnwindSafe(answer)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| failed(&"a panic"))
}

fn failed(problem: &dyn std::fmt::Display) -> Response<Parts> {
    error!(%problem, "making an answer failed; please report this");
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "making this answer failed; the log says more\n",
    )
}

fn not_allowed(why: &'static str, allowed: &'static str) -> Response<Parts> {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, why);
    set(answer.headers_mut(), ALLOW, allowed);
    answer
}

fn text(status: StatusCode, text: &'static str) -> Response<Parts> {
    content(status, TEXT, Bytes::from_static(text.as_bytes()))
}

fn content(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Parts> {
    let mut answer = Response::new(Parts::from(body));
    *answer.status_mut() = status;
    set(answer.headers_mut(), CONTENT_TYPE, content_type);
    answer
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer_of_500() {
        let answer = guarded(async { panic!("a bug") }).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
