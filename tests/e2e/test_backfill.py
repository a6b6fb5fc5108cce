"""The past as the cloud still tells it: OpenMetrics text, promtool's blocks of it, and a real Prometheus on them."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import cloud, past
from support.configuration import configuration, project, write
from support.page import Page
from support.process import bare_environment
from support.prometheus import Prometheus, make_blocks

DAY = 86_400
SAMPLES_STEP = 240
INSTANTS = 100
LABELS = {"job": "drs", "instance": "localhost:10816"}
WITH_LABELS = [f"--label={name}={value}" for name, value in LABELS.items()]


def backfill(
    binary: Path, folder: Path, config: dict[str, Any] | str, *arguments: str, temporary: str = ""
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Runs it to its end, into a file."""
    file = write(folder, config)
    text = folder / "history.om"
    with text.open("wb") as out:
        done = subprocess.run(
            [binary, "backfill", f"--config.file={file}", *arguments],
            env=bare_environment(folder) | ({"TMPDIR": temporary} if temporary else {}),
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=200,
            check=False,
        )
    assert "panicked" not in done.stderr and cloud.SECRET_KEY not in done.stderr, done.stderr
    return text, done


@pytest.fixture
def start_on_blocks(tmp_path, programs):
    """Starts a Prometheus on blocks made of a text, which is deleted: it is large."""

    def start(text: Path, *flags: str) -> Prometheus:
        folder = tmp_path / f"prometheus{len(programs)}"
        make_blocks(text, folder / "data")
        text.unlink()
        prometheus = Prometheus(folder, [], flags=["--storage.tsdb.retention.time=10y", *flags])
        programs.append(prometheus)
        return prometheus

    return start


class History:
    """What the simulated cloud knows of the past of some jobs, as far as it still tells it."""

    def __init__(self, simulator, jobs: set[str], tasks_per_job: int, start: int) -> None:
        self._simulator = simulator
        self._tasks_per_job = tasks_per_job
        self._start = start
        self._now = {
            job["id"]: job["tasks"]
            for place in simulator.truth()["projects"]
            for job in place["jobs"]
            if job["id"] in jobs
        }
        self.waiting = 0

    def at(self, moment: int) -> past.Series:
        """All series of then."""
        found: past.Series = {}
        for place in self._simulator.truth(moment)["projects"]:
            for job in place["jobs"]:
                if job["id"] in self._now:
                    labels = {"project": place["name"], "job_id": job["id"], "job_name": job["name"]} | LABELS
                    tasks = self._tasks(job, moment)
                    found |= past.shown(labels, tasks, moment, self._tasks_per_job, self._start)
        return found

    def _tasks(self, job: dict[str, Any], moment: int) -> list[dict[str, Any]]:
        """The tasks of then of which the cloud has not forgotten by now that they were."""
        then = {task["id"]: task for task in job["tasks"]}
        tasks = []
        for task in self._now[job["id"]]:
            if task["id"] in then:
                tasks.append(then[task["id"]])
            elif task.get("start_time") and cloud.read(task["start_time"]) <= moment:
                # It waited, with the start time that it kept: its report does not say so any more.
                self.waiting += 1
                tasks.append(task | {"status": "RUNNING", "end_time": None})
        return sorted(tasks, key=lambda task: (task["start_time"], task["id"]), reverse=True)


def agree(prometheus: Prometheus, history: History, moment: int, step: int, lookback: int) -> int:
    """Compares everything at a moment, and gives the number of series."""
    answer = prometheus.query('{__name__=~"drs_.+"}', moment)
    told = {past.series_of(metric): value for metric, value in answer}
    expected = history.at(moment)
    missing = expected.keys() - told.keys()
    assert not missing, f"missing at {moment}: {sorted(map(str, missing))[:5]}"
    for key, value in expected.items():
        # What grows is known to the step.
        slack = step if key[0].endswith("_duration_seconds") else 0
        assert value - slack <= told[key] <= value, f"{key} at {moment}: {told[key]} instead of {value}"
    if extra := told.keys() - expected.keys():
        # Prometheus goes on to show what has gone, for as long as it looks back.
        gone = extra - history.at(moment - lookback).keys()
        assert not gone, f"never was, at {moment}: {sorted(map(str, gone))[:5]}"
    return len(expected)


def add_recent(simulator, job_id: str = cloud.JOB) -> None:
    """A job with a comparison of yesterday."""
    moment = cloud.written(cloud.now() - DAY)
    simulator.add_job(job_id, name="DRS-7754")
    simulator.add_task(job_id, type="lines", status="SUCCESSFUL", start_time=moment, end_time=moment)


def jobs_of(simulator, count: int) -> dict[str, list[str]]:
    """The first jobs of each project that have comparisons."""
    return {
        place["name"]: [job["id"] for job in place["jobs"] if job["tasks"]][:count]
        for place in simulator.truth()["projects"]
    }


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("jobs", "step", "lookback"),
    [(1, SAMPLES_STEP, 300), (6, 3600, 3700)],
    ids=["as Prometheus is", "many jobs, looking back further"],
)
def test_a_prometheus_on_sixty_days_tells_the_truth(
    binary, tmp_path, start_simulator, start_on_blocks, jobs, step, lookback
):
    simulator = start_simulator(world="daily", reports=60, jobs=12)
    end = cloud.now()
    start = end - 60 * DAY
    chosen = jobs_of(simulator, jobs)
    made = [project(simulator, name, jobs=ids) for name, ids in chosen.items()]
    history = History(simulator, {job for ids in chosen.values() for job in ids}, 3, start)
    config = configuration(*made, tasks_per_job=3, http={"rate_limit": 1000})
    span = [f"--start={cloud.written(start)}", f"--end={cloud.written(end)}"]
    text, done = backfill(binary, tmp_path, config, *span, f"--step={step}s", *WITH_LABELS)
    assert done.returncode == 0, done.stderr

    prometheus = start_on_blocks(text, f"--query.lookback-delta={lookback}s")
    chance = random.Random(4)
    compared = sum(
        agree(prometheus, history, chance.randint(start, end - 1), step, lookback) for _ in range(INSTANTS)
    )
    assert compared > INSTANTS * 50 * jobs
    assert history.waiting < INSTANTS * jobs / 10, "most moments are told truly, without any allowance"
    # A question about last month, as a person asks it.
    days = prometheus.query(f'sum(increase({past.PREFIX}ended_tasks_total[30d]))', end)
    assert days[0][1] > 25


def test_the_text_is_what_openmetrics_wants(binary, tmp_path, start_simulator):
    """By the strictest reader there is."""
    simulator = start_simulator(world="quiet", jobs=8)
    start = cloud.written(cloud.now() - 2 * DAY)
    text, done = backfill(binary, tmp_path, simulator.configuration, f"--start={start}", "--step=1h", *WITH_LABELS)
    assert done.returncode == 0, done.stderr
    page = Page(text.read_text(), openmetrics=True)
    assert page.types["drs_health_comparison_ended_tasks"] == "counter"
    assert page.types["drs_health_comparison_last_status"] == "gauge"
    assert {labels["project"] for labels, _ in page.series("drs_health_comparison_last_status")} == set(cloud.PROJECTS)
    assert "samples=" in done.stderr and "jobs=" in done.stderr and "\x1b" not in done.stderr


def test_any_job_name_comes_through_to_prometheus(binary, tmp_path, simulator, start_on_blocks):
    name = 'all "of" it \\ 中\n{}=,# \t</x>'
    end = cloud.now() - DAY
    simulator.add_job(name=name)
    simulator.add_task(type="lines", status="FAILED", start_time=cloud.written(end - 60), end_time=cloud.written(end))
    text, done = backfill(binary, tmp_path, configuration(project(simulator, jobs=[cloud.JOB])))
    assert done.returncode == 0, done.stderr
    prometheus = start_on_blocks(text)
    [(labels, _)] = prometheus.query(f'{past.PREFIX}last_status{{status="FAILED"}} == 1', end + 1)
    assert labels["job_name"] == name


def test_discovered_jobs_and_single_tasks_are_written_too(binary, tmp_path, simulator):
    moment = cloud.now() - DAY
    for number in range(4):
        simulator.add_job(f"job-{number}", name=f"{'test' if number == 3 else 'live'}-{number}")
        for task in range(2):
            start = cloud.written(moment + 600 * task)
            simulator.add_task(f"job-{number}", f"t{number}{task}", status="FAILED", start_time=start, end_time=start)
    found = {"job_types": ["sync"], "exclude": "^test-"}
    by_name = project(simulator, discovery=found)
    by_id = project(simulator, "analytics", tasks=[("job-3", "t30")], project_id=cloud.PROJECTS["payments"][0])
    text, done = backfill(binary, tmp_path, configuration(by_name, by_id))
    assert done.returncode == 0, done.stderr
    page = Page(text.read_text(), openmetrics=True)
    shown = {(labels["project"], labels["compare_job_id"]) for labels, _ in page.series(f"{past.PREFIX}task_info")}
    assert shown == {("payments", f"t{number}{task}") for number in range(3) for task in range(2)} | {
        ("analytics", "t30")
    }
    assert page.has(f"{past.PREFIX}last_status", job_name="test-3"), "a name by the detail"


def test_a_failed_job_is_told_with_its_remedy_and_the_others_are_written(binary, tmp_path, simulator):
    add_recent(simulator)
    other = "7eb9e1b0-d0f3-4f5c-b2c4-a5d5c1fjb20r"
    text, done = backfill(binary, tmp_path, configuration(project(simulator, jobs=[cloud.JOB, other])))
    assert done.returncode == 1
    assert other in done.stderr and "check job_id" in done.stderr and cloud.JOB not in done.stderr, done.stderr
    page = Page(text.read_text(), openmetrics=True)
    assert page.has(f"{past.PREFIX}last_status", job_id=cloud.JOB)


def test_a_refused_project_is_told_once_and_the_other_is_written(binary, tmp_path, simulator):
    add_recent(simulator)
    wrong = {"aksk": {"access_key": "NOBODY", "secret_key": "x"}}
    refused = project(simulator, "analytics", jobs=[f"job-{number}" for number in range(40)], credentials=wrong)
    text, done = backfill(binary, tmp_path, configuration(project(simulator, jobs=[cloud.JOB]), refused))
    assert done.returncode == 1 and "check access key" in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) < 15, "told again and again"
    assert Page(text.read_text(), openmetrics=True).has(f"{past.PREFIX}last_status", job_id=cloud.JOB)


def test_verdicts_that_cannot_be_read_cost_only_themselves(binary, tmp_path, simulator):
    moment = cloud.now() - DAY
    row = {"type": "TABLE", "source_count": 1, "target_count": 1, "status": 2}
    simulator.add_job(name="j")
    for number in range(5):
        start = cloud.written(moment + 600 * number)
        times = {"start_time": start, "end_time": start}
        simulator.add_task(task_id=f"t{number}", type="object_comparison", status="SUCCESSFUL", objects=[row], **times)
    config = configuration(project(simulator, jobs=[cloud.JOB]))
    text, done = backfill(binary, tmp_path, config)
    assert done.returncode == 0 and f"{past.PREFIX}consistent{{" in text.read_text()
    simulator.fault("status", status=403, operation="ShowHealthObjectCompareJobOverview")
    simulator.reset_stats()
    text, done = backfill(binary, tmp_path, config)
    assert done.returncode == 1 and "the verdicts of 5" in done.stderr, done.stderr
    page = Page(text.read_text(), openmetrics=True)
    assert page.has(f"{past.PREFIX}last_status") and not page.has(f"{past.PREFIX}consistent")
    assert simulator.requests("ShowHealthObjectCompareJobOverview") == 1, "who may not is not asking on"


def test_tasks_without_a_start_are_counted_and_told(binary, tmp_path, simulator):
    add_recent(simulator)
    simulator.add_task(task_id="nowhere", type="lines", status="WAITING_FOR_RUNNING", start_time=None)
    text, done = backfill(binary, tmp_path, configuration(project(simulator, jobs=[cloud.JOB])))
    assert done.returncode == 0 and "tasks=1" in done.stderr, done.stderr
    assert "nowhere" not in text.read_text()


def test_a_reader_that_goes_ends_it_quietly(binary, tmp_path, simulator):
    add_recent(simulator)
    file = write(tmp_path, configuration(project(simulator, jobs=[cloud.JOB])))
    process = subprocess.Popen(
        [binary, "backfill", f"--config.file={file}", "--log.level=warn"],
        env=bare_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.read(100).startswith(b"# HELP")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 1


def test_progress_shows_on_a_terminal(binary, tmp_path, simulator):
    """In a pipe it does not; that is a part of other tests."""
    add_recent(simulator)
    file = write(tmp_path, configuration(project(simulator, jobs=[cloud.JOB])))
    ours, theirs = os.openpty()
    with (tmp_path / "history.om").open("wb") as out:
        command = [binary, "backfill", f"--config.file={file}"]
        environment = bare_environment(tmp_path) | {"TERM": "xterm"}
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=theirs)
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # the end of a terminal
            while block := os.read(ours, 65536):
                said += block
        os.close(ours)
        assert process.wait(60) == 0, said
    assert b"asking" in said and b"writing" in said and b"history written" in said


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["--start=yesterday"], "--start"),
        (["--start=2024-04-08T00:00:00Z", "--end=2024-04-07T00:00:00Z"], "--start must be before --end"),
        (["--step=0s"], "--step"),
        (["--label=job_id=x"], "--label"),
        (["--label=a=1", "--label=a=2"], "--label"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unusable_arguments_end_it_with_2(binary, tmp_path, arguments, about):
    config = configuration(project("http://127.0.0.1:1", jobs=[cloud.JOB]))
    text, done = backfill(binary, tmp_path, config, *arguments)
    assert done.returncode == 2 and about in done.stderr and text.read_bytes() == b"", done.stderr


# /proc takes no files, not even of root.
@pytest.mark.parametrize("temporary", ["/nowhere/at/all", "/proc"])
def test_a_folder_for_temporary_files_that_takes_none_is_told_before_anything_is_asked(binary, tmp_path, simulator, temporary):
    simulator.add_example()
    config = configuration(project(simulator, jobs=[cloud.JOB]))
    text, done = backfill(binary, tmp_path, config, temporary=temporary)
    assert done.returncode == 1 and text.read_bytes() == b""
    assert f"no temporary file can be made in {temporary}: " in done.stderr and "TMPDIR" in done.stderr, done.stderr
    assert simulator.requests() == 0
