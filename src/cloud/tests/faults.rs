//! Everything that can go wrong on the way, and what is refused.

use std::io::Write as _;

use tokio::time::Instant;

use super::server::{Response, answer, ok};
use super::*;

/// A certificate for a file of trusted ones; its key was thrown away.
const CA: &str = include_str!("ca.pem");

/// What comes of the one answer, and how often it was asked for.
async fn fails_with(response: Response) -> (Error, usize) {
    let server = Server::start(move |_, _| response.clone()).await;
    let error = detail(&client(&server, token()).0).await.unwrap_err();
    (error, server.lines().len())
}

#[tokio::test]
async fn a_refusal_tells_all_an_operator_needs() {
    let (error, count) = fails_with(answer(400, "x-request-id: r-1\r\n", NOT_FOUND)).await;
    assert_eq!((error.cause(), error.status(), count), (Cause::NotFound, Some(400), 1));
    let text = error.to_string();
    let path = format!("/v5/{PROJECT}/jobs/{JOB}/health-compare-jobs/{COMPARE_JOB}");
    for part in [
        "ShowHealthCompareJobDetail",
        &path,
        "HTTP 400",
        "DRS.10000010",
        "Job does not exist",
        "r-1",
        "check job_id",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn only_a_code_of_drs_proves_that_the_cloud_let_us_in() {
    let forbidden = r#"{"error_code": "DRS.M00103", "error_msg": "no"}"#;
    let gateway = r#"{"error_code": "APIGW.0302", "error_msg": "no"}"#;
    let page = "<html><title>Blocked</title></html>";
    for (status, body, cause, let_in) in [
        (400, NOT_FOUND, Cause::NotFound, true),
        (403, forbidden, Cause::Forbidden, true),
        (403, gateway, Cause::Forbidden, false),
        (403, page, Cause::Blocked, false),
        (407, "", Cause::Blocked, false),
        (418, page, Cause::Refused, false),
        (404, page, Cause::NotInRegion, false),
    ] {
        let (error, count) = fails_with(answer(status, "", body)).await;
        assert_eq!(
            (error.cause(), error.was_let_in(), count),
            (cause, let_in, 1),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn hostile_words_are_made_harmless() {
    let body = format!(
        r#"{{"error_code": "DRS.10000001", "error_msg": "a\n\u001b[31m{}"}}"#,
        "中".repeat(1000)
    );
    let (error, _) = fails_with(answer(400, "", &body)).await;
    let text = error.to_string();
    assert!(
        text.contains(r"a\n\u{1b}[31m中") && text.chars().count() < 1000,
        "{text}"
    );
}

#[tokio::test]
async fn a_secret_that_the_cloud_repeats_stays_hidden() {
    let (error, _) = fails_with(answer(400, "", "no such token: token-from-elsewhere!")).await;
    assert!(error.to_string().contains("no such token: <hidden>!"), "{error}");
    assert!(!format!("{error:?}").contains("token-from-elsewhere"));
}

#[tokio::test]
async fn a_secret_stays_hidden_wherever_and_however_it_is_repeated() {
    let endless = "L0ng-".repeat(2000);
    for (secret_value, status, headers, body) in [
        (
            "hunter2",
            400,
            "",
            r#"{"error_code": "X-hunter2", "error_msg": "m", "request_id": "r-hunter2"}"#,
        ),
        ("hunter2", 400, "x-request-id: hunter2\r\n", NOT_FOUND),
        (
            "hunter2",
            200,
            "x-request-id: hunter2\r\n",
            r#"{"error_code": "hunter2", "request_id": "hunter2"}"#,
        ),
        ("hunter2", 200, "x-request-id: hunter2\r\n", "[]"),
        ("hunter2", 302, "location: /hunter2\r\n", ""),
        // Cut JSON is shown as it is, so the secret in it is still written the way of JSON.
        (r#"hun"ter2\x"#, 400, "", r#"{"error_msg": "no token hun\"ter2\\x"#),
        (&endless, 400, "", &format!("no token {endless}")),
        (&endless, 200, "", &format!("<title>{endless}</title>")),
    ] {
        let response = answer(status, headers, body);
        let server = Server::start(move |_, _| response.clone()).await;
        let mut settings = settings(&server, Credentials::Token(secret(secret_value)));
        settings.http.max_response_bytes = 100_000;
        let (client, told) = client_with(settings);
        let error = detail(&client).await.unwrap_err();
        let shown = format!("{error} {error:?} {:?}", told.lines());
        assert!(shown.contains("<hidden>"), "{shown}");
        for part in ["hunter2", "ter2", "L0ng"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let (error, count) = fails_with(answer(302, "location: https://login.example/\r\n", "")).await;
    assert_eq!((error.cause(), count), (Cause::Redirected, 1));
    assert!(error.to_string().contains("https://login.example/"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_left() {
    let large = "x".repeat(10_001);
    let unannounced = format!("HTTP/1.1 200 X\r\nconnection: close\r\n\r\n{large}");
    for response in [ok(&large), Response::Bytes(unannounced)] {
        let (error, count) = fails_with(response).await;
        assert_eq!((error.cause(), count), (Cause::Body, 1));
        assert!(error.to_string().contains("10000 bytes"), "{error}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_every_attempt_is_counted() {
    let cut = || Response::Bytes("HTTP/1.1 200 X\r\ncontent-length: 99\r\n\r\n{\"id\"".to_owned());
    let server = Server::start(move |_, count| match count {
        0 => cut(),
        1 => answer(503, "", "<html><title>Busy</title></html>"),
        _ => ok(DETAIL),
    })
    .await;
    let (client, log) = client(&server, token());
    detail(&client).await.unwrap();
    assert_eq!(
        log.lines(),
        ["body", "503", "200"].map(|code| format!("ShowHealthCompareJobDetail {code}"))
    );
}

#[tokio::test]
async fn a_closed_connection_and_a_closed_port_are_told_apart_from_answers() {
    let (error, count) = fails_with(Response::Bytes(String::new())).await;
    assert_eq!((error.cause(), error.status(), count), (Cause::Connect, None, 3));

    let server = Server::start(|_, _| ok(DETAIL)).await;
    let (client, log) = client(&server, token());
    drop(server);
    // The listener is gone once its task is; until then a connection may still be taken.
    let error = loop {
        if let Err(error) = detail(&client).await {
            break error;
        }
    };
    assert_eq!(error.cause(), Cause::Connect);
    assert!(log.lines().last().unwrap().ends_with(" connect"), "{:?}", log.lines());
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_more_than_the_time_out() {
    let server = Server::start(|_, count| if count == 0 { Response::Hang } else { ok(DETAIL) }).await;
    let mut settings = settings(&server, token());
    settings.http.timeout = Duration::from_millis(200);
    let (client, log) = client_with(settings);
    detail(&client).await.unwrap();
    assert_eq!(log.lines()[0], "ShowHealthCompareJobDetail timeout");
}

#[tokio::test]
async fn tls_to_a_server_without_it_is_told_as_such() {
    let server = Server::start(|_, _| ok(DETAIL)).await;
    let mut settings = settings(&server, token());
    settings.drs.set_scheme("https").unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(CA.as_bytes()).unwrap();
    settings.http.ca_file = Some(file.path().to_owned());
    let (client, log) = client_with(settings);
    let error = detail(&client).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Tls, "{error}");
    assert_eq!(log.lines(), ["ShowHealthCompareJobDetail tls"], "and not tried again");
}

#[tokio::test]
async fn too_many_is_waited_out_by_the_whole_client() {
    let server = Server::start(|_, count| match count {
        0 => answer(
            429,
            "retry-after: 1\r\n",
            r#"{"error_code": "APIGW.0308", "error_msg": "over ratelimit"}"#,
        ),
        _ => ok(DETAIL),
    })
    .await;
    let (client, log) = client(&server, token());
    let start = Instant::now();
    let first = detail(&client);
    let second = async {
        // The second begins when the first was refused, seen by the observer.
        while log.lines().len() < 2 {
            tokio::task::yield_now().await;
        }
        detail(&client).await.unwrap();
        start.elapsed()
    };
    let (first, waited) = tokio::join!(first, second);
    first.unwrap();
    // The pause, and not only for the call that was refused.
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    assert_eq!(
        log.lines()[..2],
        [
            "ShowHealthCompareJobDetail 429",
            "ShowHealthCompareJobDetail !APIGW.0308"
        ]
    );
    assert_eq!(log.rates(), [1000.0, 500.0, 510.0, 520.0]);
}

#[tokio::test]
async fn a_proxy_is_used_for_the_cloud() {
    let server = Server::start(|_, _| ok(DETAIL)).await;
    let mut settings = settings(&server, token());
    settings.drs = "http://drs.invalid".parse().unwrap();
    settings.http.proxy_url = Some(server.url());
    detail(&client_with(settings).0).await.unwrap();
    assert!(
        server.lines()[0].starts_with("GET http://drs.invalid/v5/"),
        "{:?}",
        server.lines()
    );
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_refused_at_once() {
    let server = Server::start(|_, _| ok(DETAIL)).await;
    for (content, word) in [("", "holds no certificate"), ("hello", "holds no certificate")] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        let mut settings = settings(&server, token());
        settings.http.ca_file = Some(file.path().to_owned());
        let error = Client::new(settings, Clock::system(), Arc::new(Log::default()))
            .err()
            .unwrap();
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[tokio::test]
async fn a_debug_print_of_the_settings_shows_no_secret() {
    let server = Server::start(|_, _| ok(DETAIL)).await;
    for credentials in [aksk(), password(), token()] {
        let mut settings = settings(&server, credentials);
        settings.http.proxy_url = Some("http://hunter2-user:hunter2-word@proxy.example:3128".parse().unwrap());
        let shown = format!("{settings:?}");
        assert!(shown.contains("proxy.example"), "{shown}");
        for secret in ["hunter2", "sk-test", "token-from"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn futures_may_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    fn check(client: &Client, job: &JobId, task: &CompareJobId) {
        is_send(&client.show_health_compare_job_detail(job, task));
        is_send(&client.show_health_compare_job_list(job));
        is_send(&client.list_jobs(JobType::Sync, None));
        is_send(&client.list_data_compare_overview(job, task));
        is_send(&client.show_compare_users_detail(job, task));
    }
    let _ = check;
}
