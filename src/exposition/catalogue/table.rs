//! The table itself: one entry per metric, in the order in which a scrape shows them.
//!
//! A new metric is a new entry here; its values come from `jobs` (jobs and projects) or from `own`.

use super::Group::{self, Comparison, Exporter, Job, Process, Project, Task};
use super::Kind::{Counter, Gauge, Histogram};
use super::Stability::{Library, Stable};
use super::Unit::{Bytes, Seconds};
use super::{Example, Kind, Metric, Stability, Unit};

/// The families whose samples come from the snapshot; those behind them come from the exporter itself.
pub(in crate::exposition) const FROM_SNAPSHOT: usize = Family::ProjectJobs as usize + 1;

/// Labels of what speaks of a project.
const P: &[&str] = &["project"];
/// Labels of what speaks of a job (`J` in the contract).
const J: &[&str] = &["project", "job_id", "job_name"];
/// The same, and a state.
const J_STATUS: &[&str] = &["project", "job_id", "job_name", "status"];
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

    JobUp "drs_job_up" Gauge None, J, Job, Stable,
        "Whether the newest refresh of the job succeeded: 1 or 0.",
        "Which jobs cannot be refreshed?" => "drs_job_up == 0";
    JobLastRefresh "drs_job_last_refresh_timestamp_seconds" Gauge Some(Seconds), J, Job, Stable,
        "When the job was last refreshed with success, as Unix time.",
        "How old is what is shown?" => "time() - drs_job_last_refresh_timestamp_seconds";

    ProjectInfo "drs_project_info" Gauge None, &["project", "region", "project_id"], Project, Stable,
        "A configured project; always 1.";
    ProjectUp "drs_project_up" Gauge None, P, Project, Stable,
        "Whether the newest refresh of the project reached the cloud and was let in: 1 or 0.",
        "Which projects are refused or out of reach?" => "drs_project_up == 0";
    ProjectJobs "drs_project_jobs" Gauge None, P, Project, Stable,
        "Jobs that are watched in the project.";

    ApiRequests "drs_exporter_api_requests_total" Counter None, &["project", "operation", "code"], Exporter, Stable,
        "Requests to the cloud, by HTTP status or, where there was none, timeout, connect, tls, body or other.",
        "Which share of the requests fails?" => "sum by (project) (rate(drs_exporter_api_requests_total{code!=\"200\"}[5m])) / sum by (project) (rate(drs_exporter_api_requests_total[5m]))";
    ApiErrors "drs_exporter_api_errors_total" Counter None, &["project", "operation", "error_code"], Exporter, Stable,
        "Errors that the cloud answered, by its own error code.";
    ApiDuration "drs_exporter_api_request_duration_seconds" Histogram Some(Seconds), &["operation"], Exporter, Stable,
        "How long the cloud took to answer.",
        "How slow are the slowest answers?" => "histogram_quantile(0.99, sum by (le, operation) (rate(drs_exporter_api_request_duration_seconds_bucket[5m])))";
    InvalidResponses "drs_exporter_invalid_responses_total" Counter None, &["project", "operation"], Exporter, Stable,
        "Answers of the cloud that contradict its API or themselves.",
        "Does the cloud answer nonsense?" => "increase(drs_exporter_invalid_responses_total[1h]) > 0";
    RefreshDuration "drs_exporter_refresh_duration_seconds" Histogram Some(Seconds), P, Exporter, Stable,
        "How long one whole refresh of a project took.";
    BuildInfo "drs_exporter_build_info" Gauge None, &["version", "revision", "rustversion"], Exporter, Stable,
        "What the running binary was built from; always 1.",
        "Which versions are running?" => "count by (version) (drs_exporter_build_info)";
    ReloadSuccessful "drs_exporter_config_last_reload_successful" Gauge None, &[], Exporter, Stable,
        "Whether the newest reading of the configuration succeeded: 1 or 0.",
        "Is a bad configuration waiting?" => "drs_exporter_config_last_reload_successful == 0";
    ReloadTime "drs_exporter_config_last_reload_success_timestamp_seconds" Gauge Some(Seconds), &[], Exporter, Stable,
        "When the configuration was last read with success, as Unix time.";

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
