"""One job in depth: its state over time, its durations against its own history, what was counted, when it is due."""

from __future__ import annotations

import rules
from grafana import (
    CALM, CRITICAL, GOOD, MERGED, NEUTRAL, WARNING, Json, Query, annotation, bars, colored, dashboard, graph, now, organized,
    override, rows_of, stat, steps, table, timeline, variable, words,
)  # fmt: skip
from links import EXPORTER, JOB, OVERVIEW, TAG, head, runbook
from promql import C, ONE_JOB, consistent_limit, duration_limit, ranked, series, status_number
from shared import SEVERITY_WORDS, STATUS_COLORS, STATUS_WORDS, UP_WORDS, VERDICT_WORDS


def of(metric: str, more: str = "") -> str:
    return f"max({series(metric, ONE_JOB, more)})"


def by(label: str, metric: str, more: str = "") -> str:
    return f"max by ({label}) ({series(metric, ONE_JOB, more)})"


def ago(metric: str) -> str:
    return f"time() - {of(metric)}"


CONSISTENT = f"{C}last_consistent_timestamp_seconds"
STARTED, ENDED = f"{C}last_start_timestamp_seconds", f"{C}last_end_timestamp_seconds"
DUE, NEXT = f"{C}last_scheduled_timestamp_seconds", f"{C}next_scheduled_timestamp_seconds"
REFRESHED = "drs_job_last_refresh_timestamp_seconds"
DURATION = f"{C}last_duration_seconds"
# A job that never had a run has no newest start.
LATE = f"({of(DUE)} > ({of(STARTED)} or vector(0)))"
NAMED_STATUSES = colored(STATUS_COLORS)


def moment(title: str, description: str, metric: str, **more: object):
    return stat(
        title, description, now(f"{of(metric)} * 1000"), unit="dateTimeFromNow", thresholds=steps(NEUTRAL), **more
    )


NOW = (
    "Now",
    [
        stat("Newest comparison", "Status of the newest comparison by start time. SUCCESSFUL says that it ended, nothing of the data.",
             now(f"{by('status', f'{C}last_status')} == 1", "{{status}}"), width=5, name=True, overrides=NAMED_STATUSES),
        stat("Data", "What the newest judged comparison found.", now(of(f"{C}consistent")), mappings=VERDICT_WORDS, width=4,
             noValue="not judged"),
        stat("Last found consistent", "How long ago the data was last found consistent; red beyond the alert's limit.",
             now(ago(CONSISTENT)), unit="s", decimals=1, width=4, noValue="never",
             thresholds=steps(GOOD, (rules.NOT_CONSISTENT / 2, "yellow"), (rules.NOT_CONSISTENT, CRITICAL))),
        stat("Last ended well", "How long ago a comparison was last SUCCESSFUL, whatever it found.",
             now(ago(f"{C}last_success_timestamp_seconds")), unit="s", decimals=1, width=4, noValue="never",
             thresholds=steps(NEUTRAL)),
        stat("Newest duration", "How long the newest comparison took or, while it goes on, has taken.", now(of(DURATION)), unit="dtdurations",
             width=4, thresholds=steps(NEUTRAL)),
        stat("Refreshed", "How long ago the exporter last refreshed the job; orange beyond the alert's limit.", now(ago(REFRESHED)),
             unit="s", decimals=0, thresholds=steps(GOOD, (rules.STALE, WARNING))),
    ],
)  # fmt: skip

LIMIT_LINE = override(
    "alert's limit", color={"mode": "fixed", "fixedColor": CRITICAL}, custom__fillOpacity=0,
    custom__lineStyle={"fill": "dash", "dash": [10, 10]},
)  # fmt: skip

HISTORY = (
    "Over time",
    [
        timeline("Status of the newest comparison", "Newest by start time; a new comparison begins a new piece.",
                 [Query(status_number(f"{C}last_status", ONE_JOB), "newest")], 24, 4, mappings=STATUS_WORDS),
        timeline(
            "Verdict",
            "What the newest judged comparison found, of objects and, if the configuration asks for them, of rows and accounts.",
            [
                Query(of(f"{C}consistent"), "objects"),
                Query(of(f"{C}rows_consistent"), "rows"),
                Query(of(f"{C}accounts_consistent"), "accounts"),
            ],
            24, 5, mappings=VERDICT_WORDS,
        ),
        graph(
            "Duration against its own history",
            "The newest comparison, and what the last 7 days of this job make usual. The alert's limit is measured by its history.",
            [
                Query(of(DURATION), "newest"),
                Query(f"max(quantile_over_time(0.5, {series(DURATION, ONE_JOB)}[7d]))", "median of 7 days"),
                Query(f"max(quantile_over_time(0.9, {series(DURATION, ONE_JOB)}[7d]))", "p90 of 7 days"),
                Query(f"max({duration_limit(ONE_JOB)})", "alert's limit"),
            ],
            12, unit="s",
            overrides=[
                LIMIT_LINE,
                override("newest", color={"mode": "fixed", "fixedColor": CALM}, custom__lineWidth=2),
            ],
        ),
        graph(
            "Age of the last consistent comparison",
            "How long ago the data was last known to be the same. The alert's limit follows the job's schedule.",
            [
                Query(ago(CONSISTENT), "last consistent"),
                Query(ago(f"{C}last_success_timestamp_seconds"), "last ended well"),
                Query(f"max({consistent_limit(ONE_JOB)})", "alert's limit"),
            ],
            12, unit="s", overrides=[LIMIT_LINE],
        ),
    ],
)  # fmt: skip

TASKS = (
    "Newest comparisons",
    [
        table(
            "Newest comparisons",
            "What the exporter still shows of single comparisons (`tasks_per_job`).",
            [
                rows_of(by("compare_job_id, compare_types, compute_type", f"{C}task_info")),
                rows_of(by("compare_job_id", f"{C}task_start_timestamp_seconds") + " * 1000"),
                rows_of(by("compare_job_id", f"{C}task_end_timestamp_seconds") + " * 1000"),
                rows_of(by("compare_job_id", f"{C}task_duration_seconds")),
                rows_of(f"{by('compare_job_id, status', f'{C}task_status')} == 1"),
            ],
            18, 8,
            sort=[("started", True)],
            transformations=[MERGED, organized(
                ("Value #B", "started"), ("Value #C", "ended"), ("Value #D", "duration"), ("status", "status"),
                ("compare_types", "compares"), ("compute_type", "compute"), ("compare_job_id", "compare_job_id"),
                without=("Value #A", "Value #E"),
            )],
            overrides=[
                override("started", unit="dateTimeAsIso"),
                override("ended", unit="dateTimeAsIso"),
                override("duration", unit="dtdurations"),
                override("status", mappings=words({status: (status, color) for status, color in STATUS_COLORS.items()}),
                         custom__cellOptions={"type": "color-text"}),
                override("compare_job_id", custom__width=320),
            ],
        ),
        bars("In the cloud's history", "Comparisons that the cloud still keeps of this job, by status.",
             [now(f"{by('status', f'{C}retained_tasks')} > 0", "{{status}}")], 3, 8, unit="short", decimals=0,
             color={"mode": "palette-classic"}, overrides=NAMED_STATUSES),
        bars("Ended", "Comparisons that ended in the time shown, by how, while the exporter ran.",
             [now(f"round(sum by (status) (increase({series(f'{C}ended_tasks_total', ONE_JOB)}[$__range])))", "{{status}}")],
             3, 8, unit="short", decimals=0, color={"mode": "palette-classic"}, overrides=NAMED_STATUSES),
    ],
)  # fmt: skip

SOURCE = by("object_type", f"{C}objects", 'side="source"')
TARGET = by("object_type", f"{C}objects", 'side="target"')

FOUND = (
    "What the newest judged comparison found",
    [
        table(
            "Objects by type",
            "Counts of source and target, and the verdict of the cloud. Equal counts do not mean consistent: definitions may differ.",
            [
                rows_of(SOURCE),
                rows_of(TARGET),
                rows_of(f"{SOURCE} - {TARGET}"),
                rows_of(f"{by('object_type, verdict', f'{C}object_verdict')} == 1"),
            ],
            12, 9,
            sort=[("verdict", True), ("object_type", False)],
            transformations=[MERGED, organized(
                ("object_type", "object_type"), ("Value #A", "source"), ("Value #B", "target"), ("Value #C", "source − target"),
                ("verdict", "verdict"), without=("Value #D",),
            )],
            overrides=[
                override("verdict", custom__cellOptions={"type": "color-text"}, mappings=words({
                    "consistent": ("consistent", GOOD), "inconsistent": ("inconsistent", CRITICAL),
                    "not_completed": ("not completed", NEUTRAL),
                })),
                override("source − target", thresholds=steps(WARNING, (0, NEUTRAL), (1, WARNING)),
                         custom__cellOptions={"type": "color-text"}),
            ],
            unit="short",
        ),
        graph("Objects missing at the target", "Source less target, by type of object, over time; below 0 the target has more.",
              [Query(f"{SOURCE} - {TARGET}", "{{object_type}}")], 6, 9, unit="short", below_zero=True),
        bars("Tables by verdict of their rows", "If the configuration's `verdicts` has rows.",
             [now(by("verdict", f"{C}row_tables"), "{{verdict}}")], 3, 9, unit="short", decimals=0, noValue="not asked",
             color={"mode": "palette-classic"}, overrides=colored({"consistent": GOOD, "inconsistent": CRITICAL, "not_completed": NEUTRAL})),
        bars("Accounts by verdict", "If the configuration's `verdicts` has accounts.",
             [now(by("verdict", f"{C}account_results"), "{{verdict}}")], 3, 9, unit="short", decimals=0, noValue="not asked",
             color={"mode": "palette-classic"}, overrides=colored({"consistent": GOOD, "inconsistent": CRITICAL, "not_completed": NEUTRAL})),
    ],
)  # fmt: skip

SCHEDULE = (
    "Schedule",
    [
        stat("Policy", "State of the job's compare policy. Nothing is due while it is not OPEN.",
             now(f"{by('status', f'{C}policy_status')} == 1", "{{status}}"), width=4, name=True, noValue="not readable",
             overrides=colored({"OPEN": GOOD, "CLOSED": WARNING, "NO_SUPPORT": NEUTRAL, "UNKNOWN": NEUTRAL})),
        moment("Last due", "When the newest run was due by the policy.", DUE, width=4, noValue="never"),
        moment("Last start", "When the newest comparison started.", STARTED, width=4, noValue="never"),
        moment("Last end", "When the newest ended comparison ended.", ENDED, width=4, noValue="never"),
        moment("Next due", "When the next run is due by the policy.", NEXT, width=4, noValue="nothing due"),
        stat("Late by", "For how long a run has been due that has not started; orange beyond the alert's limit.",
             now(f"time() - {LATE}"), unit="s", decimals=0, width=4, noValue="not late",
             thresholds=steps(GOOD, (rules.MISSED, WARNING))),
        graph("Start after the time due", "How long after its due time the newest run started; no line while it has not started.",
              [Query(f"({of(STARTED)} - {of(DUE)}) >= 0", "delay")], 12, 7, unit="s", line=True,
              thresholds=steps(GOOD, (rules.MISSED, WARNING))),
        graph("Time until the next run", "By the policy.", [Query(f"{of(NEXT)} - time()", "until due")], 12, 7, unit="s", below_zero=True),
    ],
)  # fmt: skip

REFRESH = (
    "The job and its refreshing",
    [
        timeline("Refreshed with success", "Whether the newest refresh of the job, and of its project, succeeded.",
                 [Query(of("drs_job_up"), "job"), Query('min(drs_project_up{project="$project"})', "project")], 8, 6,
                 mappings=UP_WORDS),
        graph("Age of what is shown", "How long ago the job was last refreshed.", [Query(ago(REFRESHED), "age")], 6, 6, unit="s",
              line=True, thresholds=steps(GOOD, (rules.STALE, WARNING))),
        table(
            "The job",
            "What the job is, by the cloud's newest list of jobs.",
            [
                rows_of(by("job_name, job_type, engine_type, task_type", "drs_job_info")),
                rows_of(by("job_name, status", "drs_job_status")),
            ],
            10, 6,
            sort=[],
            transformations=[MERGED, organized(
                ("status", "state"), ("job_type", "job_type"), ("engine_type", "engine_type"), ("task_type", "task_type"),
                without=("Value #A", "Value #B", "job_name"),
            )],
        ),
        table(
            "Alerts of this job",
            "What Prometheus has pending or firing for it, if it has loaded the rules in alerts/. Empty when all is well.",
            [rows_of(ranked(f'max by (alertname, severity, alertstate) (ALERTS{{alertname=~"Drs.+", {ONE_JOB}}})'))],
            24, 5,
            sort=[("severity", False)],
            transformations=[organized(
                ("urgency", "severity"), ("alertname", "alertname"), ("alertstate", "alertstate"), without=("Value", "severity"),
            )],
            overrides=[
                override("severity", mappings=SEVERITY_WORDS, custom__cellOptions={"type": "color-text"}, custom__width=100),
                override("alertname", links=[runbook("alertname")]),
            ],
            noValue="No alert",
        ),
    ],
)  # fmt: skip


def build() -> Json:
    return dashboard(
        JOB,
        "DRS comparisons: one job",
        "Everything that is known of the health comparisons of one DRS job.",
        variables=[
            variable("project", "Project", "label_values(drs_project_info, project)"),
            variable(
                "job", "Job", 'query_result(max by (project, job_id, job_name) (drs_job_up{project="$project"}))',
                regex='/job_id="(?<value>[^"]+)|job_name="(?<text>[^"]+)/g', description="DRS jobs by name",
            ),
        ],
        rows=[NOW, HISTORY, TASKS, FOUND, SCHEDULE, REFRESH],
        links=head(OVERVIEW, EXPORTER),
        tag=TAG,
        since="now-7d",
        annotations=[
            annotation("Alerts", f'ALERTS{{alertname=~"Drs.+", alertstate="firing", {ONE_JOB}}}', "{{alertname}}", "{{severity}}", CRITICAL)
        ],
    )  # fmt: skip
