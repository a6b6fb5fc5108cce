//! The world as a whole.

mod daily;

use std::collections::HashSet;

use serde_json::Value;

use super::*;

/// 2024-04-07T10:00:00Z.
const START: i64 = 1_712_484_000;

fn world(kind: WorldKind, seed: u64, jobs: usize) -> World {
    with_reports(kind, seed, jobs, 30)
}

fn with_reports(kind: WorldKind, seed: u64, jobs: usize, reports: i64) -> World {
    let founding = Founding {
        kind,
        seed,
        start: START,
        reports,
    };
    World::new(&founding, jobs)
}

fn tasks(world: &World, now: i64) -> Vec<Value> {
    let truth = world.truth(now);
    let projects = truth["projects"].as_array().unwrap();
    let jobs = projects.iter().flat_map(|project| project["jobs"].as_array().unwrap());
    jobs.flat_map(|job| job["tasks"].as_array().unwrap().clone()).collect()
}

fn count(tasks: &[Value], status: &str) -> usize {
    tasks.iter().filter(|task| task["status"] == status).count()
}

#[test]
fn every_live_world_opens_with_runs_under_way_and_in_the_queue() {
    for seed in 0..50 {
        let world = world(WorldKind::Live, seed, 2);
        let tasks = tasks(&world, START);
        assert!(count(&tasks, "RUNNING") >= 2, "seed {seed}");
        assert!(count(&tasks, "WAITING_FOR_RUNNING") >= 1, "seed {seed}");
    }
}

#[test]
fn the_same_seed_is_the_same_world_however_often_it_is_looked_at() {
    let often = world(WorldKind::Live, 3, 12);
    let once = world(WorldKind::Live, 3, 12);
    for seconds in (0..300).step_by(20) {
        often.truth(START + seconds);
    }
    assert_eq!(often.truth(START + 300), once.truth(START + 300));
    assert_ne!(once.truth(START), world(WorldKind::Live, 4, 12).truth(START));
}

#[test]
fn a_quiet_world_stays_as_it_is() {
    let world = world(WorldKind::Quiet, 3, 12);
    let mut later = world.truth(START + 3600 * 24 * 30);
    later["now"] = world.truth(START)["now"].clone();
    assert_eq!(later, world.truth(START));
    let tasks = tasks(&world, START);
    assert!(tasks.len() > 100);
    assert_eq!(count(&tasks, "RUNNING") + count(&tasks, "WAITING_FOR_RUNNING"), 0);
}

#[test]
fn within_an_hour_every_way_to_end_is_seen() {
    let world = world(WorldKind::Live, 1, 12);
    let mut seen = HashSet::new();
    for minute in (0..60).step_by(10) {
        let tasks = tasks(&world, START + minute * 60);
        seen.extend(tasks.iter().map(|task| task["status"].as_str().unwrap().to_owned()));
    }
    for status in ["SUCCESSFUL", "FAILED", "TIMEOUT_INTERRUPT", "CANCELLED", "RUNNING"] {
        assert!(seen.contains(status), "{status}");
    }
}

#[test]
fn the_parts_are_played() {
    let world = world(WorldKind::Live, 1, 8);
    let truth = world.truth(START + 1000);
    let job = |number: usize| &truth["projects"][0]["jobs"][number];
    let ended = |number: usize| {
        let tasks = job(number)["tasks"].as_array().unwrap().iter();
        tasks.filter(|task| !["RUNNING", "WAITING_FOR_RUNNING"].contains(&task["status"].as_str().unwrap()))
    };
    let differs = |task: &Value| task["objects"].as_array().unwrap().iter().any(|row| row["status"] == 0);
    assert!(ended(2).count() > 10 && ended(2).all(differs));
    assert!(ended(3).count() > 10 && ended(3).all(|task| task["status"] == "FAILED"));
    assert_eq!(job(4)["policy"]["status"], "OPEN");
    let due = job(4)["policy"]["next_compare_time"].as_str().unwrap();
    assert!(due < truth["now"].as_str().unwrap(), "overdue since {due}");
    assert_eq!(job(5)["policy"]["status"], "CLOSED");
    assert_eq!(job(6)["policy"]["status"], "NO_SUPPORT");
    assert_eq!(job(6)["tasks"].as_array().unwrap().len(), 0);
    let slipping = world.projects()[0].jobs[7].tasks(START).remove(0);
    assert_ne!(slipping.answer_id.unwrap(), slipping.id);
}

#[test]
fn what_a_test_takes_over_changes_no_more() {
    let mut world = world(WorldKind::Live, 1, 1);
    let job = world.project_named(None).unwrap().jobs[0].id.clone();
    let task = world.job_mut(&job).unwrap().tasks(START)[0].clone();
    assert!(task.has_status("RUNNING"));
    world
        .job_of_task(&task.id, START)
        .unwrap()
        .script(&task.id, START)
        .unwrap();
    let later = world.job_mut(&job).unwrap().task(&task.id, START + 100).unwrap();
    assert_eq!((&later.id, &later.fields), (&task.id, &task.fields));
    assert!(later.found.is_some(), "as it was when taken over");
    let ids: Vec<String> = world
        .job_mut(&job)
        .unwrap()
        .tasks(START)
        .into_iter()
        .map(|task| task.id)
        .collect();
    assert_eq!(ids.iter().filter(|id| **id == task.id).count(), 1);
    assert!(world.job_mut(&job).unwrap().delete_task(&task.id, START));
    assert!(world.job_mut(&job).unwrap().task(&task.id, START).is_none());
}

#[test]
fn an_empty_world_has_projects_and_nothing_else() {
    let world = world(WorldKind::Empty, 1, 9);
    assert_eq!((world.projects().len(), world.count()), (2, 0));
}

#[test]
fn a_quiet_worlds_runs_are_due_when_its_policies_say() {
    let world = world(WorldKind::Quiet, 1, 60);
    let seconds = |text: &str| {
        let parts = text.split(':').map(|part| part.parse::<i64>().unwrap());
        parts.fold(0, |sum, part| sum * 60 + part)
    };
    let mut rhythms = HashSet::new();
    for job in &world.projects()[0].jobs {
        let policy = job.policy(START);
        if policy["status"] != "OPEN" {
            continue;
        }
        let begin = seconds(policy["begin_time"].as_str().unwrap());
        let next = policy["next_compare_time"].as_str().unwrap();
        let due = seconds(&next[11..19]);
        match policy["interval_hour"].as_i64() {
            Some(hours) => assert_eq!((due - begin) % (hours * 3600), 0, "{policy}"),
            None => assert_eq!(due, begin, "{policy}"),
        }
        rhythms.insert((
            policy["interval_hour"].is_null(),
            policy["period"].as_str().unwrap().len() > 5,
        ));
    }
    assert_eq!(rhythms.len(), 3, "daily, weekly and hourly");
}

#[test]
fn the_stuck_job_has_missed_an_hour_by_its_own_policy() {
    let world = world(WorldKind::Live, 1, 8);
    let job = &world.projects()[0].jobs[4];
    assert_eq!(job.policy(START)["interval_hour"], 1);
    let newest = job.tasks(START).remove(0);
    assert!(
        newest.start_order() < "2024-04-07T09:00:00Z",
        "{}",
        newest.start_order()
    );
}
