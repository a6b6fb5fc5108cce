"""The command line of the benchmark, and its order: see `scripts/bench --help`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from . import cloud, peers, report, rounds, versions
from .rounds import Effort, Results

# How often each number of jobs is measured: a round of 5,000 takes minutes.
ROUNDS = {100: 7, 1000: 5, 5000: 3}
LEAST_ROUNDS = 3
QUICK = Effort(rounds=2, slice_seconds=0.1, wrk_seconds=0)
QUICK_JOBS = 20
LIVE_JOBS = 1000
LIVE_ROUNDS = 7
# At rest, but not stale before the end; and asking about every job again and again.
AT_REST = {"poll_interval": "1h", "idle_interval": "1h", "stale_after": "3h"}
AT_WORK = {"poll_interval": "1s", "idle_interval": "1s", "stale_after": "1h"}

# The tables in it are what this program has printed last.
PAGE = peers.ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- begin of what scripts/bench has printed -->\n", "<!-- end of it -->\n"


class Progress:
    """One line on a terminal; nothing in a pipe."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()
        self._started = time.monotonic()

    def __call__(self, what: str) -> None:
        if self._shows:
            minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
            sys.stderr.write(f"\r\033[K{minutes}:{seconds:02} {what}" if what else "\r\033[K")
            sys.stderr.flush()


def compare(binary: Path, folder: Path, jobs: int, effort: Effort, tell: Progress) -> tuple[int, list[Results]]:
    """The exporter and everybody else with the series of so many jobs."""
    with ExitStack() as stack:
        tell(f"{jobs:,} jobs: the exporter asks the cloud")
        simulator = cloud.start_cloud(binary, folder / "cloud", "quiet", jobs)
        stack.callback(simulator.stop)
        exporter = cloud.start_exporter(binary, folder / "exporter", simulator, jobs)
        stack.callback(exporter.process.stop)
        text = folder / "series.txt"
        text.write_bytes(cloud.series_for_peers(exporter.page()))
        series = peers.count_series(text.read_bytes())
        servers = [exporter]
        for number, name in enumerate(peers.PEERS):
            tell(f"{jobs:,} jobs: {name} starts")
            try:
                server = peers.start(name, text, folder / f"peer{number}")
            except peers.Missing as missing:
                print(f"{name} is left out: {missing}", file=sys.stderr)
                continue
            stack.callback(server.process.stop)
            servers.append(server)
        results = rounds.run(servers, effort, lambda what: tell(f"{jobs:,} jobs, {what}"))
        for server in servers:
            if (now := peers.count_series(server.page())) != series:
                raise RuntimeError(f"{server.name} had {series} series and has {now}")
        return series, results


def watch(binary: Path, folder: Path, jobs: int, effort: Effort, tell: Progress) -> tuple[list[float], list[Results]]:
    """An exporter at rest and one that asks as fast as it may, both before the same cloud, whose jobs live."""
    with ExitStack() as stack:
        simulator = cloud.start_cloud(binary, folder / "cloud", "live", jobs)
        stack.callback(simulator.stop)
        servers = []
        for name, intervals in (("at rest", AT_REST), ("at work", AT_WORK)):
            tell(f"live, {jobs:,} jobs: the exporter {name} starts")
            own = folder / name.replace(" ", "-")
            server = cloud.start_exporter(binary, own, simulator, jobs, cloud.LIVE_TOLERANCE, **intervals)
            stack.callback(server.process.stop)
            servers.append(peers.replace(server, name=name))
        calls, started = [cloud.calls(server.page()) for server in servers], time.monotonic()
        results = rounds.run(servers, effort, lambda what: tell(f"live, {what}"))
        seconds = time.monotonic() - started
        rates = [(cloud.calls(server.page()) - before) / seconds for server, before in zip(servers, calls, strict=True)]
        return rates, results


def measure(binary: Path, sizes: list[int], effort: Callable[[int], Effort], tell: Progress) -> Iterator[str]:
    """All parts of the report, each as soon as it is there."""
    yield versions.machine()
    yield versions.programs(binary)
    by_jobs = []
    with tempfile.TemporaryDirectory(prefix="drs-bench-") as name:
        folder = Path(name)
        for jobs in sizes:
            series, results = compare(binary, folder / str(jobs), jobs, effort(ROUNDS.get(jobs, LEAST_ROUNDS)), tell)
            yield report.comparison(jobs, series, results)
            by_jobs.append((jobs, series, results[0]))
        yield report.scaling(by_jobs)
        jobs = min(LIVE_JOBS, max(sizes))
        yield report.live(jobs, *watch(binary, folder / "live", jobs, effort(LIVE_ROUNDS), tell))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", add_help=False)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--jobs", default=",".join(map(str, ROUNDS)))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--update-docs", action="store_true")
    arguments = parser.parse_args()
    sizes = [QUICK_JOBS] if arguments.quick else [int(size) for size in arguments.jobs.split(",")]

    def effort(usual: int) -> Effort:
        return QUICK if arguments.quick else Effort(arguments.rounds or usual, slice_seconds=1.0, wrk_seconds=2)

    tell = Progress()
    parts = []
    for part in measure(arguments.binary, sizes, effort, tell):
        tell("")
        print(part, end="\n\n", flush=True)
        parts.append(f"{part}\n\n")
    if arguments.update_docs:
        before, rest = PAGE.read_text().split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text("".join((before, BEGIN, "\n", *parts, END, after)))


if __name__ == "__main__":
    # What was started is ended then, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
