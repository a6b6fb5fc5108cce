//! Who is let in: logins, tokens, the metadata service.

use super::*;

async fn refused(on: &Try, token: &str) -> (u16, String) {
    let (status, body) = on.ask(token, "?job_type=sync").await;
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    (status, format!("{} {}", text("error_code"), text("error_msg")))
}

#[tokio::test]
async fn a_wrong_password_is_refused_in_the_shape_of_iam() {
    let on = Try::start(WorldKind::Empty).await;
    let answer = on.log_in("wrong").await;
    assert_eq!(answer.status(), 401);
    let expected = json!({"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"});
    assert_eq!(read(answer).await, json!({"error": expected}));
    on.control(Method::POST, "credentials", json!({"password": "new"}))
        .await;
    assert_eq!(on.log_in(PASSWORD).await.status(), 401);
    let answer = on.log_in("new").await;
    assert_eq!(answer.status(), 201);
    let body = read(answer).await;
    let expires_at = body["token"]["expires_at"].as_str().unwrap();
    assert_eq!(expires_at.len(), "2020-01-04T09:05:22.701000Z".len());
    assert_eq!(body["token"]["project"]["id"], PROJECT);
    assert_eq!(body["token"].get("catalog"), None);
    let stats = on.control(Method::GET, "stats", json!({})).await;
    assert_eq!((&stats["logins"], &stats["refused_logins"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn a_token_dies_by_time_by_revocation_and_by_a_new_password() {
    let on = Try::start(WorldKind::Empty).await;
    let token = on.token().await;
    assert_eq!(refused(&on, &token).await.0, 200);
    on.control(Method::POST, "clock", json!({"skew_seconds": 86_401})).await;
    let (status, why) = refused(&on, &token).await;
    assert_eq!(status, 401);
    assert!(
        why.starts_with("APIGW.0301 Incorrect IAM authentication information: token expires, expires_at:"),
        "{why}"
    );
    on.control(Method::POST, "clock", json!({"skew_seconds": 0})).await;
    on.control(Method::POST, "tokens/revoke", json!({})).await;
    let gone = (
        401,
        "APIGW.0301 Incorrect IAM authentication information: decrypt token fail".to_owned(),
    );
    assert_eq!(refused(&on, &token).await, gone);
    let token = on.token().await;
    on.control(Method::POST, "credentials", json!({"password": PASSWORD}))
        .await;
    assert_eq!(refused(&on, &token).await, gone);
}

#[tokio::test]
async fn a_token_opens_its_own_project_only() {
    let on = Try::start(WorldKind::Empty).await;
    let token = on.token().await;
    let truth = on.truth().await;
    let other = truth["projects"][1]["project_id"].as_str().unwrap();
    for project in [other, "00000000000000000000000000000000"] {
        let request = on.request(Method::GET, &format!("/v5/{project}/jobs?job_type=sync"));
        let answer = request.header("x-auth-token", &token).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert_eq!(read(answer).await["error_code"], "DRS.M00261");
    }
}

#[tokio::test]
async fn the_metadata_service_asks_for_a_session_as_it_is_set_up() {
    let on = Try::start(WorldKind::Empty).await;
    let key = async |session: Option<&str>| {
        let mut request = on.request(Method::GET, "/openstack/latest/securitykey");
        if let Some(session) = session {
            request = request.header("x-metadata-token", session);
        }
        request.send().await.unwrap().status().as_u16()
    };
    for (mode, session_status, without, with_wrong) in [
        ("required", 200, 401, 401),
        ("optional", 200, 200, 401),
        ("absent", 404, 200, 200),
        ("off", 404, 404, 404),
    ] {
        on.control(Method::POST, "metadata", json!({"mode": mode})).await;
        let request = on.request(Method::PUT, "/meta-data/latest/api/token");
        let answer = request
            .header("X-Metadata-Token-Ttl-Seconds", "21600")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), session_status, "{mode}");
        let session = answer.text().await.unwrap();
        assert_eq!(key(None).await, without, "{mode}");
        assert_eq!(key(Some("wrong")).await, with_wrong, "{mode}");
        if session_status == 200 {
            assert_eq!(key(Some(&session)).await, 200, "{mode}");
        }
    }
}

#[tokio::test]
async fn above_the_rate_the_gateway_throttles() {
    let on = Try::start(WorldKind::Empty).await;
    let token = on.token().await;
    on.control(Method::POST, "throttle", json!({"rate": 0})).await;
    let (status, why) = refused(&on, &token).await;
    assert_eq!(status, 429);
    assert!(
        why.starts_with("APIGW.0308 The throttling threshold has been reached"),
        "{why}"
    );
    on.control(Method::POST, "throttle", json!({"rate": null})).await;
    assert_eq!(refused(&on, &token).await.0, 200);
}
