//! Orders about what exists: jobs and tasks put in, changed and deleted.
//!
//! Owns: what such an order may say. Knows nothing of what the world makes of it.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::state::Cloud;
use super::super::world::chance::{job_id, uuid};
use super::super::world::job::Job;
use super::super::world::names;
use super::super::world::task::{Field, Fields, Task, present};
use super::Mistake;

/// Jobs in the world, with those it began with; more are refused.
const MAX_JOBS: usize = 1_000_000;
/// Scripted tasks of one job; more are refused.
const MAX_TASKS: usize = 10_000;

/// A job to make; what is not said is chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewJob {
    /// The name or id of a project; the first one if not said.
    project: Option<String>,
    id: Option<String>,
    name: Option<String>,
    job_type: Option<String>,
    status: Option<String>,
    engine_type: Option<String>,
    task_type: Option<String>,
    /// The whole answer of the policy call; `{"status": "CLOSED"}` if not said.
    policy: Option<Value>,
}

/// A change of a job.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JobChange {
    name: Option<String>,
    status: Option<String>,
    policy: Option<Value>,
}

/// A task to make or to change. What is not said of a new one is absent in answers, too; of an old one it stays.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TaskOrder {
    /// Whose task it is; needed for a new one only.
    job_id: Option<String>,
    id: Option<String>,
    #[serde(rename = "type", deserialize_with = "present")]
    kind: Field,
    #[serde(deserialize_with = "present")]
    status: Field,
    #[serde(deserialize_with = "present")]
    start_time: Field,
    #[serde(deserialize_with = "present")]
    end_time: Field,
    #[serde(deserialize_with = "present")]
    compute_type: Field,
    /// The `id` of the detail's answer.
    #[serde(deserialize_with = "present")]
    answer_id: Field,
    /// The rows of the object overview.
    objects: Option<Vec<Value>>,
    /// The databases of the row overview.
    rows: Option<Vec<Value>>,
    /// The users of the account comparison.
    accounts: Option<Vec<Value>>,
}

/// Makes a job without a life of its own.
pub(super) fn add_job(cloud: &Cloud, order: NewJob) -> Result<Value, Mistake> {
    let now = cloud.now().as_second();
    let mut world = cloud.world();
    if world.count() >= MAX_JOBS {
        return Err(Mistake::bad("there are too many jobs"));
    }
    let mut rng = world.next_chance();
    let job_type = order.job_type.unwrap_or_else(|| "sync".to_owned());
    let id = order
        .id
        .unwrap_or_else(|| job_id(&mut rng, names::kind_named(&job_type).id_ending));
    if world.job_mut(&id).is_some() {
        return Err(Mistake::bad("a job with this id exists"));
    }
    let job = Job {
        name: order.name.unwrap_or_else(|| "DRS-7754".to_owned()),
        job_type,
        engine_type: order.engine_type.unwrap_or_else(|| "mysql-to-mysql".to_owned()),
        task_type: order.task_type.unwrap_or_else(|| "FULL_INCR_TRANS".to_owned()),
        status: order.status.unwrap_or_else(|| "INCRE_TRANSFER_STARTED".to_owned()),
        created: now,
        scripted_policy: order.policy,
        life: None,
        scripted: Vec::new(),
        hidden: HashSet::new(),
        id,
    };
    let truth = job.truth(now);
    let project = world.project_named(order.project.as_deref());
    project
        .ok_or(Mistake::Missing("project with this name or id"))?
        .jobs
        .push(job);
    Ok(truth)
}

/// Changes a job, living or not.
pub(super) fn change_job(cloud: &Cloud, id: &str, change: JobChange) -> Result<Value, Mistake> {
    let now = cloud.now().as_second();
    let mut world = cloud.world();
    let job = world.job_mut(id).ok_or(Mistake::Missing("job with this id"))?;
    job.name = change.name.unwrap_or_else(|| job.name.clone());
    job.status = change.status.unwrap_or_else(|| job.status.clone());
    job.scripted_policy = change.policy.or_else(|| job.scripted_policy.clone());
    Ok(job.truth(now))
}

/// Deletes a job and all its tasks.
pub(super) fn delete_job(cloud: &Cloud, id: &str) -> Result<Value, Mistake> {
    if cloud.world().delete_job(id) {
        Ok(json!({}))
    } else {
        Err(Mistake::Missing("job with this id"))
    }
}

/// Makes a task that changes by orders only.
pub(super) fn add_task(cloud: &Cloud, order: TaskOrder) -> Result<Value, Mistake> {
    let now = cloud.now().as_second();
    let mut world = cloud.world();
    let id = order.id.clone().unwrap_or_else(|| uuid(&mut world.next_chance()));
    let job_id = order.job_id.as_deref();
    let job_id = job_id.ok_or_else(|| Mistake::bad("`job_id` is missing"))?;
    let job = world.job_mut(job_id).ok_or(Mistake::Missing("job with this id"))?;
    if job.task(&id, now).is_some() {
        return Err(Mistake::bad("a task with this id exists in this job"));
    }
    if job.scripted.len() >= MAX_TASKS {
        return Err(Mistake::bad("this job has too many tasks"));
    }
    let mut task = Task {
        answer_id: Some(id.clone().into()),
        id,
        fields: Fields::default(),
        found: None,
    };
    order.apply(&mut task);
    let truth = task.truth(&task.found());
    job.scripted.push(task);
    Ok(truth)
}

/// Changes a task; a living one stops living first.
pub(super) fn change_task(cloud: &Cloud, id: &str, change: TaskOrder) -> Result<Value, Mistake> {
    if change.id.is_some() || change.job_id.is_some() {
        return Err(Mistake::bad("`id` and `job_id` of a task cannot change"));
    }
    let now = cloud.now().as_second();
    let mut world = cloud.world();
    let job = world.job_of_task(id, now);
    let task = job
        .and_then(|job| job.script(id, now))
        .ok_or(Mistake::Missing("task with this id"))?;
    change.apply(task);
    Ok(task.truth(&task.found()))
}

/// Deletes a task, living or not.
pub(super) fn delete_task(cloud: &Cloud, id: &str) -> Result<Value, Mistake> {
    let now = cloud.now().as_second();
    let mut world = cloud.world();
    let job = world
        .job_of_task(id, now)
        .ok_or(Mistake::Missing("task with this id"))?;
    job.delete_task(id, now);
    Ok(json!({}))
}

impl TaskOrder {
    fn apply(self, task: &mut Task) {
        for (said, field) in [
            (self.kind, &mut task.fields.kind),
            (self.status, &mut task.fields.status),
            (self.start_time, &mut task.fields.start_time),
            (self.end_time, &mut task.fields.end_time),
            (self.compute_type, &mut task.fields.compute_type),
            (self.answer_id, &mut task.answer_id),
        ] {
            if said.is_some() {
                *field = said;
            }
        }
        let found = task.found.get_or_insert_default();
        found.objects = self.objects.unwrap_or_else(|| std::mem::take(&mut found.objects));
        found.rows = self.rows.or_else(|| found.rows.take());
        found.accounts = self.accounts.or_else(|| found.accounts.take());
    }
}
