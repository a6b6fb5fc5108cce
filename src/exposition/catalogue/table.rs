//! The table itself: one entry per metric, in the order in which a scrape shows them.
//!
//! A new metric is a new entry here; its values come from `jobs` (jobs and projects) or from `own`.

use super::Group::{self, Comparison, Exporter, Job, Process, Project, Schedules, Task, Verdicts};
use super::Kind::{Counter, Gauge, Histogram};
use super::Stability::{Experimental, Library, Stable};
use super::Unit::{Bytes, Seconds};
use super::{Example, Kind, Metric, Stability, Unit};

/// The families whose samples come from the snapshot; those behind them come from the exporter itself.
pub(in crate::exposition) const FROM_SNAPSHOT: usize = Family::ProjectLastDiscovery as usize + 1;

/// Labels of what speaks of a project.
const P: &[&str] = &["project"];
/// Labels of what speaks of a job (`J` in the contract).
const J: &[&str] = &["project", "job_id", "job_name"];
/// The same, and a state.
const J_STATUS: &[&str] = &["project", "job_id", "job_name", "status"];
/// The same as of a job, and what was found.
const J_VERDICT: &[&str] = &["project", "job_id", "job_name", "verdict"];
/// Labels of what speaks of a comparison task (`T` in the contract).
const T: &[&str] = &["project", "job_id", "job_name", "compare_job_id"];

macro_rules! catalogue {
    ($($family:ident $name:literal $kind:ident $unit:expr, $labels:expr, $group:ident, $stability:ident, $help:literal $(, $question:literal => $query:literal)?;)*) => {
        /// Names every metric of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Family {
            $(#[doc = concat!("`", $name, "`: ", $help)] $family,)*
        }

        /// Every metric, in the order of [`Family`].
        pub const ALL: &[Metric] = &[$(entry(
            Family::$family, $name, $kind, $unit, $labels, $group, $stability, $help,
            [$(Example { question: $question, query: $query })?].as_slice(),
        ),)*];
    };
}

#[allow(
    clippy::too_many_arguments,
    reason = "the columns of the table below; called by its macro only"
)]
const fn entry(
    family: Family,
    name: &'static str,
    kind: Kind,
    unit: Option<Unit>,
    labels: &'static [&'static str],
    group: Group,
    stability: Stability,
    help: &'static str,
    example: &[Example],
) -> Metric {
    let example = if example.is_empty() { None } else { Some(example[0]) };
    Metric {
        family,
        name,
        kind,
        unit,
        help,
        labels,
        group,
        stability,
        example,
    }
}

catalogue! {
    TaskInfo "drs_health_comparison_task_info" Gauge None,
        &["project", "job_id", "job_name", "compare_job_id", "compare_types", "compute_type"], Task, Stable,
        "What a comparison task compares and where it computes; always 1.",
        "Which tasks compare single rows?" => "drs_health_comparison_task_info{compare_types=~\"(.*,)?lines(,.*)?\"}";
    TaskStatus "drs_health_comparison_task_status" Gauge None,
        &["project", "job_id", "job_name", "compare_job_id", "status"], Task, Stable,
        "State of a comparison task: 1 for the current state, 0 for the others. SUCCESSFUL says that the task ended well, nothing of the data.",
        "Which tasks are under way?" => "drs_health_comparison_task_status{status=~\"RUNNING|FULL_DOING|INCRE_DOING\"} == 1";
    TaskStart "drs_health_comparison_task_start_timestamp_seconds" Gauge Some(Seconds), T, Task, Stable,
        "When a comparison task started, as Unix time.";
    TaskEnd "drs_health_comparison_task_end_timestamp_seconds" Gauge Some(Seconds), T, Task, Stable,
        "When a comparison task ended, as Unix time; absent while it goes on.";
    TaskDuration "drs_health_comparison_task_duration_seconds" Gauge Some(Seconds), T, Task, Stable,
        "How long a comparison task took or, while it goes on, has taken up to the cloud's newest answer.",
        "Which tasks took longer than half an hour?" => "drs_health_comparison_task_duration_seconds > 1800";

    LastStatus "drs_health_comparison_last_status" Gauge None, J_STATUS, Comparison, Stable,
        "State of the job's newest comparison task: 1 for the current state, 0 for the others.",
        "Which jobs' newest comparison failed or was stopped?" => "drs_health_comparison_last_status{status=~\"FAILED|TIMEOUT_INTERRUPT\"} == 1";
    LastStart "drs_health_comparison_last_start_timestamp_seconds" Gauge Some(Seconds), J, Comparison, Stable,
        "When the job's newest comparison task started, as Unix time.",
        "Where has no comparison started for more than a day?" => "time() - drs_health_comparison_last_start_timestamp_seconds > 86400";
    LastEnd "drs_health_comparison_last_end_timestamp_seconds" Gauge Some(Seconds), J, Comparison, Stable,
        "When the job's newest ended comparison task ended, as Unix time.";
    LastDuration "drs_health_comparison_last_duration_seconds" Gauge Some(Seconds), J, Comparison, Stable,
        "How long the job's newest comparison task took or, while it goes on, has taken up to the cloud's newest answer.",
        "Where does a comparison take twice as long as it used to?" => "drs_health_comparison_last_duration_seconds > 2 * avg_over_time(drs_health_comparison_last_duration_seconds[7d])";
    LastSuccess "drs_health_comparison_last_success_timestamp_seconds" Gauge Some(Seconds), J, Comparison, Stable,
        "When the job's newest SUCCESSFUL comparison task ended, as Unix time. The run ended well, which says nothing of the data.",
        "How long ago did a comparison last end well?" => "time() - drs_health_comparison_last_success_timestamp_seconds";
    RetainedTasks "drs_health_comparison_retained_tasks" Gauge None, J_STATUS, Comparison, Stable,
        "Comparison tasks in the cloud's history of the job.";
    EndedTasks "drs_health_comparison_ended_tasks_total" Counter None, J_STATUS, Comparison, Stable,
        "Comparison tasks seen ending since the exporter started.",
        "How many comparisons failed in the last day?" => "increase(drs_health_comparison_ended_tasks_total{status=\"FAILED\"}[1d])";

    LastConsistent "drs_health_comparison_last_consistent_timestamp_seconds" Gauge Some(Seconds), J, Verdicts, Stable,
        "When the job's newest comparison task ended whose objects were found consistent, as Unix time.",
        "Where were the data not found consistent for two days?" => "time() - drs_health_comparison_last_consistent_timestamp_seconds > 2 * 86400";
    Consistent "drs_health_comparison_consistent" Gauge None, J, Verdicts, Stable,
        "Verdict of the job's newest judged comparison task: 1 if all object types are consistent, 0 if at least one is not; absent while nothing is judged.",
        "Where do source and target differ?" => "drs_health_comparison_consistent == 0";
    Objects "drs_health_comparison_objects" Gauge None,
        &["project", "job_id", "job_name", "object_type", "side"], Verdicts, Stable,
        "Objects counted by the job's newest judged comparison task; side is source or target. Equal counts do not mean consistent.",
        "How many objects are missing at the target?" => "drs_health_comparison_objects{side=\"source\"} - ignoring(side) drs_health_comparison_objects{side=\"target\"} > 0";
    ObjectVerdict "drs_health_comparison_object_verdict" Gauge None,
        &["project", "job_id", "job_name", "object_type", "verdict"], Verdicts, Stable,
        "What the job's newest judged comparison task found of an object type: 1 for the current verdict, 0 for the others.",
        "Which types of objects differ?" => "drs_health_comparison_object_verdict{verdict=\"inconsistent\"} == 1";
    RowsConsistent "drs_health_comparison_rows_consistent" Gauge None, J, Verdicts, Experimental,
        "The same verdict over the numbers of rows, if verdicts has rows: 1 if all tables are consistent, 0 if at least one is not.";
    RowTables "drs_health_comparison_row_tables" Gauge None, J_VERDICT, Verdicts, Experimental,
        "Tables whose rows the job's newest comparison task that judged rows found so.",
        "In how many tables do the numbers of rows differ?" => "drs_health_comparison_row_tables{verdict=\"inconsistent\"} > 0";
    AccountsConsistent "drs_health_comparison_accounts_consistent" Gauge None, J, Verdicts, Experimental,
        "The same verdict over accounts, if verdicts has accounts: 1 if all are consistent, 0 if at least one is not.";
    AccountResults "drs_health_comparison_account_results" Gauge None, J_VERDICT, Verdicts, Experimental,
        "Accounts that the job's newest comparison task that judged accounts found so.";

    PolicyStatus "drs_health_comparison_policy_status" Gauge None, J_STATUS, Schedules, Stable,
        "State of the job's compare policy: 1 for the current state, 0 for the others.",
        "Which jobs are not compared on a schedule?" => "drs_health_comparison_policy_status{status=\"OPEN\"} == 0";
    NextScheduled "drs_health_comparison_next_scheduled_timestamp_seconds" Gauge Some(Seconds), J, Schedules, Stable,
        "When the job's next comparison is due, as Unix time; absent while the policy is not open.",
        "In how many hours does the next comparison start?" => "(drs_health_comparison_next_scheduled_timestamp_seconds - time()) / 3600";
    LastScheduled "drs_health_comparison_last_scheduled_timestamp_seconds" Gauge Some(Seconds), J, Schedules, Stable,
        "When the job's newest comparison was due, worked out from the policy, as Unix time. Later than the newest start means a missed run.",
        "Which jobs did not start what was due more than half an hour ago?" => "drs_health_comparison_last_scheduled_timestamp_seconds > (drs_health_comparison_last_start_timestamp_seconds or 0 * drs_health_comparison_last_scheduled_timestamp_seconds) and time() - drs_health_comparison_last_scheduled_timestamp_seconds > 1800";

    JobUp "drs_job_up" Gauge None, J, Job, Stable,
        "Whether the newest refresh of the job succeeded: 1 or 0.",
        "Which jobs cannot be refreshed?" => "drs_job_up == 0";
    JobLastRefresh "drs_job_last_refresh_timestamp_seconds" Gauge Some(Seconds), J, Job, Stable,
        "When the job was last refreshed with success, as Unix time.",
        "How old is what is shown?" => "time() - drs_job_last_refresh_timestamp_seconds";
    JobInfo "drs_job_info" Gauge None,
        &["project", "job_id", "job_name", "job_type", "engine_type", "task_type"], Job, Stable,
        "What the job is, by the cloud's newest list of jobs; always 1.",
        "How many jobs of which kind are there?" => "count by (project, job_type, engine_type) (drs_job_info)";
    JobStatus "drs_job_status" Gauge None, J_STATUS, Job, Stable,
        "State of the job, by the cloud's newest list of jobs: 1, for the current state only.",
        "Which jobs are in a state of failure?" => "drs_job_status{status=~\".*FAILED.*\"}";

    ProjectInfo "drs_project_info" Gauge None, &["project", "region", "project_id"], Project, Stable,
        "A configured project; always 1.";
    ProjectUp "drs_project_up" Gauge None, P, Project, Stable,
        "Whether the newest refresh of the project reached the cloud and was let in: 1 or 0.",
        "Which projects are refused or out of reach?" => "drs_project_up == 0";
    ProjectJobs "drs_project_jobs" Gauge None, P, Project, Stable,
        "Jobs that this exporter watches in the project; where exporters share the jobs, its part of them.",
        "Is there a project of which nothing is watched?" => "sum by (project) (drs_project_jobs) == 0";
    ProjectLastDiscovery "drs_project_last_discovery_timestamp_seconds" Gauge Some(Seconds), P, Project, Stable,
        "When the jobs of the project were last all listed, as Unix time; only where jobs are discovered.",
        "Where may a new job have been overlooked for an hour?" => "time() - drs_project_last_discovery_timestamp_seconds > 3600";

    ApiRequests "drs_exporter_api_requests_total" Counter None, &["project", "operation", "code"], Exporter, Stable,
        "Requests to the cloud, by HTTP status or, where there was none, timeout, connect, tls, body or other.",
        "Which share of the requests fails?" => "sum by (project) (rate(drs_exporter_api_requests_total{code!=\"200\"}[5m])) / sum by (project) (rate(drs_exporter_api_requests_total[5m]))";
    ApiErrors "drs_exporter_api_errors_total" Counter None, &["project", "operation", "error_code"], Exporter, Stable,
        "Errors that the cloud answered, by its own error code.";
    ApiDuration "drs_exporter_api_request_duration_seconds" Histogram Some(Seconds), &["operation"], Exporter, Stable,
        "How long the cloud took to answer.",
        "How slow are the slowest answers?" => "histogram_quantile(0.99, sum by (le, operation) (rate(drs_exporter_api_request_duration_seconds_bucket[5m])))";
    ApiRateLimit "drs_exporter_api_rate_limit" Gauge None, P, Exporter, Stable,
        "Requests a second that the project may send now; lowered while the cloud throttles.",
        "Which projects does the cloud throttle?" => "drs_exporter_api_rate_limit < max_over_time(drs_exporter_api_rate_limit[1d])";
    InvalidResponses "drs_exporter_invalid_responses_total" Counter None, &["project", "operation"], Exporter, Stable,
        "Answers of the cloud that contradict its API or themselves.",
        "Does the cloud answer nonsense?" => "increase(drs_exporter_invalid_responses_total[1h]) > 0";
    RefreshDuration "drs_exporter_refresh_duration_seconds" Histogram Some(Seconds), P, Exporter, Stable,
        "How long one whole refresh of a project took.";
    RefreshDelay "drs_exporter_refresh_delay_seconds" Gauge Some(Seconds), P, Exporter, Stable,
        "For how long the project's most overdue question to the cloud has been waiting for its turn; 0 when nothing waits.",
        "Where is the rate limit too low for the poll interval?" => "min_over_time(drs_exporter_refresh_delay_seconds[15m]) > 60";
    BuildInfo "drs_exporter_build_info" Gauge None, &["version", "revision", "rustversion"], Exporter, Stable,
        "What the running binary was built from; always 1.",
        "Which versions are running?" => "count by (version) (drs_exporter_build_info)";
    ReloadSuccessful "drs_exporter_config_last_reload_successful" Gauge None, &[], Exporter, Stable,
        "Whether the newest reading of the configuration succeeded: 1 or 0.",
        "Is a bad configuration waiting?" => "drs_exporter_config_last_reload_successful == 0";
    ReloadTime "drs_exporter_config_last_reload_success_timestamp_seconds" Gauge Some(Seconds), &[], Exporter, Stable,
        "When the configuration was last read with success, as Unix time.";
    ShardOrdinal "drs_exporter_shard_ordinal" Gauge None, &[], Exporter, Stable,
        "Which of the exporters that share the jobs this one is, counted from 0.";
    TotalShards "drs_exporter_total_shards" Gauge None, &[], Exporter, Stable,
        "How many exporters share the jobs; 1 where this one watches all of them.",
        "Is a shard missing?" => "max(drs_exporter_total_shards) > count(count_values(\"shard\", drs_exporter_shard_ordinal))";
    WebReloadSuccessful "drs_exporter_web_config_last_reload_successful" Gauge None, &[], Exporter, Stable,
        "Whether the newest reading of the web configuration and of the certificates and keys that it names succeeded: 1 or 0; only with --web.config.file.",
        "Is a bad certificate waiting?" => "drs_exporter_web_config_last_reload_successful == 0";

    ProcessCpu "process_cpu_seconds_total" Counter Some(Seconds), &[], Process, Library,
        "User and system CPU time spent, in whole seconds.";
    ProcessOpenFds "process_open_fds" Gauge None, &[], Process, Library,
        "Open file descriptors.";
    ProcessMaxFds "process_max_fds" Gauge None, &[], Process, Library,
        "File descriptors that may be open.";
    ProcessVirtualMemory "process_virtual_memory_bytes" Gauge Some(Bytes), &[], Process, Library,
        "Virtual memory size.";
    ProcessResidentMemory "process_resident_memory_bytes" Gauge Some(Bytes), &[], Process, Library,
        "Resident memory size.";
    ProcessStart "process_start_time_seconds" Gauge Some(Seconds), &[], Process, Library,
        "When the process started, as Unix time.";
    ProcessThreads "process_threads" Gauge None, &[], Process, Library,
        "Threads of the process.";
}
