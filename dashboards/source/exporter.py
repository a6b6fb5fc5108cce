"""The exporter itself: what it asks of the cloud and what it gets, how fresh its data is, what it costs, the process."""

from __future__ import annotations

import rules
from grafana import (
    CRITICAL, GOOD, MERGED, NEUTRAL, WARNING, Json, Query, dashboard, graph, heatmap, now, organized, override,
    rows_of, stat, steps, table, timeline, variable,
)  # fmt: skip
from links import EXPORTER, JOB, OVERVIEW, TAG, head
from promql import JOBS, PROJECT, series
from shared import UP_WORDS

E = "drs_exporter_"
REQUESTS = f"{E}api_requests_total"
INSTANCE = 'instance=~"$instance"'


def rate(metric: str, by: str, chosen: str = PROJECT, more: str = "", window: str = "$__rate_interval") -> str:
    return f"sum by ({by}) (rate({series(metric, chosen, more)}[{window}]))"


def quantile(share: float, metric: str, by: str, chosen: str) -> str:
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', f'le, {by}' if by else 'le', chosen)})"


def process(metric: str) -> str:
    """Of the exporters only: every client has these names."""
    return f"{series(metric, INSTANCE)} and on (job, instance) {E}build_info"


def exporter(metric: str) -> str:
    return series(f"{E}{metric}", INSTANCE)


FAILED = 'code!~"2.."'
FAILING = (
    f"({rate(REQUESTS, 'project', more=FAILED)} or 0 * {rate(REQUESTS, 'project')}) / ({rate(REQUESTS, 'project')} > 0)"
)
FRESHNESS = f"time() - min by (project) ({series('drs_job_last_refresh_timestamp_seconds', PROJECT)})"
DISCOVERY = f"time() - min by (project) ({series('drs_project_last_discovery_timestamp_seconds', PROJECT)})"
_ALL = f"sum by (project) (rate({series(REQUESTS, PROJECT)}[15m]))"
_REFUSED = f"""sum by (project) (rate({series(REQUESTS, PROJECT, 'code="429"')}[15m]))"""
THROTTLED = f"({_REFUSED} or 0 * {_ALL}) / ({_ALL} > 0)"
PER_HOUR = f"sum by (project) (rate({series(REQUESTS, PROJECT)}[1h])) * 3600"

NOW = (
    "Now",
    [
        stat("Exporters", "Exporters that Prometheus scrapes.", now(f"count({exporter('build_info')})"), unit="short", thresholds=steps(CRITICAL, (1, GOOD))),
        stat("Configuration", "Whether every exporter has taken its newest configuration and, where it has one, its newest web configuration.",
             now(f"min({exporter('config_last_reload_successful')}) * (min({exporter('web_config_last_reload_successful')}) or vector(1))"), mappings=UP_WORDS),
        stat("Projects up", "Projects that let the exporter in, of all.",
             now(f"avg(min by (project) ({series('drs_project_up', PROJECT)}))"), unit="percentunit", thresholds=steps(CRITICAL, (1, GOOD))),
        stat("Oldest data", "Age of the job that was not refreshed for the longest time; orange beyond the alert's limit.", now(f"max({FRESHNESS})"),
             unit="s", decimals=0, thresholds=steps(GOOD, (rules.STALE, WARNING))),
        stat("Requests", "Requests to the cloud a second, of the projects chosen.", now(f"sum(rate({series(REQUESTS, PROJECT)}[$__rate_interval]))"),
             unit="reqps", decimals=2, thresholds=steps(NEUTRAL)),
        stat("Failing", "Share of the requests that were not answered with 2xx; orange from a tenth on.", now(f"max({FAILING})"), unit="percentunit", decimals=1,
             thresholds=steps(GOOD, (0.1, WARNING))),
        stat("Throttled", "Share of the requests of the last 15 minutes that the cloud answered with 429, of the worst project; orange beyond the alert's limit.",
             now(f"max({THROTTLED})"), unit="percentunit", decimals=1, thresholds=steps(GOOD, (rules.THROTTLED, WARNING))),
        stat("Longest wait", "For how long the most overdue question has been waiting for its turn; orange beyond the alert's limit.",
             now(f"max({series(f'{E}refresh_delay_seconds', PROJECT)})"), unit="s", decimals=0,
             thresholds=steps(GOOD, (rules.DELAY, WARNING))),
    ],
)  # fmt: skip

CALLS = (
    "Calls to the cloud",
    [
        graph("Requests by result", "HTTP status or, where there was none, why.", [Query(rate(REQUESTS, "code"), "{{code}}")], 8,
              stacked=True, unit="reqps"),
        graph("Requests by operation", "The API's own names.", [Query(rate(REQUESTS, "operation"), "{{operation}}")], 8, stacked=True,
              unit="reqps"),
        graph("Share that fails", "Requests that were not answered with 2xx, by project, the 20 worst.",
              [Query(f"topk(20, {FAILING})", "{{project}}")], 8, unit="percentunit"),
        graph("Error codes", "The cloud's own error codes, a minute. Empty when it refuses nothing.",
              [Query(f"{rate(f'{E}api_errors_total', 'project, operation, error_code')} * 60", "{{error_code}} {{operation}} ({{project}})")],
              8, unit="opm", noValue="No errors"),
        graph("Rate limit and requests", "What each project may send now, lowered while the cloud throttles, and what it sends; the 10 busiest.",
              [
                  Query(f"topk(10, sum by (project) ({series(f'{E}api_rate_limit', PROJECT)}))", "limit of {{project}}"),
                  Query(f"topk(10, {rate(REQUESTS, 'project')})", "{{project}}"),
              ], 8, unit="reqps"),
        graph("Invalid answers", "Answers that contradict the API or themselves, an hour.",
              [Query(f"sum by (project, operation) (increase({series(f'{E}invalid_responses_total', PROJECT)}[1h])) > 0",
                     "{{operation}} ({{project}})")], 8, unit="short", noValue="None", line=True,
              thresholds=steps(GOOD, (rules.INVALID, WARNING))),
    ],
)  # fmt: skip

LATENCY = (
    "How long it takes",
    [
        graph("Latency of the cloud", "Over all operations and projects.",
              [Query(quantile(share, f"{E}api_request_duration_seconds", "", ""), name)
               for share, name in ((0.5, "median"), (0.9, "p90"), (0.99, "p99"))], 8, unit="s"),
        graph("Latency by operation, p90", "Nine of ten answers come sooner.",
              [Query(quantile(0.9, f"{E}api_request_duration_seconds", "operation", ""), "{{operation}}")], 8, unit="s"),
        heatmap("Latency", "How many answers took how long.",
                Query(f"sum by (le) (increase({E}api_request_duration_seconds_bucket[$__rate_interval]))", "{{le}}", heatmap=True), 8),
        graph("One whole refresh, p90", "Nine of ten refreshes of a project take no longer.",
              [Query(quantile(0.9, f"{E}refresh_duration_seconds", "project", PROJECT), "{{project}}")], 12, unit="s"),
        graph("Waiting for a turn", "The most overdue question of each project. It grows where the rate limit is too low for the poll interval.",
              [Query(f"topk(20, max by (project) ({series(f'{E}refresh_delay_seconds', PROJECT)}))", "{{project}}")], 12, unit="s",
              line=True, thresholds=steps(GOOD, (rules.DELAY, WARNING))),
    ],
)  # fmt: skip

FRESH = (
    "Freshness",
    [
        graph("Oldest data by project", "Age of the job that was not refreshed for the longest time, the 20 oldest projects.",
              [Query(f"topk(20, {FRESHNESS})", "{{project}}")], 8, unit="s", line=True, thresholds=steps(GOOD, (rules.STALE, WARNING))),
        graph("Jobs that fail to refresh", "By project, the 20 worst.",
              [Query(f"topk(20, sum by (project) (max by (project, job_id) ({series('drs_job_up', PROJECT)}) == bool 0))", "{{project}}")],
              8, unit="short", decimals=0),
        graph("Age of the list of jobs", "Where jobs are discovered: how long ago all were listed.",
              [Query(f"topk(20, {DISCOVERY})", "{{project}}")], 8, unit="s", line=True,
              thresholds=steps(GOOD, (rules.DISCOVERY, WARNING))),
        timeline("Projects let in", "Whether the newest refresh of the project reached the cloud and was let in; the 20 worst.",
                 [Query(f"bottomk(20, min by (project) ({series('drs_project_up', PROJECT)}))", "{{project}}")], 24, 6, mappings=UP_WORDS),
    ],
)  # fmt: skip

COST = (
    "Cost",
    [
        graph("Calls per job and hour", "What watching one job costs, by project, over the last hour of each moment.",
              [Query(f"topk(20, {PER_HOUR} / (({JOBS}) > 0))", "{{project}}")], 8, unit="short"),
        graph("Jobs watched", "By project.", [Query(f"topk(20, {JOBS})", "{{project}}")], 8, unit="short", decimals=0),
        table(
            "Calls by operation",
            "Calls in the last hour, by operation and project.",
            [rows_of(f"sum by (project, operation) (rate({series(REQUESTS, PROJECT)}[1h])) * 3600")], 8, 8,
            sort=[("calls an hour", True)],
            transformations=[organized(("project", "project"), ("operation", "operation"), ("Value", "calls an hour"))],
            overrides=[override("calls an hour", decimals=0)],
            unit="short",
        ),
    ],
)  # fmt: skip

PROCESS = (
    "Process",
    [
        table(
            "Running exporters",
            "What runs, since when, and when each last read its configuration.",
            [
                rows_of(f"max by (instance, version, revision, rustversion) ({exporter('build_info')})"),
                rows_of(f"max by (instance) ({process('process_start_time_seconds')}) * 1000"),
                rows_of(f"max by (instance) ({exporter('config_last_reload_success_timestamp_seconds')}) * 1000"),
                rows_of(f"min by (instance) ({exporter('config_last_reload_successful')})"),
            ],
            24, 5,
            sort=[("instance", False)],
            transformations=[MERGED, organized(
                ("instance", "instance"), ("version", "version"), ("revision", "revision"), ("rustversion", "Rust"),
                ("Value #B", "started"), ("Value #C", "configuration read"), ("Value #D", "newest configuration taken"),
                without=("Value #A",),
            )],
            overrides=[
                override("started", unit="dateTimeFromNow"),
                override("configuration read", unit="dateTimeFromNow"),
                override("newest configuration taken", mappings=UP_WORDS, custom__cellOptions={"type": "color-text"}),
            ],
        ),
        graph("CPU", "Of one core.", [Query(f"rate({series('process_cpu_seconds_total', INSTANCE)}[$__rate_interval])"
                                      f" and on (job, instance) {E}build_info", "{{instance}}")], 6, unit="percentunit"),
        graph("Memory", "Resident memory; virtual memory is only reserved.",
              [Query(process("process_resident_memory_bytes"), "resident {{instance}}"),
               Query(process("process_virtual_memory_bytes"), "virtual {{instance}}")], 6, unit="bytes"),
        graph("File descriptors in use", "Share of those that may be open.",
              [Query(f"({series('process_open_fds', INSTANCE)} / {series('process_max_fds', INSTANCE)}) and on (job, instance) {E}build_info",
                     "{{instance}}")], 6, unit="percentunit"),
        graph("Threads", "They do not grow with the number of jobs.", [Query(process("process_threads"), "{{instance}}")], 6, unit="short", decimals=0),
    ],
)  # fmt: skip


def build() -> Json:
    return dashboard(
        EXPORTER,
        "DRS comparisons: the exporter",
        "What drs-exporter asks of the cloud and gets, how fresh its data is, what it costs.",
        variables=[
            variable("project", "Project", "label_values(drs_project_info, project)", many=True),
            variable("instance", "Exporter", "label_values(drs_exporter_build_info, instance)", many=True),
        ],
        rows=[NOW, CALLS, LATENCY, FRESH, COST, PROCESS],
        links=head(OVERVIEW, JOB),
        tag=TAG,
        since="now-6h",
        annotations=[],
    )  # fmt: skip
