//! `POST /-/reload` and `POST /-/quit`.
//!
//! Owns: who may order that, and how the outcome is told. Knows nothing of what a reload does.

use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Request, StatusCode};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// What came of a reload: what has changed, or what is wrong. Text for people, which ends with a line's end.
pub type Outcome = Result<String, String>;

/// Where the outcome of one ordered reload is told.
pub type ReloadOrder = oneshot::Sender<Outcome>;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const NOT_ENABLED: &str = "this is not enabled; start the exporter with --web.enable-lifecycle\n";
const OF_ANOTHER_SITE: &str = "a page of another site may not order this\n";
const ENDING: &str = "the exporter is ending\n";

/// Who is told to reload and to end.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    /// Takes orders to reload.
    pub reload: mpsc::Sender<ReloadOrder>,
    /// Ends the exporter when it is cancelled.
    pub quit: CancellationToken,
}

/// What can be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Reload,
    Quit,
}

/// Carries out `order`, if `request` may give it. Gives the answer.
pub(super) async fn carry_out<B>(
    lifecycle: Option<&Lifecycle>,
    order: Order,
    request: &Request<B>,
) -> (StatusCode, String) {
    let refused = |why: &str| (StatusCode::FORBIDDEN, why.to_owned());
    let Some(lifecycle) = lifecycle else {
        return refused(NOT_ENABLED);
    };
    if is_of_another_site(request) {
        warn!(
            ?order,
            "refused: a page of another site has sent it by somebody's browser"
        );
        return refused(OF_ANOTHER_SITE);
    }
    match order {
        Order::Quit => {
            info!("ending, as POST /-/quit says");
            lifecycle.quit.cancel();
            (StatusCode::OK, ENDING.to_owned())
        }
        Order::Reload => {
            info!("reloading, as POST /-/reload says");
            let (order, outcome) = oneshot::channel();
            // An order that nobody takes is dropped, and so is its outcome.
            let _ = lifecycle.reload.send(order).await;
            match outcome.await {
                Ok(Ok(text)) => (StatusCode::OK, text),
                Ok(Err(text)) => (StatusCode::INTERNAL_SERVER_ERROR, text),
                Err(_) => (StatusCode::SERVICE_UNAVAILABLE, ENDING.to_owned()),
            }
        }
    }
}

/// Whether a browser sends this for a page that is not ours. Browsers say so themselves; programs send neither header.
fn is_of_another_site<B>(request: &Request<B>) -> bool {
    let text = |name: HeaderName| text(request.headers(), name);
    if let Some(site) = text(SEC_FETCH_SITE) {
        return !matches!(site, "same-origin" | "none");
    }
    // Older browsers, and plain HTTP, for which the header above is not sent.
    let Some(origin) = text(ORIGIN) else { return false };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    // HTTP/2 has its host there, and no header for it.
    let host = request.uri().authority().map(Authority::as_str);
    authority.is_none_or(|authority| Some(authority) != host.or(text(HOST)))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use hyper::Uri;
    use hyper::header::HeaderValue;

    use super::*;

    fn request(uri: &'static str, pairs: &[(&'static str, &'static str)]) -> Request<()> {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut request = Request::new(());
        *request.uri_mut() = Uri::from_static(uri);
        *request.headers_mut() = pairs.iter().map(pair).collect();
        request
    }

    #[test]
    fn pages_of_other_sites_are_told_from_programs_and_our_own() {
        let host = ("host", "exporter:10816");
        for (sent, is_foreign) in [
            (vec![], false),
            (vec![("origin", "http://exporter:10816")], false),
            (vec![("origin", "http://exporter:9090")], true),
            (vec![("origin", "null")], true),
            (vec![("sec-fetch-site", "cross-site")], true),
            (
                vec![("sec-fetch-site", "same-site"), ("origin", "http://exporter:10816")],
                true,
            ),
            (vec![("sec-fetch-site", "same-origin")], false),
            (vec![("sec-fetch-site", "none")], false),
        ] {
            let http_1 = request("/-/reload", &[&[host][..], &sent].concat());
            assert_eq!(is_of_another_site(&http_1), is_foreign, "{http_1:?}");
            let http_2 = request("http://exporter:10816/-/reload", &sent);
            assert_eq!(is_of_another_site(&http_2), is_foreign, "{http_2:?}");
        }
    }

    #[tokio::test]
    async fn what_nobody_takes_is_answered_and_what_is_not_enabled_refused() {
        let lifecycle = Lifecycle {
            reload: mpsc::channel(1).0,
            quit: CancellationToken::new(),
        };
        let none = request("/", &[]);
        let (status, _) = carry_out(Some(&lifecycle), Order::Reload, &none).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        let (status, text) = carry_out(None, Order::Quit, &none).await;
        assert!(status == StatusCode::FORBIDDEN && text.contains("--web.enable-lifecycle"));
        let foreign = request("/", &[("sec-fetch-site", "cross-site")]);
        let (status, _) = carry_out(Some(&lifecycle), Order::Quit, &foreign).await;
        assert!(status == StatusCode::FORBIDDEN && !lifecycle.quit.is_cancelled());
    }
}
