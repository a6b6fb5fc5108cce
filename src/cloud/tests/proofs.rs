//! Proving who asks, by key, password and token, and what a refusal leads to.

use futures_util::future::join_all;
use jiff::Timestamp;

use super::server::{Request, Response, answer, ok};
use super::*;

const LOGIN: &str = "KeystoneCreateUserTokenByPassword";
const EXPIRED: &str = r#"{"error_msg": "token expires", "error_code": "APIGW.0301", "request_id": "ab12"}"#;

fn logged_in(token: &str, expires_at: &str) -> Response {
    let body = format!(r#"{{"token": {{"expires_at": "{expires_at}"}}}}"#);
    answer(201, &format!("x-subject-token: {token}\r\n"), &body)
}

fn is_login(request: &Request) -> bool {
    request.line.starts_with("POST /v3/auth/tokens?nocatalog=")
}

/// Gives out tokens t0, t1, … by login and takes those that `is_good` says.
async fn iam(expires_at: &'static str, is_good: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
    let logins = Mutex::new(0);
    Server::start(move |request, _| {
        if is_login(request) {
            let mut count = logins.lock().unwrap();
            *count += 1;
            return logged_in(&format!("t{}", *count - 1), expires_at);
        }
        if request.header("x-auth-token").is_some_and(&is_good) {
            ok(DETAIL)
        } else {
            answer(401, "", EXPIRED)
        }
    })
    .await
}

fn logins(server: &Server) -> usize {
    server.requests().iter().filter(|request| is_login(request)).count()
}

#[tokio::test]
async fn one_login_serves_all_calls() {
    let server = iam("2999-01-01T00:00:00.000000Z", |_| true).await;
    let (client, _) = client(&server, password());
    for outcome in join_all((0..20).map(|_| detail(&client))).await {
        outcome.unwrap();
    }
    detail(&client).await.unwrap();
    assert_eq!(logins(&server), 1);
    let login = &server.requests()[0];
    for part in [
        r#""id":"5237e10fe9aa4ad5b16b6a5245248314""#,
        r#""domain":{"name":"ACCOUNT"}"#,
        "hunter2-password",
    ] {
        assert!(login.body.contains(part), "{part} in {}", login.body);
    }
}

#[tokio::test]
async fn a_revoked_token_is_renewed_once_and_the_call_repeated() {
    let server = iam("2999-01-01T00:00:00.000000Z", |token| token != "t0").await;
    let (client, log) = client(&server, password());
    for outcome in join_all((0..20).map(|_| detail(&client))).await {
        outcome.unwrap();
    }
    assert_eq!(logins(&server), 2);
    assert!(log.lines().contains(&format!("{LOGIN} 201")));
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_too_ends_the_call() {
    let server = iam("2999-01-01T00:00:00.000000Z", |_| false).await;
    let error = detail(&client(&server, password()).0).await.unwrap_err();
    assert_eq!((error.cause(), logins(&server)), (Cause::TokenRefused, 2));
    assert!(error.cause().is_authentication());
    assert_eq!((error.code(), error.request_id()), (Some("APIGW.0301"), Some("ab12")));
    assert!(error.to_string().contains("token expires"));
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_for_all_who_wait_and_never_shown() {
    let wrong = r#"{"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}}"#;
    let server = Server::start(move |_, _| answer(401, "", wrong)).await;
    let (client, _) = client(&server, password());
    for outcome in join_all((0..20).map(|_| detail(&client))).await {
        let error = outcome.unwrap_err();
        assert_eq!(
            (error.cause(), error.operation().as_str()),
            (Cause::LoginRefused, LOGIN)
        );
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("password is wrong") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_even_if_the_clocks_differ() {
    // By the cloud's clock it lasts 100 s, of which the last 10 are not used.
    let response = |token: String| {
        let headers = format!("x-subject-token: {token}\r\ndate: Sun, 07 Apr 2024 10:00:00 GMT\r\n");
        answer(
            201,
            &headers,
            r#"{"token": {"expires_at": "2024-04-07T10:01:40.000000Z"}}"#,
        )
    };
    let server = Server::start(move |request, count| {
        if is_login(request) {
            response(format!("t{count}"))
        } else {
            ok(DETAIL)
        }
    })
    .await;
    for (speed, expected) in [(1.0, 1), (1e9, 2)] {
        // Ours is a year behind; at the higher speed, years pass between two calls.
        let clock = Clock::starting_at("2023-04-07T10:00:00Z".parse::<Timestamp>().unwrap(), speed);
        let client = Client::new(settings(&server, password()), clock, Arc::new(Log::default())).unwrap();
        let before = logins(&server);
        detail(&client).await.unwrap();
        detail(&client).await.unwrap();
        assert_eq!(logins(&server) - before, expected, "at speed {speed}");
    }
}

#[tokio::test]
async fn a_token_file_is_read_again_when_refused_and_only_then_the_call_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "old").unwrap();
    let rewritten = path.clone();
    let server = Server::start(move |request, count| {
        if request.header("x-auth-token") == Some("new") {
            return ok(DETAIL);
        }
        if count > 0 {
            std::fs::write(&rewritten, "new").unwrap();
        }
        answer(401, "", EXPIRED)
    })
    .await;
    let (client, _) = client(&server, Credentials::Token(Secret::File(path)));
    assert_eq!(detail(&client).await.unwrap_err().cause(), Cause::TokenRefused);
    assert_eq!(server.lines().len(), 1, "the same token is not sent again");
    detail(&client).await.unwrap();
    assert_eq!(server.lines().len(), 3, "old, refused; new");
}

#[tokio::test]
async fn a_signed_request_carries_what_is_signed() {
    let server = Server::start(|_, _| ok(DETAIL)).await;
    let credentials = Credentials::AkSk {
        access_key: secret("AK"),
        secret_key: secret("SK"),
        security_token: Some(secret("ST")),
    };
    detail(&client(&server, credentials).0).await.unwrap();
    let request = &server.requests()[0];
    let authorization = request.header("authorization").unwrap();
    let signed = "content-type;host;x-language;x-project-id;x-sdk-date;x-security-token";
    let start = format!("SDK-HMAC-SHA256 Access=AK, SignedHeaders={signed}, Signature=");
    assert!(authorization.starts_with(&start), "{authorization}");
    assert_eq!(request.header("x-security-token"), Some("ST"));
    assert_eq!(request.header("x-project-id"), Some(PROJECT));
    assert_eq!(request.header("x-sdk-date").unwrap().len(), "20240407T100001Z".len());
    assert_eq!(request.header("x-auth-token"), None);
}

#[tokio::test]
async fn a_refused_signature_is_not_repeated_by_any_of_many_calls() {
    let server = Server::start(|_, _| answer(401, "", BAD_SIGNATURE)).await;
    let (client, _) = client(&server, aksk());
    for outcome in join_all((0..50).map(|_| detail(&client))).await {
        assert_eq!(outcome.unwrap_err().cause(), Cause::SignatureRefused);
    }
    assert_eq!(server.lines().len(), 1);
}

/// Six projects' clients, as a configuration with one key or password for all of them makes them.
fn six_clients(server: &Server, credentials: &Credentials) -> Vec<Client> {
    let refusals = Refusals::default();
    let client = |number| {
        let mut settings = settings(server, credentials.clone());
        settings.project_id = ProjectId::new(format!("project-{number}"));
        settings.refusals = refusals.clone();
        client_with(settings).0
    };
    (0..6).map(client).collect()
}

#[tokio::test]
async fn a_bad_key_or_password_of_many_projects_is_not_tried_until_it_is_locked() {
    for (credentials, expected) in [(aksk(), Cause::SignatureRefused), (password(), Cause::LoginRefused)] {
        let server = Server::start(|_, _| answer(401, "", BAD_SIGNATURE)).await;
        let clients = six_clients(&server, &credentials);
        for round in 1..8 {
            for (number, outcome) in join_all(clients.iter().map(detail)).await.into_iter().enumerate() {
                let error = outcome.unwrap_err();
                assert_eq!(error.cause(), expected);
                let own = format!("project-{number}");
                assert!(
                    expected == Cause::LoginRefused || error.to_string().contains(&own),
                    "{error}"
                );
            }
            assert_eq!(server.lines().len(), round.min(4));
        }
    }
}

#[tokio::test]
async fn a_login_refused_for_its_project_is_that_projects_alone() {
    let server = Server::start(|request, _| match request {
        request if is_login(request) && request.body.contains("project-0") => answer(
            404,
            "",
            r#"{"error": {"code": 404, "message": "Could not find project", "title": "Not Found"}}"#,
        ),
        request if is_login(request) => logged_in("t", "2999-01-01T00:00:00.000000Z"),
        _ => ok(DETAIL),
    })
    .await;
    let outcomes = join_all(six_clients(&server, &password()).iter().map(detail)).await;
    let good: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(good, [false, true, true, true, true, true]);
}

#[tokio::test]
async fn a_changed_key_file_is_used_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sk");
    std::fs::write(&path, "old").unwrap();
    let rewritten = path.clone();
    let server = Server::start(move |_, count| {
        if count > 0 {
            return ok(DETAIL);
        }
        std::fs::write(&rewritten, "new").unwrap();
        answer(401, "", BAD_SIGNATURE)
    })
    .await;
    let credentials = Credentials::AkSk {
        access_key: secret("AK"),
        secret_key: Secret::File(path),
        security_token: None,
    };
    detail(&client(&server, credentials).0).await.unwrap();
    let signatures: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.header("authorization").unwrap().to_owned())
        .collect();
    assert_ne!(signatures[0], signatures[1]);
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_as_the_reason() {
    for (ours, expected) in [
        ("2024-04-07T10:14:00Z", Cause::SignatureRefused),
        ("2024-04-07T10:16:00Z", Cause::ClockSkew),
        ("2024-04-07T09:44:00Z", Cause::ClockSkew),
    ] {
        let date = "date: Sun, 07 Apr 2024 10:00:00 GMT\r\n";
        let server = Server::start(move |_, _| answer(401, date, BAD_SIGNATURE)).await;
        let clock = Clock::starting_at(ours.parse().unwrap(), 0.0);
        let client = Client::new(settings(&server, aksk()), clock, Arc::new(Log::default())).unwrap();
        let error = detail(&client).await.unwrap_err();
        assert_eq!((error.cause(), server.lines().len()), (expected, 1), "{ours}");
        if expected == Cause::ClockSkew {
            assert!(
                error.to_string().contains("960 s") && error.to_string().contains("NTP"),
                "{error}"
            );
        }
    }
}

fn variables<const N: usize>(given: [(&str, &str); N]) -> [(String, String); N] {
    given.map(|(name, value)| (name.to_owned(), value.to_owned()))
}

#[tokio::test]
async fn missing_credentials_are_named_and_nothing_is_sent() {
    let server = Server::start(|_, _| ok(DETAIL)).await;
    let missing = Credentials::AkSk {
        access_key: secret("AK"),
        secret_key: Secret::File("/nonexistent/sk".into()),
        security_token: None,
    };
    let nothing = Credentials::Sdk(SdkEnvironment::default());
    let half = SdkEnvironment::from_variables(variables([("HUAWEICLOUD_SDK_AK", "AK")]));
    let newline = Credentials::Token(secret("two\nlines"));
    for (credentials, word) in [
        (missing, "/nonexistent/sk"),
        (nothing, "HUAWEICLOUD_SDK_CREDENTIALS_FILE"),
        (Credentials::Sdk(half), "HUAWEICLOUD_SDK_SK is not"),
        (newline, "x-auth-token"),
    ] {
        let error = detail(&client(&server, credentials).0).await.unwrap_err();
        assert_eq!(error.cause(), Cause::CredentialsUnavailable);
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(server.lines().len(), 0);
}

#[tokio::test]
async fn the_sdk_s_variables_come_before_its_file() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".huaweicloud");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("credentials");
    std::fs::write(
        &file,
        "[global]\nak = no\nsk = no\n[basic]\nak = FILE\nsk = a\\b#c;d=\nproject_id = x\n",
    )
    .unwrap();
    let home = home.path().to_str().unwrap().to_owned();
    for (ak, expected) in [("", "Access=FILE,"), ("ENV", "Access=ENV,")] {
        let environment = SdkEnvironment::from_variables(variables([
            ("HUAWEICLOUD_SDK_AK", ak),
            ("HUAWEICLOUD_SDK_SK", ak),
            ("HOME", &home),
        ]));
        let server = Server::start(|_, _| ok(DETAIL)).await;
        detail(&client(&server, Credentials::Sdk(environment)).0).await.unwrap();
        let authorization = server.requests()[0].header("authorization").unwrap().to_owned();
        assert!(authorization.contains(expected), "{authorization}");
    }

    std::fs::write(&file, "[basic]\nak = FILE\nhunter2\n").unwrap();
    let environment = SdkEnvironment::from_variables(variables([("HOME", &home)]));
    let server = Server::start(|_, _| ok(DETAIL)).await;
    let error = detail(&client(&server, Credentials::Sdk(environment)).0)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(".huaweicloud/credentials") && !text.contains("hunter2"),
        "{text}"
    );
}
