//! A cloud in memory, and plans that watch it.

use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use crate::clock::Clock;
use crate::cloud::{
    AccountComparison, Answer, Cause, ComparePolicy, CredentialsVersion, Error, HealthCompareJob, Job, JobList,
    JobType, ObjectOverview, Operation, Patience, RowOverview,
};
use crate::comparison::verdict::Subject;
use crate::fetcher::{Api, Discovery, Plan};
use crate::ids::{CompareJobId, JobId, ProjectId, ProjectName};
use crate::shard::Shard;

pub(super) const JOB: &str = "163b98e8-6088-46c3-8b86-c18fea6jb502";
pub(super) const OTHER: &str = "c7debc9c-8e09-4a5d-8dd6-cc44f78jb20r";
pub(super) const TASK: &str = "118d1bdc-b3c8-48a0-af77-3400da6e9291";
const NOW: &str = "2024-04-07T20:00:00Z";

pub(super) fn clock() -> Clock {
    Clock::starting_at(NOW.parse().unwrap(), 1.0)
}

pub(super) fn plan() -> Plan {
    Plan {
        name: ProjectName::new("payments"),
        region: "ap-southeast-1".into(),
        project_id: ProjectId::new("5237e10fe9aa4ad5b16b6a5245248314"),
        address: "http://cloud".parse().unwrap(),
        poll_interval: Duration::from_mins(1),
        idle_interval: Duration::from_mins(15),
        policy_interval: Duration::from_mins(15),
        stale_after: Duration::from_mins(45),
        tasks_per_job: 5,
        concurrency: 8,
        jobs: Vec::new(),
        comparison_tasks: Vec::new(),
        discovery: None,
        verdicts: vec![Subject::Objects],
        shard: Shard::WHOLE,
    }
}

pub(super) fn watching(jobs: &[&str]) -> Plan {
    Plan {
        jobs: jobs.iter().map(JobId::new).collect(),
        ..plan()
    }
}

pub(super) fn discovering(include: &str, exclude: Option<&str>) -> Plan {
    Plan {
        discovery: Some(Discovery {
            job_types: vec![JobType::Migration, JobType::Sync],
            include: Regex::new(include).unwrap(),
            exclude: exclude.map(|exclude| Regex::new(exclude).unwrap()),
            refresh_interval: Duration::from_mins(5),
        }),
        ..plan()
    }
}

/// Every job has one comparison, that of the API text's example; two jobs are listed.
pub(super) struct Fake {
    failures: Vec<(Option<Operation>, Option<String>, Cause)>,
    name: &'static str,
    started: Timestamp,
    /// By how many seconds our clock is ahead.
    ahead: i64,
    hourly: bool,
    asked: Mutex<Vec<String>>,
}

impl Fake {
    pub(super) fn good() -> Self {
        Self {
            failures: Vec::new(),
            name: "nightly",
            started: "2024-04-07T10:00:01Z".parse().unwrap(),
            ahead: 0,
            hourly: false,
            asked: Mutex::default(),
        }
    }

    pub(super) fn failing_always(mut self, cause: Cause) -> Self {
        self.failures.push((None, None, cause));
        self
    }

    pub(super) fn failing(mut self, operation: Operation, cause: Cause) -> Self {
        self.failures.push((Some(operation), None, cause));
        self
    }

    pub(super) fn failing_for(mut self, operation: Operation, job: &str, cause: Cause) -> Self {
        self.failures.push((Some(operation), Some(job.to_owned()), cause));
        self
    }

    pub(super) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    pub(super) fn answering_late(mut self, seconds: i64) -> Self {
        self.ahead = seconds;
        self
    }

    pub(super) fn with_last_run_days_ago(mut self, days: i64) -> Self {
        self.started -= SignedDuration::from_hours(24 * days);
        self
    }

    pub(super) fn hourly(mut self) -> Self {
        self.hourly = true;
        self
    }

    /// The calls so far, each with its ids.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn answer<T>(&self, operation: Operation, ids: &[&str], value: T) -> Result<Answer<T>, Error> {
        let words: Vec<_> = [operation.as_str()].iter().chain(ids).copied().collect();
        self.asked.lock().unwrap().push(words.join(" "));
        let fits = |failure: &&(Option<Operation>, Option<String>, Cause)| {
            failure.0.is_none_or(|failing| failing == operation)
                && failure.1.as_deref().is_none_or(|job| ids.first() == Some(&job))
        };
        match self.failures.iter().find(fits) {
            Some((_, _, cause)) => Err(Error::for_test(*cause)),
            None => Ok(Answer {
                value,
                answered_at: NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_secs(self.ahead),
            }),
        }
    }

    fn task(&self) -> HealthCompareJob {
        HealthCompareJob {
            id: Some(TASK.into()),
            kind: Some("lines,account,object_comparison".into()),
            status: Some("SUCCESSFUL".into()),
            start_time: Some(self.started.to_string()),
            end_time: Some((self.started + SignedDuration::from_secs(8)).to_string()),
            job_name: Some(self.name.into()),
            compute_type: None,
        }
    }
}

impl Api for Fake {
    fn patience(&self) -> Patience {
        Patience {
            silence: Duration::from_mins(6),
            question: Duration::from_hours(1),
        }
    }

    fn credentials(&self) -> CredentialsVersion {
        CredentialsVersion::default()
    }

    async fn jobs(&self, job_type: JobType, _: &[JobId]) -> Result<Answer<JobList>, Error> {
        let jobs = match job_type {
            JobType::Migration => vec![JOB],
            JobType::Sync => vec![OTHER],
            _ => Vec::new(),
        };
        let job = |id: &&str| Job {
            id: JobId::new(id),
            name: Some(self.name.into()),
            status: None,
            job_type: Some(job_type.as_str().into()),
            engine_type: None,
            task_type: None,
        };
        let list = JobList {
            jobs: jobs.iter().map(job).collect(),
            is_complete: true,
        };
        self.answer(Operation::ListJobs, &[job_type.as_str()], list)
    }

    async fn tasks(&self, job: &JobId) -> Result<Answer<Vec<HealthCompareJob>>, Error> {
        let tasks = vec![self.task()];
        self.answer(Operation::ShowHealthCompareJobList, &[job.as_str()], tasks)
    }

    async fn task(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<HealthCompareJob>, Error> {
        let ids = [job.as_str(), task.as_str()];
        self.answer(Operation::ShowHealthCompareJobDetail, &ids, self.task())
    }

    async fn policy(&self, job: &JobId) -> Result<Answer<ComparePolicy>, Error> {
        let hourly = ComparePolicy {
            status: Some("OPEN".into()),
            period: Some("* * *".into()),
            begin_time: Some("00:30:00".into()),
            interval_hour: Some(1),
            ..ComparePolicy::default()
        };
        let daily = ComparePolicy {
            status: Some("OPEN".into()),
            period: Some("* * 1,2,3,4,5,6,7".into()),
            begin_time: Some("10:00:00".into()),
            end_time: Some("12:00:00".into()),
            next_compare_time: Some("2024-04-08T10:00:00Z".into()),
            ..ComparePolicy::default()
        };
        let policy = if self.hourly { hourly } else { daily };
        self.answer(Operation::ShowComparePolicy, &[job.as_str()], policy)
    }

    async fn objects(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<ObjectOverview>>, Error> {
        let table = ObjectOverview {
            object_type: Some("TABLE".into()),
            status: Some(2),
            ..ObjectOverview::default()
        };
        let ids = [job.as_str(), task.as_str()];
        self.answer(Operation::ShowHealthObjectCompareJobOverview, &ids, vec![table])
    }

    async fn rows(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<RowOverview>>, Error> {
        let database = RowOverview {
            status: Some(0),
            compare_num: Some(2),
            compare_end_num: Some(2),
            data_inconsistent_num: Some(1),
            uncomparable_num: Some(0),
        };
        let ids = [job.as_str(), task.as_str()];
        self.answer(Operation::ListDataCompareOverview, &ids, vec![database])
    }

    async fn accounts(&self, job: &JobId, task: &CompareJobId) -> Result<Answer<Vec<AccountComparison>>, Error> {
        let account = AccountComparison {
            compare_result: Some("COMPARING".into()),
        };
        let ids = [job.as_str(), task.as_str()];
        self.answer(Operation::ShowCompareUsersDetail, &ids, vec![account])
    }
}
