//! What comparisons found: every example of the reference, and how far the wire may differ from it.

use super::server::ok;
use super::*;

fn ids() -> (JobId, CompareJobId) {
    (JobId::new(JOB), CompareJobId::new(COMPARE_JOB))
}

async fn overview_of(body: &'static str) -> Vec<ObjectOverview> {
    let server = Server::start(move |_, _| ok(body)).await;
    let (job, task) = ids();
    let (client, _) = client(&server, token());
    let overview = client.show_health_object_compare_job_overview(&job, &task).await;
    let path = format!("/v5/{PROJECT}/jobs/{JOB}/health-compare-jobs/object/{COMPARE_JOB}");
    assert_eq!(server.lines(), [format!("GET {path}")]);
    overview.unwrap().value
}

#[tokio::test]
async fn the_reference_s_object_overview_is_read() {
    let body = r#"{"compare_result": [
        {"type": "DB", "source_count": 1, "target_count": 1, "status": 2},
        {"type": "INDEX", "source_count": 2, "target_count": 2, "status": 2},
        {"type": "TABLE", "source_count": 2, "target_count": 2, "status": 2},
        {"type": "TABLE_COLLATION", "source_count": 2, "target_count": 2, "status": 2}]}"#;
    let expected =
        [("DB", 1), ("INDEX", 2), ("TABLE", 2), ("TABLE_COLLATION", 2)].map(|(kind, count)| ObjectOverview {
            object_type: Some(kind.to_owned()),
            source_count: Some(count),
            target_count: Some(count),
            status: Some(2),
        });
    assert_eq!(overview_of(body).await, expected);

    let odd = r#"{"compare_result": [{"type": "NEW", "source_count": "2", "target_count": null, "status": 0}]}"#;
    let expected = ObjectOverview {
        object_type: Some("NEW".to_owned()),
        source_count: Some(2),
        target_count: None,
        status: Some(0),
    };
    assert_eq!(overview_of(odd).await, [expected]);
}

async fn rows_of(body: &'static str) -> Result<Vec<RowOverview>, Error> {
    let server = Server::start(move |_, _| ok(body)).await;
    let (job, task) = ids();
    let (client, log) = client(&server, token());
    let rows = client.list_data_compare_overview(&job, &task).await;
    let path = format!("/v3/{PROJECT}/jobs/{JOB}/compare/{COMPARE_JOB}/line-overview");
    assert_eq!(server.lines(), [format!("GET {path}?limit=1000&offset=0")]);
    assert_eq!(log.lines()[0], "ListDataCompareOverview 200");
    rows.map(|answer| answer.value)
}

#[tokio::test]
async fn the_reference_s_row_overview_is_read() {
    let body = r#"{"total_count": 1, "data_compare_overview_infos": [{"source_db_name": "db", "target_db_name": "db",
        "status": 2, "compare_num": 16, "compare_end_num": 16, "data_inconsistent_num": 0, "uncomparable_num": 0}]}"#;
    let expected = RowOverview {
        status: Some(2),
        compare_num: Some(16),
        compare_end_num: Some(16),
        data_inconsistent_num: Some(0),
        uncomparable_num: Some(0),
    };
    assert_eq!(rows_of(body).await.unwrap(), [expected]);

    let odd = r#"{"total_count": "2", "data_compare_overview_infos": [{"status": "", "compare_num": null},
        {"status": "23", "compare_num": "4", "compare_end_num": 1.5, "new": {}}]}"#;
    let expected = RowOverview {
        status: Some(23),
        compare_num: Some(4),
        ..RowOverview::default()
    };
    assert_eq!(rows_of(odd).await.unwrap(), [RowOverview::default(), expected]);
    assert_eq!(rows_of(r#"{"total_count": 0}"#).await.unwrap(), []);
    assert_eq!(rows_of("{}").await.unwrap_err().cause(), Cause::Body);
}

#[tokio::test]
async fn rows_that_look_alike_are_all_kept_over_pages() {
    let server = Server::start(|_, _| {
        ok(
            r#"{"total_count": 4, "data_compare_overview_infos": [{"status": 2, "compare_num": 1},
            {"status": 2, "compare_num": 1}]}"#,
        )
    })
    .await;
    let (job, task) = ids();
    let rows = client(&server, token()).0.list_data_compare_overview(&job, &task).await;
    assert_eq!(rows.unwrap().value.len(), 4);
}

#[tokio::test]
async fn of_accounts_only_the_verdict_is_kept() {
    let account = |id: usize, verdict: &str| {
        format!(
            r#"{{"id": "{id}", "src_user_name": "root-of-all", "tar_user_name": "root-of-all",
            "src_privileges": "GRANT ALL", "tar_privileges": "", "is_target_existed": true,
            "compare_result": {verdict}, "created_at": "2024-04-07T10:00:01Z", "updated_at": ""}}"#
        )
    };
    let pages = [
        [account(1, "2"), account(2, r#""INCONSISTENT""#)],
        [account(2, r#""INCONSISTENT""#), account(3, "null")],
    ];
    let server = Server::start(move |_, count| {
        let items = pages[count].join(",");
        ok(&format!(r#"{{"total_count": 4, "user_compare_info": [{items}]}}"#))
    })
    .await;
    let (job, task) = ids();
    let (client, log) = client(&server, token());
    let accounts = client.show_compare_users_detail(&job, &task).await.unwrap().value;
    let verdicts: Vec<Option<&str>> = accounts
        .iter()
        .map(|account| account.compare_result.as_deref())
        .collect();
    assert_eq!(verdicts, [Some("2"), Some("INCONSISTENT"), None]);
    assert!(!format!("{accounts:?}").contains("root-of-all"));
    let path = format!("/v5/{PROJECT}/jobs/{JOB}/compare/users/{COMPARE_JOB}");
    let expected = [0, 2].map(|offset| format!("GET {path}?limit=100&offset={offset}"));
    assert_eq!(server.lines(), expected);
    assert_eq!(log.lines()[0], "ShowCompareUsersDetail 200");
}

#[tokio::test]
async fn a_finding_that_is_not_available_is_a_refusal_and_no_emptiness() {
    let body = r#"{"error_code": "DRS.M00202", "error_msg": "The value of jobId is invalid."}"#;
    let server = Server::start(move |_, _| server::answer(400, "", body)).await;
    let (job, task) = ids();
    let (client, _) = client(&server, token());
    let rows = client.list_data_compare_overview(&job, &task).await.unwrap_err();
    assert_eq!((rows.cause(), rows.code()), (Cause::Refused, Some("DRS.M00202")));
    let accounts = client.show_compare_users_detail(&job, &task).await.unwrap_err();
    assert_eq!(accounts.status(), Some(400));
}
