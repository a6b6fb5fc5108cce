//! The calls of DRS, and what is around every answer.

use super::*;

#[tokio::test]
async fn a_list_and_a_detail_tell_the_truth() {
    let on = Try::start(WorldKind::Quiet).await;
    let token = on.token().await;
    let truth = on.truth().await;
    let job = &truth["projects"][0]["jobs"][0];
    let (id, first) = (job["id"].as_str().unwrap(), &job["tasks"][0]);
    let (status, list) = on.ask(&token, &format!("/{id}/health-compare-jobs?limit=1000")).await;
    assert_eq!(status, 200);
    assert_eq!(list["count"], job["tasks"].as_array().unwrap().len());
    assert_eq!(list["compare_jobs"][0]["id"], first["id"]);
    let task = first["id"].as_str().unwrap();
    let (_, detail) = on.ask(&token, &format!("/{id}/health-compare-jobs/{task}")).await;
    assert_eq!(detail["job_name"], job["name"]);
    for field in ["status", "start_time", "end_time", "type"] {
        assert_eq!(detail[field], first[field], "{field}");
        assert_eq!(list["compare_jobs"][0][field], first[field], "{field}");
    }
    let (_, overview) = on
        .ask(&token, &format!("/{id}/health-compare-jobs/object/{task}"))
        .await;
    assert_eq!(overview["compare_result"], first["objects"]);
    let (_, policy) = on.ask(&token, &format!("/{id}/compare-policy")).await;
    assert_eq!(policy, job["policy"]);
    on.simulator.stop().await;
}

#[tokio::test]
async fn pages_do_not_overlap_and_a_filter_filters() {
    let on = Try::start(WorldKind::Quiet).await;
    let token = on.token().await;
    let truth = on.truth().await;
    // This one always fails.
    let id = truth["projects"][0]["jobs"][3]["id"].as_str().unwrap().to_owned();
    let ids = async |query: &str| -> Vec<String> {
        let (_, list) = on.ask(&token, &format!("/{id}/health-compare-jobs?{query}")).await;
        let items = list["compare_jobs"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids("limit=1000").await;
    assert_eq!(ids("").await, all[..10]);
    assert_eq!(ids("offset=4&limit=3").await, all[4..7]);
    assert!(ids("offset=1000").await.is_empty());
    assert_eq!(ids("limit=1000&status=FAILED").await, all);
    assert!(ids("status=SUCCESSFUL").await.is_empty());
}

#[tokio::test]
async fn jobs_are_found_by_type_and_name() {
    let on = Try::start(WorldKind::Quiet).await;
    let token = on.token().await;
    let mut found = 0;
    for job_type in ["migration", "sync", "cloudDataGuard", "replay"] {
        let (status, list) = on.ask(&token, &format!("?job_type={job_type}&limit=100")).await;
        assert_eq!(status, 200);
        assert!(
            list["jobs"]
                .as_array()
                .unwrap()
                .iter()
                .all(|job| job["job_type"] == job_type)
        );
        found += list["total_count"].as_u64().unwrap();
    }
    assert_eq!(found, 8);
    let (_, list) = on.ask(&token, "?job_type=cloudDataGuard&name=orders").await;
    assert_eq!(list["jobs"][0]["name"], "orders-mysql-dr");
    assert_eq!(list["total_count"], 1);
}

#[tokio::test]
async fn what_is_wrong_is_answered_in_the_shape_of_drs() {
    let on = Try::start(WorldKind::Quiet).await;
    let token = on.token().await;
    let truth = on.truth().await;
    let id = truth["projects"][0]["jobs"][0]["id"].as_str().unwrap();
    for (path, code) in [
        ("/unknown/health-compare-jobs".to_owned(), "DRS.10000010"),
        (format!("/{id}/health-compare-jobs/unknown"), "DRS.10000010"),
        (format!("/{id}/health-compare-jobs?limit=1001"), "DRS.M00211"),
        (format!("/{id}/health-compare-jobs?limit=0"), "DRS.M00211"),
        (format!("/{id}/health-compare-jobs?offset=-1"), "DRS.M00007"),
        (format!("/{id}/health-compare-jobs?status=DONE"), "DRS.M00007"),
        (String::new(), "DRS.M00201"),
        ("?job_type=all".to_owned(), "DRS.M00007"),
    ] {
        let (status, body) = on.ask(&token, &path).await;
        assert_eq!((status, body["error_code"].as_str()), (400, Some(code)), "{path}");
        assert_eq!(body.get("request_id"), None);
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_the_clouds_date() {
    let on = Try::start(WorldKind::Empty).await;
    on.control(Method::POST, "clock", json!({"skew_seconds": 86_400})).await;
    let answer = on.request(Method::GET, "/v5/nowhere").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let date = answer.headers()["date"].to_str().unwrap().to_owned();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body = read(answer).await;
    assert_eq!(
        (&body["error_code"], &body["request_id"]),
        (&json!("APIGW.0101"), &json!(id))
    );
    let date = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
    let ahead = date.duration_since(Clock::system().now()).as_secs();
    assert!((86_000..86_500).contains(&ahead), "{ahead}");
}

#[tokio::test]
async fn the_configuration_names_every_job_and_the_address() {
    let on = Try::start(WorldKind::Live).await;
    let yaml = on.simulator.configuration();
    let truth = on.truth().await;
    for project in truth["projects"].as_array().unwrap() {
        for job in project["jobs"].as_array().unwrap() {
            assert!(yaml.contains(job["id"].as_str().unwrap()));
        }
    }
    assert!(yaml.contains(&on.simulator.address().to_string()));
    assert!(yaml.contains(SECRET_KEY) && yaml.contains(PASSWORD));
}
