//! A DRS job, its living runs and its scripted tasks.
//!
//! Owns: what a job is and which tasks it has at a time. Knows nothing of projects and of HTTP.
//! A living run follows the plan; a scripted task was put there by a test and changes by its hand only.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::chance::{chance, uuid};
use super::objects;
use super::policy::{self, Gap, Policy};
use super::run::{Plan, Run, Stage};
use super::task::{Fields, Task, time_text};

/// A job. Made by [`cast`](super::cast) or by a test.
#[derive(Clone, Debug)]
#[allow(clippy::struct_field_names, reason = "`job_type` is the API's own name")]
pub(crate) struct Job {
    /// The cloud's id: opaque text.
    pub(crate) id: String,
    /// The name, any text.
    pub(crate) name: String,
    /// migration, sync, cloudDataGuard or replay.
    pub(crate) job_type: String,
    /// For instance `mysql-to-mysql`.
    pub(crate) engine_type: String,
    /// `FULL_TRANS`, `FULL_INCR_TRANS` or `INCR_TRANS`.
    pub(crate) task_type: String,
    /// One of the job states of API text 2.1.
    pub(crate) status: String,
    /// When it was made, in Unix seconds.
    pub(crate) created: i64,
    /// The policy's answer where a test has given one.
    pub(crate) scripted_policy: Option<Value>,
    /// What lives in it; nothing in a job made by a test.
    pub(crate) life: Option<Life>,
    /// Tasks put there by a test, oldest first.
    pub(crate) scripted: Vec<Task>,
    /// Ids of living runs that a test has deleted or taken over.
    pub(crate) hidden: HashSet<String>,
}

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

impl Job {
    /// All its tasks at `now`, newest first.
    pub(crate) fn tasks(&self, now: i64) -> Vec<Task> {
        let living = self.life.iter().flat_map(|life| {
            let runs = life.plan.kept(now);
            runs.filter(|run| !self.hidden.contains(&run.id))
                .map(|run| life.task(&run, now))
        });
        let mut tasks: Vec<Task> = self.scripted.iter().rev().cloned().chain(living).collect();
        tasks.sort_by(|a, b| b.start_order().cmp(a.start_order()));
        tasks
    }

    /// One task at `now`, if the cloud still knows it.
    pub(crate) fn task(&self, id: &str, now: i64) -> Option<Task> {
        let scripted = self.scripted.iter().find(|task| task.id == id).cloned();
        scripted.or_else(|| {
            let life = self.life.as_ref()?;
            let run = life
                .plan
                .kept(now)
                .find(|run| run.id == id && !self.hidden.contains(id))?;
            Some(life.task(&run, now))
        })
    }

    /// The answer of the policy call at `now`.
    pub(crate) fn policy(&self, now: i64) -> Value {
        match (&self.scripted_policy, &self.life) {
            (Some(policy), _) => policy.clone(),
            (None, Some(life)) => {
                let next = life.plan.next_due(now);
                policy::answer(life.policy, next, life.window, &life.types, life.gap)
            }
            (None, None) => json!({"status": "CLOSED"}),
        }
    }

    /// The job as an item of the job list (API text 2.1).
    pub(crate) fn list_item(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "description": "",
            "create_time": time_text(self.created),
            "engine_type": self.engine_type,
            "net_type": "vpc",
            "charging_mode": "on_demand",
            "billing_tag": false,
            "job_direction": "up",
            "job_type": self.job_type,
            "task_type": self.task_type,
            "enterprise_project_id": "0",
            "job_mode": "single",
            "job_mode_role": "",
            "is_multi_az": false,
            "node_role": "",
            "node_new_framework": false,
            "job_action": {"available_actions": [], "unavailable_actions": [], "current_action": null},
            "children": [],
        })
    }

    /// Everything about the job at `now`.
    pub(crate) fn truth(&self, now: i64) -> Value {
        let tasks: Vec<Value> = self.tasks(now).iter().map(Task::truth).collect();
        let mut truth = Map::new();
        for (name, text) in [
            ("id", &self.id),
            ("name", &self.name),
            ("job_type", &self.job_type),
            ("status", &self.status),
            ("engine_type", &self.engine_type),
            ("task_type", &self.task_type),
        ] {
            truth.insert(name.into(), text.clone().into());
        }
        truth.insert("policy".into(), self.policy(now));
        truth.insert("tasks".into(), tasks.into());
        Value::Object(truth)
    }

    /// The scripted task with this id; a living one is taken over first, as it is at `now`.
    pub(crate) fn script(&mut self, id: &str, now: i64) -> Option<&mut Task> {
        if !self.scripted.iter().any(|task| task.id == id) {
            let living = self.task(id, now)?;
            self.hidden.insert(id.to_owned());
            self.scripted.push(living);
        }
        self.scripted.iter_mut().find(|task| task.id == id)
    }

    /// Deletes a task, scripted or living. Says whether there was one.
    pub(crate) fn delete_task(&mut self, id: &str, now: i64) -> bool {
        let known = self.task(id, now).is_some();
        self.scripted.retain(|task| task.id != id);
        if known && self.life.is_some() {
            self.hidden.insert(id.to_owned());
        }
        known
    }
}

impl Life {
    fn task(&self, run: &Run, now: i64) -> Task {
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
            objects: self.objects(run, stage, now),
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

    fn objects(&self, run: &Run, stage: Stage, now: i64) -> Vec<Value> {
        if self.types.contains(&"object_comparison") {
            objects::overview(self.plan.seed, run, stage, now)
        } else {
            Vec::new()
        }
    }
}
