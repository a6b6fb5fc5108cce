//! Who may ask: rate limit and passwords before the answer, configured headers on it, whatever it is.

use std::net::IpAddr;

use hyper::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Request, Response, StatusCode};

use super::body::Parts;
use super::logins::Verdict;
use super::routes::{self, Context};
use super::web::Web;

/// Answers `request` of `peer` if it may be answered.
pub(super) async fn answer<B>(context: &Context, peer: IpAddr, request: &Request<B>) -> Response<Parts> {
    let Some(web) = &context.web else {
        return routes::answer(context, request).await;
    };
    let state = web.current();
    let refusal = refusal(web, &state, peer, request).await;
    let mut answer = match refusal {
        Some(refusal) => refusal,
        None => routes::answer(context, request).await,
    };
    state.add_headers(answer.headers_mut());
    answer
}

async fn refusal<B>(
    web: &Web,
    state: &super::web::State,
    peer: IpAddr,
    request: &Request<B>,
) -> Option<Response<Parts>> {
    let refuse = |status, text| Some(routes::refusal(request.method(), status, text));
    if !web.limiter.admits(state.config.rate_limit) {
        return refuse(StatusCode::TOO_MANY_REQUESTS, "too many requests; see rate_limit\n");
    }
    if state.config.users.is_empty() {
        return None;
    }
    match web
        .logins
        .judge(&state.config.users, peer, request.headers().get(AUTHORIZATION))
        .await
    {
        Verdict::In => None,
        Verdict::Out => with(
            refuse(StatusCode::UNAUTHORIZED, "user and password, please\n"),
            (WWW_AUTHENTICATE, "Basic realm=\"drs-exporter\", charset=\"UTF-8\""),
        ),
        Verdict::Busy => with(
            refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "too many passwords to check; try again\n",
            ),
            (RETRY_AFTER, "5"),
        ),
    }
}

fn with(
    answer: Option<Response<Parts>>,
    (name, value): (hyper::header::HeaderName, &'static str),
) -> Option<Response<Parts>> {
    answer.map(|mut answer| {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
        answer
    })
}
