//! A world whose runs follow policies as people set them, and what was true of it before.

use std::collections::HashMap;

use super::super::policy::{DAY, weekday};
use super::*;

fn daily(reports: i64) -> World {
    with_reports(WorldKind::Daily, 1, 24, reports)
}

fn seconds(time: &Value) -> i64 {
    time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second()
}

/// Seconds since midnight of `HH:MM:SS`.
fn of_day(time: &Value) -> i64 {
    let parts = time
        .as_str()
        .unwrap()
        .split(':')
        .map(|part| part.parse::<i64>().unwrap());
    parts.fold(0, |sum, part| sum * 60 + part)
}

fn jobs(truth: &Value) -> Vec<&Value> {
    let projects = truth["projects"].as_array().unwrap().iter();
    projects
        .flat_map(|project| project["jobs"].as_array().unwrap())
        .collect()
}

fn tasks_of(job: &Value) -> &Vec<Value> {
    job["tasks"].as_array().unwrap()
}

#[test]
fn every_job_has_as_many_reports_as_were_asked_for() {
    for reports in [1, 5, 60] {
        let truth = daily(reports).truth(START);
        for job in jobs(&truth) {
            let expected = usize::try_from(reports).unwrap();
            match job["policy"]["status"].as_str().unwrap() {
                "NO_SUPPORT" => assert!(tasks_of(job).is_empty()),
                _ => assert_eq!(tasks_of(job).len(), expected, "{}", job["name"]),
            }
        }
    }
    let long = daily(60).truth(START);
    let of_days =
        |job: &&Value| job["policy"]["interval_hour"].is_null() && job["policy"]["period"] == "* * 1,2,3,4,5,6,7";
    let oldest = |job: &Value| START - seconds(&tasks_of(job).last().unwrap()["start_time"]);
    let mut found = jobs(&long)
        .into_iter()
        .filter(of_days)
        .filter(|job| job["policy"]["status"] == "OPEN");
    assert!(found.all(|job| (59 * DAY - 601..62 * DAY).contains(&oldest(job))));
}

#[test]
fn runs_begin_within_their_windows_and_take_minutes() {
    let truth = daily(60).truth(START);
    let mut lengths = Vec::new();
    for job in jobs(&truth).into_iter().filter(|job| job["policy"]["status"] == "OPEN") {
        let policy = &job["policy"];
        for task in tasks_of(job).iter().filter(|task| task["status"] == "SUCCESSFUL") {
            let (start, end) = (seconds(&task["start_time"]), seconds(&task["end_time"]));
            let late = start.rem_euclid(DAY) - of_day(&policy["begin_time"]);
            assert!(
                late > 0 && start.rem_euclid(DAY) <= of_day(&policy["end_time"]) + 600,
                "{policy} {task}"
            );
            let late = policy["interval_hour"]
                .as_i64()
                .map_or(late, |hours| late % (hours * 3600));
            assert!((2..=600).contains(&late), "{late}");
            let day = weekday(start).to_string();
            assert!(policy["period"].as_str().unwrap().contains(&day), "{policy} {task}");
            lengths.push(end - start);
        }
    }
    lengths.sort_unstable();
    assert!(lengths[0] >= 60 && *lengths.last().unwrap() <= 2400, "{lengths:?}");
    assert!(lengths[lengths.len() / 2] < 900, "mostly short");
}

#[test]
fn the_parts_are_played_from_the_start() {
    let truth = daily(30).truth(START);
    let jobs = jobs(&truth);
    assert_eq!(tasks_of(jobs[0])[0]["status"], "RUNNING");
    let waiting = &tasks_of(jobs[1])[0];
    assert_eq!(waiting["status"], "WAITING_FOR_RUNNING");
    assert_eq!(
        waiting.get("start_time").and_then(Value::as_str).unwrap_or_default(),
        ""
    );
    let differs = |task: &Value| task["objects"].as_array().unwrap().iter().any(|row| row["status"] == 0);
    let ended = |task: &&Value| task["status"] == "SUCCESSFUL";
    assert!(tasks_of(jobs[2]).iter().filter(ended).all(differs));
    assert!(
        tasks_of(jobs[3])
            .iter()
            .all(|task| ["FAILED", "RUNNING"].contains(&task["status"].as_str().unwrap()))
    );
    let missed = &jobs[4]["policy"]["next_compare_time"];
    assert!((3 * 3600..=10 * 3600).contains(&(START - seconds(missed))), "{missed}");
    assert!(seconds(&tasks_of(jobs[4])[0]["start_time"]) < seconds(missed) - DAY + 601);
    assert_eq!(jobs[5]["policy"]["status"], "CLOSED");
    assert_eq!(jobs[6]["policy"]["status"], "NO_SUPPORT");
    let mut policies = HashMap::new();
    for job in jobs {
        let policy = &job["policy"];
        let kind = (policy["status"].as_str().unwrap(), policy["interval_hour"].is_null());
        *policies.entry(kind).or_insert(0) += 1;
    }
    assert!(policies[&("OPEN", true)] > policies[&("OPEN", false)], "{policies:?}");
}

#[test]
fn runs_go_on_when_their_policies_say() {
    let world = daily(30);
    let job = &world.projects()[0].jobs[1];
    let next = seconds(&job.policy(START)["next_compare_time"]);
    let at = |now: i64| tasks_of(&job.truth(now))[0].clone();
    assert_eq!(at(next - 1)["id"], at(START)["id"]);
    assert_eq!(at(next)["status"], "WAITING_FOR_RUNNING");
    assert_eq!(at(next + 601)["id"], at(next)["id"]);
    assert!(!["WAITING_FOR_RUNNING", "RUNNING"].contains(&at(next + 3600)["status"].as_str().unwrap()));
}

#[test]
fn the_past_is_told_as_it_was() {
    let world = daily(60);
    let then = START - 20 * DAY;
    let (now, past) = (world.truth(START), world.truth_at(then));
    let known: HashMap<&str, &Value> = jobs(&now)
        .into_iter()
        .flat_map(tasks_of)
        .map(|task| (task["id"].as_str().unwrap(), task))
        .collect();
    let mut compared = 0;
    for task in jobs(&past).into_iter().flat_map(tasks_of) {
        let start = seconds(&task["start_time"]);
        assert!(start <= then, "{task}");
        let Some(later) = known.get(task["id"].as_str().unwrap()) else {
            continue;
        };
        assert_eq!(later["start_time"], task["start_time"]);
        if seconds(&later["end_time"]) <= then {
            assert_eq!(*later, task);
        } else {
            assert_eq!(task["status"], "RUNNING");
        }
        compared += 1;
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn a_run_that_waits_is_not_of_the_past_and_what_a_test_put_is() {
    let mut world = daily(30);
    let counts = |world: &World| {
        let job = &world.projects()[0].jobs[1];
        [job.truth(START), job.truth_at(START).unwrap()].map(|truth| tasks_of(&truth).len())
    };
    assert_eq!(counts(&world), [30, 29], "one waits");
    assert!(
        jobs(&world.truth_at(START - 400 * DAY)).is_empty(),
        "no job was made yet"
    );
    let id = world.projects()[0].jobs[1].id.clone();
    let job = world.job_mut(&id).unwrap();
    let newest = job.tasks(START)[0].id.clone();
    job.script(&newest, START).unwrap();
    assert_eq!(counts(&world)[1], counts(&world)[0]);
}
