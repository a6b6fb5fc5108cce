use std::sync::Arc;

use tokio::time::{advance, sleep, timeout};

use super::*;
use crate::cloud::Patience;
use crate::exposition::Publisher;
use crate::fetcher::pulse::Promise;
use crate::ids::ProjectName;
use crate::inventory::Inventory;

const HOUR: Duration = Duration::from_hours(1);

fn publisher() -> (Publisher, Handle) {
    let publisher = Publisher::new(Arc::new(Inventory::new(Vec::new())), Clock::system());
    let handle = publisher.handle();
    (publisher, handle)
}

fn turn(pulse: &Pulse, again_in: Duration) {
    let promise = Promise {
        again_by: Instant::now() + again_in,
        asking_since: None,
        heard_since: None,
        patience: Patience {
            silence: HOUR,
            question: HOUR,
        },
    };
    pulse.turned(&ProjectName::new("payments"), promise);
}

fn watching(pulse: &Pulse, handle: Handle) -> impl Future<Output = Failure> + use<> {
    watch(pulse.clone(), handle, Clock::system(), Systemd::of_process())
}

#[tokio::test(start_paused = true)]
async fn a_publisher_that_stands_still_ends_the_exporter() {
    let (publisher, handle) = publisher();
    let failure = timeout(HOUR, watching(&Pulse::default(), handle))
        .await
        .expect("an end");
    assert_eq!(failure.code, super::super::FAILED);
    assert!(
        failure.message.starts_with("the metrics are not rendered"),
        "{failure:?}"
    );
    drop(publisher);
}

#[tokio::test(start_paused = true)]
async fn a_project_that_stands_still_ends_the_exporter_by_name_and_one_that_goes_on_does_not() {
    let ((publisher, handle), pulse) = (publisher(), Pulse::default());
    tokio::spawn(publisher.run(tokio_util::sync::CancellationToken::new()));
    let mut watching = tokio::spawn(watching(&pulse, handle));
    for _ in 0..60 {
        turn(&pulse, Duration::from_mins(1));
        assert!(timeout(Duration::from_mins(1), &mut watching).await.is_err());
    }
    let failure = timeout(GRACE + LOOK_EVERY * 2, watching)
        .await
        .expect("an end")
        .unwrap();
    assert!(
        failure.message.starts_with("project payments: the refresh"),
        "{failure:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_the_whole_process_is_forgiven() {
    let ((publisher, handle), pulse) = (publisher(), Pulse::default());
    tokio::spawn(publisher.run(tokio_util::sync::CancellationToken::new()));
    let watching = tokio::spawn(watching(&pulse, handle));
    turn(&pulse, Duration::from_mins(1));
    sleep(Duration::from_secs(1)).await;
    // All timers are late at once, and this one looks first.
    advance(HOUR).await;
    sleep(LOOK_EVERY * 2).await;
    assert!(!watching.is_finished());
    turn(&pulse, Duration::from_mins(1));
    sleep(GRACE).await;
    assert!(!watching.is_finished());
    sleep(GRACE).await;
    assert!(watching.is_finished());
}
