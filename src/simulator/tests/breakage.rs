//! Faults, as a client meets them.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// What an order with this fault makes of a call: its status and body.
async fn spoilt(fault: Value) -> (u16, String, Option<String>) {
    let on = Try::start(WorldKind::Empty).await;
    let token = on.token().await;
    on.control(Method::POST, "faults", fault).await;
    let request = on.request(Method::GET, &format!("/v5/{PROJECT}/jobs?job_type=sync"));
    let answer = request.header("x-auth-token", token).send().await.unwrap();
    let status = answer.status().as_u16();
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    let header = header("retry-after").or_else(|| header("location"));
    (status, answer.text().await.unwrap(), header)
}

#[tokio::test]
async fn answers_are_spoilt_in_the_shape_of_who_spoils_them() {
    for (fault, status, word, header) in [
        (json!({"kind": "html"}), 502, "<html>", None),
        (json!({"kind": "html", "status": 200}), 200, "<html>", None),
        (json!({"kind": "empty"}), 200, "", None),
        (json!({"kind": "garbage"}), 200, "[{\"unexpected\"", None),
        (json!({"kind": "throttle"}), 429, "APIGW.0308", None),
        (
            json!({"kind": "throttle", "retry_after": 3}),
            429,
            "APIGW.0308",
            Some("3"),
        ),
        (json!({"kind": "status", "status": 503}), 503, "APIGW", None),
        (json!({"kind": "status", "status": 403}), 403, "DRS.M00102", None),
        (
            json!({"kind": "expired_token"}),
            401,
            "token expires, expires_at:",
            None,
        ),
        (json!({"kind": "revoked"}), 401, "APIGW.0307", None),
        (json!({"kind": "redirect"}), 302, "", Some("/elsewhere")),
        (
            json!({"kind": "forbidden", "project_id": PROJECT}),
            403,
            "DRS.M00102",
            None,
        ),
        (
            json!({"kind": "not_in_region", "operation": "ListJobs"}),
            404,
            "APIGW.0101",
            None,
        ),
    ] {
        let name = fault.to_string();
        let (is, body, has) = spoilt(fault).await;
        assert_eq!((is, has.as_deref()), (status, header), "{name}");
        assert!(
            body.contains(word) && body.is_empty() == word.is_empty(),
            "{name}: {body}"
        );
    }
}

#[tokio::test]
async fn a_list_goes_wrong_between_its_pages() {
    let on = Try::start(WorldKind::Empty).await;
    let token = on.token().await;
    for number in 0..6 {
        on.control(Method::POST, "jobs", json!({"id": format!("j{number}")}))
            .await;
    }
    let list = async |query: &str| {
        let (status, body) = on.ask(&token, &format!("?job_type=sync&{query}")).await;
        let jobs = body["jobs"].as_array().unwrap().iter();
        let ids: Vec<String> = jobs.map(|job| job["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(status, 200);
        (ids, body["total_count"].as_u64().unwrap())
    };
    let (all, _) = list("limit=6").await;
    for (kind, first, second, total) in [
        ("short_page", &all[..2], &all[3..5], 6),
        ("overlap", &all[..3], &all[1..4], 6),
        ("skip", &all[..3], &all[4..], 5),
        ("empty_list", &[], &[], 0),
    ] {
        on.control(Method::POST, "faults", json!({"kind": kind, "operation": "ListJobs"}))
            .await;
        assert_eq!(list("limit=3&offset=0").await.0, first, "{kind}");
        assert_eq!(list("limit=3&offset=3").await, (second.to_vec(), total), "{kind}");
        assert_eq!(list("limit=3&name=j1,j2").await.1, 2, "{kind}");
        on.control(Method::DELETE, "faults", json!({})).await;
    }
}

#[tokio::test]
async fn an_oversize_body_is_far_too_large() {
    let (status, body, _) = spoilt(json!({"kind": "oversize"})).await;
    assert_eq!(status, 200);
    assert!(body.len() > 60 << 20);
}

/// Sends a call by hand and reads until the connection ends.
async fn by_hand(fault: Value) -> (String, io::Result<usize>) {
    let on = Try::start(WorldKind::Empty).await;
    on.control(Method::POST, "faults", fault).await;
    let mut stream = TcpStream::connect(on.simulator.address()).await.unwrap();
    let call = "GET /v5/x HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(call.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    let end = stream.read_to_end(&mut received).await;
    (String::from_utf8(received).unwrap(), end)
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let (received, end) = by_hand(json!({"kind": "reset"})).await;
    assert_eq!(received, "");
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_cut_answer_promises_more_than_it_sends() {
    let (received, _) = by_hand(json!({"kind": "cut"})).await;
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    let promised = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    let promised: usize = promised.parse().unwrap();
    assert!(
        !body.is_empty() && body.len() < promised,
        "{} of {promised}",
        body.len()
    );
}

#[tokio::test]
async fn a_hanging_call_is_over_when_its_caller_leaves() {
    let on = Try::start(WorldKind::Empty).await;
    on.control(Method::POST, "faults", json!({"kind": "hang", "project_id": PROJECT}))
        .await;
    let request = on.request(Method::GET, &format!("/v5/{PROJECT}/jobs"));
    let caller = tokio::spawn(request.send());
    on.await_stats(|stats| stats["operations"]["ListJobs"]["requests"] == 1)
        .await;
    caller.abort();
    on.await_stats(|stats| stats["operations"]["ListJobs"]["statuses"] == json!({"none": 1}))
        .await;
    on.control(Method::DELETE, "faults", json!({})).await;
    assert_eq!(on.ask("none", "").await.0, 401);
    on.simulator.stop().await;
}

#[tokio::test]
async fn a_latency_delays_and_changes_nothing() {
    let on = Try::start(WorldKind::Empty).await;
    let token = on.token().await;
    on.control(
        Method::POST,
        "faults",
        json!({"kind": "latency", "milliseconds": 60_000}),
    )
    .await;
    let request = on
        .request(Method::GET, &format!("/v5/{PROJECT}/jobs"))
        .timeout(Duration::from_millis(50));
    assert!(request.send().await.unwrap_err().is_timeout());
    on.control(Method::DELETE, "faults", json!({})).await;
    on.control(Method::POST, "faults", json!({"kind": "latency", "milliseconds": 1}))
        .await;
    assert_eq!(on.ask(&token, "?job_type=sync").await.0, 200);
}

#[tokio::test]
async fn a_request_without_bounds_is_refused() {
    let on = Try::start(WorldKind::Empty).await;
    let request = on.request(Method::POST, "/v3/auth/tokens").body(vec![b' '; 2 << 20]);
    // The answer may be lost, as the server does not read on; what counts is that it does not take it.
    if let Ok(answer) = request.send().await {
        assert_eq!(answer.status(), 413);
    }
}
