//! The instance's agency: its metadata service and the cloud are one server here.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;

use super::server::{Request, Response, answer, ok};
use super::*;

const EPOCH: &str = "2024-04-07T10:00:00Z";

fn agency(server: &Server) -> Credentials {
    Credentials::Agency { metadata: server.url() }
}

fn keys(access: &str, expires_at: &str) -> Response {
    ok(&format!(
        r#"{{"credential": {{"access": "{access}", "secret": "S", "securitytoken": "ST", "expires_at": "{expires_at}"}}}}"#
    ))
}

fn is_session(request: &Request) -> bool {
    request.line == "PUT /meta-data/latest/api/token"
}

fn is_key(request: &Request) -> bool {
    request.line == "GET /openstack/latest/securitykey"
}

fn count(server: &Server, which: fn(&Request) -> bool) -> usize {
    server.requests().iter().filter(|request| which(request)).count()
}

/// A minute is 17 ms: a test waits for what minutes bring, and a day takes 24 s, so that nothing else comes in between.
const MINUTES_FLY: f64 = 3600.0;

/// A client whose clock stands at `now`, or runs so fast that hours pass between two calls.
fn client_at(server: &Server, speed: f64) -> Client {
    let clock = Clock::starting_at(EPOCH.parse().unwrap(), speed);
    Client::new(settings(server, agency(server)), clock, Arc::new(Log::default())).unwrap()
}

#[tokio::test]
async fn keys_are_fetched_once_with_a_session_token_and_used_by_all() {
    let server = Server::start(|request, _| match request {
        request if is_session(request) => ok("session-1"),
        request if is_key(request) => keys("TEMP", "2024-04-08T10:00:00.000000Z"),
        _ => ok(DETAIL),
    })
    .await;
    let client = client_at(&server, 0.0);
    for outcome in join_all((0..20).map(|_| detail(&client))).await {
        outcome.unwrap();
    }
    assert_eq!((count(&server, is_session), count(&server, is_key)), (1, 1));
    let requests = server.requests();
    assert_eq!(requests[0].header("x-metadata-token-ttl-seconds"), Some("21600"));
    assert_eq!(requests[1].header("x-metadata-token"), Some("session-1"));
    assert_eq!(requests[2].header("x-security-token"), Some("ST"));
    assert!(requests[2].header("authorization").unwrap().contains("Access=TEMP,"));
}

#[tokio::test]
async fn a_service_without_session_tokens_is_asked_without() {
    for status in [404, 405, 503] {
        let server = Server::start(move |request, _| match request {
            request if is_session(request) => answer(status, "", ""),
            request if is_key(request) => keys("TEMP", "2024-04-07T10:00:01.000000Z"),
            _ => ok(DETAIL),
        })
        .await;
        // Minutes pass between the calls: the keys are fetched again, the session token is not asked for again.
        let client = client_at(&server, MINUTES_FLY);
        detail(&client).await.unwrap();
        assert_eq!((count(&server, is_session), count(&server, is_key)), (1, 1), "{status}");
        while count(&server, is_key) < 2 {
            detail(&client).await.unwrap();
        }
        assert_eq!(count(&server, is_session), 1, "{status}");
        assert!(
            server
                .requests()
                .iter()
                .all(|request| request.header("x-metadata-token").is_none())
        );
    }
}

#[tokio::test]
async fn a_refused_session_token_is_replaced_once() {
    let server = Server::start(|request, count| match request {
        request if is_session(request) => ok(&format!("session-{count}")),
        request if is_key(request) && count == 1 => answer(401, "", "Unauthorized"),
        request if is_key(request) => keys("TEMP", "2024-04-08T10:00:00.000000Z"),
        _ => ok(DETAIL),
    })
    .await;
    detail(&client_at(&server, 0.0)).await.unwrap();
    assert_eq!((count(&server, is_session), count(&server, is_key)), (2, 2));
}

#[tokio::test]
async fn old_keys_stay_in_use_while_they_cannot_be_renewed() {
    let broken = Arc::new(AtomicBool::new(false));
    let fails = broken.clone();
    let server = Server::start(move |request, _| match request {
        request if is_session(request) => ok("session-1"),
        request if is_key(request) && fails.load(Ordering::SeqCst) => answer(500, "", "broken"),
        // They last long enough to stay good, and too short to be left alone.
        request if is_key(request) => keys("TEMP", "2024-04-07T10:30:00.000000Z"),
        _ => ok(DETAIL),
    })
    .await;
    let client = client_at(&server, MINUTES_FLY);
    detail(&client).await.unwrap();
    broken.store(true, Ordering::SeqCst);
    // Waits for the renewal itself, not for a time.
    while count(&server, is_key) < 2 {
        detail(&client).await.unwrap();
    }
    detail(&client).await.unwrap();
}

#[tokio::test]
async fn keys_are_renewed_before_they_end_and_the_new_ones_used() {
    let server = Server::start(|request, count| match request {
        request if is_session(request) => ok("session-1"),
        // The first last 41 minutes, of which the last 40 are the margin; the others a day.
        request if is_key(request) && count == 1 => keys("OLD", "2024-04-07T10:41:00.000000Z"),
        request if is_key(request) => keys("NEW", "2024-04-08T10:00:00.000000Z"),
        _ => ok(DETAIL),
    })
    .await;
    let client = client_at(&server, MINUTES_FLY);
    while count(&server, is_key) < 2 {
        detail(&client).await.unwrap();
    }
    detail(&client).await.unwrap();
    let requests = server.requests();
    let renewal = requests.iter().rposition(is_key).unwrap();
    let uses = |request: &Request, keys: &str| request.header("authorization").unwrap().contains(keys);
    assert!(requests[2..renewal].iter().all(|request| uses(request, "OLD")));
    assert!(requests[renewal + 1..].iter().all(|request| uses(request, "NEW")));
    // When it was renewed: every use of the old keys was before their end.
    let mut old_uses = requests[2..renewal]
        .iter()
        .map(|request| request.header("x-sdk-date").unwrap());
    assert!(old_uses.all(|date| date < "20240407T104100Z"));
}

#[tokio::test]
async fn renewed_keys_are_tried_after_a_refusal() {
    let server = Server::start(|request, count| match request {
        request if is_session(request) => ok("session-1"),
        request if is_key(request) => keys(&format!("TEMP{count}"), "2024-04-08T10:00:00.000000Z"),
        request if request.header("authorization").unwrap().contains("TEMP1,") => answer(401, "", BAD_SIGNATURE),
        _ => ok(DETAIL),
    })
    .await;
    detail(&client_at(&server, 0.0)).await.unwrap();
    assert_eq!(count(&server, is_key), 2);
}

#[tokio::test]
async fn an_instance_without_agency_is_told_as_such() {
    for response in [
        answer(404, "", ""),
        answer(401, "", "no agency found"),
        ok("{}"),
        ok("<html>"),
    ] {
        let server =
            Server::start(move |request, _| if is_session(request) { ok("s") } else { response.clone() }).await;
        let error = detail(&client_at(&server, 0.0)).await.unwrap_err();
        assert_eq!(
            (error.cause(), error.operation()),
            (Cause::CredentialsUnavailable, Operation::ShowSecurityKey)
        );
        assert_eq!(count(&server, is_key), 1);
    }
}
