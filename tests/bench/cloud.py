"""The exporter before a simulated cloud, and the series that its peers are given."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from support.configuration import project
from support.exporter import Exporter
from support.simulator import Simulator

from .peers import Server, count_series

# The cloud of the measurements is not to be spared: it is simulated, and on the same machine.
IN_HASTE = {"rate_limit": 1000, "concurrency": 50}
# All of the simulated cloud's jobs.
DISCOVERY = {"job_types": ["migration", "sync", "cloudDataGuard", "replay"]}
PROJECTS = ("payments", "analytics")
# Longer than the publisher ever waits from one rendering to the next (src/exposition/publisher.rs).
QUIET_SECONDS = 12.0
# The same where rendering takes milliseconds.
QUIET_SECONDS_OF_FEW = 2.0
FEW_JOBS = 100
# Where comparisons come and go the number of series never rests. What is still missing shows as more than this share.
LIVE_TOLERANCE = 0.05
# The slowest cloud of these needs a few minutes on a busy machine.
START_SECONDS = 900.0


def start_cloud(binary: Path, folder: Path, world: str, jobs: int) -> Simulator:
    """A simulated cloud with so many jobs, in equal parts of two projects."""
    return Simulator(binary, folder, world=world, jobs=jobs // len(PROJECTS))


def start_exporter(
    binary: Path, folder: Path, cloud: Simulator, jobs: int, tolerance: float = 0.0, **intervals: Any
) -> Server:
    """The exporter, once it knows everything. Its seconds are those until its page has had all its series."""
    started = time.monotonic()
    projects = [project(cloud, name, discovery=DISCOVERY) for name in PROJECTS]
    exporter = Exporter(binary, folder, {"http": IN_HASTE, "projects": projects} | intervals)
    try:
        server = Server("drs-exporter", exporter.process, f"{exporter.url}/metrics")
        seconds = _await_all(server, jobs, started, tolerance)
    except BaseException:
        exporter.process.stop()
        raise
    return server.complete(seconds)


def _await_all(server: Server, jobs: int, started: float, tolerance: float) -> float:
    """Seconds from `started` until the page had all its series: until their number has changed for the last time."""
    quiet = QUIET_SECONDS_OF_FEW if jobs <= FEW_JOBS else QUIET_SECONDS
    known, series, since = 0, 0, started
    while known < jobs or time.monotonic() < since + quiet:
        page = server.page()
        known = page.count(b"\ndrs_job_up{")
        if abs((found := count_series(page)) - series) > tolerance * series:
            series, since = found, time.monotonic()
        if time.monotonic() > started + START_SECONDS:
            raise RuntimeError(f"{known} of {jobs} jobs after {START_SECONDS} s\n{server.process.story()}")
        time.sleep(0.1)
    return since - started


def series_for_peers(page: bytes) -> bytes:
    """The families of what is watched. Those about the exporter itself stay out: each program has its own."""
    lines = page.decode().splitlines(keepends=True)
    return "".join(line for line in lines if re.match(r"(# (HELP|TYPE) )?drs_(?!exporter_)", line)).encode()


def calls(page: bytes) -> int:
    """How often the exporter has asked the cloud."""
    return sum(int(float(value)) for value in re.findall(rb"\ndrs_exporter_api_requests_total\{.*\} (\S+)", page))
