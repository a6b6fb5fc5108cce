"""`scripts/bench`: that everybody is measured with the same series. How fast they are is no test's business."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from conftest import ROOT

# Built by `scripts/bench` itself, which takes minutes: left out here unless it is there.
MAY_BE_LEFT_OUT = "Rust, prometheus crate"
PEERS = ["drs-exporter", "nginx, two files", "Pushgateway", "node_exporter, textfile", "Python, prometheus_client"]


def bench(binary: Path, temporary: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DRS_EXPORTER_BINARY": str(binary), "TMPDIR": str(temporary)}
    command = [ROOT / "scripts/bench", "--no-install", *flags]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)


def tables(text: str) -> list[list[dict[str, str]]]:
    """The rows of each table, by the head of the column; of columns of one name, the last."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        head, _, *rows = lines
        assert all(len(row) == len(head) for row in rows), block
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def test_everybody_is_measured_with_the_same_series_and_a_pipe_gets_tables_only(binary, tmp_path):
    done = bench(binary, tmp_path, "--quick")
    assert done.returncode == 0, done.stderr + done.stdout
    times, costs, scaling, live = tables(done.stdout)
    said = [line for line in done.stderr.splitlines() if MAY_BE_LEFT_OUT not in line]
    assert not said, said
    for table in (times, costs):
        assert [row[""] for row in table if row[""] != MAY_BE_LEFT_OUT] == PEERS
    series = {int(row["series"].replace(",", "")) for row in times}
    assert len(series) == 1 and series.pop() > 1000, times
    assert all(re.match(r"[\d.,]+ \([\d.,]+–[\d.,]+\)$", row[f"{form}, ms"]) for row in times for form in ("gzip", "plain"))
    assert all(row["memory, peak"].endswith("MB") for row in costs), costs
    # Twenty jobs fit into one connection's buffers; what is compressed is a fraction of what is not.
    for row in costs:
        assert row["gzip, bytes"].endswith(" kB") and row["plain, bytes"].endswith(" kB"), row
        assert 5 * float(row["gzip, bytes"].split()[0]) < float(row["plain, bytes"].split()[0]), row
    assert [row["jobs"] for row in scaling] == ["20"]
    at_rest, at_work = live
    assert float(at_rest["calls a second"]) < 1 < float(at_work["calls a second"]), live
    assert not list(tmp_path.iterdir()), "something is left behind"
