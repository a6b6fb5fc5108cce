//! Keeps an actor running: one that has broken down (a mistake of ours) begins anew.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::error;

use super::super::Api;
use super::super::project::{Actor, Place};
use super::{Order, Orders};
use crate::inventory::{Job, Problem, Project};

pub(super) async fn keep_refreshing<A: Api>(mut orders: Orders<A>, place: Place, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let order = Arc::clone(&orders.borrow_and_update());
        propose_nothing(&order).await;
        place.expect_turn(&order.plan, &*order.api, Duration::ZERO);
        let actor = Actor::new(order.plan.clone(), Arc::clone(&order.api), place.clone());
        let Err(panic) = tokio::spawn(actor.run(orders.clone(), shutdown.clone())).await else {
            break;
        };
        // It may have followed others since, and have another name by now.
        let order = Arc::clone(&orders.borrow_and_update());
        propose_nothing(&order).await;
        error!(project = %order.plan.name, %panic, "the refresh of this project has broken down and starts anew; please report this");
        mark_broken_down(&place);
        place.expect_turn(&order.plan, &*order.api, order.plan.poll_interval);
        tokio::select! {
            () = tokio::time::sleep(order.plan.poll_interval) => {}
            () = shutdown.cancelled() => {}
            _ = orders.changed() => {}
        }
    }
    place.observer.gone(&orders.borrow().plan.name);
}

/// Who waits for what a broken actor knew waits in vain. What its successor publishes before all of the change is to be
/// seen would be lost.
async fn propose_nothing<A>(order: &Order<A>) {
    if order.take_proposal().is_some() {
        order.applied.cancelled().await;
    }
}

/// Nobody refreshes the project now: what it was last known to be must not look refreshed.
fn mark_broken_down(place: &Place) {
    let Some(project) = place.inventory.project(place.key) else {
        return;
    };
    let problem = Problem {
        what: "the exporter broke down while refreshing this project".to_owned(),
        remedy: "report this with the log".to_owned(),
        since: place.clock.now(),
    };
    let cut_off = |job: &Arc<Job>| {
        let problem = Some(problem.clone());
        Arc::new(Job {
            up: Some(false),
            problem,
            ..Job::clone(job)
        })
    };
    let jobs = project.jobs.iter().map(cut_off).collect();
    let problem = Some(problem.clone());
    place.inventory.publish(
        place.key,
        Project {
            up: Some(false),
            problem,
            jobs,
            ..Project::clone(&project)
        },
    );
}
