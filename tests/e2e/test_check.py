"""`check`, the doctor: each broken set-up is named with its cause and its remedy; a good one ends with 0."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support import cloud
from support.configuration import AKSK, BY_PASSWORD, configuration, project, write
from support.process import bare_environment

WRONG_KEY = {"aksk": {"access_key": cloud.ACCESS_KEY, "secret_key": "not-the-secret-key"}}
UNKNOWN_JOB = "00000000-0000-0000-0000-000000jb502"
SECRETS = (cloud.SECRET_KEY, cloud.PASSWORD, "not-the-secret-key")

Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def check(binary: Path, tmp_path: Path) -> Check:
    """Runs a check to its end, its output in pipes. Whatever it is about, it tells no secret and does not panic."""

    def run(content: dict[str, Any] | str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [binary, "check", f"--config.file={write(tmp_path, content)}", *arguments],
            cwd=tmp_path,
            env=bare_environment(tmp_path) | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "panicked" not in said, said
        assert not [secret for secret in SECRETS if secret in said], said
        return done

    return run


@pytest.fixture
def report(check: Check) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Runs a check for its JSON: the exit code, and the only project's part of the document."""

    def run(content: dict[str, Any] | str, *arguments: str) -> tuple[int, dict[str, Any]]:
        done = check(content, "--output=json", *arguments)
        assert done.stderr == "", done.stderr
        return done.returncode, json.loads(done.stdout)["projects"][0]

    return run


def failures(part: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The findings that failed, by what was checked."""
    return {finding["check"]: finding for finding in part["findings"] if finding["result"] == "failed"}


def test_a_good_set_up_ends_with_0_and_shows_every_job(simulator, check):
    simulator.add_example()
    done = check(configuration(project(simulator, jobs=[cloud.JOB])))
    assert (done.returncode, done.stderr) == (0, ""), done
    row = next(line for line in done.stdout.splitlines() if cloud.JOB in line)
    for part in ("payments", "DRS-7754", "2024-04-07 10:00:01Z", "SUCCESSFUL", "8s"):
        assert part in row, row
    assert "FAILED " not in done.stdout and done.stdout.endswith("1 project, 1 job: all is well\n"), done.stdout
    assert "\x1b" not in done.stdout, "colours in a pipe"


@pytest.mark.parametrize("credentials", [AKSK, BY_PASSWORD], ids=["access key", "password"])
def test_each_call_is_made_once(simulator, report, credentials):
    simulator.add_example()
    content = configuration(
        project(simulator, jobs=[cloud.JOB], credentials=credentials), verdicts=["objects", "rows", "accounts"]
    )
    code, part = report(content)
    assert (code, failures(part)) == (0, {})
    operations = {name: counts["requests"] for name, counts in simulator.stats()["operations"].items()}
    for operation in (
        "ShowHealthCompareJobList",
        "ShowHealthCompareJobDetail",
        "ShowComparePolicy",
        "ShowHealthObjectCompareJobOverview",
        "ListDataCompareOverview",
    ):
        assert operations.get(operation) == 1, operations


def test_the_simulated_worlds_own_configuration_is_good(start_simulator, check):
    simulator = start_simulator(world="quiet", jobs=12)
    done = check(simulator.configuration)
    assert done.returncode == 0, done.stdout
    assert "2 projects, 24 jobs: all is well" in done.stdout
    names = [job["name"] for part in simulator.truth()["projects"] for job in part["jobs"]]
    assert all(name in done.stdout for name in names)
    assert "MISSED" in done.stdout, "the job that never starts"
    assert "inconsistent" in done.stdout and " consistent" in done.stdout


def test_discovered_jobs_are_checked_too(start_simulator, report):
    simulator = start_simulator(world="quiet", jobs=6)
    content = configuration(project(simulator, discovery={"exclude": "^orders-"}))
    code, part = report(content)
    assert (code, len(part["jobs"])) == (0, 5), part
    assert {job["found_by"] for job in part["jobs"]} == {"discovery"}


@pytest.mark.parametrize(
    ("wrong", "what", "cause", "remedy"),
    [
        ({"credentials": WRONG_KEY}, "credentials", "signature_refused", "check access key and secret key"),
        ({"project_id": "0" * 32}, "project_id", "wrong_project", "check project_id"),
        ({"endpoints": None, "region": "no-such-region-1"}, "endpoint", "connect", "region"),
        ({"jobs": [cloud.JOB, UNKNOWN_JOB]}, "ShowHealthCompareJobList", "not_found", "check job_id"),
    ],
    ids=["wrong key", "wrong project id", "wrong region", "unknown job"],
)
def test_a_broken_set_up_is_named_with_cause_and_remedy(simulator, check, report, wrong, what, cause, remedy):
    simulator.add_example()
    content = configuration(project(simulator, **({"jobs": [cloud.JOB]} | wrong)))
    code, part = report(content)
    found = failures(part)
    assert code == 1 and list(found) == [what], part["findings"]
    assert found[what]["cause"] == cause and remedy in found[what]["remedy"], found
    # The table tells the same.
    done = check(content)
    assert (done.returncode, done.stderr) == (1, "")
    row = next(line for line in done.stdout.splitlines() if re.search(r"\bFAILED\b.*to mend it", line))
    assert what.replace("_", " ") in row and remedy in row


def test_an_unknown_job_leaves_the_others_alone_and_is_marked(simulator, report):
    simulator.add_example()
    _, part = report(configuration(project(simulator, jobs=[UNKNOWN_JOB, cloud.JOB])))
    unknown, known = part["jobs"]
    assert (unknown["job_id"], unknown["result"], unknown["newest_task"]) == (UNKNOWN_JOB, "failed", None)
    assert unknown["failures"][0]["cause"] == "not_found" and unknown["failures"][0]["code"] == "DRS.10000010"
    assert (known["result"], known["newest_task"]["duration_seconds"]) == ("ok", 8.0)


@pytest.mark.parametrize(
    ("fault", "operation", "cause", "remedy"),
    [
        ("forbidden", "ShowComparePolicy", "forbidden", "drs:healthCompareJob:getComparePolicy"),
        ("forbidden", "ShowHealthObjectCompareJobOverview", "forbidden", "drs:healthCompareJob:getOverview"),
        ("forbidden", "ListJobs", "forbidden", "drs:migrationJob:list"),
        ("not_in_region", "ShowComparePolicy", "not_in_region", "not every region has this call"),
        ("not_in_region", "ShowHealthCompareJobList", "not_in_region", "not every region has this call"),
    ],
)
def test_one_call_that_fails_is_named_with_what_is_missing_without_it(simulator, report, fault, operation, cause, remedy):
    simulator.add_example()
    simulator.fault(fault, operation=operation)
    code, part = report(configuration(project(simulator, jobs=[cloud.JOB])))
    found = failures(part)
    assert code == 1 and list(found) == [operation], part["findings"]
    assert found[operation]["cause"] == cause and remedy in found[operation]["remedy"]
    assert found[operation]["missing"]


@pytest.mark.parametrize("credentials", [AKSK, BY_PASSWORD], ids=["access key", "password"])
@pytest.mark.parametrize("skew", [3600, -3600])
def test_a_clock_an_hour_off_is_named(simulator, report, credentials, skew):
    simulator.add_example()
    simulator.order("POST", "clock", skew_seconds=skew)
    code, part = report(configuration(project(simulator, jobs=[cloud.JOB], credentials=credentials)))
    found = failures(part)
    assert code == 1 and list(found) == ["clock"], part["findings"]
    assert found["clock"]["cause"] == "clock_skew" and "NTP" in found["clock"]["remedy"]
    if credentials is BY_PASSWORD:
        # The cloud tells whole seconds, and an answer takes its time.
        assert abs(part["clock_ahead_seconds"] + skew) <= 10


def test_a_minute_off_is_a_warning(simulator, report):
    simulator.add_example()
    simulator.order("POST", "clock", skew_seconds=60)
    code, part = report(configuration(project(simulator, jobs=[cloud.JOB])))
    assert (code, part["result"]) == (0, "warning")
    clock = next(finding for finding in part["findings"] if finding["check"] == "clock")
    assert "behind" in clock["detail"] and "NTP" in clock["remedy"]


def test_a_refused_key_is_tried_only_once(start_simulator, report):
    simulator = start_simulator(world="quiet", jobs=12)
    jobs = [job["id"] for job in simulator.truth()["projects"][0]["jobs"]]
    code, part = report(configuration(project(simulator, jobs=jobs, credentials=WRONG_KEY)))
    assert code == 1 and {job["result"] for job in part["jobs"]} == {"not_asked"}
    assert simulator.requests() == 1, "five refusals lock the key"


def test_a_broken_project_leaves_the_other_alone(start_simulator, check):
    simulator = start_simulator(world="quiet", jobs=3)
    content = simulator.configuration.replace(cloud.SECRET_KEY, "not-the-secret-key")
    done = check(content, "--output=json")
    document = json.loads(done.stdout)
    assert done.returncode == 1 and document["result"] == "failed"
    assert [part["result"] for part in document["projects"]] == ["failed", "ok"]


def test_offline_asks_nobody(simulator, check):
    content = configuration(project(simulator, jobs=[cloud.JOB]))
    done = check(content, "--offline")
    assert (done.returncode, done.stderr) == (0, "") and "the cloud was not asked" in done.stdout, done
    document = json.loads(check(content, "--output=json", DRS_EXPORTER_OFFLINE="true").stdout)
    assert document["offline"] is True and document["result"] == "ok"
    assert simulator.requests() == 0


@pytest.mark.parametrize("arguments", [["--offline"], ["--output=json"], []], ids=["offline", "json", "table"])
def test_an_unusable_configuration_ends_it_with_2(simulator, check, arguments):
    done = check("projects: [{name: payments, jobs: 3}]\n", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(r"drs-exporter\.yaml:1:\d+: projects\[0\]", done.stderr), done.stderr
    assert check(configuration(project(simulator, jobs=[cloud.JOB])), "--output=xml").returncode == 2


def test_the_document_is_as_described(simulator, check):
    simulator.add_example()
    document = json.loads(check(configuration(project(simulator, jobs=[cloud.JOB])), "--output=json").stdout)
    assert document["format"] == 1 and document["offline"] is False and document["exporter_version"]
    assert datetime.fromisoformat(document["checked_at"]).tzinfo
    [part] = document["projects"]
    assert (part["project"], part["project_id"], part["region"]) == ("payments", *cloud.PROJECTS["payments"])
    [job] = part["jobs"]
    assert job["newest_task"] == {
        "compare_job_id": cloud.TASK,
        "status": "SUCCESSFUL",
        "start_time": "2024-04-07T10:00:01Z",
        "end_time": "2024-04-07T10:00:09Z",
        "duration_seconds": 8.0,
    }
    described = (Path(__file__).resolve().parents[2] / "docs/check.md").read_text()
    for thing in (document, part, part["findings"][0], job, job["newest_task"], job["policy"]):
        for name in thing:
            assert f"`{name}`" in described, f"docs/check.md does not describe {name}"


def test_on_a_terminal_it_fits_and_is_coloured_unless_not_wanted(simulator, binary, tmp_path):
    simulator.add_example()
    simulator.change_job(cloud.JOB, name="evil\x1b[2Jname")
    file = write(tmp_path, configuration(project(simulator, jobs=[cloud.JOB])))

    def on_terminal(**environment: str) -> str:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 90, 0, 0))
        child = subprocess.Popen(
            [binary, "check", f"--config.file={file}"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=bare_environment(tmp_path) | {"TERM": "xterm"} | environment,
        )
        os.close(theirs)
        said = b""
        try:
            while block := os.read(ours, 65536):
                said += block
        except OSError:
            pass  # The other end has gone: that is how a terminal ends.
        os.close(ours)
        assert child.wait(30) == 0, said
        return said.decode()

    said = on_terminal()
    assert "\x1b[38;5;" in said and "\x1b[2Jname" not in said
    plain = on_terminal(NO_COLOR="1")
    assert "\x1b[38;5;" not in plain
    table = plain[plain.index(" PROJECT") :]
    assert max(len(line) for line in table.splitlines()) <= 90, table
