//! A DRS job, its living runs and its scripted tasks.
//!
//! Owns: what a job is and which tasks it has at a time. Knows nothing of projects and of HTTP.
//! A living run follows the plan; a scripted task was put there by a test and changes by its hand only.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::found::Found;
use super::life::Life;
use super::policy;
use super::run::{Run, Stage};
use super::task::{Task, time_text};

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

impl Job {
    /// All its tasks at `now`, newest first.
    pub(crate) fn tasks(&self, now: i64) -> Vec<Task> {
        self.all(now).into_iter().map(|(task, _)| task).collect()
    }

    /// One task at `now`, if the cloud still knows it.
    pub(crate) fn task(&self, id: &str, now: i64) -> Option<Task> {
        let scripted = self.scripted(id).cloned();
        scripted.or_else(|| self.living(id, now).map(|(life, run)| life.task(&run, now)))
    }

    /// What one task has found at `now`, if the cloud still knows it.
    pub(crate) fn found(&self, id: &str, now: i64) -> Option<Found> {
        let scripted = self.scripted(id).map(Task::found);
        scripted.or_else(|| self.living(id, now).map(|(life, run)| life.found(&run, now)))
    }

    /// All tasks, newest first; the living ones with their runs.
    fn all(&self, now: i64) -> Vec<(Task, Option<(&Life, Run)>)> {
        let living = self.life.iter().flat_map(|life| {
            let runs = life.plan.kept(now);
            runs.filter(|run| !self.hidden.contains(&run.id))
                .map(move |run| (life.task(&run, now), Some((life, run))))
        });
        let scripted = self.scripted.iter().rev().map(|task| (task.clone(), None));
        let mut all: Vec<_> = scripted.chain(living).collect();
        all.sort_by(|(a, _), (b, _)| b.start_order().cmp(a.start_order()));
        all
    }

    fn scripted(&self, id: &str) -> Option<&Task> {
        self.scripted.iter().find(|task| task.id == id)
    }

    fn living(&self, id: &str, now: i64) -> Option<(&Life, Run)> {
        let life = self.life.as_ref()?;
        let mut runs = life.plan.kept(now);
        let run = runs.find(|run| run.id == id && !self.hidden.contains(id))?;
        Some((life, run))
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
        self.tell(now, self.all(now))
    }

    /// Everything about the job at `then`, without runs that had not begun; none if it had not been made.
    pub(crate) fn truth_at(&self, then: i64) -> Option<Value> {
        if self.life.is_some() && then < self.created {
            return None;
        }
        let mut all = self.all(then);
        all.retain(|(_, run)| run.as_ref().is_none_or(|(_, run)| run.stage(then) != Stage::Waiting));
        Some(self.tell(then, all))
    }

    fn tell(&self, now: i64, all: Vec<(Task, Option<(&Life, Run)>)>) -> Value {
        let tell = |(task, run): (Task, Option<(&Life, Run)>)| {
            let found = run.map_or_else(|| task.found(), |(life, run)| life.found(&run, now));
            task.truth(&found)
        };
        let tasks: Vec<Value> = all.into_iter().map(tell).collect();
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
            let mut living = self.task(id, now)?;
            living.found = self.found(id, now);
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
