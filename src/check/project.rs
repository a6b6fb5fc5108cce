//! The check of one project: the jobs are listed, then each is asked about.
//!
//! Owns: the order of the questions. The first goes alone, as does everything about the first job, so that credentials
//! that are refused are refused once; from then on as many jobs are asked about at once as requests may be under way.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt as _};

use super::Progress;
use super::ask::{About, Asker, Unanswered};
use super::findings::{Discovered, findings};
use super::job::{self, Watched};
use super::report;
use super::report::{FoundBy, Outcome};
use crate::clock::Clock;
use crate::cloud::{Job, JobType, Operation};
use crate::fetcher::{Api, Plan};
use crate::ids::{CompareJobId, JobId};

/// Where the names of configured jobs are looked for. Not among replays, which have no comparisons, and which not every
/// region lists.
const NAMED_TYPES: [JobType; 3] = [JobType::Migration, JobType::Sync, JobType::CloudDataGuard];

/// Asks for everything in `plan`.
pub(super) async fn check<A: Api>(plan: &Plan, api: &A, clock: &Clock, progress: &dyn Progress) -> report::Project {
    let asker = Asker::new(clock);
    let mut watched = configured(plan);
    let listed = list(plan, api, &asker, &watched).await;
    for watched in &mut watched {
        if let Some(job) = listed.by_id(&watched.id) {
            watched.name.clone_from(&job.name);
            watched.job_type.clone_from(&job.job_type);
        }
    }
    let discovered = discover(plan, &listed, &mut watched);
    progress.planned(watched.len());

    let about = async |index: usize| {
        let report = job::check(api, &asker, &watched[index], &plan.verdicts).await;
        progress.done();
        (index, report)
    };
    let mut jobs = Vec::with_capacity(watched.len());
    if !watched.is_empty() {
        jobs.push(about(0).await);
    }
    let rest = stream::iter(1..watched.len()).map(about);
    jobs.extend(rest.buffer_unordered(plan.concurrency.max(1)).collect::<Vec<_>>().await);
    jobs.sort_by_key(|(index, _)| *index);
    let jobs: Vec<_> = jobs.into_iter().map(|(_, report)| report).collect();

    if plan.comparison_tasks.is_empty() {
        detail(api, &asker, &jobs).await;
    }
    let record = asker.record();
    report::Project {
        clock_ahead_seconds: record.drift.map(super::drift::Drift::seconds),
        findings: findings(plan, &record, discovered, &jobs),
        jobs,
        ..unasked(plan)
    }
    .judged()
}

/// A project as it is reported when nothing was asked.
pub(super) fn unasked(plan: &Plan) -> report::Project {
    report::Project {
        project: plan.name.to_string(),
        region: plan.region.clone(),
        project_id: plan.project_id.to_string(),
        result: Outcome::Ok,
        clock_ahead_seconds: None,
        findings: vec![super::findings::configuration(plan)],
        jobs: configured(plan).iter().map(job::unasked).collect(),
    }
}

/// The jobs that the configuration names, each once: whole ones first.
fn configured(plan: &Plan) -> Vec<Watched> {
    let watched = |id: &JobId, found_by| Watched {
        id: id.clone(),
        found_by,
        tasks: Vec::new(),
        name: None,
        job_type: None,
    };
    let mut jobs: Vec<_> = plan.jobs.iter().map(|id| watched(id, FoundBy::Jobs)).collect();
    let mut places: HashMap<_, _> = plan.jobs.iter().enumerate().map(|(place, id)| (id, place)).collect();
    for (id, task) in &plan.comparison_tasks {
        let place = *places.entry(id).or_insert_with(|| {
            jobs.push(watched(id, FoundBy::ComparisonTasks));
            jobs.len() - 1
        });
        jobs[place].tasks.push(task.clone());
    }
    jobs
}

/// The jobs that the cloud lists.
#[derive(Debug, Default)]
struct Listed {
    jobs: Vec<Job>,
    places: HashMap<JobId, usize>,
    is_partial: bool,
}

impl Listed {
    fn by_id(&self, id: &JobId) -> Option<&Job> {
        self.places.get(id).map(|place| &self.jobs[*place])
    }

    fn add(&mut self, job: Job) {
        self.places.entry(job.id.clone()).or_insert_with(|| {
            self.jobs.push(job);
            self.jobs.len() - 1
        });
    }
}

/// Lists jobs: those of the types to discover, else until the configured ones have been found.
async fn list<A: Api>(plan: &Plan, api: &A, asker: &Asker<'_>, configured: &[Watched]) -> Listed {
    let mut listed = Listed::default();
    let types = match &plan.discovery {
        Some(discovery) => discovery.job_types.as_slice(),
        None if plan.jobs.is_empty() => &[],
        None => &NAMED_TYPES,
    };
    for job_type in types {
        let all_are_named = configured.iter().all(|watched| listed.places.contains_key(&watched.id));
        if plan.discovery.is_none() && all_are_named {
            break;
        }
        let about = About {
            operation: Operation::ListJobs,
            job: None,
            task: None,
        };
        match asker.ask(about, api.jobs(*job_type, &[])).await {
            Ok(answer) => {
                listed.is_partial |= !answer.value.is_complete;
                answer.value.jobs.into_iter().for_each(|job| listed.add(job));
            }
            Err(Unanswered::Failed(_) | Unanswered::NotAsked) => {}
        }
    }
    listed
}

/// Adds the discovered jobs to those that are watched. None where nothing is to be discovered.
fn discover(plan: &Plan, listed: &Listed, watched: &mut Vec<Watched>) -> Option<Discovered> {
    let discovery = plan.discovery.as_ref()?;
    let mut places: HashMap<_, _> = watched
        .iter()
        .enumerate()
        .map(|(place, job)| (job.id.clone(), place))
        .collect();
    let mut fitting = 0;
    for job in &listed.jobs {
        let name = job.name.as_deref().unwrap_or_default();
        let is_excluded = discovery.exclude.as_ref().is_some_and(|exclude| exclude.is_match(name));
        if is_excluded || !discovery.include.is_match(name) {
            continue;
        }
        fitting += 1;
        let place = *places.entry(job.id.clone()).or_insert_with(|| {
            watched.push(Watched {
                id: job.id.clone(),
                found_by: FoundBy::Discovery,
                tasks: Vec::new(),
                name: job.name.clone(),
                job_type: job.job_type.clone(),
            });
            watched.len() - 1
        });
        // One of which only single tasks are configured is discovered as a whole.
        if watched[place].found_by == FoundBy::ComparisonTasks {
            watched[place].found_by = FoundBy::Discovery;
        }
    }
    Some(Discovered {
        listed: listed.jobs.len(),
        fitting,
        is_partial: listed.is_partial,
    })
}

/// Asks for one task's detail where no single task is configured: names come from it, too.
async fn detail<A: Api>(api: &A, asker: &Asker<'_>, jobs: &[report::Job]) {
    let newest = jobs
        .iter()
        .find_map(|job| Some((&job.job_id, job.newest_task.as_ref()?)));
    let Some((job, task)) = newest else { return };
    let (job, task) = (JobId::new(job), CompareJobId::new(&task.compare_job_id));
    let about = About {
        operation: Operation::ShowHealthCompareJobDetail,
        job: Some(&job),
        task: Some(&task),
    };
    // Its outcome is in the tally.
    let _ = asker.ask(about, api.task(&job, &task)).await;
}
