"""A thousand jobs at the default settings: the cloud is asked gently, and never by a scrape."""

from __future__ import annotations

import time

import pytest
from support import cloud
from support.configuration import configuration, project
from support.waiting import hold_for, wait_for

JOBS = 1000
RATE_LIMIT, CONCURRENCY = 10, 8
# Long enough for any burst to show; a whole turn of all jobs takes 100 s at this rate.
WINDOW_SECONDS = 15


def defaults(simulator, **other):
    """A project at the defaults; only the list of its jobs is given."""
    return {"projects": [project(simulator, **other)]}


@pytest.mark.timeout(300)
def test_a_thousand_jobs_keep_within_the_rate_limit_and_scrapes_call_nobody(start_simulator, start_exporter):
    simulator = start_simulator(world="quiet", jobs=JOBS)
    ids = [job["id"] for job in simulator.truth()["projects"][0]["jobs"]]
    assert len(ids) == JOBS
    exporter = start_exporter(defaults(simulator, jobs=ids))
    # Asking a thousand jobs at ten a second takes a hundred seconds, and that is as it should be.
    exporter.eventually("first values", lambda page: len(page.series("drs_job_up")) >= 50)

    for _ in range(20):
        exporter.get("/metrics")
        exporter.get("/")
    started = time.monotonic()
    simulator.reset_stats()
    simulator.await_requests(1, since=0)
    hold_for(
        WINDOW_SECONDS, "the rate limit", lambda: exporter.get("/metrics").ok and simulator.assert_within(RATE_LIMIT)
    )
    stats = simulator.assert_within(RATE_LIMIT, seconds=time.monotonic() - started)
    assert stats["peak_concurrent"] <= CONCURRENCY, stats
    assert stats["requests"] >= RATE_LIMIT * WINDOW_SECONDS * 0.6, "far slower than it may be"


def test_when_nothing_is_due_scrapes_call_nobody_at_all(simulator, start_exporter):
    simulator.add_example()
    exporter = start_exporter(defaults(simulator, tasks=[(cloud.JOB, cloud.TASK)])).await_ready()
    exporter.eventually("the value", lambda page: page.has("drs_health_comparison_task_status"))
    exporter.eventually("the last question", lambda _: simulator.requests("ShowHealthObjectCompareJobOverview") == 1)
    before = simulator.requests()
    for _ in range(50):
        exporter.get("/metrics")
        exporter.get("/")
        exporter.get("/-/ready")
    assert simulator.requests() == before


def test_a_configured_rate_and_concurrency_are_kept(simulator, start_exporter):
    ids = [f"job-{number}" for number in range(30)]
    for job in ids:
        simulator.add_job(job)
    simulator.fault("latency", milliseconds=400)
    content = configuration(
        project(simulator, jobs=ids, http={"rate_limit": 5, "concurrency": 2}), http={"rate_limit": 50}
    )
    started = time.monotonic()
    start_exporter(content).await_ready()
    stats = simulator.assert_within(5, seconds=time.monotonic() - started)
    assert stats["peak_concurrent"] <= 2, stats


def test_requests_of_one_interval_are_spread_over_it(simulator, start_exporter):
    ids = [f"job-{number}" for number in range(20)]
    for job in ids:
        simulator.add_job(job)
        simulator.add_task(job, f"task of {job}", status="RUNNING", start_time=cloud.written(cloud.now()))
    content = configuration(
        project(simulator, jobs=ids), poll_interval="10s", idle_interval="10s", http={"rate_limit": 100}
    )
    exporter = start_exporter(content)
    exporter.await_ready()
    simulator.await_requests(5)
    simulator.reset_stats()
    simulator.await_requests(2 * len(ids))
    stats = simulator.stats()["projects"][cloud.PROJECTS["payments"][0]]
    assert stats["peak_per_second"] <= len(ids) // 2, f"all at once: {stats}"


def test_a_job_of_many_tasks_is_one_call_a_poll(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    for number in range(30):
        start = cloud.written(cloud.now() - 1000 - 10 * number)
        simulator.add_task(task_id=f"task-{number}", status="SUCCESSFUL", start_time=start, end_time=start)
    start_exporter(configuration(project(simulator, jobs=[cloud.JOB]))).await_ready()
    wait_for("the policy, which is asked for rarely", lambda: simulator.requests("ShowComparePolicy") == 1)
    simulator.reset_stats()
    simulator.await_requests(3, "ShowHealthCompareJobList")
    others = simulator.stats()["operations"].keys() - {"ShowHealthCompareJobList"}
    assert not others, f"asked again although known: {others}"
