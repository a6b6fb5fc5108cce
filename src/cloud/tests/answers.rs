//! Good answers: every example of the reference, and how far the wire may differ from it.

use super::server::{answer, ok};
use super::*;

async fn detail_of(body: &'static str) -> Result<HealthCompareJob, Error> {
    let server = Server::start(move |_, _| ok(body)).await;
    detail(&client(&server, token()).0).await.map(|answer| answer.value)
}

async fn list_of(body: &'static str) -> Result<Vec<HealthCompareJob>, Error> {
    let server = Server::start(move |_, _| ok(body)).await;
    let list = client(&server, token())
        .0
        .show_health_compare_job_list(&JobId::new(JOB))
        .await;
    list.map(|answer| answer.value)
}

#[tokio::test]
async fn the_reference_s_task_is_read_and_asked_for_as_written() {
    let date = "date: Sun, 07 Apr 2024 10:00:30 GMT\r\n";
    let server = Server::start(move |_, _| answer(200, date, DETAIL)).await;
    let (client, log) = client(&server, token());
    let got = detail(&client).await.unwrap();
    assert_eq!(got.answered_at.to_string(), "2024-04-07T10:00:30Z");
    let expected = HealthCompareJob {
        id: Some("3bca29b5-419a-409d-a8d1-d892aa12bf53".to_owned()),
        kind: Some("lines,object_comparison".to_owned()),
        status: Some("SUCCESSFUL".to_owned()),
        start_time: Some("2024-04-07T10:00:01Z".to_owned()),
        end_time: Some("2024-04-07T10:00:09Z".to_owned()),
        job_name: Some("DRS-7754".to_owned()),
        compute_type: None,
    };
    assert_eq!(got.value, expected);
    let request = &server.requests()[0];
    assert_eq!(
        request.line,
        format!("GET /v5/{PROJECT}/jobs/{JOB}/health-compare-jobs/{COMPARE_JOB}")
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-language"), Some("en-us"));
    assert_eq!(request.header("x-auth-token"), Some("token-from-elsewhere"));
    assert_eq!(
        request.header("user-agent"),
        Some(concat!("drs-exporter/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(request.header("accept-encoding"), None);
    assert_eq!(log.lines(), ["ShowHealthCompareJobDetail 200"]);
}

#[tokio::test]
async fn a_task_may_lack_anything_and_hold_more() {
    assert_eq!(detail_of("{}").await.unwrap(), HealthCompareJob::default());
    let odd =
        r#"{"id": 7, "type": "", "status": "NEW_STATE", "start_time": null, "end_time": 1.5, "database_info": {}}"#;
    let expected = HealthCompareJob {
        id: Some("7".to_owned()),
        status: Some("NEW_STATE".to_owned()),
        end_time: Some("1.5".to_owned()),
        ..HealthCompareJob::default()
    };
    assert_eq!(detail_of(odd).await.unwrap(), expected);
}

#[tokio::test]
async fn what_is_no_answer_is_never_taken_for_one() {
    for (body, word) in [
        ("", "not JSON"),
        ("<html><title>Sign in</title></html>", "Sign in"),
        (r#"{"id": "3bca"#, "not JSON"),
        ("[]", "an array"),
        ("null", "null"),
    ] {
        let error = detail_of(body).await.unwrap_err();
        assert_eq!(error.cause(), Cause::Body, "{body}");
        assert!(error.cause().is_invalid_response());
        assert!(error.to_string().contains(word), "{error}");
    }
    let error = detail_of(NOT_FOUND).await.unwrap_err();
    assert_eq!(
        (error.cause(), error.code()),
        (Cause::NotFound, Some("DRS.10000010")),
        "an error with status 200"
    );
}

#[tokio::test]
async fn the_reference_s_list_is_read_in_one_page() {
    let body = r#"{"count": 1, "compare_jobs": [{"id": "aac1024c-1b51-4fae-ae12-6ff69775d80b",
        "type": "lines,account,object_comparison", "status": "SUCCESSFUL", "start_time": "2024-04-09T13:00:01Z",
        "end_time": "2024-04-09T13:00:07Z", "compute_type": "drs"}]}"#;
    let server = Server::start(move |_, _| ok(body)).await;
    let list = client(&server, token())
        .0
        .show_health_compare_job_list(&JobId::new(JOB))
        .await
        .unwrap()
        .value;
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].compute_type, Some("drs".to_owned()));
    let expected = format!("GET /v5/{PROJECT}/jobs/{JOB}/health-compare-jobs?limit=1000&offset=0");
    assert_eq!(server.lines(), [expected]);
}

#[tokio::test]
async fn no_list_is_empty_only_where_the_answer_says_so() {
    for body in [
        r#"{"count": 0, "compare_jobs": []}"#,
        r#"{"count": 0}"#,
        r#"{"count": "0", "compare_jobs": null}"#,
        r#"{"compare_jobs": null}"#,
        r#"{"compareJobs": []}"#,
    ] {
        assert_eq!(list_of(body).await.unwrap(), [], "{body}");
    }
    for body in [
        "{}",
        r#"{"count": 3}"#,
        r#"{"count": 3, "compare_jobs": null}"#,
        r#"{"compare_jobs": {}}"#,
        r#"{"compare_jobs": [1]}"#,
        r#"{"message": "Unauthorized"}"#,
    ] {
        assert_eq!(list_of(body).await.unwrap_err().cause(), Cause::Body, "{body}");
    }
    let error = list_of(r#"{"error_code": "DRS.M00103", "error_msg": "no", "compare_jobs": []}"#)
        .await
        .unwrap_err();
    assert_eq!(error.cause(), Cause::Forbidden);
}

#[tokio::test]
async fn jobs_are_read_page_by_page_and_each_once() {
    let server = Server::start(|request, _| {
        let ids: &[&str] = if request.line.contains("offset=0") {
            &["a", "b"]
        } else {
            &["b", "c"]
        };
        let jobs: Vec<String> = ids
            .iter()
            .map(|id| format!(r#"{{"id": "{id}", "name": "n"}}"#))
            .collect();
        ok(&format!(
            r#"{{"total_count": 4, "jobs": [{}, {{"name": "nameless"}}]}}"#,
            jobs.join(",")
        ))
    })
    .await;
    let jobs = client(&server, token())
        .0
        .list_jobs(JobType::CloudDataGuard, Some("a b&c"))
        .await
        .unwrap()
        .value;
    assert!(!jobs.is_complete, "one came twice");
    let ids: Vec<&str> = jobs.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let query = "job_type=cloudDataGuard&limit=100&name=a%20b%26c";
    let expected = [0, 3].map(|offset| format!("GET /v5/{PROJECT}/jobs?{query}&offset={offset}"));
    assert_eq!(server.lines(), expected);
}

#[tokio::test]
async fn the_reference_s_job_is_read() {
    let body = r#"{"total_count": 1, "jobs": [{"id": "c7debc9c-8e09-4a5d-8dd6-cc44f78jb20r", "name": "DRS-1234",
        "status": "INCRE_TRANSFER_STARTED", "engine_type": "oracle-to-gaussdbv5", "job_type": "sync",
        "task_type": "FULL_INCR_TRANS", "enterprise_project_id": "0"}]}"#;
    let server = Server::start(move |_, _| ok(body)).await;
    let (client, _) = client(&server, token());
    let list = client.list_jobs(JobType::Sync, None).await.unwrap().value;
    assert!(list.is_complete);
    let job = &list.jobs[0];
    assert_eq!(
        (job.id.as_str(), job.name.as_deref()),
        ("c7debc9c-8e09-4a5d-8dd6-cc44f78jb20r", Some("DRS-1234"))
    );
    assert_eq!(job.engine_type.as_deref(), Some("oracle-to-gaussdbv5"));
}

#[tokio::test]
async fn jobs_are_looked_up_by_as_many_ids_as_the_api_takes() {
    let ids: Vec<String> = (0..MAX_IDS).map(|number| format!("c7debc9c-{number}jb20r")).collect();
    let items: Vec<String> = ids.iter().map(|id| format!(r#"{{"id": "{id}"}}"#)).collect();
    let body = format!(r#"{{"total_count": {MAX_IDS}, "jobs": [{}]}}"#, items.join(","));
    let server = Server::start(move |_, _| ok(&body)).await;
    let (client, _) = client(&server, token());
    let list = client
        .list_jobs(JobType::Sync, Some(&ids.join(",")))
        .await
        .unwrap()
        .value;
    assert!(list.is_complete);
    assert!(list.jobs.iter().map(|job| job.id.as_str()).eq(&ids));
    let query = format!("job_type=sync&limit=100&name={}&offset=0", ids.join("%2C"));
    assert_eq!(server.lines(), [format!("GET /v5/{PROJECT}/jobs?{query}")]);
}

#[tokio::test]
async fn a_listing_that_may_lack_a_job_says_so() {
    for (body, complete) in [
        (r#"{"total_count": 0, "jobs": []}"#, true),
        (r#"{"jobs": [{"id": "a"}]}"#, true),
        (r#"{"total_count": 2, "jobs": [{"id": "a"}]}"#, false),
        (r#"{"total_count": 1, "jobs": [{"name": "which?"}]}"#, false),
    ] {
        let server = Server::start(move |_, _| ok(body)).await;
        let list = client(&server, token()).0.list_jobs(JobType::Sync, None).await;
        assert_eq!(list.unwrap().value.is_complete, complete, "{body}");
    }
}

#[tokio::test]
async fn the_reference_s_policy_is_read() {
    let body = r#"{"status": "OPEN", "period": "* * 1,2,3,4,5,6,7", "begin_time": "08:00:00",
        "end_time": "10:00:00", "next_compare_time": "2023-06-12T08:00:00Z",
        "compare_type": ["lines", "account", "object_comparison"]}"#;
    let server = Server::start(move |_, _| ok(body)).await;
    let (client, _) = client(&server, token());
    let policy = client.show_compare_policy(&JobId::new(JOB)).await.unwrap().value;
    let expected = ComparePolicy {
        status: Some("OPEN".to_owned()),
        period: Some("* * 1,2,3,4,5,6,7".to_owned()),
        begin_time: Some("08:00:00".to_owned()),
        end_time: Some("10:00:00".to_owned()),
        compare_types: ["lines", "account", "object_comparison"].map(str::to_owned).to_vec(),
        next_compare_time: Some("2023-06-12T08:00:00Z".to_owned()),
        compare_policy: None,
        interval_hour: None,
        conflict_strategy: None,
    };
    assert_eq!(policy, expected);
    assert_eq!(server.lines(), [format!("GET /v5/{PROJECT}/jobs/{JOB}/compare-policy")]);
}

#[tokio::test]
async fn an_id_that_no_address_can_hold_is_not_asked_for() {
    let server = Server::start(|_, _| ok(DETAIL)).await;
    let (client, _) = client(&server, token());
    let error = client.show_compare_policy(&JobId::new("..")).await.unwrap_err();
    assert_eq!((error.cause(), server.lines().len()), (Cause::NotFound, 0));
}
