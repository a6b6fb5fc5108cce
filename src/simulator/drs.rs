//! DRS: the calls about jobs and their comparisons (API text 1 and 2).
//!
//! Owns: parameters and bodies of the calls. Knows nothing of who asks: the gateway let them in.

use serde_json::{Value, json};

use super::asked::Asked;
use super::page::{Blunder, DEFAULT_LIMIT, MOST, Page};
use super::refusal::Refusal;
use super::route::Call;
use super::world::Project;
use super::world::job::Job;
use super::world::names::JOB_TYPES;
use super::world::task::Task;

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

/// What is common to all calls: what was asked, when (Unix seconds), and how a list is to be wrong.
pub(crate) struct Inquiry<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) now: i64,
    pub(crate) blunder: Option<Blunder>,
}

impl Inquiry<'_> {
    fn page(&self, default_limit: usize) -> Result<Page, Refusal> {
        Page::read(self.asked, default_limit, self.blunder)
    }

    /// A parameter that is given and not empty.
    fn given(&self, name: &str) -> Option<String> {
        self.asked.parameter(name).filter(|text| !text.is_empty())
    }
}

/// Answers a call about `project`.
pub(crate) fn answer(call: &Call, project: &Project, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
    let now = inquiry.now;
    match call {
        Call::TaskList { job } => task_list(find_job(project, job)?, inquiry),
        Call::TaskDetail { job, task } => {
            let job = find_job(project, job)?;
            Ok(find_task(job, task, now)?.detail(&job.name))
        }
        Call::ObjectOverview { job, task } => {
            let found = find_job(project, job)?.found(task, now).ok_or_else(unknown_task)?;
            Ok(json!({"compare_result": found.objects}))
        }
        Call::RowOverview { job, task } => row_overview(project, job, task, inquiry),
        Call::Accounts { job, task } => accounts(find_job(project, job)?, task, inquiry),
        Call::Policy { job } => Ok(find_job(project, job)?.policy(now)),
        Call::Jobs => job_list(project, inquiry),
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
fn row_overview(project: &Project, job: &str, task: &str, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
    let job = project.job(job).ok_or_else(|| Refusal::invalid_value("jobId"))?;
    let rows = job.found(task, inquiry.now).and_then(|found| found.rows);
    let mut rows = rows.ok_or_else(|| Refusal::invalid_value("compareJobId"))?;
    let page = inquiry.page(MOST)?;
    if let Some(status) = inquiry.given("status") {
        let status: i64 = status.parse().map_err(|_| Refusal::invalid_value("status"))?;
        rows.retain(|row| row["status"] == status);
    }
    let (rows, total) = page.of(&rows);
    Ok(json!({"total_count": total, "data_compare_overview_infos": rows}))
}

fn accounts(job: &Job, task: &str, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
    let found = job.found(task, inquiry.now).ok_or_else(unknown_task)?;
    let accounts = found.accounts.ok_or_else(|| Refusal::invalid_value("compareJobId"))?;
    let page = inquiry.page(DEFAULT_LIMIT)?;
    let (accounts, total) = page.of(&accounts);
    Ok(json!({"total_count": total, "user_compare_info": accounts}))
}

fn task_list(job: &Job, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
    let status = inquiry.given("status");
    if status.as_deref().is_some_and(|status| !TASK_STATES.contains(&status)) {
        return Err(Refusal::invalid_parameter("The value of status is invalid."));
    }
    let page = inquiry.page(DEFAULT_LIMIT)?;
    let mut tasks = job.tasks(inquiry.now);
    tasks.retain(|task| status.as_deref().is_none_or(|status| task.has_status(status)));
    let (tasks, total) = page.of(&tasks);
    let items: Vec<Value> = tasks.iter().map(Task::list_item).collect();
    Ok(json!({"count": total, "compare_jobs": items}))
}

fn job_list(project: &Project, inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
    let Some(job_type) = inquiry.given("job_type") else {
        return Err(Refusal::empty_parameter("The parameter job_type is empty."));
    };
    if !JOB_TYPES.contains(&job_type.as_str()) {
        return Err(Refusal::invalid_parameter("The value of job_type is invalid."));
    }
    let page = inquiry.page(DEFAULT_LIMIT)?;
    let given = |name| inquiry.given(name);
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
    let (jobs, total) = page.of(&jobs);
    let items: Vec<Value> = jobs.iter().map(|job| job.list_item()).collect();
    Ok(json!({"total_count": total, "jobs": items}))
}

/// `name` is part of a name, or ids with commas between them.
fn is_named(job: &Job, name: &str) -> bool {
    job.name.contains(name) || name.split(',').any(|id| id == job.id)
}
