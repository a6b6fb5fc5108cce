"""The fleet: what is wrong now, first; then how old the last good news is, verdicts, what is due, how long it takes."""

from __future__ import annotations

import rules
from grafana import (
    CALM, CRITICAL, GOOD, MERGED, NEUTRAL, WARNING, Json, Panel, Query, bars, colored, dashboard, graph, now, organized,
    override, rows_of, stat, steps, table, variable, words,
)  # fmt: skip
from links import ALERTS, EXPORTER, JOB_LINK, OVERVIEW, TAG, head, runbook
from links import JOB as JOB_DASHBOARD
from promql import (
    C, FLEET, JOB, JOBS, ON, PROJECT, age, consistent_limit, duration_limit, labelled, per_job, URGENCY, ranked, same_for_all, series, since, usual,
)  # fmt: skip
from shared import SEVERITY_WORDS, STATUS_COLORS, UP_WORDS

UP = per_job("drs_job_up")
STATUS = f"{C}last_status"
CONSISTENT = f"{C}last_consistent_timestamp_seconds"
STARTED = f"{C}last_start_timestamp_seconds"
ENDED = f"{C}last_end_timestamp_seconds"
DUE = per_job(f"{C}last_scheduled_timestamp_seconds")
NEXT = per_job(f"{C}next_scheduled_timestamp_seconds")
DURATION = per_job(f"{C}last_duration_seconds")
# A job that never had a run has no newest start.
OVERDUE = f"({DUE}) > {ON} (({per_job(STARTED)}) or {ON} (0 * ({DUE})))"


def is_in(*statuses: str) -> str:
    return per_job(STATUS, FLEET, f'status=~"{"|".join(statuses)}"') + " == 1"


PROVEN_AGE = f"({age(CONSISTENT)})"
UNPROVEN = f"({age(CONSISTENT)}) > {ON} group_left () {consistent_limit()}"
REFRESHED = "drs_job_last_refresh_timestamp_seconds"
STALE = f"({age(REFRESHED)}) > {ON} group_left () {same_for_all('data_age_seconds')}"
# Only what was refreshed after the run should have started is judged, as the alert does.
MISSED = f"(time() - {DUE}) and {ON} ({OVERDUE}) and {ON} ({per_job(REFRESHED)} - {ON} ({DUE}) > {ON} {same_for_all('missed_grace_seconds')})"
LONG = f"({DURATION}) > {ON} group_left () {duration_limit()} and {ON} ({is_in('RUNNING', 'FULL_DOING', 'INCRE_DOING', 'UNKNOWN')})"
WAITING = f"""max by ({JOB}) ({series(f"{C}retained_tasks", FLEET, 'status="WAITING_FOR_RUNNING"')}) > 0"""
DOWN = f"(min by (project) ({series('drs_project_up', PROJECT)}) == 0)"
REFUSED = (
    f"""sum by (project) (increase({series("drs_exporter_api_requests_total", PROJECT, 'code=~"401|403"')}[30m])) > 0"""
)
DOWN_FOR = (
    f"(time() - max by (project) ({series(REFRESHED, PROJECT)}) and on (project) {DOWN} or on (project) {DOWN} - 1)"
)
NEVER = (
    f"""{per_job(f"{C}policy_status", FLEET, 'status="OPEN"')} == 1 and {ON} {per_job(ENDED)} unless {ON} {per_job(CONSISTENT)}"""
    f" and on (project) {C}consistent"
)


# Closed, and open within the last day: whoever closed it long ago knows.
CLOSED = (
    f"""{per_job(f"{C}policy_status", FLEET, 'status=~"CLOSED|NO_SUPPORT"')} == 1"""
    f""" and {ON} max_over_time({series(f"{C}policy_status", FLEET, 'status="OPEN"')}[1d:15m]) == 1"""
)


def ended_in(status: str) -> str:
    """Jobs whose newest ended run ended so. Which that is while another one runs, only the rules have recorded; without
    them the newest run counts."""
    recorded = "drs_job:last_ended_status:last"
    newest = per_job(STATUS, FLEET, f'status="{status}"')
    ended = f"""({recorded}{{status="{status}"}} or {ON} ({newest} == 1 unless {ON} {recorded}))"""
    return f"({UP} * 0 + 1) and {ON} {ended}"


def again(moment: str, where: str, counted: str, least: str) -> tuple[str, str]:
    """Jobs of which the newest run went wrong: those where it was the first, and those where so many did. The latter need
    the recording rules."""
    often = f"max by (project, job_id) ({counted}) >= {ON} {rules.threshold(least)}"
    return f"{since(moment, where)} unless {ON} ({often})", f"{since(moment, where)} and {ON} ({often})"


# Also while the data is stale, as the rules remember it: unknown is not mended.
VERDICT = f"({per_job(f'{C}consistent')} or {ON} ({UP} * 0 + {ON} group_left () drs_job:consistent:last))"
DIFFERS_ONCE, DIFFERS_AGAIN = again(
    CONSISTENT, f"{VERDICT} == 0", "drs_job:inconsistent_runs:count", "inconsistent_runs"
)
FAILED_ONCE, FAILED_AGAIN = again(
    ENDED, ended_in("FAILED"), 'drs_job:failed_runs:count{status="FAILED"}', "failed_runs"
)
TIMED_OUT_ONCE, TIMED_OUT_AGAIN = again(
    ENDED, ended_in("TIMEOUT_INTERRUPT"), 'drs_job:failed_runs:count{status="TIMEOUT_INTERRUPT"}', "failed_runs"
)

# What is wrong: the alert that wakes somebody for it, words, and how long it has been so (-1: not known).
PROBLEMS = [
    ("DrsProjectUnauthorised", "project: the cloud refuses us", f"{DOWN_FOR} and on (project) {REFUSED}"),
    ("DrsProjectUnreachable", "project: the cloud is out of reach", f"{DOWN_FOR} unless on (project) {REFUSED}"),
    ("DrsHealthComparisonInconsistentRepeatedly", "source and target differ, run after run", DIFFERS_AGAIN),
    ("DrsHealthComparisonInconsistent", "source and target differ", DIFFERS_ONCE),
    ("DrsHealthComparisonNotConsistentForTooLong", "not found consistent for too long", UNPROVEN),
    ("DrsHealthComparisonNeverConsistent", "never found consistent", f"0 * ({NEVER}) - 1"),
    ("DrsHealthComparisonFailedRepeatedly", "failed, again and again", FAILED_AGAIN),
    ("DrsHealthComparisonFailed", "failed", FAILED_ONCE),
    ("DrsHealthComparisonTimedOutRepeatedly", "timed out, again and again", TIMED_OUT_AGAIN),
    ("DrsHealthComparisonTimedOut", "timed out", TIMED_OUT_ONCE),
    ("DrsHealthComparisonMissed", "run missed", MISSED),
    ("DrsHealthComparisonRunningLong", "runs far longer than usual", LONG),
    ("DrsHealthComparisonStuckWaiting", "a run waits to be started", f"0 * ({WAITING}) - 1"),
    ("DrsJobUnreachable", "cannot be asked about", f"{since(REFRESHED, f'{UP} == 0')} unless on (project) {DOWN}"),
    ("DrsJobDataStale", "data stale", f"{STALE} unless on (project) {DOWN}"),
    ("DrsHealthComparisonPolicyClosed", "switched off", f"0 * ({CLOSED}) - 1"),
]


def problems() -> str:
    """All of them as one answer: a row for each job and problem."""
    return "\nor\n".join(
        labelled(expr, urgency=URGENCY[rules.severity(alert)], problem=text, alert=alert)
        for alert, text, expr in PROBLEMS
    )


_ALERT = "alertname, severity, project, job_id, job"
_SINCE = (
    f"(time() - max by ({_ALERT}) (ALERTS_FOR_STATE{{{ALERTS}}})) * on ({_ALERT}) group_right ()"
    f" max by ({_ALERT}, alertstate) (ALERTS{{{ALERTS}}})"
)
# Alerts have no job's name, so that a renamed job is no new alert.
ACTIVE = ranked(f"({_SINCE} * {ON} group_left (job_name) (0 * {UP} + 1) or on ({_ALERT}) {_SINCE})")

COLORED_CELL = {"type": "color-text"}
JOB_COLUMNS = [
    override("project", custom__width=130),
    override("job_name", links=[JOB_LINK], custom__width=260),
    override("job_id", links=[JOB_LINK], custom__width=320),
]


def count(title: str, description: str, expr: str, color: str, **more: object) -> Panel:
    """How many; nothing to count at all is no data, never a calm 0."""
    return stat(title, description, now(expr), unit="short", thresholds=steps(GOOD, (1, color)), loud=True, **more)


WRONG = (
    "What is wrong now",
    [
        stat("Jobs watched", "DRS jobs whose comparisons are watched, of the projects and jobs chosen above.",
             now(f"count({UP})"), unit="short", thresholds=steps(NEUTRAL)),
        count("Differ", "Jobs whose newest judged comparison found source and target different.",
              f"sum({per_job(f'{C}consistent')} == bool 0)", CRITICAL),
        count("Failed or timed out", "Jobs whose newest comparison is FAILED or TIMEOUT_INTERRUPT.",
              f"""sum({per_job(STATUS, FLEET, 'status=~"FAILED|TIMEOUT_INTERRUPT"')})""", CRITICAL),
        count("Missed", "Jobs whose run was due and has not started, for longer than the alert allows.",
              f"0 * count({DUE}) + (count({MISSED}) or vector(0))", WARNING),
        count("Too long unproven", "Jobs that were not found consistent for longer than the alert allows; jobs that never were, not counted.",
              f"0 * count({PROVEN_AGE}) + (count({UNPROVEN}) or vector(0))", CRITICAL),
        count("Unreachable", "Jobs whose newest refresh failed.", f"sum({UP} == bool 0)", WARNING),
        count("Stale", "Jobs that were not refreshed for longer than the alert allows. Their comparison series go away.",
              f"0 * count({UP}) + (count({STALE}) or vector(0))", WARNING),
        count("Projects down", "Projects that the cloud refuses, or that cannot be reached.",
              f"sum(min by (project) ({series('drs_project_up', PROJECT)}) == bool 0)", CRITICAL),
        table(
            "Jobs with trouble",
            "One row for each job and problem, straight from the metrics, without waiting as the alerts do. "
            "A click on the job opens it, one on the alert opens its runbook. Empty when all is well.",
            [rows_of(problems())], 24, 10,
            sort=[("severity", False), ("for", True)],
            transformations=[organized(
                ("urgency", "severity"), ("problem", "problem"), ("project", "project"), ("job_name", "job_name"),
                ("Value", "for"), ("alert", "alert"), ("job_id", "job_id"),
            )],
            overrides=[
                override("severity", mappings=SEVERITY_WORDS, custom__cellOptions=COLORED_CELL, custom__width=100),
                override("problem", custom__width=300),
                override("for", unit="dtdurations", mappings=words({-1: ("unknown", NEUTRAL)}), custom__width=170),
                override("alert", links=[runbook("alert")], custom__width=330),
                *JOB_COLUMNS,
            ],
            noValue="Nothing is wrong",
        ),
        table(
            "Alerts",
            "What Prometheus has pending or firing, if it has loaded the rules in alerts/. Empty when all is well.",
            [rows_of(ACTIVE)],
            24, 7,
            sort=[("alertstate", False), ("severity", False), ("for", True)],
            overrides=[
                override("severity", mappings=SEVERITY_WORDS, custom__cellOptions=COLORED_CELL, custom__width=100),
                override("alertstate", custom__width=100),
                override("for", unit="dtdurations", custom__width=170),
                override("alertname", links=[runbook("alertname")], custom__width=330),
                *JOB_COLUMNS,
            ],
            transformations=[organized(
                ("urgency", "severity"), ("alertname", "alertname"), ("project", "project"), ("job_name", "job_name"),
                ("Value", "for"), ("alertstate", "alertstate"), ("job_id", "job_id"), ("job", "scrape job"),
                without=("severity",),
            )],
            noValue="No alert",
        ),
    ],
)  # fmt: skip

HALF = rules.NOT_CONSISTENT / 2

PROOF = (
    "When was the data last known to be the same?",
    [
        graph(
            "Jobs by age of the last consistent comparison",
            "How many jobs were last found consistent how long ago. Red is beyond the alert's limit; grey was never found so.",
            [
                Query(f"sum({PROVEN_AGE} < bool {HALF:g})", "fresh"),
                Query(f"sum(({PROVEN_AGE} >= bool {HALF:g}) * ({PROVEN_AGE} <= bool {rules.NOT_CONSISTENT:g}))", "getting old"),
                Query(f"sum({PROVEN_AGE} > bool {rules.NOT_CONSISTENT:g})", "too old"),
                Query(f"count({UP}) - (count({PROVEN_AGE}) or vector(0))", "never"),
            ],
            12, stacked=True, unit="short", decimals=0,
            overrides=colored({"fresh": GOOD, "getting old": "yellow", "too old": CRITICAL, "never": NEUTRAL}),
        ),
        table(
            "Oldest proof",
            "The 20 jobs whose last consistent comparison is the longest ago.",
            [rows_of(f"topk(20, {PROVEN_AGE})")], 12, 8,
            sort=[("age", True)],
            transformations=[organized(
                ("project", "project"), ("job_name", "job_name"), ("Value", "age"), ("job_id", "job_id"),
            )],
            overrides=[
                override(
                    "age", unit="dtdurations", custom__cellOptions={"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
                    thresholds=steps(GOOD, (HALF, "yellow"), (rules.NOT_CONSISTENT, CRITICAL)), min=0, custom__width=240,
                    max=rules.NOT_CONSISTENT,
                ),
                *JOB_COLUMNS,
            ],
        ),
    ],
)  # fmt: skip

VERDICTS = (
    "Verdicts and runs",
    [
        graph(
            "Jobs by verdict",
            "What the newest judged comparison of each job found. Not judged: no comparison has ended that allows a verdict.",
            [
                Query(f"sum({per_job(f'{C}consistent')} == bool 1)", "consistent"),
                Query(f"sum({per_job(f'{C}consistent')} == bool 0)", "differs"),
                Query(f"count({UP}) - (count({per_job(f'{C}consistent')}) or vector(0))", "not judged"),
            ],
            8, stacked=True, unit="short", decimals=0,
            overrides=colored({"consistent": GOOD, "differs": CRITICAL, "not judged": NEUTRAL}),
        ),
        graph(
            "Jobs by status of the newest comparison",
            "SUCCESSFUL says that it ended, nothing of the data.",
            [Query(f"sum by (status) (max by ({JOB}, status) ({series(STATUS, FLEET)})) > 0", "{{status}}")],
            8, stacked=True, unit="short", decimals=0, overrides=colored(STATUS_COLORS),
        ),
        bars(
            "Object types that differ",
            "In how many jobs the newest judged comparison found this type of objects different.",
            [now(
                f"""sum by (object_type) (max by ({JOB}, object_type) ({series(f"{C}object_verdict", FLEET, 'verdict="inconsistent"')})) > 0""",
                "{{object_type}}",
            )],
            4, unit="short", thresholds=steps(GOOD, (1, CRITICAL)), noValue="None differs",
        ),
        bars(
            "Comparisons that ended",
            "In the time shown, by how they ended; those that ended while the exporter ran.",
            [now(f"round(sum by (status) (increase({series(f'{C}ended_tasks_total', FLEET)}[$__range])))", "{{status}}")],
            4, unit="short", decimals=0, color={"mode": "palette-classic"}, overrides=colored(STATUS_COLORS),
        ),
    ],
)  # fmt: skip


def due_within(hours: int) -> Query:
    return now(f"sum({NEXT} - time() < bool {hours * 3600})", f"{hours} h")


TONIGHT = (
    "Tonight",
    [
        bars(
            "Runs due within",
            "How many jobs have their next run due so soon, by their policies.",
            [due_within(hours) for hours in (1, 3, 6, 12, 24)],
            5, unit="short", decimals=0, thresholds=steps(CALM),
        ),
        table(
            "Next due",
            "The 50 jobs that are due next.",
            [rows_of(f"bottomk(50, {NEXT} * 1000)")], 10, 8,
            sort=[("due", False)],
            transformations=[organized(
                ("Value", "due"), ("project", "project"), ("job_name", "job_name"), ("job_id", "job_id"),
            )],
            overrides=[override("due", unit="dateTimeFromNow", custom__width=130), *JOB_COLUMNS],
        ),
        table(
            "Running now",
            "The 50 comparisons that have been running or waiting the longest.",
            [rows_of(f"topk(50, ({DURATION}) and {ON} ({is_in('RUNNING', 'FULL_DOING', 'INCRE_DOING', 'WAITING_FOR_RUNNING')}))")],
            9, 8,
            sort=[("for", True)],
            transformations=[organized(
                ("Value", "for"), ("project", "project"), ("job_name", "job_name"), ("job_id", "job_id"),
            )],
            overrides=[override("for", unit="dtdurations", custom__width=130), *JOB_COLUMNS],
            noValue="Nothing runs",
        ),
    ],
)  # fmt: skip

RATIO = f"topk(20, ({DURATION}) / {ON} group_left () {usual(FLEET)})"

DURATIONS = (
    "Durations",
    [
        graph(
            "Duration of the newest comparisons",
            "Over all jobs: half of them take no longer than the median, nine of ten no longer than p90.",
            [
                Query(f"quantile(0.5, {DURATION})", "median"),
                Query(f"quantile(0.9, {DURATION})", "p90"),
                Query(f"max({DURATION})", "longest"),
            ],
            12, unit="s",
        ),
        table(
            "Longer than usual",
            "The 20 jobs whose newest comparison takes the longest, measured by the median of the job's own newest ones that ended well.",
            [
                rows_of(RATIO),
                rows_of(f"({DURATION}) and {ON} {RATIO}"),
                rows_of(f"0 * ({RATIO}) + {ON} group_left () {usual(FLEET)}"),
            ],
            12, 8,
            sort=[("times", True)],
            transformations=[MERGED, organized(
                ("Value #A", "times"), ("Value #B", "newest"), ("Value #C", "usual"), ("project", "project"),
                ("job_name", "job_name"), ("job_id", "job_id"),
            )],
            overrides=[
                override("times", decimals=1, thresholds=steps(GOOD, (rules.LONG_TIMES, WARNING)), custom__cellOptions=COLORED_CELL,
                         custom__width=80),
                override("newest", unit="dtdurations", custom__width=120),
                override("usual", unit="dtdurations", custom__width=120),
                *JOB_COLUMNS,
            ],
        ),
    ],
)  # fmt: skip

PROJECTS = (
    "Projects",
    [
        table(
            "Projects",
            "Whether the cloud lets each project in, how many jobs are watched, and how old the list of jobs is.",
            [
                rows_of(f"max by (project, region, project_id) ({series('drs_project_info', PROJECT)})"),
                rows_of(f"min by (project) ({series('drs_project_up', PROJECT)})"),
                rows_of(JOBS),
                rows_of(f"time() - min by (project) ({series('drs_project_last_discovery_timestamp_seconds', PROJECT)})"),
            ],
            12, 7,
            sort=[("let in", False), ("project", False)],
            transformations=[MERGED, organized(
                ("project", "project"), ("region", "region"), ("Value #B", "let in"), ("Value #C", "jobs"),
                ("Value #D", "age of the list"), ("project_id", "project_id"),
                without=("Value #A",),
            )],
            overrides=[
                override("let in", mappings=UP_WORDS, custom__cellOptions=COLORED_CELL),
                override("age of the list", unit="dtdurations", thresholds=steps(NEUTRAL, (rules.DISCOVERY, WARNING)),
                         custom__cellOptions=COLORED_CELL),
            ],
        ),
        bars(
            "Jobs by kind",
            "What the watched jobs are, by the cloud's list of jobs.",
            [now(f"count by (job_type, engine_type) ({per_job('drs_job_info').replace(JOB, f'{JOB}, job_type, engine_type')})",
                 "{{job_type}}, {{engine_type}}")],
            6, 7, unit="short", decimals=0, thresholds=steps(CALM),
        ),
        bars(
            "Jobs by state",
            "The state of the DRS jobs themselves, by the cloud's list of jobs.",
            [now(f"count by (status) ({per_job('drs_job_status').replace(JOB, f'{JOB}, status')})", "{{status}}")],
            6, 7, unit="short", decimals=0, thresholds=steps(CALM),
        ),
    ],
)  # fmt: skip


def build() -> Json:
    return dashboard(
        OVERVIEW,
        "DRS comparisons: fleet",
        "What is wrong with the health comparisons of all DRS jobs, and how they go.",
        variables=[
            variable("project", "Project", "label_values(drs_project_info, project)", many=True),
            variable(
                "job", "Job", f'query_result({per_job("drs_job_up", PROJECT)})', many=True,
                regex='/job_id="(?<value>[^"]+)|job_name="(?<text>[^"]+)/g', description="DRS jobs by name",
            ),
        ],
        rows=[WRONG, PROOF, VERDICTS, TONIGHT, DURATIONS, PROJECTS],
        links=head(JOB_DASHBOARD, EXPORTER),
        tag=TAG,
        since="now-24h",
        annotations=[],
    )  # fmt: skip
