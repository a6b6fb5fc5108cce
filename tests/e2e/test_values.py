"""What a comparison task looks like as series: status, times, duration, ids."""

from __future__ import annotations

from typing import Any

import pytest
from support import cloud
from support.configuration import configuration, project
from support.page import Page
from support.waiting import wait_for

TASK = {"job_id": cloud.JOB, "compare_job_id": cloud.TASK}
START, END = "2024-04-07T10:00:01Z", "2024-04-07T10:00:09Z"
DURATION = "drs_health_comparison_task_duration_seconds"


def watch_task(simulator) -> dict[str, Any]:
    return configuration(project(simulator, tasks=[(cloud.JOB, cloud.TASK)]))


def watch_job(simulator, **top: Any) -> dict[str, Any]:
    return configuration(project(simulator, jobs=[cloud.JOB]), **top)


def test_the_api_texts_example_is_eight_seconds_under_the_id_that_was_asked_for(simulator, start_exporter):
    simulator.add_example()
    page = start_exporter(watch_task(simulator)).await_ready().scrape()

    whole = {"project": "payments", "job_name": "DRS-7754", **TASK}
    assert page.series(DURATION) == [(whole, 8)]
    assert page.status(**whole) == "SUCCESSFUL"
    assert page.value("drs_health_comparison_task_start_timestamp_seconds", **whole) == cloud.read(START)
    assert page.value("drs_health_comparison_task_end_timestamp_seconds", **whole) == cloud.read(END)
    assert page.value("drs_health_comparison_task_info", **whole, compare_types="lines,object_comparison") == 1
    assert "3bca29b5-419a-409d-a8d1-d892aa12bf53" not in page.text


@pytest.mark.parametrize("watch", [watch_task, watch_job])
def test_a_running_tasks_duration_grows_and_its_end_shows_within_one_poll(simulator, start_exporter, watch):
    started = cloud.now() - 100
    simulator.add_running(started)
    exporter = start_exporter(watch(simulator)).await_ready()
    first = exporter.scrape().value(DURATION)
    assert 100 <= first <= cloud.now() - started
    exporter.eventually("a longer duration", lambda page: page.value(DURATION) >= first + 2)
    assert exporter.scrape().status() == "RUNNING"

    simulator.change_task(status="SUCCESSFUL", end_time=cloud.written(started + 130))
    # One poll interval of one second, the time of an answer, and what a loaded machine adds.
    exporter.eventually("the final state", lambda page: page.status(**TASK) == "SUCCESSFUL", seconds=20)
    page = exporter.scrape()
    assert page.value(DURATION) == 130
    assert page.value("drs_health_comparison_task_end_timestamp_seconds") == started + 130
    assert page.status("drs_health_comparison_last_status") == "SUCCESSFUL"
    assert page.value("drs_health_comparison_ended_tasks_total", status="SUCCESSFUL") == 1
    assert [labels["status"] for labels, value in page.series("drs_health_comparison_task_status") if value] == [
        "SUCCESSFUL"
    ], "a series was left behind in its old state"


@pytest.mark.parametrize("said", [*cloud.STATUSES[:-1], "SOMETHING_NEW", "successful", "", None])
def test_each_status_is_one_of_nine_and_only_four_have_ended(simulator, start_exporter, said):
    started = cloud.now() - 50
    simulator.add_job(name="DRS-7754")
    simulator.add_task(status=said, start_time=cloud.written(started), end_time=cloud.written(started + 20))
    page = start_exporter(watch_task(simulator)).await_ready().scrape()

    assert page.status(**TASK) == (said if said in cloud.STATUSES else "UNKNOWN")
    has_ended = said in cloud.ENDED
    assert page.has("drs_health_comparison_task_end_timestamp_seconds") == has_ended
    duration = page.value(DURATION)
    assert duration == 20 if has_ended else 50 <= duration <= cloud.now() - started


def test_an_unknown_status_is_logged_once_and_not_at_every_poll(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    simulator.add_task(status="SOMETHING_NEW", start_time=START)
    exporter = start_exporter(watch_task(simulator)).await_ready()
    exporter.await_log("SOMETHING_NEW")
    simulator.await_requests(3)
    assert exporter.log.count("SOMETHING_NEW") == 1, exporter.log


@pytest.mark.parametrize("nothing", [{}, {"end_time": None}, {"end_time": ""}], ids=["absent", "null", "empty"])
@pytest.mark.parametrize("status", ["RUNNING", "SUCCESSFUL"])
def test_a_time_that_is_not_there_is_no_series(simulator, start_exporter, status, nothing):
    simulator.add_job(name="DRS-7754")
    simulator.add_task(status=status, start_time=START, **nothing)
    page = start_exporter(watch_task(simulator)).await_ready().scrape()

    assert page.status(**TASK) == status
    assert page.value("drs_health_comparison_task_start_timestamp_seconds") == cloud.read(START)
    assert not page.has("drs_health_comparison_task_end_timestamp_seconds")
    assert page.has(DURATION) == (status == "RUNNING")
    assert page.total("drs_exporter_invalid_responses_total") == 0, "a missing time is no contradiction"


def test_a_waiting_task_without_any_time_has_a_status_and_nothing_else(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    simulator.add_task(status="WAITING_FOR_RUNNING", start_time=None, end_time="")
    page = start_exporter(watch_task(simulator)).await_ready().scrape()

    assert page.status(**TASK) == "WAITING_FOR_RUNNING"
    assert page.status("drs_health_comparison_last_status") == "WAITING_FOR_RUNNING"
    timed = {name for name in page.names() if name.startswith("drs_health_comparison") and "seconds" in name}
    assert timed == set()


@pytest.mark.parametrize(
    "contradiction",
    [
        {"status": "SUCCESSFUL", "start_time": END, "end_time": START},
        {"status": "RUNNING", "start_time": cloud.written(cloud.now() + 86_400)},
        {"status": "SUCCESSFUL", "start_time": "yesterday", "end_time": END},
    ],
    ids=["end before start", "start in the future", "no time at all"],
)
def test_times_that_contradict_each_other_are_no_duration_but_counted(simulator, start_exporter, contradiction):
    simulator.add_job(name="DRS-7754")
    simulator.add_task(**contradiction)
    page = start_exporter(watch_task(simulator)).await_ready().scrape()

    assert not page.has(DURATION)
    assert page.status(**TASK) == contradiction["status"]
    assert page.value("drs_job_up") == 1
    operation = "ShowHealthCompareJobDetail"
    assert page.value("drs_exporter_invalid_responses_total", project="payments", operation=operation) >= 1


def add_history(simulator, count: int) -> list[str]:
    """Ended tasks of the example's job, a minute apart, the newest first; in the cloud they stand in no order."""
    simulator.add_job(name="DRS-7754")
    newest = cloud.now() - 600
    ids = [f"task-{age}" for age in range(count)]
    for age in sorted(range(count), key=lambda age: (age * 7) % count):
        start = newest - 60 * age
        simulator.add_task(
            task_id=ids[age],
            type="object_comparison,lines",
            status="FAILED" if age % 2 else "SUCCESSFUL",
            start_time=cloud.written(start),
            end_time=cloud.written(start + age + 1),
            compute_type="drs",
        )
    return ids


def test_a_job_shows_its_newest_five_tasks_and_counts_them_all(simulator, start_exporter):
    ids = add_history(simulator, 12)
    page = start_exporter(watch_job(simulator)).await_ready().scrape()

    shown = {labels["compare_job_id"]: value for labels, value in page.series(DURATION)}
    assert shown == {ids[age]: age + 1 for age in range(5)}
    assert page.has("drs_health_comparison_task_info", compare_types="lines,object_comparison", compute_type="drs")
    assert page.value("drs_health_comparison_retained_tasks", status="SUCCESSFUL") == 6
    assert page.value("drs_health_comparison_retained_tasks", status="FAILED") == 6
    assert page.total("drs_health_comparison_ended_tasks_total") == 0, "history at start is not counted"


def test_tasks_per_job_0_leaves_the_series_of_the_job_alone(simulator, start_exporter):
    add_history(simulator, 3)
    page = start_exporter(watch_job(simulator, tasks_per_job=0)).await_ready().scrape()
    assert not any(name.startswith("drs_health_comparison_task_") for name in page.names())
    assert page.status("drs_health_comparison_last_status") == "SUCCESSFUL"


def job_series(page: Page) -> dict[str, float]:
    return {
        name.removeprefix("drs_health_comparison_last_"): page.value(name)
        for name in page.names()
        if name.startswith("drs_health_comparison_last_") and not name.endswith("_status")
    }


def test_the_job_series_speak_of_the_newest_the_newest_ended_and_the_newest_successful(simulator, start_exporter):
    now = cloud.now()
    simulator.add_job(name="DRS-7754")
    for name, status, start, end in [
        ("good", "SUCCESSFUL", now - 900, now - 890),
        ("bad", "FAILED", now - 600, now - 560),
        ("waiting", "WAITING_FOR_RUNNING", None, None),
        ("going", "RUNNING", now - 300, None),
    ]:
        times = {"start_time": start and cloud.written(start), "end_time": end and cloud.written(end)}
        simulator.add_task(task_id=name, status=status, **times)
    exporter = start_exporter(watch_job(simulator)).await_ready()
    page = exporter.scrape()

    assert page.status("drs_health_comparison_last_status") == "RUNNING"
    series = job_series(page)
    assert 300 <= series.pop("duration_seconds") <= cloud.now() - now + 300
    assert series == {
        "start_timestamp_seconds": now - 300,
        "end_timestamp_seconds": now - 560,
        "success_timestamp_seconds": now - 890,
    }


def test_a_job_without_any_comparison_is_up_and_has_no_comparison_series(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    exporter = start_exporter(watch_job(simulator)).await_ready()
    page = exporter.scrape()
    assert page.value("drs_job_up", job_id=cloud.JOB) == 1
    assert not job_series(page) and not page.has("drs_health_comparison_last_status")

    simulator.add_task(status="WAITING_FOR_RUNNING")
    exporter.eventually("the new task", lambda page: page.status(**TASK) == "WAITING_FOR_RUNNING")


def test_freshness_is_told_and_moves_on(simulator, start_exporter):
    simulator.add_running(cloud.now() - 10)
    exporter = start_exporter(watch_job(simulator)).await_ready()
    name = "drs_job_last_refresh_timestamp_seconds"
    first = exporter.scrape().value(name, project="payments", job_id=cloud.JOB)
    assert abs(first - cloud.now()) < 10
    wait_for("a newer refresh", lambda: exporter.scrape().value(name) > first, story=exporter.story)


def test_projects_are_described_and_kept_apart(simulator, start_exporter):
    simulator.add_example()
    simulator.add_job("other-job", project="analytics", name="other")
    simulator.add_task("other-job", "other-task", status="FAILED", start_time=START, end_time=START)
    exporter = start_exporter(
        configuration(
            project(simulator, tasks=[(cloud.JOB, cloud.TASK)]),
            project(simulator, "analytics", jobs=["other-job"]),
        )
    ).await_ready()
    page = exporter.scrape()
    for name, (project_id, region) in cloud.PROJECTS.items():
        assert page.value("drs_project_info", project=name, region=region, project_id=project_id) == 1
        assert page.value("drs_project_up", project=name) == 1
        assert page.value("drs_project_jobs", project=name) == 1
    assert page.status(project="analytics", job_name="other", compare_job_id="other-task") == "FAILED"
    assert page.value(DURATION, project="analytics") == 0
    assert page.value(DURATION, project="payments") == 8
