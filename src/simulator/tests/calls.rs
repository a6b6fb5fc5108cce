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
async fn rows_and_accounts_tell_the_truth_of_what_a_task_compares() {
    let on = Try::start(WorldKind::Quiet).await;
    let token = on.token().await;
    let truth = on.truth().await;
    let (mut told, mut refused) = (0, 0);
    for job in truth["projects"][0]["jobs"].as_array().unwrap() {
        let Some(task) = job["tasks"].as_array().unwrap().first() else {
            continue;
        };
        let (id, task_id) = (job["id"].as_str().unwrap(), task["id"].as_str().unwrap());
        let rows = on
            .ask_of("v3", &token, &format!("/{id}/compare/{task_id}/line-overview"))
            .await;
        let users = on
            .ask(&token, &format!("/{id}/compare/users/{task_id}?limit=100"))
            .await;
        for ((status, answer), kind, list, items) in [
            (rows, "lines", "rows", "data_compare_overview_infos"),
            (users, "account", "accounts", "user_compare_info"),
        ] {
            let compares = task["type"].as_str().unwrap().split(',').any(|part| part == kind);
            if compares {
                assert_eq!((status, &answer[items]), (200, &task[list]), "{task}");
                assert_eq!(answer["total_count"], task[list].as_array().unwrap().len());
                told += 1;
            } else {
                assert_eq!((status, &answer["error_code"]), (400, &json!("DRS.M00202")));
                assert!(task[list].is_null());
                refused += 1;
            }
        }
    }
    assert!(told > 0 && refused > 0, "{told} {refused}");
}

#[tokio::test]
async fn rows_and_accounts_are_paged_filtered_and_whatever_was_ordered() {
    let on = Try::start(WorldKind::Empty).await;
    let token = on.token().await;
    on.control(Method::POST, "jobs", json!({"id": "j"})).await;
    let rows = json!([{"status": 2}, {"status": 0}, {"status": "odd", "compare_num": null}]);
    let users = json!([{"compare_result": "CONSISTENT"}, {"compare_result": 0}, 7]);
    let task = json!({"job_id": "j", "id": "t", "status": "SUCCESSFUL", "type": "lines,account"});
    on.control(Method::POST, "tasks", task).await;
    let rows_of = async |query: &str| {
        let path = format!("/j/compare/t/line-overview{query}");
        on.ask_of("v3", &token, &path).await.1
    };
    let nothing = json!({"total_count": 0, "data_compare_overview_infos": []});
    assert_eq!(rows_of("").await, nothing, "a type that promises rows");
    let change = on
        .control(Method::PATCH, "tasks/t", json!({"rows": rows, "accounts": users}))
        .await;
    assert_eq!((&change["rows"], &change["accounts"]), (&rows, &users));
    assert_eq!(rows_of("").await["data_compare_overview_infos"], rows);
    let inconsistent = json!({"total_count": 1, "data_compare_overview_infos": [{"status": 0}]});
    assert_eq!(rows_of("?status=0").await, inconsistent);
    let (_, second) = on.ask(&token, "/j/compare/users/t?offset=1&limit=1").await;
    assert_eq!(
        second,
        json!({"total_count": 3, "user_compare_info": [{"compare_result": 0}]})
    );
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
    for (path, word) in [
        ("/unknown/compare/unknown/line-overview".to_owned(), "jobId"),
        (format!("/{id}/compare/unknown/line-overview"), "compareJobId"),
    ] {
        let (status, body) = on.ask_of("v3", &token, &path).await;
        let message = format!("The value of {word} is invalid.");
        assert_eq!(
            (status, body["error_msg"].as_str()),
            (400, Some(message.as_str())),
            "{path}"
        );
    }
    let (_, body) = on.ask(&token, &format!("/{id}/compare/users/unknown")).await;
    assert_eq!(body["error_code"], "DRS.10000010");
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
async fn the_configuration_names_the_jobs_of_one_project_and_finds_those_of_the_other() {
    let on = Try::start(WorldKind::Live).await;
    let yaml = on.simulator.configuration();
    let truth = on.truth().await;
    for (project, is_named) in [(0, true), (1, false)] {
        // Of the other project too, a single task's job may be named.
        let jobs = truth["projects"][project]["jobs"].as_array().unwrap();
        let named = jobs.iter().filter(|job| yaml.contains(job["id"].as_str().unwrap()));
        assert_eq!(named.count() == jobs.len(), is_named);
    }
    assert_eq!(yaml.matches("discovery:").count(), 1);
    assert!(yaml.contains(&on.simulator.address().to_string()));
    assert!(yaml.contains(SECRET_KEY) && yaml.contains(PASSWORD));
}
