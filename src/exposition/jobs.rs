//! The samples of one job and of one project: which value each family of the snapshot has.
//!
//! Owns: the contract's rules of meaning, as far as they decide what is shown. A value that the cloud did not
//! give is no line, never a zero. Knows nothing of headers, compression and caching.

mod schedule;
mod verdicts;

use jiff::Timestamp;

use super::catalogue::{FROM_SNAPSHOT, Family};
use super::text::{Value, push_label, push_sample};
use crate::comparison::{Status, Task, newest, newest_ended, newest_successful};
use crate::inventory::{Facts, Job, Project};

/// The sample lines of some jobs or projects, one text for each family of the snapshot.
#[derive(Debug)]
pub(super) struct Texts([String; FROM_SNAPSHOT]);

impl Texts {
    /// No lines at all.
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| String::new()))
    }

    /// Forgets the lines and keeps the room for the next.
    pub(super) fn clear(&mut self) {
        self.0.iter_mut().for_each(String::clear);
    }

    /// The text of each family, in the order of the catalogue.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn push(&mut self, family: Family, labels: &str, value: impl Into<Value>) {
        push_sample(&mut self.0[family as usize], family.metric().name, labels, value.into());
    }

    fn push_some(&mut self, family: Family, labels: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.push(family, labels, value);
        }
    }

    /// One line per word and its value; `name` is the label that has the word.
    fn push_set<'a>(
        &mut self,
        family: Family,
        labels: &str,
        name: &str,
        set: impl IntoIterator<Item = (&'a str, Value)>,
    ) {
        for (word, value) in set {
            self.push(family, &with(labels, name, word), value);
        }
    }

    /// One line per state of a comparison task.
    fn push_states(&mut self, family: Family, labels: &str, mut value: impl FnMut(Status) -> Value) {
        let set = Status::ALL.into_iter().map(|status| (status.as_str(), value(status)));
        self.push_set(family, labels, "status", set);
    }
}

/// Appends what is known of the project itself.
pub(super) fn push_project(texts: &mut Texts, project: &Project) {
    let name = labels(&[("project", project.name.as_str())]);
    let info = with(
        &with(&name, "region", &project.region),
        "project_id",
        project.project_id.as_str(),
    );
    texts.push(Family::ProjectInfo, &info, Value::Whole(1));
    texts.push_some(Family::ProjectUp, &name, project.up.map(Value::flag));
    texts.push(Family::ProjectJobs, &name, Value::Whole(project.jobs.len() as u64));
    texts.push_some(Family::ProjectLastDiscovery, &name, project.last_discovery);
}

/// Appends what is known of `job` at `now`.
pub(super) fn push_job(texts: &mut Texts, project: &Project, job: &Job, now: Timestamp) {
    let job_labels = labels(&[
        ("project", project.name.as_str()),
        ("job_id", job.id.as_str()),
        ("job_name", &job.name),
    ]);
    // These say how things stand with the refreshing; they stay when the rest goes stale.
    texts.push_some(Family::JobUp, &job_labels, job.up.map(Value::flag));
    texts.push_some(Family::JobLastRefresh, &job_labels, job.last_refresh);
    if let Some(facts) = job.fresh_facts(now) {
        push_facts(texts, &job_labels, facts);
    }
    let tasks = job.fresh_tasks(now, project.stale_after);
    for (rank, task) in tasks.iter().enumerate() {
        if rank < project.tasks_per_job || job.is_asked_for(&task.id) {
            push_task(texts, &job_labels, task);
        }
    }
    if job.is_known(now, project.stale_after) {
        push_comparisons(texts, &job_labels, &tasks);
        let ended = Status::ENDED.into_iter().zip(job.ended);
        let ended = ended.map(|(status, count)| (status.as_str(), Value::Whole(count)));
        texts.push_set(Family::EndedTasks, &job_labels, "status", ended);
        verdicts::push(texts, &job_labels, &job.verdicts);
        if let Some(schedule) = job.fresh_schedule(now) {
            schedule::push(texts, &job_labels, schedule);
        }
    }
}

fn push_facts(texts: &mut Texts, job_labels: &str, facts: &Facts) {
    let info = with(job_labels, "job_type", &facts.job_type);
    let info = with(&info, "engine_type", &facts.engine_type);
    let info = with(&info, "task_type", &facts.task_type);
    texts.push(Family::JobInfo, &info, Value::Whole(1));
    if !facts.status.is_empty() {
        let status = with(job_labels, "status", &facts.status);
        texts.push(Family::JobStatus, &status, Value::Whole(1));
    }
}

fn push_task(texts: &mut Texts, job_labels: &str, task: &Task) {
    let labels = with(job_labels, "compare_job_id", task.id.as_str());
    let info = with(
        &with(&labels, "compare_types", &task.types.to_string()),
        "compute_type",
        task.compute_type.as_deref().unwrap_or_default(),
    );
    texts.push(Family::TaskInfo, &info, Value::Whole(1));
    texts.push_states(Family::TaskStatus, &labels, |status| Value::flag(status == task.status));
    texts.push_some(Family::TaskStart, &labels, task.start);
    texts.push_some(Family::TaskEnd, &labels, task.end);
    texts.push_some(Family::TaskDuration, &labels, task.duration);
}

/// The job as a whole, by all of its tasks and not just the shown ones.
fn push_comparisons(texts: &mut Texts, labels: &str, tasks: &[&Task]) {
    let all = || tasks.iter().copied();
    if let Some(newest) = newest(all()) {
        texts.push_states(Family::LastStatus, labels, |status| {
            Value::flag(status == newest.status)
        });
        texts.push_some(Family::LastStart, labels, newest.start);
        texts.push_some(Family::LastDuration, labels, newest.duration);
    }
    texts.push_some(Family::LastEnd, labels, newest_ended(all()).and_then(|task| task.end));
    texts.push_some(
        Family::LastSuccess,
        labels,
        newest_successful(all()).and_then(|task| task.end),
    );
    texts.push_states(Family::RetainedTasks, labels, |status| {
        Value::Whole(all().filter(|task| task.status == status).count() as u64)
    });
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push(',');
        }
        push_label(&mut out, name, value);
    }
    out
}

/// `labels` and one more.
fn with(labels: &str, name: &str, value: &str) -> String {
    let mut out = String::with_capacity(labels.len() + name.len() + value.len() + 8);
    out.push_str(labels);
    out.push(',');
    push_label(&mut out, name, value);
    out
}

#[cfg(test)]
mod tests;
