//! A budget that does not suffice: what matters most is the freshest, nothing starves, and the delay is told.

use std::collections::HashMap;
use std::time::Duration;

use super::fake::{POLL, Scene, plan, task};
use crate::cloud::ComparePolicy;

const JOBS: usize = 1000;
const RUNNING: usize = 50;

#[tokio::test(start_paused = true)]
async fn at_two_a_second_running_tasks_are_the_freshest_and_none_starves() {
    let names: Vec<String> = (0..JOBS).map(|number| format!("job-{number}")).collect();
    let refs: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::start(plan(&refs, &[]), |world| {
        for (number, name) in names.iter().enumerate() {
            let newest = if number < RUNNING {
                task("t", "RUNNING", -9, None)
            } else {
                task("t", "SUCCESSFUL", -9, Some(-1))
            };
            world.jobs.insert(name.clone(), vec![newest]);
            let closed = ComparePolicy {
                status: Some("CLOSED".to_owned()),
                ..ComparePolicy::default()
            };
            world.policies.insert(name.clone(), closed);
        }
        // 8 under way at 4 s each are two a second.
        world.delay = Duration::from_millis(3900);
    });
    scene.pass(POLL * 30).await;
    assert!(
        scene.world().delays.iter().max() > Some(&(POLL * 5)),
        "the first round takes 500 s and more"
    );
    scene.world().calls.clear();
    scene.pass(Duration::from_hours(1)).await;
    let mut calls: HashMap<String, usize> = HashMap::new();
    for (_, operation, job) in &scene.world().calls {
        *calls.entry(job.clone()).or_default() += usize::from(*operation == "list");
    }
    let asked = |of: &[String]| -> Vec<usize> { of.iter().map(|name| calls.get(name).copied().unwrap_or(0)).collect() };
    let (running, idle) = (asked(&names[..RUNNING]), asked(&names[RUNNING..]));
    let (least, most) = (running.iter().min().unwrap(), idle.iter().max().unwrap());
    assert!(
        *least >= 40,
        "the least asked of the running ones: {least} in 60 intervals"
    );
    assert!(*most <= 5, "the most asked of the idle ones: {most} in four intervals");
    assert!(idle.iter().all(|calls| *calls >= 2), "none starves");
    assert!(scene.world().most_under_way <= 8);
}
