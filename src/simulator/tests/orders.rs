//! The control API: what it changes, and what it refuses.

use super::*;

#[tokio::test]
async fn a_scripted_task_is_answered_as_it_was_put() {
    let on = Try::start(WorldKind::Empty).await;
    let token = on.token().await;
    let name = "quote\" backslash\\ line\n中 <b>";
    on.control(Method::POST, "jobs", json!({"id": "a b", "name": name}))
        .await;
    let task = json!({"job_id": "a b", "id": "t", "answer_id": "other", "status": "RUNNING", "end_time": null, "start_time": ""});
    on.control(Method::POST, "tasks", task).await;
    let (_, detail) = on.ask(&token, "/a%20b/health-compare-jobs/t").await;
    assert_eq!(
        detail,
        json!({"id": "other", "status": "RUNNING", "start_time": "", "end_time": null, "job_name": name})
    );
    let change = json!({"status": "SUCCESSFUL", "end_time": "2024-04-07T10:00:09Z", "objects": [{"type": "DB"}]});
    on.control(Method::PATCH, "tasks/t", change).await;
    let (_, list) = on.ask(&token, "/a%20b/health-compare-jobs").await;
    assert_eq!(
        list["compare_jobs"],
        json!([{"id": "t", "status": "SUCCESSFUL", "start_time": "", "end_time": "2024-04-07T10:00:09Z"}])
    );
    on.control(Method::DELETE, "tasks/t", json!({})).await;
    assert_eq!(on.ask(&token, "/a%20b/health-compare-jobs/t").await.0, 400);
    on.control(Method::PATCH, "jobs/a%20b", json!({"policy": {"status": "OPEN"}}))
        .await;
    assert_eq!(
        on.ask(&token, "/a%20b/compare-policy").await.1,
        json!({"status": "OPEN"})
    );
    on.control(Method::DELETE, "jobs/a%20b", json!({})).await;
    assert_eq!(on.ask(&token, "/a%20b/health-compare-jobs").await.0, 400);
}

#[tokio::test]
async fn a_misspelt_order_is_refused_with_what_would_be_right() {
    let on = Try::start(WorldKind::Empty).await;
    for (method, path, body, word) in [
        (Method::POST, "faults", json!({"kind": "hangs"}), "`hang`"),
        (Method::POST, "faults", json!({"kind": "hang", "job": "x"}), "`job_id`"),
        (
            Method::POST,
            "faults",
            json!({"kind": "hang", "operation": "ListJob"}),
            "ListJobs",
        ),
        (
            Method::POST,
            "faults",
            json!({"kind": "skip", "operation": "ShowComparePolicy"}),
            "ListJobs",
        ),
        (Method::POST, "faults", json!({"kind": "hang", "share": 2}), "0 to 1"),
        (
            Method::POST,
            "faults",
            json!({"kind": "status", "status": 99}),
            "200 to 599",
        ),
        (Method::POST, "metadata", json!({"mode": "maybe"}), "`required`"),
        (Method::POST, "tasks", json!({"job_id": "x", "stat": 1}), "`status`"),
        (Method::POST, "tasks", json!({"status": "RUNNING"}), "`job_id`"),
        (Method::POST, "clock", json!({}), "skew_seconds"),
    ] {
        let (status, answer) = on.order(method, path, &body).await;
        let error = answer["error"].as_str().unwrap();
        assert!(status == 400 && error.contains(word), "{path} {body}: {status} {error}");
    }
    for path in ["nonsense", "jobs/none", "tasks/none", "faults/7"] {
        assert_eq!(on.order(Method::DELETE, path, &json!({})).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn the_truth_of_an_instant_is_told() {
    let on = Try::start(WorldKind::Daily).await;
    let now = on.truth().await;
    let oldest = now["projects"][0]["jobs"][0]["tasks"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    let end = oldest["end_time"].as_str().unwrap();
    let past = on.control(Method::GET, &format!("truth?at={end}"), json!({})).await;
    assert_eq!(past["now"], end);
    assert_eq!(past["projects"][0]["jobs"][0]["tasks"], json!([oldest]));
    let (status, answer) = on.order(Method::GET, "truth?at=yesterday", &json!({})).await;
    assert_eq!(
        (status, answer["error"].as_str().unwrap().contains("2026-")),
        (400, true)
    );
}

#[tokio::test]
async fn the_counters_tell_what_was_asked_and_forget_on_order() {
    let on = Try::start(WorldKind::Quiet).await;
    let token = on.token().await;
    on.ask(&token, "/unknown/compare-policy").await;
    on.ask(&token, "/unknown/compare-policy").await;
    let stats = on.control(Method::GET, "stats", json!({})).await;
    assert_eq!(stats["requests"], 3);
    let expected = json!({"requests": 2, "statuses": {"400": 2}});
    assert_eq!(stats["operations"]["ShowComparePolicy"], expected);
    assert_eq!(stats["targets"], json!({"ShowComparePolicy unknown": 2}));
    assert_eq!(stats["projects"][PROJECT]["requests"], 2);
    assert_eq!(stats["projects"][PROJECT]["peak_concurrent"], 1);
    on.control(Method::POST, "stats/reset", json!({})).await;
    assert_eq!(on.control(Method::GET, "stats", json!({})).await["requests"], 0);
}
