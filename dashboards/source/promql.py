"""The few shapes of PromQL that all dashboards are made of.

Every value of a job is asked for by `per_job`: two exporters that watch the same job, or a job that was renamed, are
one row, and no label of Prometheus' own gets into a join.
"""

from __future__ import annotations

import rules

C = "drs_health_comparison_"
JOB = "project, job_id, job_name"
# How jobs are told apart where two values of one job meet; a new name must not part them.
ON = "on (project, job_id)"
STATUSES = (
    "SUCCESSFUL", "RUNNING", "FULL_DOING", "INCRE_DOING", "WAITING_FOR_RUNNING", "CANCELLED", "TIMEOUT_INTERRUPT", "FAILED",
    "UNKNOWN",
)  # fmt: skip

# What the variables of a dashboard choose.
FLEET = 'project=~"$project", job_id=~"$job"'
ONE_JOB = 'project="$project", job_id="$job"'
PROJECT = 'project=~"$project"'


def series(metric: str, chosen: str, more: str = "") -> str:
    return f"{metric}{{{chosen}{', ' + more if more else ''}}}"


# Of several exporters each has its own jobs (shards), or all have the same: so jobs are counted, not what each counts.
JOBS = (
    f"count by (project) (group by (project, job_id) ({series('drs_job_up', PROJECT)}))"
    f" or 0 * max by (project) ({series('drs_project_jobs', PROJECT)})"
)


def per_job(metric: str, chosen: str = FLEET, more: str = "") -> str:
    """One value for each job."""
    return f"max by ({JOB}) ({series(metric, chosen, more)})"


def age(metric: str, chosen: str = FLEET) -> str:
    """How long ago a moment of each job is."""
    return f"time() - {per_job(metric, chosen)}"


def since(moment: str, where: str) -> str:
    """For the jobs of `where`: how long ago the moment is, or -1 where it is not known."""
    return f"((({age(moment)}) and {ON} ({where})) or {ON} (0 * ({where}) - 1))"


# What comes first in a table: Grafana sorts by what is there, not by the words it is shown as.
URGENCY = {"critical": "1", "warning": "2", "info": "3"}


def ranked(expr: str) -> str:
    """The severity as a label that sorts by urgency."""
    for severity, rank in URGENCY.items():
        expr = f'label_replace({expr}, "urgency", "{rank}", "severity", "{severity}")'
    return expr


def labelled(expr: str, **labels: str) -> str:
    for name, text in labels.items():
        expr = f'label_replace({expr}, "{name}", "{text}", "", "")'
    return expr


def status_number(metric: str, chosen: str) -> str:
    """The current state of a state set as the number of its place in `STATUSES`, from 1: a single line over time."""
    states = [
        f'{number} * (max({series(metric, chosen, f"""status="{status}" """.strip())}) == 1)'
        for number, status in enumerate(STATUSES, 1)
    ]
    return "\nor ".join(states)


def usual(chosen: str) -> str:
    """The job's own history without reading any: the median of its newest comparisons that ended well."""
    return (
        "quantile by (project, job_id) (0.5, max by (project, job_id, compare_job_id) ("
        f"{series(f'{C}task_duration_seconds', chosen)} and on (project, job_id, compare_job_id) "
        f"""{series(f"{C}task_status", chosen, 'status="SUCCESSFUL"')} == 1))"""
    )


def _limit(name: str, chosen: str, otherwise: str) -> str:
    """Each job's recorded threshold, or, where no rules are loaded, what the rules would have recorded by default."""
    recorded = f"max by (project, job_id) ({series(rules.threshold(name), chosen)})"
    return f"({recorded} or {ON} ({otherwise} unless {ON} drs_job:up:last))"


def same_for_all(name: str, chosen: str = FLEET) -> str:
    up = f"0 * max by (project, job_id) ({series('drs_job_up', chosen)})"
    return _limit(name, chosen, f"({up} + {rules.default(name):g})")


def consistent_limit(chosen: str = FLEET) -> str:
    """Only jobs with an open policy have one: nobody has promised runs of the others."""
    due = [
        f"max by (project, job_id) ({series(f'{C}{which}_scheduled_timestamp_seconds', chosen)})"
        for which in ("next", "last")
    ]
    return _limit("consistent_age_seconds", chosen, f"clamp_min(2 * ({due[0]} - {due[1]}), {rules.NOT_CONSISTENT:g})")


def duration_limit(chosen: str = FLEET) -> str:
    return _limit("run_duration_seconds", chosen, f"clamp_min({rules.LONG_TIMES:g} * {usual(chosen)}, {rules.LONG:g})")
