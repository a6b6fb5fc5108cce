"""What the alert rules say, read from their file: limits, severities, where the runbooks are.

A dashboard's colours and the alerts must not disagree: no limit is written twice. A rule that has changed so much that its
limit is not found stops the program.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parents[2] / "alerts/drs-exporter.rules.yml"
_RULES = [rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]]
_ALERTS = {rule["alert"]: rule for rule in _RULES if "alert" in rule}
_RECORDS = {rule["record"]: rule["expr"] for rule in _RULES if "record" in rule}


def _number(expr: str, pattern: str) -> float:
    found = re.search(pattern, expr)
    if not found:
        raise SystemExit(f"{FILE.name}: no {pattern!r} in {expr!r}")
    return float(found[1])


def threshold(name: str) -> str:
    """The recorded threshold of each job, the default and what a user has set."""
    record = f"drs_job:{name}:threshold"
    if record not in _RECORDS:
        raise SystemExit(f"{FILE.name}: no {record}")
    return record


def default(name: str) -> float:
    """The default of a recorded threshold: the last number that is added or clamped to."""
    expr = _RECORDS.get(f"drs_job:{name}:default", _RECORDS[threshold(name)])
    return _number(expr, r"(?s).*[+,] (\d+)\b")


def limit(alert: str) -> float:
    """The number that an alert's expression compares with, the last one if there are several."""
    return _number(_ALERTS[alert]["expr"], r"(?s).*> ([0-9.]+)\b")


def severity(alert: str) -> str:
    return _ALERTS[alert]["labels"]["severity"]


def runbooks() -> str:
    """The address below which the runbooks are, with a slash at its end."""
    return _ALERTS["DrsExporterDown"]["annotations"]["runbook_url"].removesuffix("DrsExporterDown.md")


NOT_CONSISTENT = default("consistent_age_seconds")
MISSED = default("missed_grace_seconds")
STALE = default("data_age_seconds")
LONG = default("run_duration_seconds")
LONG_TIMES = _number(_RECORDS[threshold("run_duration_seconds")], r"clamp_min\((\d+) \*")
DISCOVERY = limit("DrsProjectDiscoveryStale")
DELAY = limit("DrsExporterRefreshDelayed")
THROTTLED = limit("DrsExporterThrottled")
INVALID = limit("DrsExporterInvalidResponses")
