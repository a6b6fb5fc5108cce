//! When the start and the end of every run are published.

use std::collections::HashMap;
use std::sync::Arc;

use drs_exporter::clock::Clock;
use drs_exporter::inventory::{Inventory, Job};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// When a run was first seen, and first seen ended; milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notice {
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
}

/// By the number of the job and of the run.
pub(crate) type Notices = HashMap<(i64, i64), Notice>;

/// Notes what is published until `end`.
pub(crate) async fn notices(inventory: Arc<Inventory>, clock: Clock, end: CancellationToken) -> Notices {
    let mut notices = Notices::new();
    let mut known: Vec<Arc<Job>> = Vec::new();
    let mut changes = inventory.changes();
    while let Some(Ok(())) = end.run_until_cancelled(changes.changed()).await {
        let now = clock.now();
        let snapshot = inventory.snapshot();
        let jobs = snapshot.projects.iter().flat_map(|project| &project.jobs);
        for (place, job) in jobs.enumerate() {
            match known.get_mut(place) {
                Some(known) if Arc::ptr_eq(known, job) => continue,
                Some(known) => known.clone_from(job),
                None => known.push(Arc::clone(job)),
            }
            note(&mut notices, job, now);
        }
    }
    notices
}

fn note(notices: &mut Notices, job: &Job, now: Timestamp) {
    let Ok(number) = job.id.as_str().parse() else { return };
    for task in job.answers.iter().flat_map(|answer| answer.tasks.iter()) {
        let Ok(run) = task.id.as_str().parse() else { continue };
        let notice = notices.entry((number, run)).or_default();
        notice.start.get_or_insert(now.as_millisecond());
        if task.status.has_ended() {
            notice.end.get_or_insert(now.as_millisecond());
        }
    }
}
