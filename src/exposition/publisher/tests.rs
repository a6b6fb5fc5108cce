use super::*;
use crate::exposition::own::OwnMetrics;
use crate::exposition::tests::{at, job_with_task, joined, project};
use crate::exposition::{Encoding, Format, scrape};
use crate::inventory::{Key, Project};

fn text(handle: &Handle) -> String {
    let own = OwnMetrics::new("1", "r", "c");
    String::from_utf8(joined(&scrape::parts(
        &handle.load(),
        &own,
        Format::Text,
        Encoding::Identity,
    )))
    .unwrap()
}

fn start(inventory: &Arc<Inventory>) -> (Handle, CancellationToken, tokio::task::JoinHandle<()>) {
    let publisher = Publisher::new(Arc::clone(inventory), Clock::starting_at(at(0), 1.0));
    let (handle, shutdown) = (publisher.handle(), CancellationToken::new());
    let running = tokio::spawn(publisher.run(shutdown.clone()));
    (handle, shutdown, running)
}

/// Waits until what is published fulfils `wanted`; the paused clock runs ahead meanwhile.
async fn until(handle: &Handle, wanted: impl Fn(&str) -> bool) {
    for _ in 0..1000 {
        if wanted(&text(handle)) {
            return;
        }
        sleep(MIN_PAUSE).await;
    }
    panic!("never published");
}

#[tokio::test(start_paused = true)]
async fn the_first_publication_is_there_before_anything_runs() {
    let inventory = Arc::new(Inventory::new(vec![project("p", Vec::new())]));
    let publisher = Publisher::new(inventory, Clock::starting_at(at(0), 1.0));
    assert!(text(&publisher.handle()).contains("drs_project_jobs{project=\"p\"} 0\n"));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_published_and_shutdown_ends_it() {
    let inventory = Arc::new(Inventory::new(vec![project("p", Vec::new())]));
    let (handle, shutdown, running) = start(&inventory);
    inventory.publish(Key(0), project("p", vec![job_with_task(0)]));
    until(&handle, |text| text.contains("drs_job_up{")).await;
    assert_eq!(handle.load().snapshot.projects[0].jobs.len(), 1);
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn staleness_takes_effect_though_nothing_changes() {
    let stale_after = Duration::from_mins(1);
    let project = Project {
        stale_after,
        ..project("p", vec![job_with_task(0)])
    };
    let inventory = Arc::new(Inventory::new(vec![project]));
    let (handle, _shutdown, _running) = start(&inventory);
    assert!(text(&handle).contains("task_status{"));
    until(&handle, |text| !text.contains("task_status{")).await;
    assert!(handle.load().at > at(60) && text(&handle).contains("drs_job_up{"));
}
