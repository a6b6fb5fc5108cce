"""Jobs and tasks that the cloud no longer knows, renames, or no longer tells of."""

from __future__ import annotations

import time

import pytest
from support import cloud
from support.configuration import configuration, project
from support.page import Page

TASKS = [(cloud.JOB, cloud.TASK)]
# A poll comes every second. What is not asked for any more would go after a minute, as stale.
AT_THE_NEXT_POLL_SECONDS = 20


def comparison_series(page: Page, **labels: str) -> list[str]:
    return [name for name in page.names() if name.startswith("drs_health_comparison_") and page.has(name, **labels)]


@pytest.mark.parametrize("what", [{"tasks": TASKS}, {"jobs": [cloud.JOB]}], ids=["task", "job"])
def test_what_the_cloud_does_not_know_is_not_up_and_has_no_series(simulator, start_exporter, what):
    exporter = start_exporter(configuration(project(simulator, **what))).await_ready()
    page = exporter.scrape()
    assert page.value("drs_job_up", job_id=cloud.JOB) == 0
    assert page.value("drs_project_up") == 1, "the cloud was reached and has let in"
    assert not comparison_series(page)
    assert page.total("drs_exporter_api_errors_total", error_code="DRS.10000010") >= 1
    exporter.await_log(rf"level=(warn|error).*{cloud.JOB}")

    simulator.add_running(cloud.now() - 5)
    exporter.eventually(
        "what has come to be", lambda page: page.value("drs_job_up") == 1 and page.status() == "RUNNING"
    )


@pytest.mark.parametrize("what", [{"tasks": TASKS}, {"jobs": [cloud.JOB]}], ids=["task", "job"])
def test_a_deleted_job_is_gone_at_the_next_poll(simulator, start_exporter, what):
    simulator.add_running(cloud.now() - 5)
    exporter = start_exporter(configuration(project(simulator, **what))).await_ready()
    exporter.eventually("the task", lambda page: page.status() == "RUNNING")
    simulator.delete_job(cloud.JOB)
    exporter.eventually(
        "its end", lambda page: page.value("drs_job_up") == 0 and not comparison_series(page), AT_THE_NEXT_POLL_SECONDS
    )
    assert exporter.scrape().value("drs_job_up", job_id=cloud.JOB) == 0


def test_a_deleted_task_is_gone_and_its_job_stays(simulator, start_exporter):
    simulator.add_running(cloud.now() - 5)
    simulator.add_task(task_id="other", status="RUNNING", start_time=cloud.written(cloud.now() - 50))
    exporter = start_exporter(configuration(project(simulator, jobs=[cloud.JOB]))).await_ready()
    simulator.delete_task(cloud.TASK)
    exporter.eventually(
        "the task's end",
        lambda page: not comparison_series(page, compare_job_id=cloud.TASK),
        AT_THE_NEXT_POLL_SECONDS,
    )
    page = exporter.scrape()
    assert page.value("drs_job_up") == 1 and page.status(compare_job_id="other") == "RUNNING"


def test_one_unknown_task_does_not_hide_another_of_the_same_job(simulator, start_exporter):
    simulator.add_running(cloud.now() - 5)
    tasks = [(cloud.JOB, "unknown"), (cloud.JOB, cloud.TASK)]
    exporter = start_exporter(configuration(project(simulator, tasks=tasks))).await_ready()
    page = exporter.scrape()
    assert page.status(compare_job_id=cloud.TASK) == "RUNNING"
    assert page.value("drs_job_up") == 0
    assert not comparison_series(page, compare_job_id="unknown")


def test_a_renamed_job_has_its_new_name_alone(simulator, start_exporter):
    simulator.add_running(cloud.now() - 5)
    exporter = start_exporter(configuration(project(simulator, tasks=TASKS))).await_ready()
    exporter.eventually("the first name", lambda page: page.has("drs_job_up", job_name="DRS-7754"))
    simulator.change_job(cloud.JOB, name="renamed")
    exporter.eventually("the new name", lambda page: page.has("drs_job_up", job_name="renamed"))
    page = exporter.scrape()
    names = {labels["job_name"] for _, labels, _ in page.all() if "job_name" in labels}
    assert names == {"renamed"}
    assert page.status(job_name="renamed") == "RUNNING"


def test_a_job_that_is_not_refreshed_loses_its_series_after_stale_after_and_stays_known(simulator, start_exporter):
    simulator.add_running(cloud.now() - 5)
    content = configuration(project(simulator, jobs=[cloud.JOB]), stale_after="8s")
    exporter = start_exporter(content).await_ready()
    exporter.eventually("the task", lambda page: page.status() == "RUNNING")
    simulator.fault("status", status=500)
    page = exporter.eventually("the failure", lambda page: page.value("drs_job_up") == 0 and page)
    assert page.status() == "RUNNING", "a failure alone takes nothing away"
    page = exporter.eventually("its end", lambda page: not comparison_series(page) and page)
    assert page.value("drs_job_up", job_id=cloud.JOB) == 0
    assert time.time() - page.value("drs_job_last_refresh_timestamp_seconds") >= 8

    simulator.heal()
    exporter.eventually("its return", lambda page: page.status() == "RUNNING")


def test_an_ended_task_stays_for_as_long_as_it_is_configured(simulator, start_exporter):
    simulator.add_example()
    content = configuration(project(simulator, tasks=TASKS), stale_after="4s")
    exporter = start_exporter(content).await_ready()
    refreshed = "drs_job_last_refresh_timestamp_seconds"
    first = exporter.scrape().value(refreshed)
    page = exporter.eventually("a much later refresh", lambda page: page.value(refreshed) > first + 5 and page)
    assert page.status() == "SUCCESSFUL"


def test_an_ended_comparison_task_is_not_asked_for_at_every_poll(simulator, start_exporter):
    simulator.add_example()
    simulator.add_task(task_id="running", status="RUNNING", start_time=cloud.written(cloud.now()))
    content = configuration(
        project(simulator, tasks=[*TASKS, (cloud.JOB, "running")]), idle_interval="10m", stale_after="1h"
    )
    exporter = start_exporter(content).await_ready()
    target = f"ShowHealthCompareJobDetail {cloud.JOB}"
    simulator.reset_stats()
    simulator.await_requests(4, "ShowHealthCompareJobDetail")
    assert simulator.requests_of(f"{target}/{cloud.TASK}") <= 1, simulator.stats()
    assert simulator.requests_of(f"{target}/running") >= 3, simulator.stats()
    assert exporter.scrape().status(compare_job_id=cloud.TASK) == "SUCCESSFUL"


def test_the_cloud_keeps_thirty_and_a_task_that_falls_out_goes(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    for age in range(3):
        start = cloud.written(cloud.now() - 600 - 60 * age)
        simulator.add_task(task_id=f"task-{age}", status="SUCCESSFUL", start_time=start, end_time=start)
    exporter = start_exporter(configuration(project(simulator, jobs=[cloud.JOB]))).await_ready()
    retained = "drs_health_comparison_retained_tasks"
    assert exporter.scrape().value(retained, status="SUCCESSFUL") == 3
    simulator.delete_task("task-2")
    exporter.eventually("the third one's end", lambda page: page.value(retained, status="SUCCESSFUL") == 2)
    assert not comparison_series(exporter.scrape(), compare_job_id="task-2")
