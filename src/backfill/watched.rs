//! Which jobs there are.
//!
//! Owns: that each job is asked for once, whichever ways it is watched in. Knows nothing of what is asked about it.

use std::collections::HashMap;

use super::event::{Event, Failure};
use crate::cloud::Client;
use crate::fetcher::{Discovery, Plan};
use crate::ids::{CompareJobId, JobId};

/// A job to ask for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Watched {
    pub(super) job: JobId,
    /// As the list of jobs has it.
    pub(super) name: Option<String>,
    /// Whether all its tasks are watched.
    pub(super) whole: bool,
    /// Tasks that are watched by their id.
    pub(super) tasks: Vec<CompareJobId>,
}

/// A job and its name.
type Discovered = (JobId, Option<String>);

/// All jobs of `plan`, each once, and what of them could not be learnt.
pub(super) async fn jobs(plan: &Plan, client: &Client) -> (Vec<Watched>, Vec<Event>) {
    match &plan.discovery {
        Some(discovery) => {
            let (discovered, told) = discover(discovery, client).await;
            (watched(plan, discovered), told)
        }
        None => (watched(plan, Vec::new()), Vec::new()),
    }
}

/// Jobs with their names, as far as they can be listed, and what cannot.
async fn discover(discovery: &Discovery, client: &Client) -> (Vec<Discovered>, Vec<Event>) {
    let mut found = Vec::new();
    let mut told = Vec::new();
    for job_type in &discovery.job_types {
        match client.list_jobs(*job_type, None).await {
            Ok(answer) => {
                if !answer.value.is_complete {
                    told.push(Event::Incomplete(*job_type));
                }
                found.extend(answer.value.jobs.into_iter().filter_map(|job| {
                    let name = job.name.as_deref().unwrap_or_default();
                    let is_wanted = discovery.include.is_match(name)
                        && !discovery.exclude.as_ref().is_some_and(|exclude| exclude.is_match(name));
                    is_wanted.then_some((job.id, job.name))
                }));
            }
            Err(error) => {
                let is_final = error.cause().is_authentication();
                let missing = format!("jobs of the type {}", job_type.as_str());
                told.push(Event::Failed(Failure {
                    job: None,
                    missing,
                    error,
                }));
                if is_final {
                    break;
                }
            }
        }
    }
    (found, told)
}

/// Each job once: the configured ones first, in their order.
fn watched(plan: &Plan, discovered: Vec<Discovered>) -> Vec<Watched> {
    let mut all: Vec<Watched> = Vec::new();
    let mut places: HashMap<JobId, usize> = HashMap::new();
    let mut place = |all: &mut Vec<Watched>, job: JobId| {
        *places.entry(job.clone()).or_insert_with(|| {
            all.push(Watched {
                job,
                name: None,
                whole: false,
                tasks: Vec::new(),
            });
            all.len() - 1
        })
    };
    for job in &plan.jobs {
        let place = place(&mut all, job.clone());
        all[place].whole = true;
    }
    for (job, task) in &plan.comparison_tasks {
        let place = place(&mut all, job.clone());
        all[place].tasks.push(task.clone());
    }
    for (job, name) in discovered {
        let place = place(&mut all, job);
        all[place].whole = true;
        all[place].name = name;
    }
    all
}
