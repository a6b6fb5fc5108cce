//! DRS: the calls about jobs and their comparisons (API text 1 and 2).
//!
//! Owns: parameters, paging and bodies of the calls. Knows nothing of who asks: the gateway let them in.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::asked::Asked;
use super::refusal::Refusal;
use super::route::Call;
use super::world::Project;
use super::world::job::Job;
use super::world::names::JOB_TYPES;
use super::world::task::Task;

/// What a list gives when `limit` is not said.
const DEFAULT_LIMIT: usize = 10;
/// What `limit` may be at most, and what it is in calls of version 3 when it is not said.
const MOST: usize = 1000;
/// What `limit` may be.
const LIMITS: RangeInclusive<usize> = 1..=MOST;

/// The states that a list of comparisons may be asked for (API text 1.3).
const TASK_STATES: [&str; 8] = [
    "RUNNING",
    "WAITING_FOR_RUNNING",
    "SUCCESSFUL",
    "FAILED",
    "CANCELLED",
    "TIMEOUT_INTERRUPT",
    "FULL_DOING",
    "INCRE_DOING",
];

/// Answers a call about `project` at `now`, in Unix seconds.
pub(crate) fn answer(call: &Call, project: &Project, asked: &Asked, now: i64) -> Result<Value, Refusal> {
    match call {
        Call::TaskList { job } => task_list(find_job(project, job)?, asked, now),
        Call::TaskDetail { job, task } => {
            let job = find_job(project, job)?;
            Ok(find_task(job, task, now)?.detail(&job.name))
        }
        Call::ObjectOverview { job, task } => {
            let found = find_job(project, job)?.found(task, now).ok_or_else(unknown_task)?;
            Ok(json!({"compare_result": found.objects}))
        }
        Call::RowOverview { job, task } => row_overview(project, job, task, asked, now),
        Call::Accounts { job, task } => accounts(find_job(project, job)?, task, asked, now),
        Call::Policy { job } => Ok(find_job(project, job)?.policy(now)),
        Call::Jobs => job_list(project, asked),
    }
}

fn find_job<'a>(project: &'a Project, id: &str) -> Result<&'a Job, Refusal> {
    let job = project.job(id);
    job.ok_or_else(|| Refusal::not_found("Job does not exist, please check job ID."))
}

fn find_task(job: &Job, id: &str, now: i64) -> Result<Task, Refusal> {
    job.task(id, now).ok_or_else(unknown_task)
}

fn unknown_task() -> Refusal {
    Refusal::not_found("Compare job does not exist, please check compare job ID.")
}

/// A call of version 3: what it does not know is to it a value that is invalid (API text 1.8).
fn row_overview(project: &Project, job: &str, task: &str, asked: &Asked, now: i64) -> Result<Value, Refusal> {
    let job = project.job(job).ok_or_else(|| Refusal::invalid_value("jobId"))?;
    let rows = job.found(task, now).and_then(|found| found.rows);
    let mut rows = rows.ok_or_else(|| Refusal::invalid_value("compareJobId"))?;
    let page = Page::read(asked, MOST)?;
    if let Some(status) = asked.parameter("status").filter(|status| !status.is_empty()) {
        let status: i64 = status.parse().map_err(|_| Refusal::invalid_value("status"))?;
        rows.retain(|row| row["status"] == status);
    }
    Ok(json!({"total_count": rows.len(), "data_compare_overview_infos": page.of(&rows)}))
}

fn accounts(job: &Job, task: &str, asked: &Asked, now: i64) -> Result<Value, Refusal> {
    let found = job.found(task, now).ok_or_else(unknown_task)?;
    let accounts = found.accounts.ok_or_else(|| Refusal::invalid_value("compareJobId"))?;
    let page = Page::read(asked, DEFAULT_LIMIT)?;
    Ok(json!({"total_count": accounts.len(), "user_compare_info": page.of(&accounts)}))
}

fn task_list(job: &Job, asked: &Asked, now: i64) -> Result<Value, Refusal> {
    let status = asked.parameter("status").filter(|status| !status.is_empty());
    if status.as_deref().is_some_and(|status| !TASK_STATES.contains(&status)) {
        return Err(Refusal::invalid_parameter("The value of status is invalid."));
    }
    let page = Page::read(asked, DEFAULT_LIMIT)?;
    let mut tasks = job.tasks(now);
    tasks.retain(|task| status.as_deref().is_none_or(|status| task.has_status(status)));
    let items: Vec<Value> = page.of(&tasks).iter().map(Task::list_item).collect();
    Ok(json!({"count": tasks.len(), "compare_jobs": items}))
}

fn job_list(project: &Project, asked: &Asked) -> Result<Value, Refusal> {
    let Some(job_type) = asked.parameter("job_type").filter(|text| !text.is_empty()) else {
        return Err(Refusal::empty_parameter("The parameter job_type is empty."));
    };
    if !JOB_TYPES.contains(&job_type.as_str()) {
        return Err(Refusal::invalid_parameter("The value of job_type is invalid."));
    }
    let page = Page::read(asked, DEFAULT_LIMIT)?;
    let given = |name: &str| asked.parameter(name).filter(|text| !text.is_empty());
    let (name, status, engine) = (given("name"), given("status"), given("engine_type"));
    let fits = |job: &&Job| {
        job.job_type == job_type
            && name.as_deref().is_none_or(|name| is_named(job, name))
            && status.as_deref().is_none_or(|status| job.status == status)
            && engine.as_deref().is_none_or(|engine| job.engine_type == engine)
    };
    let mut jobs: Vec<&Job> = project.jobs.iter().filter(fits).collect();
    // The API's own default: newest first.
    jobs.sort_by_key(|job| std::cmp::Reverse(job.created));
    let items: Vec<Value> = page.of(&jobs).iter().map(|job| job.list_item()).collect();
    Ok(json!({"total_count": jobs.len(), "jobs": items}))
}

/// `name` is part of a name, or ids with commas between them.
fn is_named(job: &Job, name: &str) -> bool {
    job.name.contains(name) || name.split(',').any(|id| id == job.id)
}

/// `offset` counts records: the reading that agrees with every client that is known (API text 1.1).
struct Page {
    offset: usize,
    limit: usize,
}

impl Page {
    fn read(asked: &Asked, default_limit: usize) -> Result<Self, Refusal> {
        let number = |name: &str, default: usize| match asked.parameter(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| Refusal::invalid_parameter(&format!("The value of {name} is invalid."))),
        };
        let page = Self {
            offset: number("offset", 0)?,
            limit: number("limit", default_limit)?,
        };
        if LIMITS.contains(&page.limit) {
            Ok(page)
        } else {
            Err(Refusal::drs(400, "DRS.M00211", "The limit must be 1 to 1000."))
        }
    }

    fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let from = self.offset.min(all.len());
        let to = self.offset.saturating_add(self.limit).min(all.len());
        &all[from..to]
    }
}
