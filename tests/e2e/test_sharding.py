"""Several exporters that share the jobs: together they show what one shows, each job on one, and cost the cloud no more."""

from __future__ import annotations

import hashlib
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from support import cloud
from support.configuration import configuration, project, write
from support.exporter import Exporter
from support.page import Page
from support.process import bare_environment
from support.waiting import hold_for, wait_for

DISCOVERY = {"refresh_interval": "1s"}
EVERY_TYPE = ["migration", "sync", "cloudDataGuard", "replay"]
# No limit that a test of something else could meet.
FAST = {"rate_limit": 1000, "concurrency": 50}
# What each exporter tells of itself, and when it has asked: no two are alike in that.
OF_THE_EXPORTER = ("drs_exporter_", "drs_project_", "process_", "drs_job_last_refresh_timestamp_seconds")

Series = tuple[str, frozenset[tuple[str, str]], float]


def place(job_id: str, total: int) -> int:
    """The shard that a job belongs to: the rule, written down once more and apart from the exporter."""
    key = int.from_bytes(hashlib.sha256(job_id.encode()).digest()[:8], "big")
    bucket, following = -1, 0
    while following < total:
        bucket = following
        key = (key * 2862933555777941757 + 1) % 2**64
        following = int((bucket + 1) * (2**31 / ((key >> 33) + 1)))
    return bucket


def start_shard(start_exporter, content: dict[str, Any], ordinal: int, total: int) -> Exporter:
    """As in a StatefulSet, by the pod's name in the environment."""
    environment = {"DRS_EXPORTER_SHARD": f"drs-exporter-{ordinal}", "DRS_EXPORTER_TOTAL_SHARDS": str(total)}
    return start_exporter(content, environment=environment)


def start_shards(start_exporter, content: dict[str, Any], total: int) -> list[Exporter]:
    return [start_shard(start_exporter, content, ordinal, total) for ordinal in range(total)]


def comparisons(page: Page) -> set[Series]:
    """Everything that is said of jobs and their comparisons."""
    return {series for series in page.as_set(OF_THE_EXPORTER) if series[0].startswith("drs_")}


def jobs_of(page: Page) -> set[tuple[str, str]]:
    return {(labels["project"], labels["job_id"]) for labels, _ in page.series("drs_job_up")}


def refreshed(page: Page) -> int:
    return len(page.series("drs_job_last_refresh_timestamp_seconds"))


def names_of(series: Iterable[Series]) -> set[str]:
    return {name for name, _, _ in series}


def configurations(simulator) -> dict[str, dict[str, Any]]:
    """All of both projects, in each way in which jobs can be configured."""
    truth = simulator.truth()["projects"]
    ids = {found["name"]: [job["id"] for job in found["jobs"]] for found in truth}
    tasks = {
        found["name"]: [(job["id"], task["id"]) for job in found["jobs"] for task in job["tasks"][:2]] for found in truth
    }

    def both(**of_each: Any) -> dict[str, Any]:
        parts = [
            project(simulator, name, http=FAST, **{key: of(name) for key, of in of_each.items()})
            for name in ("payments", "analytics")
        ]
        return configuration(*parts, policy_interval="1s")

    half = {name: of[: len(of) // 2] for name, of in ids.items()}
    return {
        "discovery": both(discovery=lambda _: DISCOVERY),
        "jobs": both(jobs=ids.get),
        "comparison tasks": both(tasks=tasks.get),
        "all of it": both(
            discovery=lambda _: DISCOVERY | {"exclude": "[13579]$"}, jobs=half.get, tasks=lambda name: tasks[name][:9]
        ),
    }


@pytest.mark.parametrize("way", ["discovery", "jobs", "comparison tasks", "all of it"])
def test_the_shards_together_show_what_one_exporter_shows(start_simulator, start_exporter, way):
    simulator = start_simulator(world="quiet", jobs=30)
    content = configurations(simulator)[way]
    single = start_exporter(content)
    shards = start_shards(start_exporter, content, 3)
    for exporter in (single, *shards):
        exporter.await_ready()

    def look() -> bool:
        whole, parts = single.scrape(), [shard.scrape() for shard in shards]
        watched = [jobs_of(part) for part in parts]
        assert sum(map(len, watched)) == len(set.union(*watched)), "a job is on two shards"
        assert set.union(*watched) == jobs_of(whole)
        for ordinal, jobs in enumerate(watched):
            assert jobs, f"shard {ordinal} has nothing to do: this shows little"
            assert {place(job, 3) for _, job in jobs} == {ordinal}
        together = set.union(*map(comparisons, parts))
        difference = together ^ comparisons(whole)
        assert not difference, f"{len(difference)} series differ: {sorted(map(str, difference))[:5]}"
        assert "drs_health_comparison_task_status" in names_of(together)
        if way != "comparison tasks":
            assert {"drs_health_comparison_policy_status", "drs_health_comparison_consistent"} <= names_of(together)
        jobs_told = [part.total("drs_project_jobs") for part in parts]
        assert sum(jobs_told) == whole.total("drs_project_jobs") == len(jobs_of(whole))
        return True

    wait_for("the shards' union to be the whole", look, 60, single.story)


def test_a_new_job_comes_to_its_shard_alone_and_a_deleted_one_goes(simulator, start_exporter):
    content = configuration(project(simulator, discovery=DISCOVERY, http=FAST))
    shards = [shard.await_ready() for shard in start_shards(start_exporter, content, 3)]
    new = [f"new-{number}" for number in range(12)]
    for job in new:
        simulator.add_job(job)

    def where() -> list[set[str]]:
        return [{job for _, job in jobs_of(shard.scrape())} for shard in shards]

    expected = [{job for job in new if place(job, 3) == ordinal} for ordinal in range(3)]
    wait_for("all jobs, each on its shard", lambda: where() == expected, story=shards[0].story)
    for job in new[:3]:
        simulator.delete_job(job)
    expected = [jobs - set(new[:3]) for jobs in expected]
    wait_for("the deleted jobs to be gone", lambda: where() == expected, story=shards[0].story)


@pytest.mark.timeout(300)
def test_three_shards_become_four_one_pod_after_the_other(start_simulator, start_exporter):
    """A thousand jobs. A StatefulSet first adds the new pod, then replaces the others from the last to the first."""
    jobs = 1000
    simulator = start_simulator(world="quiet", jobs=jobs)
    # The jobs of one project, and each is asked once: what counts is where they are.
    content = configuration(
        project(simulator, discovery={"refresh_interval": "5s", "job_types": EVERY_TYPE}, http=FAST),
        poll_interval="20s",
        idle_interval="60s",
        stale_after="120s",
    )
    everything = {job["id"] for job in simulator.truth()["projects"][0]["jobs"]}
    assert len(everything) == jobs
    running = dict(enumerate(start_shards(start_exporter, content, 3)))

    def where() -> dict[str, list[int]]:
        """For each job the shards that have refreshed it."""
        found: dict[str, list[int]] = {job: [] for job in everything}
        for ordinal, shard in running.items():
            for labels, value in shard.scrape().series("drs_job_up"):
                if value == 1:
                    found[labels["job_id"]].append(ordinal)
        return found

    def settled(most: int) -> dict[str, list[int]]:
        for shard in running.values():
            shard.await_ready(120)

        def look() -> dict[str, list[int]]:
            found = where()
            counts = Counter(map(len, found.values()))
            assert 0 not in counts and max(counts) <= most, f"jobs by number of shards: {counts}"
            return found

        return wait_for("each job on a shard", look, 60)

    before = settled(most=1)
    running[3] = start_shard(start_exporter, content, 3, 4)
    for ordinal in (2, 1, 0):
        # While both numbers are in use a job may be on its old shard and on the new one; on none it never is.
        found = settled(most=2)
        assert all(len(shards) == 1 or 3 in shards for shards in found.values())
        running.pop(ordinal).stop()
        running[ordinal] = start_shard(start_exporter, content, ordinal, 4)
    after = settled(most=1)

    moved = {job for job in everything if before[job] != after[job]}
    print(f"{len(moved)} of {jobs} jobs have moved")
    assert 0 < len(moved) <= 0.3 * jobs, f"{len(moved)} of {jobs} jobs have moved"
    assert all(after[job] == [3] for job in moved), "a job has moved between old shards"
    share = Counter(shards[0] for shards in after.values())
    assert all(0.8 * jobs / 4 <= count <= 1.2 * jobs / 4 for count in share.values()), share


def test_together_the_shards_keep_the_limits_of_one(simulator, start_exporter):
    rate, at_once, total = 9, 4, 3
    for number in range(60):
        simulator.add_job(f"job-{number}")
    simulator.fault("latency", milliseconds=700)
    content = configuration(project(simulator, discovery=DISCOVERY, http={"rate_limit": rate, "concurrency": at_once}))
    shards = start_shards(start_exporter, content, total)
    for shard in shards:
        shard.eventually("first answers", refreshed, 60)

    started = time.monotonic()
    simulator.reset_stats()
    simulator.await_requests(1, since=0)
    hold_for(10, "the limit of the project", lambda: simulator.assert_within(rate))
    # Each of them may have begun one when the counts began.
    stats = simulator.assert_within(rate, seconds=time.monotonic() - started + total / rate)
    assert stats["peak_concurrent"] <= at_once, stats
    assert stats["requests"] >= 30, f"hardly anything was asked: {stats}"
    limits = [shard.scrape().value("drs_exporter_api_rate_limit", project="payments") for shard in shards]
    assert limits == [rate / total] * total
    # Four at once are two and one and one.
    told = [shard.await_log(r"shared with other shards").string for shard in shards]
    assert all(f"rate_limit={rate // total}" in log for log in told)
    assert [log.count("concurrency=2") for log in told] == [1, 0, 0]


def test_a_shard_without_a_job_of_a_project_is_ready_and_leaves_it_alone(simulator, start_exporter):
    simulator.add_example()
    owner = place(cloud.JOB, 3)
    content = configuration(project(simulator, tasks=[(cloud.JOB, cloud.TASK)]))
    shards = start_shards(start_exporter, content, 3)
    for ordinal, shard in enumerate(shards):
        page = shard.await_ready().scrape()
        if ordinal == owner:
            shard.eventually("its task", lambda page: page.has("drs_health_comparison_task_status"))
            continue
        assert page.value("drs_project_jobs", project="payments") == 0
        assert not page.has("drs_project_up"), "nobody knows"
        assert "nothing to ask" in shard.get("/").text

        def is_quiet(shard: Exporter = shard) -> bool:
            return not shard.scrape().has("drs_exporter_api_requests_total")

        # Two of its poll intervals.
        hold_for(2, "no request", is_quiet, shard.story)
        assert "shard" in shard.log and "error" not in shard.log.lower()


def test_metrics_page_and_log_say_which_shard_it_is(simulator, start_exporter):
    content = configuration(project(simulator, discovery=DISCOVERY))
    by_flag = start_exporter(content, "--shard=2", "--total-shards=3").await_ready()
    page = by_flag.scrape()
    assert (page.value("drs_exporter_shard_ordinal"), page.value("drs_exporter_total_shards")) == (2, 3)
    assert "shard 2 of 3" in by_flag.get("/").text
    assert "total_shards=3" in by_flag.log
    alone = start_exporter(content).await_ready()
    page = alone.scrape()
    assert (page.value("drs_exporter_shard_ordinal"), page.value("drs_exporter_total_shards")) == (0, 1)
    assert "shard" not in alone.get("/").text and "total_shards" not in alone.log


def test_the_demo_can_be_one_of_several(start_exporter):
    shards = [start_exporter(None, "demo", f"--shard=demo-{ordinal}", "--total-shards=2") for ordinal in range(2)]
    pages = [shard.await_ready().scrape() for shard in shards]
    first, second = map(jobs_of, pages)
    assert first and second and not first & second


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--shard=3", "--total-shards=3"], {}, ["shard 3 of 3", "the last of 3 is 2"]),
        (["--shard=1"], {}, ["shard 1 of 1", "--total-shards"]),
        (["demo", "--shard=1"], {}, ["shard 1 of 1", "--total-shards"]),
        ([], {"DRS_EXPORTER_SHARD": "drs-exporter-5", "DRS_EXPORTER_TOTAL_SHARDS": "5"}, ["the last of 5 is 4"]),
        ([], {"DRS_EXPORTER_SHARD": "drs-exporter-7d9f-x2x4z"}, ["drs-exporter-7d9f-x2x4z", "StatefulSet"]),
        (["--shard=two"], {}, ["--shard", "'two'"]),
        (["--shard=-1"], {}, ["--shard"]),
        (["--total-shards=0"], {}, ["--total-shards"]),
        (["check", "--shard=0"], {}, ["--shard"]),
        (["backfill", "--total-shards=2"], {}, ["--total-shards"]),
    ],
)
def test_a_shard_that_cannot_be_is_refused(binary, tmp_path, arguments, environment, words):
    file = write(tmp_path, configuration(project("http://127.0.0.1:1", jobs=[cloud.JOB])))
    target = [] if arguments[:1] in (["demo"], ["check"], ["backfill"]) else [f"--config.file={file}"]
    done = subprocess.run(
        [binary, *arguments, *target],
        env=bare_environment(tmp_path) | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2, done
    assert all(word in done.stderr for word in words), done.stderr


def test_a_check_asks_for_all_jobs_whatever_the_environment_says(binary, simulator, tmp_path):
    jobs = [f"job-{number}" for number in range(6)]
    for job in jobs:
        simulator.add_job(job)
    file = write(tmp_path, configuration(project(simulator, jobs=jobs)))
    done = subprocess.run(
        [binary, "check", f"--config.file={file}", "--output=json"],
        env=bare_environment(tmp_path) | {"DRS_EXPORTER_SHARD": "1", "DRS_EXPORTER_TOTAL_SHARDS": "3"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert all(job in done.stdout for job in jobs), done


def test_a_reload_tells_the_share_of_what_is_new_or_changed(simulator, start_exporter, tmp_path):
    folder = tmp_path / "reloaded"

    def content(**rates: int) -> dict[str, Any]:
        each = [
            project(simulator, discovery=DISCOVERY, http={"rate_limit": rate}) | {"name": name} for name, rate in rates.items()
        ]
        return configuration(*each)

    flags = ("--shard=0", "--total-shards=2", "--web.enable-lifecycle")
    exporter = start_exporter(content(kept=10, changed=20), *flags, folder=folder).await_ready()

    def shares() -> list[tuple[str, float]]:
        lines = [line for line in exporter.log.splitlines() if "shared with other shards" in line]
        return [(re.search(r"project=(\S+)", line)[1], float(re.search(r"rate_limit=(\S+)", line)[1])) for line in lines]

    first = [("kept", 5), ("changed", 10)]
    wait_for("the first shares", lambda: shares() == first, story=exporter.story)
    write(folder, content(kept=10, changed=30, new=40))
    assert exporter.get("/-/reload", method="POST").status_code == 200
    wait_for("the others", lambda: shares() == [*first, ("changed", 15), ("new", 20)], story=exporter.story)
