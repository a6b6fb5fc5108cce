"""The whole estate: jobs that come and go, what comparisons found, which runs were missed, and at what price."""

from __future__ import annotations

import time

import pytest
from support import cloud
from support.configuration import configuration, project
from support.waiting import hold_for, hold_until

DISCOVERY = {"refresh_interval": "1s"}
CONSISTENT = "drs_health_comparison_consistent"
LAST_DUE = "drs_health_comparison_last_scheduled_timestamp_seconds"
LAST_START = "drs_health_comparison_last_start_timestamp_seconds"
LIST_JOBS = "ListJobs"
OVERVIEW = "ShowHealthObjectCompareJobOverview"
POLICY = "ShowComparePolicy"

OBJECTS = [
    {"type": "DB", "source_count": 1, "target_count": 1, "status": 2},
    {"type": "TABLE", "source_count": 2, "target_count": 2, "status": 2},
]


def discovering(simulator, **other):
    discovery = DISCOVERY | other.pop("discovery", {})
    return configuration(project(simulator, discovery=discovery), **({"policy_interval": "1s"} | other))


def add_run(simulator, job=cloud.JOB, task=cloud.TASK, age=600, objects=None, **other):
    """A run that ended well, `age` seconds ago, after ten seconds."""
    ended = cloud.now() - age
    details = {
        "type": "lines,object_comparison",
        "status": "SUCCESSFUL",
        "start_time": cloud.written(ended - 10),
        "end_time": cloud.written(ended),
        "objects": OBJECTS if objects is None else objects,
    }
    simulator.add_task(job, task, **(details | other))


def daily(due: float, **other):
    """An open policy with a run due at this time of each day."""
    return {
        "status": "OPEN",
        "period": "* * 1,2,3,4,5,6,7",
        "begin_time": cloud.written(due)[11:19],
        "end_time": cloud.written(due + 7200)[11:19],
    } | other


def jobs_of(page) -> set[str]:
    return {labels["job_id"] for labels, _ in page.series("drs_job_up")}


def test_jobs_come_and_go_within_the_discovery_interval(simulator, start_exporter):
    for job in ("a", "b"):
        simulator.add_job(job, name=f"name of {job}", engine_type="mysql-to-taurus")
    simulator.add_job("excluded", name="test-excluded")
    exporter = start_exporter(discovering(simulator, discovery={"exclude": "^test-"})).await_ready()
    assert jobs_of(exporter.scrape()) == {"a", "b"}
    page = exporter.scrape()
    assert page.value("drs_job_info", job_id="a", job_name="name of a", job_type="sync") == 1
    assert page.value("drs_job_info", job_id="b", engine_type="mysql-to-taurus", task_type="FULL_INCR_TRANS") == 1
    assert page.value("drs_job_status", job_id="a", status="INCRE_TRANSFER_STARTED") == 1
    assert page.value("drs_project_jobs") == 2
    assert cloud.now() - page.value("drs_project_last_discovery_timestamp_seconds") < 20

    simulator.add_job("new", name="name of new")
    add_run(simulator, "new", "run of new")
    simulator.delete_job("a")
    page = exporter.eventually("the change", lambda page: jobs_of(page) == {"b", "new"} and page, seconds=20)
    assert not [labels for _, labels, _ in page.all() if labels.get("job_id") == "a"], "nothing is left of it"
    exporter.eventually("its run", lambda page: page.status(job_id="new") == "SUCCESSFUL")


@pytest.mark.parametrize("kind", ["short_page", "overlap", "skip", "empty_list", "status", "forbidden", "cut"])
def test_a_listing_that_goes_wrong_loses_no_job_and_doubles_none(simulator, start_exporter, kind):
    """More than one page of jobs, so that something can go wrong between pages."""
    ids = {f"job-{number:03}" for number in range(130)}
    for job in ids:
        simulator.add_job(job, name=f"name of {job}")
    exporter = start_exporter(discovering(simulator, http={"rate_limit": 500})).await_ready(60)
    assert jobs_of(exporter.scrape()) == ids
    # An empty list that lasts is an empty project: it is believed at the second telling.
    simulator.fault(kind, operation=LIST_JOBS, **({"times": 3} if kind == "empty_list" else {}))
    before = simulator.requests(LIST_JOBS)
    hold_until(
        "each job once",
        lambda: sorted(labels["job_id"] for labels, _ in exporter.scrape().series("drs_job_up")) == sorted(ids),
        lambda: simulator.requests(LIST_JOBS) >= before + 8,
        story=exporter.story,
    )
    assert "is gone" not in exporter.log
    simulator.heal()
    simulator.delete_job("job-007")
    exporter.eventually("one less", lambda page: jobs_of(page) == ids - {"job-007"})


def test_a_missing_permission_to_list_costs_the_discovery_alone(simulator, start_exporter):
    simulator.add_job("known")
    add_run(simulator, "known")
    simulator.fault("forbidden", operation=LIST_JOBS)
    watching = project(simulator, jobs=["known"], discovery=DISCOVERY)
    exporter = start_exporter(configuration(watching)).await_ready()
    page = exporter.eventually("the job", lambda page: page.value("drs_job_up", job_id="known") == 1 and page)
    assert page.value("drs_project_up") == 1
    assert not page.has("drs_project_last_discovery_timestamp_seconds")
    assert "DRS.M00102" in exporter.get("/").text
    exporter.await_log("ListJobs.*DRS.M00102.*grant")


def test_a_run_that_finds_differences_is_successful_and_not_consistent(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    add_run(simulator)
    exporter = start_exporter(discovering(simulator)).await_ready()
    page = exporter.eventually("a verdict", lambda page: page.value(CONSISTENT) == 1 and page)
    for side in ("source", "target"):
        assert page.value("drs_health_comparison_objects", object_type="TABLE", side=side) == 2
    consistent_at = page.value("drs_health_comparison_last_consistent_timestamp_seconds")

    different = [{"type": "INDEX", "source_count": 7, "target_count": 7, "status": 0}, *OBJECTS]
    add_run(simulator, task="newer", age=60, objects=different)
    page = exporter.eventually("the other verdict", lambda page: page.value(CONSISTENT) == 0 and page)
    assert page.status("drs_health_comparison_last_status") == "SUCCESSFUL"
    verdicts = page.series("drs_health_comparison_object_verdict", object_type="INDEX")
    assert {labels["verdict"]: value for labels, value in verdicts} == {
        "consistent": 0,
        "inconsistent": 1,
        "not_completed": 0,
    }
    assert page.value("drs_health_comparison_last_consistent_timestamp_seconds") == consistent_at
    asked = simulator.requests(OVERVIEW)
    exporter.eventually("more polls", lambda _: simulator.requests("ShowHealthCompareJobList") > 10)
    assert simulator.requests(OVERVIEW) == asked == 2, "each run once"


@pytest.mark.parametrize(
    ("objects", "status", "verdict"),
    [
        ([{"type": "TABLE", "source_count": 3, "target_count": 3, "status": 3}], "SUCCESSFUL", None),
        ([{"type": "NEW_TYPE", "source_count": 3, "target_count": 3, "status": 2}], "SUCCESSFUL", 1),
        ([{"type": "TABLE", "source_count": 3, "target_count": 3, "status": 9}], "SUCCESSFUL", None),
        ([{"type": "TABLE", "status": 0}, {"type": "VIEW", "status": 3}], "TIMEOUT_INTERRUPT", 0),
        (OBJECTS, "TIMEOUT_INTERRUPT", None),
        (OBJECTS, "FAILED", None),
        ([], "SUCCESSFUL", None),
    ],
)
def test_never_a_false_consistent(simulator, start_exporter, objects, status, verdict):
    simulator.add_job(name="DRS-7754")
    add_run(simulator, objects=objects, status=status)
    exporter = start_exporter(discovering(simulator)).await_ready()
    simulator.await_requests(0, OVERVIEW)
    exporter.eventually("the question", lambda _: simulator.requests(OVERVIEW) >= 1)
    exporter.eventually("the poll after it", lambda page: page.value("drs_job_up") == 1)
    if verdict is None:
        hold_for(2, "no verdict", lambda: not exporter.scrape().has(CONSISTENT))
    else:
        exporter.eventually("the verdict", lambda page: page.value(CONSISTENT) == verdict)


@pytest.mark.parametrize("kind", ["forbidden", "not_in_region", "status"])
@pytest.mark.parametrize("operation", [OVERVIEW, POLICY])
def test_a_call_that_cannot_be_made_costs_its_own_series_alone(simulator, start_exporter, kind, operation):
    simulator.add_job(name="DRS-7754", policy=daily(cloud.now() - 3600))
    add_run(simulator, age=3000)
    simulator.fault(kind, operation=operation, **({"status": 500} if kind == "status" else {}))
    exporter = start_exporter(discovering(simulator)).await_ready()
    exporter.await_log(f"{operation}")
    page = exporter.eventually(
        "the other one's series",
        lambda page: page.has(LAST_DUE if operation == OVERVIEW else CONSISTENT) and page,
    )
    assert not page.has(CONSISTENT if operation == OVERVIEW else LAST_DUE)
    assert page.value("drs_job_up") == 1 and page.value("drs_project_up") == 1
    assert page.status() == "SUCCESSFUL"
    simulator.heal()
    exporter.eventually("what was missing", lambda page: page.has(CONSISTENT) and page.has(LAST_DUE))


def test_rows_and_accounts_are_judged_where_that_is_wanted(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    rows = [{"source_db_name": "secret_db", "status": 0, "compare_num": 16, "compare_end_num": 16,
             "data_inconsistent_num": 1, "uncomparable_num": 0}]  # fmt: skip
    account = {"id": "1", "src_user_name": "secret_user", "tar_user_name": "secret_user", "compare_result": "CONSISTENT"}
    add_run(simulator, type="lines,account,object_comparison", rows=rows, accounts=[account])
    exporter = start_exporter(discovering(simulator, verdicts=["objects", "rows", "accounts"])).await_ready()
    rows_consistent, accounts_consistent = (f"drs_health_comparison_{of}_consistent" for of in ("rows", "accounts"))
    judged = (CONSISTENT, rows_consistent, accounts_consistent)
    page = exporter.eventually("all verdicts", lambda page: all(page.has(name) for name in judged) and page)
    assert [page.value(name) for name in judged] == [1, 0, 1]
    assert page.value("drs_health_comparison_row_tables", verdict="inconsistent") == 1
    assert "secret_" not in page.text and "secret_" not in exporter.log


def test_a_missed_run_shows_for_exactly_that_job(simulator, start_exporter):
    due = cloud.now() - 1800
    for job in ("on time", "missed", "closed"):
        policy = {"status": "CLOSED"} if job == "closed" else daily(due)
        simulator.add_job(job, name=job, policy=policy)
        # The day before, all of them ran.
        add_run(simulator, job, f"yesterday {job}", age=86400 + 1700)
    add_run(simulator, "on time", "today", age=1700)
    exporter = start_exporter(discovering(simulator)).await_ready()

    def missed(page):
        starts = {labels["job_id"]: value for labels, value in page.series(LAST_START)}
        return {labels["job_id"] for labels, value in page.series(LAST_DUE) if value > starts[labels["job_id"]]}

    policy_status = "drs_health_comparison_policy_status"
    page = exporter.eventually("the policies", lambda page: page.total(policy_status) == 3 and page)
    assert len(page.series(LAST_DUE)) == 2 and missed(page) == {"missed"}
    assert page.value(LAST_DUE, job_id="missed") == due
    assert page.value("drs_health_comparison_next_scheduled_timestamp_seconds", job_id="missed") == due + 86400
    states = page.series(policy_status, job_id="closed")
    assert {labels["status"]: value for labels, value in states} == {"OPEN": 0, "CLOSED": 1, "NO_SUPPORT": 0, "UNKNOWN": 0}
    # It comes after all.
    simulator.add_task("missed", "late", status="RUNNING", start_time=cloud.written(cloud.now()), type="lines")
    exporter.eventually("nothing missed", lambda page: missed(page) == set())


def test_a_run_is_missed_from_the_second_on_at_which_it_was_due(simulator, start_exporter):
    # Until then it has to start, and to learn of the policy.
    due = cloud.now() + 10
    simulator.add_job(name="DRS-7754", policy=daily(due))
    add_run(simulator, age=86400 - 20)
    exporter = start_exporter(
        discovering(simulator, idle_interval="10m", stale_after="1h", policy_interval="2h")
    ).await_ready()
    page = exporter.eventually("the policy", lambda page: page.has(LAST_DUE) and page)
    assert page.value(LAST_DUE) == due - 86400
    exporter.eventually("the missed run", lambda page: page.value(LAST_DUE) == due)
    # It would ask of itself only minutes later.
    assert 0 <= cloud.now() - due <= 20, "a poll interval later at the latest"


def test_a_job_with_nothing_due_is_hardly_asked(simulator, start_exporter):
    simulator.add_job("idle", policy=daily(cloud.now() + 7200))
    simulator.add_job("running", policy=daily(cloud.now() + 7200))
    add_run(simulator, "idle", "ended")
    simulator.add_task("running", "going on", status="RUNNING", start_time=cloud.written(cloud.now()))
    start_exporter(
        discovering(simulator, idle_interval="10m", stale_after="1h", policy_interval="2h")
    ).await_ready()
    target = "ShowHealthCompareJobList"
    simulator.await_requests(6, target)
    assert simulator.requests_of(f"{target} idle") <= 2
    assert simulator.requests_of(f"{target} running") >= 5


def test_each_end_is_counted_once_also_over_a_gap_and_history_never(simulator, start_exporter):
    counted = "drs_health_comparison_ended_tasks_total"
    simulator.add_job(name="DRS-7754")
    add_run(simulator, task="history", age=600)
    exporter = start_exporter(discovering(simulator)).await_ready()
    assert exporter.scrape().total(counted) == 0
    fault = simulator.fault("status", status=500, operation="ShowHealthCompareJobList")
    exporter.eventually("the gap", lambda page: page.value("drs_job_up") == 0)
    start = cloud.written(cloud.now())
    simulator.add_task(task_id="in the gap", status="FAILED", start_time=start, end_time=cloud.written(cloud.now() + 1))
    simulator.order("DELETE", f"faults/{fault}")
    exporter.eventually("the count", lambda page: page.value(counted, status="FAILED") == 1)
    hold_for(3, "one", lambda: exporter.scrape().total(counted) == 1)


def test_when_the_cloud_throttles_the_allowed_rate_falls_and_comes_back(simulator, start_exporter):
    simulator.add_job(name="DRS-7754")
    simulator.add_task(status="RUNNING", start_time=cloud.written(cloud.now()), type="lines")
    rate = "drs_exporter_api_rate_limit"
    exporter = start_exporter(discovering(simulator, http={"rate_limit": 40})).await_ready()
    assert exporter.scrape().value(rate) == 40
    simulator.fault("throttle", times=2)
    exporter.eventually("a lower rate", lambda page: page.value(rate) < 40)
    exporter.eventually("the rate's return", lambda page: page.value(rate) == 40)


@pytest.mark.timeout(300)
def test_at_two_requests_a_second_the_limit_holds_and_the_delay_shows(start_simulator, start_exporter):
    """A thousand jobs; that running tasks stay the freshest and none starves is shown on a paused clock."""
    simulator = start_simulator(world="quiet", jobs=1000)
    exporter = start_exporter({"projects": [project(simulator, discovery={}, http={"rate_limit": 2})]})
    exporter.eventually("jobs", lambda page: page.value("drs_project_jobs") >= 500)
    delay = "drs_exporter_refresh_delay_seconds"
    seen = exporter.eventually("a delay", lambda page: page.value(delay))
    seconds, rate = 15, 2
    started = time.monotonic()
    simulator.reset_stats()
    simulator.await_requests(1, since=0)
    hold_for(seconds, "the limit", lambda: simulator.assert_within(rate), exporter.story)
    stats = simulator.assert_within(rate, seconds=time.monotonic() - started)
    assert stats["requests"] >= seconds * rate * 0.6, "far slower than it may be"
    assert exporter.scrape().value(delay) >= seen + seconds / 2, "it grows: a round takes 500 s"
