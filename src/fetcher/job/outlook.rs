//! What is known of a job beside its tasks: what the list of jobs says, when runs are due, what ended ones found.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::judge::Judge;
use super::WatchedJob;
use crate::cloud::{Job, JobType};
use crate::comparison::Task;
use crate::comparison::policy::{Policy, PolicyStatus};
use crate::comparison::verdict::{Overview, Subject};
use crate::ids::CompareJobId;
use crate::inventory::{self, Facts, Verdicts};

impl WatchedJob {
    /// Takes what the list of jobs says.
    pub(in crate::fetcher) fn listed(&mut self, job_type: JobType, listed: &Job, now: Timestamp) {
        let text = |told: &Option<String>| told.clone().unwrap_or_default();
        self.facts = Some(Arc::new(Facts {
            refreshed_at: now,
            stale_after: self.facts_stale_after,
            job_type: listed.job_type.clone().unwrap_or_else(|| job_type.as_str().to_owned()),
            engine_type: text(&listed.engine_type),
            task_type: text(&listed.task_type),
            status: text(&listed.status),
        }));
        if let Some(name) = listed.name.as_ref().filter(|name| !name.is_empty()) {
            self.name.clone_from(name);
        }
        self.listed_as = Some(job_type);
        // Where it is looked for next time.
        self.discovered = self.discovered.and(Some(job_type));
    }

    /// Takes the policy, told at `answered_at` by the cloud's clock.
    pub(in crate::fetcher) fn take_policy(&mut self, policy: Policy, answered_at: Timestamp, now: Timestamp) {
        self.schedule.observe(policy, answered_at);
        self.policy_read = Some(now);
    }

    /// Whether a run is due, has not started, and still may.
    pub(in crate::fetcher) fn awaits_run(&self, now: Timestamp) -> bool {
        self.policy_is_fresh(now) && self.schedule.awaited_until(now, self.tasks()).is_some()
    }

    /// Whether such a run has been due for so long.
    pub(in crate::fetcher) fn is_overdue(&self, now: Timestamp, by: Duration) -> bool {
        let due = || self.schedule.last_due(now, self.tasks());
        self.awaits_run(now) && due().is_some_and(|due| due + by <= now)
    }

    /// When the next run is due.
    pub(in crate::fetcher) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.schedule.next_due(now)
    }

    /// Whether it is known when runs are due, or that none is.
    pub(in crate::fetcher) fn says_when_runs_are_due(&self, now: Timestamp) -> bool {
        let says = match self.schedule.status() {
            Some(PolicyStatus::Closed | PolicyStatus::NoSupport) => true,
            Some(PolicyStatus::Open) => self.schedule.next_due(now).is_some(),
            Some(PolicyStatus::Unknown) | None => false,
        };
        says && self.policy_is_fresh(now)
    }

    /// Whether the policy still speaks for the cloud.
    pub(in crate::fetcher) fn policy_is_fresh(&self, now: Timestamp) -> bool {
        self.policy_read
            .is_some_and(|read| inventory::is_fresh(read, now, self.policy_stale_after))
    }

    /// The task to ask next about what it found.
    pub(in crate::fetcher) fn next_to_judge(&self, subject: Subject, now: Timestamp) -> Option<&CompareJobId> {
        self.judge(subject)?.next(self.tasks(), now)
    }

    fn judge(&self, subject: Subject) -> Option<&Judge> {
        self.judges.iter().find(|judge| judge.subject == subject)
    }

    /// Takes what `task` found, or that it cannot be had.
    pub(in crate::fetcher) fn take_verdict(
        &mut self,
        subject: Subject,
        task: &CompareJobId,
        overview: Option<Overview>,
        now: Timestamp,
    ) {
        // Another question may not have been answered again since it ended.
        let has_ended = |known: &&Task| known.id == *task && known.status.has_ended();
        let told = self.tasks().find(has_ended).cloned();
        let Some(judge) = self.judges.iter_mut().find(|judge| judge.subject == subject) else {
            return;
        };
        match (told, overview) {
            (Some(told), Some(overview)) => judge.take(&told, overview, now),
            (Some(_), None) => judge.give_up(task, now),
            // The cloud no longer lists it. Should it come back, it is asked again.
            (None, _) => {}
        }
        self.note_verdicts();
    }

    /// Judges by these subjects from now on; what is known of those that stay stays.
    pub(super) fn judge_by(&mut self, subjects: &[Subject]) {
        let mut known = std::mem::take(&mut self.judges);
        for subject in subjects {
            let judge = known.iter().position(|judge| judge.subject == *subject);
            let judge = judge.map_or_else(|| Judge::new(*subject), |place| known.swap_remove(place));
            self.judges.push(judge);
        }
        self.note_verdicts();
    }

    fn note_verdicts(&mut self) {
        let newest = |subject| self.judge(subject).and_then(Judge::newest);
        self.verdicts = Arc::new(Verdicts {
            objects: newest(Subject::Objects),
            last_consistent: self.judge(Subject::Objects).and_then(Judge::last_consistent),
            rows: newest(Subject::Rows),
            accounts: newest(Subject::Accounts),
        });
    }

    pub(super) fn schedule_at(&self, now: Timestamp) -> Option<inventory::Schedule> {
        Some(inventory::Schedule {
            refreshed_at: self.policy_read?,
            stale_after: self.policy_stale_after,
            status: self.schedule.status()?,
            next: self.schedule.next_due(now),
            last: self.schedule.last_due(now, self.tasks()),
        })
    }
}
