"""A fleet in trouble: a job for everything that can be the matter with one, and a project that is refused.

For the tests of the page, and for the pictures of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from . import cloud
from .configuration import configuration, project
from .simulator import Control

MINUTE, HOUR, DAY = 60, 3600, 86_400

# In the order in which the page has to show them.
NAMES = {
    "differs": "orders-mysql-dr",
    "failed": "ledger-taurus-sync",
    "timed out": "sessions-taurus-dr",
    "missed": "invoices-mysql-sync",
    "stuck": "refunds-postgres-sync",
    "slow": "customers-mysql-migration",
    "stale": "loyalty-gaussdb-sync",
    "unreachable": "0a7b5d4c-3f8e-4a1d-b06f-4c7e35ajb20r",
    "closed": "archive-oracle-migration",
    "running": "catalog-mysql-sync",
    "fine": "stock-mysql-dr",
}

# Everything that a name may hold, and should not.
HOSTILE = {
    "markup": '</td></table><script>alert(1)</script><img src=x onerror=alert(2)>',
    "attribute": "\" onmouseover=\"alert(3)\" x=\"' onfocus='alert(4)",
    "turned": "safe-\u202egnp.exe\u2066\u200f מסד נתונים",
    "long": "L" * 10_000,
    "stacked": "Z" + "\u0337\u0352\u0489" * 300,
    "control": "a\tb\nc\u0007d\u2028e",
    "wide": "订单库容灾🚀" * 20,
}

# As the cloud writes them; the same for each run of the tests.
IDS = {what: f"{number * 0x9E3779B1 % 2**32:08x}-4c0f-4b47-a059-2d0fe1cjb20r" for number, what in enumerate(NAMES, 7)}

EQUAL = [{"type": kind, "source_count": count, "target_count": count, "status": 2} for kind, count in [("DB", 4), ("TABLE", 1204)]]
DIFFERENT = [
    {"type": "INDEX", "source_count": 2211, "target_count": 2209, "status": 0},
    {"type": "TABLE", "source_count": 1204, "target_count": 1203, "status": 0},
    {"type": "VIEW", "source_count": 17, "target_count": 17, "status": 2},
]


def daily(begin: float) -> dict[str, Any]:
    """A policy with a run a day, at this time of the day."""
    at = lambda seconds: datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")  # noqa: E731
    return {"status": "OPEN", "period": "* * 1,2,3,4,5,6,7", "begin_time": at(begin), "end_time": at(begin + 2 * HOUR)}


def add_runs(simulator: Control, job: str, first: float, lengths: list[int], **newest: Any) -> None:
    """A run a day, the newest one at `first`; `lengths` in seconds, newest first; `newest` over what is usual."""
    for number, length in enumerate(lengths):
        start = first - number * DAY
        details: dict[str, Any] = {
            "type": "lines,object_comparison",
            "status": "SUCCESSFUL",
            "compute_type": "drs",
            "start_time": cloud.written(start),
            "end_time": cloud.written(start + length),
            "objects": EQUAL,
        }
        if number == 0:
            details |= newest
        details = {key: value for key, value in details.items() if value is not None}
        simulator.add_task(job, f"{job}-run-{number}", **details)


def make(simulator: Control) -> None:
    """Makes the jobs of NAMES; all but the one that is gone."""
    now = cloud.now()
    usual = [760 + 40 * (number % 5) for number in range(14)]
    goes_on = {"end_time": None, "objects": None}

    def job(what: str, first: float, policy: dict[str, Any] | None = None, runs: int = 14, **newest: Any) -> None:
        simulator.add_job(IDS[what], name=NAMES[what], policy=policy or daily(first))
        add_runs(simulator, IDS[what], first, usual[:runs], **newest)

    job("fine", now - 5 * HOUR)
    job("running", now - 3 * MINUTE, status="RUNNING", **goes_on)
    job("closed", now - 3 * DAY, {"status": "CLOSED"}, runs=6)
    job("stale", now - 7 * HOUR)
    job("slow", now - 6 * HOUR, status="RUNNING", **goes_on)
    job("stuck", now - 2 * HOUR, status="WAITING_FOR_RUNNING", **goes_on)
    # Its run of today did not come.
    job("missed", now - 2 * HOUR - DAY, daily(now - 2 * HOUR))
    job("timed out", now - 9 * HOUR, status="TIMEOUT_INTERRUPT", end_time=cloud.written(now - 8 * HOUR), objects=None)
    job("failed", now - 4 * HOUR, status="FAILED", objects=None)
    job("differs", now - 8 * HOUR, objects=DIFFERENT)
    simulator.change_task(f"{IDS['failed']}-run-3", status="CANCELLED")


def content(simulator: Control, **top: Any) -> dict[str, Any]:
    """The configuration that watches them, beside a project whose key is refused."""
    refused = {"aksk": {"access_key": cloud.ACCESS_KEY + "1", "secret_key": "simulated-secret-of-nobody"}}
    return configuration(
        project(simulator.url, jobs=[NAMES["unreachable"]], discovery={"refresh_interval": "1m"}),
        project(simulator.url, "analytics", credentials=refused, discovery={}),
        **{"http": {"rate_limit": 1000, "concurrency": 50}} | top,
    )


def make_stale(simulator: Control) -> None:
    """From now on the cloud fails for one job; what is known of it will be stale."""
    simulator.fault("status", status=500, job_id=IDS["stale"])
