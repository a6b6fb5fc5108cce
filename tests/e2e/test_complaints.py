"""What users of projects of the same kind have met. Each test is named by the project and the number of the report."""

from __future__ import annotations

import time

import pytest
from support import cloud
from support.configuration import configuration, project
from support.page import Page

DURATION = "drs_health_comparison_task_duration_seconds"
LIST = "ShowHealthCompareJobList"


def watch(simulator, **top):
    return configuration(project(simulator, jobs=[cloud.JOB]), **top)


@pytest.mark.parametrize("end", cloud.ENDED)
def test_gitlab_ci_pipelines_exporter_1090_and_102_a_status_does_not_stay_at_running(simulator, start_exporter, end):
    simulator.add_running(cloud.now() - 100)
    exporter = start_exporter(watch(simulator)).await_ready()
    exporter.eventually("a running task", lambda page: page.status() == "RUNNING")
    # It ends while the cloud cannot be asked, and a newer one begins: the old one must not be forgotten as it was.
    fault = simulator.fault("status", status=500)
    exporter.eventually("the failure", lambda page: page.value("drs_job_up") == 0)
    simulator.change_task(status=end, end_time=cloud.written(cloud.now() - 5))
    simulator.add_task(task_id="newer", status="RUNNING", start_time=cloud.written(cloud.now() - 1))
    simulator.order("DELETE", f"faults/{fault}")
    exporter.eventually("the end", lambda page: page.status(compare_job_id=cloud.TASK) == end)
    assert exporter.scrape().status(compare_job_id="newer") == "RUNNING"


def test_gitlab_ci_pipelines_exporter_866_and_869_fetching_does_not_silently_stop(simulator, start_exporter):
    """After each kind of trouble the next poll comes; and while it lasts, the age of the data is to be seen."""
    simulator.add_running(cloud.now() - 100)
    exporter = start_exporter(watch(simulator, http={"timeout": "1s"})).await_ready()
    refreshed = "drs_job_last_refresh_timestamp_seconds"
    for trouble in ("hang", "reset", "cut", "garbage", "expired_token"):
        simulator.fault(trouble)
        exporter.eventually(trouble, lambda page: page.value("drs_job_up") == 0)
        seen = exporter.scrape().value(refreshed)
        simulator.heal()
        page = exporter.eventually(
            f"recovery from {trouble}",
            lambda page: page if page.value("drs_job_up") == 1 and page.value(refreshed) > seen else None,
            seconds=40,
        )
        assert page.value(DURATION) >= 100


def test_cloudwatch_exporter_74_old_data_does_not_look_like_new(simulator, start_exporter):
    simulator.add_running(cloud.now() - 100)
    exporter = start_exporter(watch(simulator, stale_after="3s", http={"timeout": "1s"})).await_ready()
    simulator.fault("hang")
    exporter.eventually(
        "the old values' end",
        lambda page: page.value("drs_job_up") == 0 and not page.has(DURATION) and not page.has(
            "drs_health_comparison_last_status"
        ),
    )  # fmt: skip


def test_gitlab_ci_pipelines_exporter_691_the_rate_limit_is_kept(simulator, start_exporter):
    ids = [f"job-{number}" for number in range(60)]
    for job in ids:
        simulator.add_job(job)
        simulator.add_task(job, f"task of {job}", status="RUNNING", start_time=cloud.written(cloud.now()))
    started = time.monotonic()
    start_exporter(configuration(project(simulator, jobs=ids), http={"rate_limit": 20, "concurrency": 50}))
    simulator.await_requests(120, since=0)
    simulator.assert_within(20, seconds=time.monotonic() - started)


def test_gitlab_ci_pipelines_exporter_1003_old_history_is_not_fetched_again_and_again(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    ids = [f"task-{number}" for number in range(10)]
    for number, task in enumerate(ids):
        start = cloud.written(cloud.now() - 1000 - number * 100)
        simulator.add_task(task_id=task, status="SUCCESSFUL", start_time=start, end_time=start)
    simulator.add_task(task_id="running", status="RUNNING", start_time=cloud.written(cloud.now()))
    content = configuration(
        project(simulator, tasks=[(cloud.JOB, task) for task in [*ids, "running"]]),
        idle_interval="10m", stale_after="1h",
    )  # fmt: skip
    start_exporter(content).await_ready()
    simulator.await_requests(5, "ShowHealthCompareJobDetail")
    asked = {task: simulator.requests_of(f"ShowHealthCompareJobDetail {cloud.JOB}/{task}") for task in ids}
    assert asked == {task: 1 for task in ids}


def test_cloudeye_exporter_58_a_new_run_is_seen_and_a_deleted_one_is_gone_without_a_restart(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    exporter = start_exporter(watch(simulator)).await_ready()
    simulator.add_task(status="RUNNING", start_time=cloud.written(cloud.now()))
    # At the next poll: what is stale would go after a minute.
    within = {"seconds": 20}
    exporter.eventually("the new one", lambda page: page.status(compare_job_id=cloud.TASK) == "RUNNING", **within)
    simulator.delete_task()
    exporter.eventually("its end", lambda page: not page.has(DURATION, compare_job_id=cloud.TASK), **within)


def scrape_seconds(exporter, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        started = time.monotonic()
        assert exporter.get("/metrics").ok
        taken.append(time.monotonic() - started)
    return sorted(taken)


def test_cloudeye_exporter_18_and_50_many_jobs_do_not_make_scrapes_late(start_simulator, start_exporter):
    """The median: what else the machine does may hit one scrape, not half of them."""
    simulator = start_simulator(world="quiet", jobs=1000)
    exporter = start_exporter(simulator.configuration_in_haste()).await_ready(90)
    taken = scrape_seconds(exporter, 21)
    # Prometheus gives up after ten seconds; two thousand jobs with five tasks each are some twenty megabytes.
    assert taken[len(taken) // 2] < 1, taken


def test_cloudwatch_exporter_97_a_scrape_does_not_wait_for_the_cloud(simulator, start_exporter):
    simulator.add_running(cloud.now() - 100)
    exporter = start_exporter(watch(simulator, http={"timeout": "30s"})).await_ready()
    simulator.fault("latency", milliseconds=20_000)
    # From here on a request is always under way.
    simulator.await_requests(1, LIST)
    taken = scrape_seconds(exporter, 21)
    assert taken[-1] < 5, taken


def test_cloudwatch_exporter_174_and_463_the_number_of_calls_is_what_one_expects(simulator, start_exporter):
    """One list call a job and poll, and one detail call a job for its name."""
    ids = [f"job-{number}" for number in range(10)]
    for job in ids:
        simulator.add_job(job)
        for task in range(20):
            start = cloud.written(cloud.now() - 100 * task)
            simulator.add_task(job, f"{job} task {task}", status="RUNNING", start_time=start)
    exporter = start_exporter(configuration(project(simulator, jobs=ids))).await_ready()
    simulator.await_requests(20, LIST)
    for _ in range(10):
        exporter.scrape()
    stats = simulator.stats()
    polls = max(stats["targets"][f"{LIST} {job}"] for job in ids)
    expected = len(ids) * (polls + 1)
    assert stats["requests"] <= expected + len(ids), stats

    # What it says of itself is what the cloud has seen, up to those under way.
    def agrees(page: Page) -> bool:
        return abs(page.total("drs_exporter_api_requests_total") - simulator.requests()) <= len(ids)

    exporter.eventually("agreement with the cloud", agrees)


def test_yet_another_cloudwatch_exporter_96_throttling_is_survived(simulator, start_exporter):
    simulator.add_running(cloud.now() - 100)
    exporter = start_exporter(watch(simulator)).await_ready()
    simulator.fault("throttle", times=4)
    exporter.eventually("being throttled", lambda page: page.total("drs_exporter_api_requests_total", code="429") >= 1)
    exporter.eventually("going on", lambda page: page.value("drs_job_up") == 1, seconds=40)
    assert exporter.scrape().total("drs_exporter_api_errors_total", error_code="APIGW.0308") >= 1
    assert "panic" not in exporter.log
