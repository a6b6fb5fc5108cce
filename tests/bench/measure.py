"""What one server takes: time by curl over a kept connection, throughput by wrk, processor and memory by /proc."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.prometheus import tool

from .peers import Server

HERTZ = os.sysconf("SC_CLK_TCK")
# Of scrapes that take longer than this, wrk would count but a few, and none of those that it did not wait for.
WRK_UP_TO_SECONDS = 0.1
WRK_CONNECTIONS = 4
# The longest that any slice is waited for.
LIMIT_SECONDS = 600


@dataclass(frozen=True)
class Slice:
    """Some scrapes, one after the other."""

    seconds: list[float]
    bytes: int
    cpu_seconds: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def cpu_of_a_thousand(self) -> float:
        return 1000 * self.cpu_seconds / len(self.seconds)


def scrape(server: Server, is_gzip: bool, count: int) -> Slice:
    """So many scrapes over one connection, where the server keeps it. What comes is thrown away as it is."""
    command = [tool("curl"), "--silent", "--show-error", "--noproxy", "*", "--max-time", str(LIMIT_SECONDS)]
    command += ["--write-out", "%{http_code} %{time_total} %{size_download}\n"]
    if is_gzip:
        command += ["--header", "Accept-Encoding: gzip"]
    for _ in range(count):
        command += ["--output", "/dev/null", server.url]
    before = cpu_seconds(server)
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    used = cpu_seconds(server) - before
    answers = [line.split(" ") for line in done.stdout.splitlines()]
    if done.returncode or len(answers) != count or any(status != "200" for status, *_ in answers):
        raise RuntimeError(f"{server.name}: {done.stderr}{done.stdout}\n{server.process.story()}")
    return Slice([float(seconds) for _, seconds, _ in answers], int(answers[-1][2]), used)


def throughput(server: Server, is_gzip: bool, seconds: int) -> float:
    """Scrapes a second with some connections at once."""
    command = [tool("wrk"), "-t1", f"-c{WRK_CONNECTIONS}", f"-d{seconds}s", "--timeout", "60s"]
    if is_gzip:
        command += ["-H", "Accept-Encoding: gzip"]
    done = subprocess.run([*command, server.url], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    rate = re.search(r"^Requests/sec:\s+([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not rate or "Non-2xx" in done.stdout:
        raise RuntimeError(f"{server.name}: {done.stderr}{done.stdout}")
    return float(rate.group(1))


def cpu_seconds(server: Server) -> float:
    """What its process has used of the processor since its start."""
    # Behind the name, which may hold anything, come fields 3 and on (proc(5)); 14 and 15 are user and system.
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / HERTZ


def memory(server: Server) -> tuple[int, int]:
    """Bytes of memory that it holds now, and the most that it has held."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status, re.MULTILINE))
    return int(found["VmRSS"]) * 1024, int(found["VmHWM"]) * 1024
