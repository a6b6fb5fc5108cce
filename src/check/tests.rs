//! The whole check against a cloud in memory: what is asked, and what each failure is told as.

mod fake;
mod output;

use std::sync::atomic::{AtomicUsize, Ordering};

use self::fake::{Fake, JOB, OTHER, TASK, clock, discovering, plan, watching};
use super::report::{Finding, FoundBy, Outcome, Project, Report};
use super::*;
use crate::cloud::{Cause, Operation};
use crate::comparison::verdict::Subject;
use crate::ids::{CompareJobId, JobId};

#[derive(Default)]
struct Counter {
    planned: AtomicUsize,
    done: AtomicUsize,
}

impl Progress for Counter {
    fn planned(&self, jobs: usize) {
        self.planned.fetch_add(jobs, Ordering::Relaxed);
    }

    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

async fn check(plan: Plan, fake: Fake) -> (Report, Fake) {
    let (counter, plans) = (Counter::default(), [(plan, fake)]);
    let report = run(&plans, &clock(), &counter).await;
    let [(_, fake)] = plans;
    assert_eq!(counter.planned.into_inner(), counter.done.into_inner());
    (report, fake)
}

fn finding<'a>(report: &'a Report, check: &str) -> &'a Finding {
    let found = report.projects[0]
        .findings
        .iter()
        .find(|finding| finding.check == check);
    found.unwrap_or_else(|| panic!("no finding {check}: {:#?}", report.projects[0].findings))
}

fn failed(project: &Project) -> Vec<&str> {
    let failed = project
        .findings
        .iter()
        .filter(|finding| finding.result == Outcome::Failed);
    failed.map(|finding| finding.check.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_good_set_up_is_told_as_such_and_each_thing_is_asked_once() {
    let (report, fake) = check(watching(&[JOB]), Fake::good()).await;
    assert_eq!(report.result, Outcome::Ok, "{:#?}", report.projects[0].findings);
    assert_eq!(
        fake.asked(),
        [
            "ListJobs migration".to_owned(),
            format!("ShowHealthCompareJobList {JOB}"),
            format!("ShowHealthObjectCompareJobOverview {JOB} {TASK}"),
            format!("ShowComparePolicy {JOB}"),
            format!("ShowHealthCompareJobDetail {JOB} {TASK}"),
        ]
    );
    let job = &report.projects[0].jobs[0];
    assert_eq!((job.job_name.as_deref(), job.result), (Some("nightly"), Outcome::Ok));
    let task = job.newest_task.as_ref().unwrap();
    assert_eq!((task.status, task.duration.unwrap().as_secs()), ("SUCCESSFUL", 8));
    assert_eq!(job.verdicts[0].consistent, Some(true));
    let policy = job.policy.as_ref().unwrap();
    assert_eq!((policy.status, policy.missed_run), ("OPEN", None));
    assert_eq!(policy.next_run.unwrap().to_string(), "2024-04-08T10:00:00Z");
}

#[tokio::test(start_paused = true)]
async fn each_subject_has_its_verdict() {
    let mut plan = watching(&[JOB]);
    plan.verdicts = Subject::ALL.to_vec();
    let (report, _) = check(plan, Fake::good()).await;
    let verdicts = report.projects[0].jobs[0].verdicts.iter();
    let verdicts: Vec<_> = verdicts.map(|verdict| (verdict.subject, verdict.consistent)).collect();
    assert_eq!(
        verdicts,
        [("objects", Some(true)), ("rows", Some(false)), ("accounts", None)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_is_tried_once_and_the_rest_is_told_as_not_asked() {
    for (cause, check_name, word) in [
        (Cause::SignatureRefused, "credentials", "signature_refused"),
        (Cause::TokenRefused, "credentials", "token_refused"),
        (Cause::LoginRefused, "credentials", "login_refused"),
        (Cause::CredentialsUnavailable, "credentials", "credentials_unavailable"),
        (Cause::WrongProject, "project_id", "wrong_project"),
        (Cause::ClockSkew, "clock", "clock_skew"),
        (Cause::Connect, "endpoint", "connect"),
        (Cause::Tls, "endpoint", "tls"),
    ] {
        let (report, fake) = check(watching(&[JOB, OTHER]), Fake::good().failing_always(cause)).await;
        assert_eq!(fake.asked().len(), 1, "{cause:?}: {:?}", fake.asked());
        let found = finding(&report, check_name);
        assert_eq!((report.result, found.cause), (Outcome::Failed, Some(word)));
        assert!(found.remedy.as_ref().unwrap().contains(cause.remedy()), "{found:?}");
        assert_eq!(failed(&report.projects[0]), [check_name], "told once");
        assert!(finding(&report, "the_rest").detail.contains("2 jobs left"));
        assert!(
            report.projects[0]
                .jobs
                .iter()
                .all(|job| job.result == Outcome::NotAsked)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn single_tasks_too_are_refused_once() {
    let mut plan = plan();
    plan.comparison_tasks = [JOB, OTHER]
        .map(|job| (JobId::new(job), CompareJobId::new(TASK)))
        .to_vec();
    let (report, fake) = check(plan, Fake::good().failing_always(Cause::SignatureRefused)).await;
    assert_eq!(fake.asked().len(), 1, "{:?}", fake.asked());
    assert_eq!(failed(&report.projects[0]), ["credentials"]);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_costs_its_call_and_is_named_with_what_is_missing() {
    for (operation, action, missing) in [
        (Operation::ListJobs, "drs:migrationJob:list", "drs_job_info"),
        (
            Operation::ShowHealthCompareJobList,
            "drs:healthCompareJob:list",
            "all comparison series",
        ),
        (
            Operation::ShowHealthCompareJobDetail,
            "drs:healthCompareJob:list",
            "single",
        ),
        (Operation::ShowComparePolicy, "getComparePolicy", "policy_status"),
        (
            Operation::ShowHealthObjectCompareJobOverview,
            "getOverview",
            "consistent",
        ),
        (Operation::ListDataCompareOverview, "getLineDetail", "rows_consistent"),
        (
            Operation::ShowCompareUsersDetail,
            "getAccountDetails",
            "accounts_consistent",
        ),
    ] {
        let mut plan = watching(&[JOB]);
        plan.verdicts = Subject::ALL.to_vec();
        let (report, _) = check(plan, Fake::good().failing(operation, Cause::Forbidden)).await;
        let found = finding(&report, operation.as_str());
        assert_eq!((report.result, found.cause), (Outcome::Failed, Some("forbidden")));
        assert!(found.remedy.as_ref().unwrap().contains(action), "{found:?}");
        assert!(found.missing.unwrap().contains(missing), "{found:?}");
        assert_eq!(failed(&report.projects[0]), [operation.as_str()]);
        assert_eq!(finding(&report, "credentials").result, Outcome::Ok);
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_without_a_call_costs_its_call_and_one_without_any_is_the_wrong_address() {
    let fake = Fake::good().failing(Operation::ShowComparePolicy, Cause::NotInRegion);
    let (report, _) = check(watching(&[JOB]), fake).await;
    assert_eq!(failed(&report.projects[0]), ["ShowComparePolicy"]);

    let (report, _) = check(watching(&[JOB]), Fake::good().failing_always(Cause::NotInRegion)).await;
    let found = finding(&report, "endpoint");
    assert_eq!((found.result, found.cause), (Outcome::Failed, Some("not_in_region")));
    assert!(
        found.remedy.as_ref().unwrap().contains("region \"ap-southeast-1\""),
        "{found:?}"
    );
    assert_eq!(finding(&report, "credentials").result, Outcome::NotAsked);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_job_stops_no_other_and_nothing_more_is_asked_about_it() {
    let fake = Fake::good().failing_for(Operation::ShowHealthCompareJobList, OTHER, Cause::NotFound);
    let (report, fake) = check(watching(&[OTHER, JOB]), fake).await;
    let found = finding(&report, "ShowHealthCompareJobList");
    assert_eq!((found.result, found.cause), (Outcome::Failed, Some("not_found")));
    assert_eq!(found.job_ids, [OTHER]);
    assert!(found.detail.contains("1 answered well"), "{found:?}");
    let [unknown, known] = report.projects[0].jobs.as_slice() else {
        panic!("{:?}", report.projects[0].jobs);
    };
    assert_eq!((unknown.result, known.result), (Outcome::Failed, Outcome::Ok));
    assert_eq!(unknown.failures[0].cause, "not_found");
    assert!(!fake.asked().contains(&format!("ShowComparePolicy {OTHER}")));
}

#[tokio::test(start_paused = true)]
async fn one_way_to_fail_is_one_finding_however_many_jobs_fail_so() {
    let ids: Vec<String> = (0..20).map(|number| format!("job-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (report, _) = check(
        watching(&ids),
        Fake::good().failing(Operation::ShowComparePolicy, Cause::Forbidden),
    )
    .await;
    let found = finding(&report, "ShowComparePolicy");
    assert_eq!(found.job_ids.len(), 20);
    assert!(found.detail.contains("failed so 20 times"), "{found:?}");
    assert!(found.detail.contains("and 17 more"), "{found:?}");
    assert_eq!(failed(&report.projects[0]), ["ShowComparePolicy"]);
    // In the order of the configuration, whoever answered first.
    let order: Vec<_> = report.projects[0].jobs.iter().map(|job| job.job_id.as_str()).collect();
    assert_eq!(order, ids);
}

#[tokio::test(start_paused = true)]
async fn one_time_out_is_that_questions_own_and_many_are_the_projects() {
    let ids: Vec<String> = (0..50).map(|number| format!("job-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let fake = Fake::good().failing_for(Operation::ShowHealthCompareJobList, "job-0", Cause::Timeout);
    let (report, _) = check(watching(&ids), fake).await;
    assert_eq!(failed(&report.projects[0]), ["ShowHealthCompareJobList"]);
    assert_eq!(report.projects[0].jobs[1].result, Outcome::Ok);

    let (report, fake) = check(watching(&ids), Fake::good().failing_always(Cause::Timeout)).await;
    assert_eq!(fake.asked().len(), 2);
    assert_eq!(failed(&report.projects[0]), ["endpoint"]);

    let silent = Fake::good()
        .failing(Operation::ShowHealthCompareJobList, Cause::Timeout)
        .failing(Operation::ShowComparePolicy, Cause::Timeout);
    let (report, fake) = check(watching(&ids), silent).await;
    assert!(fake.asked().len() < 20, "{}", fake.asked().len());
    assert_eq!(failed(&report.projects[0]), ["endpoint"]);
    assert_eq!(finding(&report, "credentials").result, Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn discovered_jobs_are_asked_about_and_an_empty_discovery_is_warned_of() {
    let (report, _) = check(discovering(".*", None), Fake::good()).await;
    let jobs = &report.projects[0].jobs;
    assert_eq!(jobs.len(), 2);
    assert!(jobs.iter().all(|job| job.found_by == FoundBy::Discovery));
    assert_eq!(finding(&report, "discovery").detail, "2 of 2 listed jobs fit");

    let (report, _) = check(discovering("^night", Some("ly$")), Fake::good()).await;
    assert_eq!(
        (report.result, finding(&report, "discovery").result),
        (Outcome::Warning, Outcome::Warning)
    );
    assert_eq!(finding(&report, "ShowComparePolicy").result, Outcome::NotAsked);

    let fake = Fake::good().failing(Operation::ListJobs, Cause::Forbidden);
    let (report, _) = check(discovering(".*", None), fake).await;
    assert_eq!(failed(&report.projects[0]), ["ListJobs"]);
    assert!(finding(&report, "ListJobs").missing.unwrap().contains("discovered job"));
}

#[tokio::test(start_paused = true)]
async fn a_clock_an_hour_off_fails_also_where_no_signature_does() {
    for (seconds, outcome) in [(2, Outcome::Ok), (60, Outcome::Warning), (-3600, Outcome::Failed)] {
        let (report, _) = check(watching(&[JOB]), Fake::good().answering_late(seconds)).await;
        assert_eq!((report.result, finding(&report, "clock").result), (outcome, outcome));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_due_and_did_not_start_is_told() {
    let (report, _) = check(watching(&[JOB]), Fake::good().with_last_run_days_ago(2)).await;
    let missed = report.projects[0].jobs[0].policy.as_ref().unwrap().missed_run.unwrap();
    assert_eq!(missed.to_string(), "2024-04-07T10:00:00Z");
    assert_eq!(report.result, Outcome::Ok, "what is seen is no fault of the set-up");

    // The next one is due in this hour and may still come; the one before may not.
    let (report, _) = check(watching(&[JOB]), Fake::good().hourly().with_last_run_days_ago(1)).await;
    let missed = report.projects[0].jobs[0].policy.as_ref().unwrap().missed_run.unwrap();
    assert_eq!(missed.to_string(), "2024-04-07T18:30:00Z");
}

#[tokio::test(start_paused = true)]
async fn one_projects_failure_leaves_the_others_alone() {
    let bad = (watching(&[JOB]), Fake::good().failing_always(Cause::SignatureRefused));
    let plans = [bad, (watching(&[JOB]), Fake::good())];
    let report = run(&plans, &clock(), &Counter::default()).await;
    let results: Vec<_> = report.projects.iter().map(|project| project.result).collect();
    assert_eq!(results, [Outcome::Failed, Outcome::Ok]);
}
