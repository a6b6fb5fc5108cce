//! A cloud in memory: what happens in it is worked out from the time, and every call is counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drs_exporter::clock::Clock;
use drs_exporter::cloud::{
    AccountComparison, Answer, ComparePolicy, CredentialsVersion, Error, HealthCompareJob, Job, JobList, JobType,
    ObjectOverview, Operation, Patience, RowOverview,
};
use drs_exporter::fetcher::{Api, Observer};
use drs_exporter::ids::{CompareJobId, JobId, ProjectName};
use jiff::Timestamp;

/// Jobs in the project.
pub(crate) const JOBS: i64 = 1000;

/// How long the cloud takes to answer.
pub(crate) const ANSWER_TIME: Duration = Duration::from_millis(100);

/// The client's default: requests a second, with its margin of a twentieth.
const SPACING: Duration = Duration::from_millis(105);

/// Items on a page of jobs, as the client asks for.
const PAGE_JOBS: i64 = 100;

/// Runs that the cloud keeps; more would only make each answer longer.
const KEPT_RUNS: i64 = 3;

const DAY: i64 = 24 * 3600;

/// What happens in the cloud.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// What it is called on the page.
    pub(crate) name: &'static str,
    /// Hours from one run of a job to its next.
    pub(crate) hours: i64,
    /// Whether the policies may be read.
    pub(crate) tells_policies: bool,
    /// How long it is played.
    pub(crate) length: Duration,
    /// The promise about the share of the calls of an exporter that asks each job every minute, in percent.
    pub(crate) promised_percent: Option<f64>,
}

/// All of them.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "daily runs, a week",
        hours: 24,
        tells_policies: true,
        length: Duration::from_hours(7 * 24),
        promised_percent: Some(10.0),
    },
    Scenario {
        name: "hourly runs, a day",
        hours: 1,
        tells_policies: true,
        length: Duration::from_hours(24),
        promised_percent: None,
    },
    Scenario {
        name: "daily runs, policies not readable, a day",
        hours: 24,
        tells_policies: false,
        length: Duration::from_hours(24),
        promised_percent: None,
    },
];

/// When every scenario begins: a Monday.
pub(crate) fn epoch() -> Timestamp {
    Timestamp::constant(1_790_553_600, 0)
}

/// One run, by what the cloud knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// When it started, in Unix seconds.
    pub(crate) start: i64,
    /// When it ended.
    pub(crate) end: i64,
}

/// A number from 0 to `below`, the same for the same job and day.
fn chance(job: i64, day: i64, salt: i64, below: i64) -> i64 {
    let mixed = (job * 7_919 + day * 104_729 + salt * 1_299_709).wrapping_mul(2_654_435_761);
    (mixed >> 8).rem_euclid(below)
}

/// The run number `number` of a job, counted from the epoch of time: due on the minute, some seconds late, and as long
/// as real ones are: most take minutes.
pub(crate) fn run(job: i64, number: i64, hours: i64) -> Run {
    let interval = hours * 3600;
    let due = number * interval + chance(job, 0, 1, interval / 60) * 60;
    let start = due + chance(job, number, 2, 120);
    let longest = if chance(job, number, 3, 10) == 0 { 1800 } else { 480 };
    Run {
        start,
        end: start + 30 + chance(job, number, 4, longest),
    }
}

/// The cloud. Clones are the same.
#[derive(Clone)]
pub(crate) struct Cloud {
    hours: i64,
    tells_policies: bool,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: BTreeMap<&'static str, u64>,
    next_turn: Option<tokio::time::Instant>,
    longest_delay: Duration,
}

impl Cloud {
    pub(crate) fn new(scenario: &Scenario, clock: Clock) -> Self {
        Self {
            hours: scenario.hours,
            tells_policies: scenario.tells_policies,
            clock,
            state: Arc::default(),
        }
    }

    /// Calls by operation.
    pub(crate) fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.state().calls.clone()
    }

    /// The longest that something waited for its turn.
    pub(crate) fn longest_delay(&self) -> Duration {
        self.state().longest_delay
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts calls, which leave as far apart as the client's limit wants, and lets the time of an answer pass.
    async fn answer<T>(&self, operation: Operation, calls: i64, value: impl FnOnce(i64) -> T) -> Answer<T> {
        let calls = u32::try_from(calls).unwrap_or(1);
        let turn = {
            let mut state = self.state();
            *state.calls.entry(operation.as_str()).or_default() += u64::from(calls);
            let now = tokio::time::Instant::now();
            let turn = state.next_turn.map_or(now, |next| next.max(now));
            state.next_turn = Some(turn + SPACING * calls);
            turn + SPACING * (calls - 1)
        };
        tokio::time::sleep_until(turn + ANSWER_TIME).await;
        let answered_at = self.clock.now();
        Answer {
            value: value(answered_at.as_second()),
            answered_at,
        }
    }

    /// The runs of a job that the cloud keeps at `now`.
    fn runs(&self, job: i64, now: i64) -> impl Iterator<Item = (i64, Run)> {
        let hours = self.hours;
        let newest = now.div_euclid(hours * 3600);
        let numbers = (newest - KEPT_RUNS..=newest).rev();
        let runs = numbers.map(move |number| (number, run(job, number, hours)));
        runs.filter(move |(_, run)| run.start <= now)
            .take(usize::try_from(KEPT_RUNS).unwrap_or(usize::MAX))
    }

    fn policy_of(&self, job: i64) -> ComparePolicy {
        if !self.tells_policies {
            // What cannot be read: no field at all.
            return ComparePolicy::default();
        }
        let first = chance(job, 0, 1, self.hours * 60) * 60;
        let (last, interval) = if self.hours == 24 {
            ((first + 2 * 3600) % DAY, None)
        } else {
            (DAY - 1, Some(self.hours))
        };
        let text = |seconds: i64| format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        ComparePolicy {
            status: Some("OPEN".to_owned()),
            period: Some("* * 1,2,3,4,5,6,7".to_owned()),
            begin_time: Some(text(first)),
            end_time: Some(text(last)),
            interval_hour: interval,
            ..ComparePolicy::default()
        }
    }
}

fn number_of(job: &JobId) -> i64 {
    job.as_str().parse().unwrap_or_default()
}

fn text(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string()
}

impl Api for Cloud {
    fn patience(&self) -> Patience {
        Patience {
            silence: Duration::from_mins(6),
            question: Duration::from_hours(1),
        }
    }

    fn credentials(&self) -> CredentialsVersion {
        CredentialsVersion::default()
    }

    async fn task(&self, _: &JobId, _: &CompareJobId) -> Result<Answer<HealthCompareJob>, Error> {
        let operation = Operation::ShowHealthCompareJobDetail;
        Ok(self.answer(operation, 1, |_| HealthCompareJob::default()).await)
    }

    async fn tasks(&self, job: &JobId) -> Result<Answer<Vec<HealthCompareJob>>, Error> {
        let job = number_of(job);
        let task = |(number, run): (i64, Run), now: i64| {
            let has_ended = run.end <= now;
            HealthCompareJob {
                id: Some(number.to_string()),
                kind: Some("lines,object_comparison".to_owned()),
                status: Some(if has_ended { "SUCCESSFUL" } else { "RUNNING" }.to_owned()),
                start_time: Some(text(run.start)),
                end_time: has_ended.then(|| text(run.end)),
                ..HealthCompareJob::default()
            }
        };
        let list = |now| self.runs(job, now).map(|run| task(run, now)).collect();
        Ok(self.answer(Operation::ShowHealthCompareJobList, 1, list).await)
    }

    async fn policy(&self, job: &JobId) -> Result<Answer<ComparePolicy>, Error> {
        let policy = |_| self.policy_of(number_of(job));
        Ok(self.answer(Operation::ShowComparePolicy, 1, policy).await)
    }

    async fn objects(&self, _: &JobId, _: &CompareJobId) -> Result<Answer<Vec<ObjectOverview>>, Error> {
        let rows = |_| {
            vec![ObjectOverview {
                object_type: Some("TABLE".to_owned()),
                source_count: Some(7),
                target_count: Some(7),
                status: Some(2),
            }]
        };
        let operation = Operation::ShowHealthObjectCompareJobOverview;
        Ok(self.answer(operation, 1, rows).await)
    }

    async fn rows(&self, _: &JobId, _: &CompareJobId) -> Result<Answer<Vec<RowOverview>>, Error> {
        Ok(self.answer(Operation::ListDataCompareOverview, 1, |_| Vec::new()).await)
    }

    async fn accounts(&self, _: &JobId, _: &CompareJobId) -> Result<Answer<Vec<AccountComparison>>, Error> {
        Ok(self.answer(Operation::ShowCompareUsersDetail, 1, |_| Vec::new()).await)
    }

    async fn jobs(&self, job_type: JobType, _: &[JobId]) -> Result<Answer<JobList>, Error> {
        let jobs = if job_type == JobType::Sync { JOBS } else { 0 };
        let pages = (jobs / PAGE_JOBS).max(1);
        let job = |number: i64| Job {
            id: JobId::new(number.to_string()),
            name: Some(format!("job {number}")),
            status: None,
            job_type: None,
            engine_type: None,
            task_type: None,
        };
        let list = |_| JobList {
            jobs: (0..jobs).map(job).collect(),
            is_complete: true,
        };
        Ok(self.answer(Operation::ListJobs, pages, list).await)
    }
}

impl Observer for Cloud {
    fn refreshed(&self, _: &ProjectName, _: Duration) {}

    fn invalid_response(&self, _: &ProjectName, _: Operation) {}

    fn delayed(&self, _: &ProjectName, delay: Duration) {
        let mut state = self.state();
        state.longest_delay = state.longest_delay.max(delay);
    }
}
