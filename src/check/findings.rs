//! From a project's answers and failures to findings: first what concerns all of it, then each call.
//!
//! Owns: what a failure is the fault of (address, credentials, project id, clock, one call), told once and not again
//! for each question that it made fail. Pure.

use std::collections::{BTreeMap, HashSet};

use super::ask::{Complaint, Record, Tally, is_unreachable};
use super::report::{Finding, Job, Outcome};
use super::words::{self, counted};
use crate::cloud::{Cause, Error, Operation};
use crate::fetcher::Plan;
use crate::fetcher::overview::operation;
use crate::ids::JobId;

/// Of the jobs with the same failure, so many are named in its text; all are in the data.
const NAMED_JOBS: usize = 3;

/// What discovery has come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Discovered {
    pub(super) listed: usize,
    pub(super) fitting: usize,
    pub(super) is_partial: bool,
}

/// What the configuration has a project watch.
pub(super) fn configuration(plan: &Plan) -> Finding {
    let mut parts = Vec::new();
    if !plan.jobs.is_empty() {
        parts.push(counted(plan.jobs.len(), "job"));
    }
    if !plan.comparison_tasks.is_empty() {
        parts.push(counted(plan.comparison_tasks.len(), "single comparison task"));
    }
    if let Some(discovery) = &plan.discovery {
        let types: Vec<_> = discovery.job_types.iter().map(|job_type| job_type.as_str()).collect();
        parts.push(format!("discovery of {}", types.join(", ")));
    }
    Finding::new("configuration", Outcome::Ok, format!("watches {}", parts.join("; ")))
}

/// Everything that was found of a project.
pub(super) fn findings(plan: &Plan, record: &Record, discovered: Option<Discovered>, jobs: &[Job]) -> Vec<Finding> {
    let mut findings = vec![configuration(plan)];
    findings.extend(access(plan, record));
    for operation in expected(plan) {
        let tally = record.tallies.iter().find(|tally| tally.operation == operation);
        findings.extend(of_call(plan, record, operation, tally, jobs));
    }
    let lists = record
        .tallies
        .iter()
        .find(|tally| tally.operation == Operation::ListJobs);
    if let Some(discovered) = discovered.filter(|_| lists.is_some_and(|lists| lists.answers > 0)) {
        findings.push(discovery(discovered));
    }
    if record.given_up.is_some() {
        let left = jobs.iter().filter(|job| job.result == Outcome::NotAsked).count();
        let detail = match left {
            0 => "no more was asked of the project".to_owned(),
            _ => format!("no more was asked of the project: {} left", counted(left, "job")),
        };
        let detail = format!("{detail}; mend what failed, then check again");
        findings.push(Finding::new("the_rest", Outcome::NotAsked, detail));
    }
    findings
}

/// Endpoint, credentials, project id, clock.
fn access(plan: &Plan, record: &Record) -> Vec<Finding> {
    let reached = Finding::new("endpoint", Outcome::Ok, "answers");
    let taken = Finding::new("credentials", Outcome::Ok, "accepted");
    let unknown = |check: &str| Finding::new(check, Outcome::NotAsked, "not known while the above fails");
    let blamed = |check: &str, error: &Error| {
        let finding = Finding::new(check, Outcome::Failed, error.what());
        words::blame(finding, error.operation(), error)
    };
    let mut findings = match &record.given_up {
        Some(error) if is_unreachable(error.cause()) && !record.let_in => {
            vec![elsewhere(plan, blamed("endpoint", error)), unknown("credentials")]
        }
        Some(error) if is_unreachable(error.cause()) => vec![blamed("endpoint", error), taken],
        Some(error) => match error.cause() {
            Cause::WrongProject => vec![reached, taken, blamed("project_id", error)],
            Cause::ClockSkew => return vec![reached, blamed("clock", error), unknown("credentials")],
            _ => vec![reached, blamed("credentials", error)],
        },
        None if record.let_in => vec![reached, taken],
        None => match not_drs(record) {
            Some(error) => vec![elsewhere(plan, blamed("endpoint", error)), unknown("credentials")],
            None => vec![Finding::new(
                "credentials",
                Outcome::NotAsked,
                "not known: no answer told whether they are accepted",
            )],
        },
    };
    findings.extend(record.drift.map(super::drift::Drift::finding));
    findings
}

/// The first failure, where all of them look as if something else than DRS answered.
fn not_drs(record: &Record) -> Option<&Error> {
    let mut errors = record
        .tallies
        .iter()
        .flat_map(|tally| &tally.failures)
        .map(|complaint| &complaint.error);
    let first = errors.clone().next()?;
    errors
        .all(|error| {
            matches!(
                error.cause(),
                Cause::NotInRegion | Cause::Redirected | Cause::Body | Cause::Blocked
            )
        })
        .then_some(first)
}

/// Adds where the address comes from: nothing but the region, unless the configuration says otherwise.
fn elsewhere(plan: &Plan, finding: Finding) -> Finding {
    let remedy = finding.remedy.as_deref().unwrap_or_default();
    let remedy = format!(
        "{remedy}; check that the region {:?} is right: the address is made from it, unless `endpoints` names one",
        plan.region
    );
    finding.with_remedy(remedy)
}

/// The calls that the exporter makes for a project, in the order of the report.
fn expected(plan: &Plan) -> Vec<Operation> {
    let mut operations = Vec::new();
    if plan.discovery.is_some() || !plan.jobs.is_empty() {
        operations.extend([
            Operation::ListJobs,
            Operation::ShowHealthCompareJobList,
            Operation::ShowHealthCompareJobDetail,
            Operation::ShowComparePolicy,
        ]);
    } else {
        operations.push(Operation::ShowHealthCompareJobDetail);
    }
    operations.extend(plan.verdicts.iter().map(|subject| operation(*subject)));
    operations
}

/// One call: a finding, or one for each way in which it fails.
fn of_call(plan: &Plan, record: &Record, operation: Operation, tally: Option<&Tally>, jobs: &[Job]) -> Vec<Finding> {
    // What is told as the project's trouble is not told again.
    let is_told = |complaint: &&Complaint| {
        let cause = complaint.error.cause();
        let is_projects = cause.is_authentication() || is_unreachable(cause);
        record.given_up.is_some() && is_projects
    };
    let answers = tally.map_or(0, |tally| tally.answers);
    let complaints = tally.into_iter().flat_map(|tally| &tally.failures);
    let failed: Vec<_> = complaints
        .filter(|complaint| !is_told(complaint))
        .map(|complaint| complain(plan, operation, complaint, answers, jobs))
        .collect();
    match (failed.is_empty(), answers) {
        (false, _) => failed,
        (true, 1..) => vec![Finding::new(
            operation.as_str(),
            Outcome::Ok,
            worked(operation, answers, jobs),
        )],
        (true, 0) if record.given_up.is_some() => Vec::new(),
        (true, 0) => vec![Finding::new(
            operation.as_str(),
            Outcome::NotAsked,
            "there is nothing yet to ask about",
        )],
    }
}

fn complain(plan: &Plan, operation: Operation, complaint: &Complaint, answers: usize, jobs: &[Job]) -> Finding {
    // In the report's order, whoever failed first.
    let concerned: HashSet<_> = complaint.jobs.iter().map(JobId::as_str).collect();
    let concerned: Vec<_> = jobs
        .iter()
        .map(|job| &job.job_id)
        .filter(|id| concerned.contains(id.as_str()))
        .collect();
    let what = complaint.error.what();
    // The finding is named by it already.
    let mut detail = what
        .strip_prefix(operation.as_str())
        .unwrap_or(&what)
        .trim_start()
        .to_owned();
    if complaint.count > 1 {
        detail = format!("{detail}; failed so {} times", complaint.count);
    }
    if concerned.len() > 1 {
        let named: Vec<_> = concerned.iter().take(NAMED_JOBS).map(|id| id.as_str()).collect();
        let more = match concerned.len().saturating_sub(NAMED_JOBS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        detail = format!("{detail}, of the jobs {}{more}", named.join(", "));
    }
    if answers > 0 {
        detail = format!("{detail}; {answers} answered well");
    }
    let finding = Finding {
        missing: words::missing(operation, plan.discovery.is_some()),
        job_ids: concerned.into_iter().cloned().collect(),
        ..Finding::new(operation.as_str(), Outcome::Failed, detail)
    };
    words::blame(finding, operation, &complaint.error)
}

fn worked(operation: Operation, answers: usize, jobs: &[Job]) -> String {
    let answered = counted(answers, "answer");
    if operation != Operation::ShowComparePolicy {
        return answered;
    }
    let mut states: BTreeMap<_, usize> = BTreeMap::new();
    for policy in jobs.iter().filter_map(|job| job.policy.as_ref()) {
        *states.entry(policy.status).or_default() += 1;
    }
    let states: Vec<_> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    format!("{answered}: {}", states.join(", "))
}

fn discovery(discovered: Discovered) -> Finding {
    let Discovered {
        listed,
        fitting,
        is_partial,
    } = discovered;
    let detail = format!("{fitting} of {} fit", counted(listed, "listed job"));
    let warn = |remedy: &str| Finding::new("discovery", Outcome::Warning, detail.clone()).with_remedy(remedy);
    match (listed, fitting) {
        (0, _) => warn("check job_types, region and project_id, if there should be jobs"),
        (_, 0) => warn("check discovery.include and discovery.exclude: they are regular expressions on names"),
        _ if is_partial => warn("check again: the cloud's pages did not tell of all the jobs that it counts"),
        _ => Finding::new("discovery", Outcome::Ok, detail),
    }
}
