//! What goes on in a job by itself.
//!
//! Owns: what a run of the plan looks like as a task, and what it finds. Knows nothing of the job around it.

use super::chance::{chance, uuid};
use super::found::{ACCOUNTS, Found, OBJECTS, ROWS};
use super::policy::{Gap, Policy};
use super::run::{Plan, Run, Stage};
use super::task::{Fields, Task, time_text};
use super::{accounts, objects, rows};

/// What goes on in a job by itself.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    /// Its runs.
    pub(crate) plan: Plan,
    /// What the policy call says of them.
    pub(crate) policy: Policy,
    /// The policy's window, in seconds since midnight.
    pub(crate) window: (i64, i64),
    /// What its runs compare.
    pub(crate) types: Vec<&'static str>,
    /// How `end_time` is left out while a run is not over.
    pub(crate) gap: Gap,
    /// Whether a waiting run already has a `start_time` (API text 6: undocumented).
    pub(crate) dated_while_waiting: bool,
    /// Whether the detail answers with another `id` than the asked one, as the API text's example does.
    pub(crate) slips: bool,
}

impl Life {
    /// `run` as the API shows it at `now`.
    pub(super) fn task(&self, run: &Run, now: i64) -> Task {
        let stage = run.stage(now);
        let start = match stage {
            Stage::Waiting if !self.dated_while_waiting => self.gap.field(),
            _ if self.dated_while_waiting => Some(time_text(run.due).into()),
            _ => Some(time_text(run.begins).into()),
        };
        let end = match stage {
            Stage::Ended => Some(time_text(run.ends).into()),
            Stage::Waiting | Stage::Running => self.gap.field(),
        };
        let status = match stage {
            Stage::Waiting => "WAITING_FOR_RUNNING",
            Stage::Running => "RUNNING",
            Stage::Ended => run.outcome.status(),
        };
        Task {
            id: run.id.clone(),
            answer_id: Some(self.answer_id(run).into()),
            fields: Fields {
                kind: Some(self.type_text(run).into()),
                status: Some(status.into()),
                start_time: start,
                end_time: end,
                compute_type: Some("drs".into()),
            },
            found: None,
        }
    }

    fn answer_id(&self, run: &Run) -> String {
        if self.slips {
            uuid(&mut chance(self.plan.seed, &[run.number, 1]))
        } else {
            run.id.clone()
        }
    }

    /// The types in an order that varies from run to run.
    fn type_text(&self, run: &Run) -> String {
        let mut types = self.types.clone();
        chance(self.plan.seed, &[run.number, 2]).shuffle(&mut types);
        types.join(",")
    }

    /// What `run` has found at `now`. What it does not compare, and what has not begun, has no finding.
    pub(super) fn found(&self, run: &Run, now: i64) -> Found {
        let stage = run.stage(now);
        let compares = |kind: &str| self.types.contains(&kind) && stage != Stage::Waiting;
        let seed = self.plan.seed;
        Found {
            objects: if compares(OBJECTS) {
                objects::overview(seed, run, stage, now)
            } else {
                Vec::new()
            },
            rows: compares(ROWS).then(|| rows::overview(seed, run, stage, now)),
            accounts: compares(ACCOUNTS).then(|| accounts::comparison(seed, run, stage, now)),
        }
    }
}
