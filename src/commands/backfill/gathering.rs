//! Asking all projects, and telling a person what fails.
//!
//! Owns: the words for it. Every failure is told once, with what is missing for it and what to do.

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::{error, warn};

use jiff::Timestamp;

use super::Failure;
use super::progress::Progress;
use crate::backfill::{self, Event, Kept, Spool};
use crate::cloud::Client;
use crate::fetcher::Plan;
use crate::ids::ProjectName;

/// Answers that wait to be written to the spool: it is faster than any cloud.
const WAITING_EVENTS: usize = 1;

/// What the projects have told so far.
#[derive(Debug)]
pub(super) struct Gathering {
    spool: Spool,
    progress: Progress,
    projects: Vec<ProjectName>,
    /// Jobs that were not asked for, by project.
    skipped: Vec<usize>,
    failed: usize,
    unplaced: usize,
}

impl Gathering {
    pub(super) fn new(spool: Spool, plans: &[(Plan, Client)]) -> Self {
        Self {
            spool,
            progress: Progress::new("asking"),
            projects: plans.iter().map(|(plan, _)| plan.name.clone()).collect(),
            skipped: vec![0; plans.len()],
            failed: 0,
            unplaced: 0,
        }
    }

    /// Asks all projects at once: each has limits of its own, and none waits for another.
    pub(super) async fn all_of(&mut self, plans: Vec<(Plan, Client)>, now: Timestamp) -> Result<(), Failure> {
        let (sender, mut events) = mpsc::channel(WAITING_EVENTS);
        let mut projects = JoinSet::new();
        for (number, (plan, client)) in plans.into_iter().enumerate() {
            let sender = sender.clone();
            projects.spawn(async move { backfill::gather(number, &plan, &client, now, &sender).await });
        }
        drop(sender);
        while let Some((number, event)) = events.recv().await {
            self.take(number, event)?;
        }
        while let Some(ended) = projects.join_next().await {
            ended.map_err(|panic| Failure::failed(format!("asking has broken down: {panic}; please report this")))?;
        }
        self.progress.end();
        Ok(())
    }

    fn take(&mut self, number: usize, event: Event) -> Result<(), Failure> {
        match event {
            Event::Found(jobs) => self.progress.expect(jobs),
            Event::Skipped => {
                self.skipped[number] += 1;
                self.progress.step();
            }
            Event::Failed(failure) => self.tell(number, &failure),
            Event::Incomplete(job_type) => {
                let (project, job_type) = (&self.projects[number], job_type.as_str());
                self.progress.aside(
                    || warn!(%project, job_type, "jobs came and went while they were listed; one may be missing"),
                );
            }
            Event::Job {
                rank,
                record,
                unplaced,
                failures,
            } => {
                self.unplaced += unplaced;
                for failure in &failures {
                    self.tell(number, failure);
                }
                if let Some(record) = record {
                    self.spool.push(number, rank, &record).map_err(|error| {
                        Failure::failed(format!(
                            "the temporary file cannot be written: {error}; name another folder by TMPDIR"
                        ))
                    })?;
                }
                self.progress.step();
            }
        }
        Ok(())
    }

    fn tell(&mut self, number: usize, failure: &backfill::Failure) {
        self.failed += 1;
        let (project, missing) = (&self.projects[number], &failure.missing);
        let (error, remedy) = (failure.error.what(), failure.error.remedy());
        let job = failure.job.as_ref().map(tracing::field::display);
        self.progress
            .aside(|| error!(%project, job, missing, error, remedy, "left out of the history"));
    }

    /// All that was told, and how much is missing.
    pub(super) fn end(mut self) -> (Kept, usize) {
        for (project, jobs) in self.projects.iter().zip(&self.skipped) {
            if *jobs > 0 {
                self.failed += jobs;
                error!(%project, jobs, "not asked for, since the project refuses everything or cannot be reached");
            }
        }
        if self.unplaced > 0 {
            let tasks = self.unplaced;
            warn!(
                tasks,
                "comparison tasks without a start time have no place in the history and are left out"
            );
        }
        (self.spool.finish(), self.failed)
    }
}
