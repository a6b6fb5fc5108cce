"""Everything the simulated cloud can do wrong: values stay, it is told, nothing else waits, no storm of requests."""

from __future__ import annotations

import time
from typing import Any

import pytest
from support import cloud
from support.configuration import AKSK, BY_PASSWORD, configuration, project
from support.exporter import Exporter
from support.peers import Silence
from support.prometheus import free_port

DETAIL, LIST = "ShowHealthCompareJobDetail", "ShowHealthCompareJobList"
LOGIN = "KeystoneCreateUserTokenByPassword"
DURATION = "drs_health_comparison_task_duration_seconds"
SICK, WELL = "sick-job", "well-job"
# A request that gets no answer is given up after this; the fault "hang" needs it short.
HTTP = {"timeout": "1s"}
# Polls are a second apart; each may try three times. Over the seconds of a test that is the most there may be.
MOST_REQUESTS_A_SECOND = 4

# What is ordered, and how the requests are then counted: their `code`, and the cloud's own error code if any.
FAULTS: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "no answer": ({"kind": "hang"}, "timeout", None),
    "late answer": ({"kind": "latency", "milliseconds": 3000}, "timeout", None),
    "reset": ({"kind": "reset"}, "connect|other|body", None),
    "cut body": ({"kind": "cut"}, "body", None),
    "HTML": ({"kind": "html"}, "502", None),
    "HTML as if good": ({"kind": "html", "status": 200}, "200", None),
    "empty body": ({"kind": "empty"}, "200", None),
    "empty error": ({"kind": "empty", "status": 503}, "503", None),
    "throttled": ({"kind": "throttle"}, "429", "APIGW.0308"),
    "throttled for a second": ({"kind": "throttle", "retry_after": 1}, "429", "APIGW.0308"),
    "throttled without sense": ({"kind": "throttle", "retry_after": "soon"}, "429", "APIGW.0308"),
    "500": ({"kind": "status", "status": 500}, "500", None),
    "503": ({"kind": "status", "status": 503}, "503", None),
    "403": ({"kind": "status", "status": 403}, "403", None),
    "redirect": ({"kind": "redirect"}, "302", None),
    "wrong shape": ({"kind": "garbage"}, "200", None),
    "too large": ({"kind": "oversize"}, "body|200", None),
}


def add_two_jobs(simulator) -> tuple[int, dict[str, Any]]:
    """Two jobs with a running task each, in one project. Gives when they started, and a configuration."""
    started = cloud.now() - 100
    for job in (SICK, WELL):
        simulator.add_job(job, name=f"name of {job}")
        simulator.add_task(job, f"task of {job}", status="RUNNING", start_time=cloud.written(started))
    return started, configuration(project(simulator, jobs=[SICK, WELL]), http=HTTP)


def total(exporter: Exporter, name: str, codes: str = "", **labels: str) -> float:
    page = exporter.scrape()
    if not codes:
        return page.total(name, **labels)
    return sum(page.total(name, code=code, **labels) for code in codes.split("|"))


@pytest.mark.parametrize("case", FAULTS, ids=list(FAULTS))
def test_a_fault_of_one_job_stays_with_it_and_is_over_when_it_is_over(simulator, start_exporter, case):
    order, codes, error_code = FAULTS[case]
    started, content = add_two_jobs(simulator)
    exporter = start_exporter(content).await_ready()
    exporter.eventually("both up", lambda page: page.value("drs_job_up", job_id=SICK) == 1)

    fault = simulator.fault(**order, job_id=SICK, operation=LIST)
    exporter.eventually("the sick job's failure", lambda page: page.value("drs_job_up", job_id=SICK) == 0)
    kept = exporter.scrape()
    assert kept.value("drs_job_up", job_id=WELL) == 1 and kept.value("drs_project_up") == 1
    assert kept.status(job_id=SICK) == "RUNNING"
    last = kept.value(DURATION, job_id=SICK)
    assert last >= 100

    began = time.monotonic()
    simulator.reset_stats()
    well = kept.value(DURATION, job_id=WELL)
    page = exporter.eventually(
        "the other job going on",
        lambda page: page if page.value(DURATION, job_id=WELL) >= well + 3 else None,
    )
    assert page.value(DURATION, job_id=SICK) == last, "a failed request has changed a value"
    assert page.value("drs_job_up", job_id=WELL) == 1
    stats = simulator.stats()
    most = MOST_REQUESTS_A_SECOND * (time.monotonic() - began + 1)
    assert stats["targets"].get(f"{LIST} {SICK}", 0) <= most, stats
    assert total(exporter, "drs_exporter_api_requests_total", codes, operation=LIST) >= 1, exporter.story()
    if error_code:
        assert total(exporter, "drs_exporter_api_errors_total", operation=LIST, error_code=error_code) >= 1
    exporter.await_log(rf"level=(warn|error).*{SICK}")

    simulator.order("DELETE", f"faults/{fault}")
    page = exporter.eventually(
        "recovery",
        lambda page: page if page.value("drs_job_up", job_id=SICK) == 1 else None,
    )
    assert last < page.value(DURATION, job_id=SICK) <= cloud.now() - started


@pytest.mark.parametrize("case", ["HTML as if good", "empty body", "wrong shape"])
def test_a_good_status_with_a_bad_body_is_counted_as_an_invalid_response(simulator, start_exporter, case):
    order, _, _ = FAULTS[case]
    _, content = add_two_jobs(simulator)
    simulator.fault(**order, job_id=SICK, operation=LIST)
    exporter = start_exporter(content).await_ready()
    exporter.eventually(
        "an invalid response",
        lambda page: page.value("drs_exporter_invalid_responses_total", project="payments", operation=LIST) >= 1,
    )


def test_a_failing_request_is_repeated_soon_and_not_only_at_the_next_poll(simulator, start_exporter):
    simulator.add_example()
    simulator.fault("status", status=503, times=1)
    content = configuration(
        project(simulator, tasks=[(cloud.JOB, cloud.TASK)]),
        poll_interval="10m", idle_interval="10m", stale_after="1h",
    )  # fmt: skip
    exporter = start_exporter(content).await_ready()
    exporter.eventually("the value", lambda page: page.value(DURATION) == 8)


def test_a_failure_is_logged_when_it_begins_and_not_at_every_poll(simulator, start_exporter):
    _, content = add_two_jobs(simulator)
    exporter = start_exporter(content).await_ready()
    simulator.fault("status", status=403, job_id=SICK)
    exporter.eventually("the failure", lambda page: page.value("drs_job_up", job_id=SICK) == 0)
    exporter.await_log(rf"level=(warn|error).*{SICK}")
    simulator.await_requests(8)
    loud = [
        line for line in exporter.log.splitlines() if SICK in line and ("level=warn" in line or "level=error" in line)
    ]
    assert len(loud) <= 2, "\n".join(loud)


@pytest.mark.parametrize(("credentials", "kind"), [(BY_PASSWORD, "expired_token"), (BY_PASSWORD, "revoked")])
def test_a_token_refused_once_costs_one_login_and_no_value(simulator, start_exporter, credentials, kind):
    simulator.add_running(cloud.now() - 100)
    content = configuration(project(simulator, tasks=[(cloud.JOB, cloud.TASK)], credentials=credentials))
    exporter = start_exporter(content).await_ready()
    logins = simulator.requests(LOGIN)
    simulator.fault(kind, operation=DETAIL, times=1)
    simulator.await_requests(1, LOGIN, since=logins)
    before = exporter.scrape().value(DURATION)
    exporter.eventually("going on", lambda page: page.value(DURATION) > before)
    assert exporter.scrape().value("drs_project_up") == 1
    assert simulator.stats()["logins"] == 2


@pytest.mark.parametrize("kind", ["expired_token", "revoked"])
def test_tokens_that_are_always_refused_do_not_become_a_storm_of_logins(simulator, start_exporter, kind):
    simulator.add_running(cloud.now() - 100)
    content = configuration(project(simulator, tasks=[(cloud.JOB, cloud.TASK)], credentials=BY_PASSWORD))
    exporter = start_exporter(content).await_ready()
    simulator.fault(kind, operation=DETAIL)
    exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
    simulator.reset_stats()
    first = cloud.now()
    simulator.await_requests(6)
    assert simulator.stats()["logins"] <= 2 * (cloud.now() - first + 2), simulator.stats()
    simulator.heal()
    exporter.eventually("being up again", lambda page: page.value("drs_project_up") == 1)


def test_when_the_whole_cloud_is_down_values_stay_and_come_back(start_simulator, start_exporter):
    # Where it comes again, nobody else may have come meanwhile.
    simulator = start_simulator(port=free_port())
    simulator.add_running(cloud.now() - 100)
    exporter = start_exporter(configuration(project(simulator, jobs=[cloud.JOB]))).await_ready()
    exporter.eventually("being up", lambda page: page.value("drs_project_up") == 1)
    simulator.stop()
    page = exporter.eventually(
        "being down", lambda page: page.value("drs_project_up") == page.value("drs_job_up") == 0 and page
    )
    assert page.status() == "RUNNING" and page.value(DURATION) >= 100
    assert page.total("drs_exporter_api_requests_total", code="connect") >= 1
    exporter.await_log("level=(warn|error).*connect")

    again = start_simulator(port=simulator.port)
    again.add_running(cloud.now() - 100)
    exporter.eventually("being up again", lambda page: page.value("drs_job_up") == 1)


def test_a_cloud_that_never_answers_delays_no_other_project(simulator, start_exporter, programs):
    silence = Silence()
    programs.append(silence)
    simulator.add_running(cloud.now() - 100)
    exporter = start_exporter(
        configuration(
            project(f"http://127.0.0.1:{silence.port}", "analytics", jobs=[f"job-{number}" for number in range(50)]),
            project(simulator, jobs=[cloud.JOB]),
        )
    )
    # Fifty requests that get no answer take more than a minute.
    within = {"seconds": 30}
    before = exporter.eventually(
        "the other project's value", lambda page: page.value(DURATION, project="payments"), **within
    )
    exporter.eventually("it going on", lambda page: page.value(DURATION, project="payments") >= before + 3, **within)
    assert exporter.get("/-/healthy").status_code == 200


def test_a_wild_cloud_never_ends_the_exporter_nor_makes_a_page_that_cannot_be_read(start_simulator, start_exporter):
    simulator = start_simulator(world="live", jobs=20)
    exporter = start_exporter(simulator.configuration).await_ready()
    kinds = ["hang", "reset", "cut", "html", "empty", "throttle", "status", "expired_token", "revoked", "redirect"]
    for kind in [*kinds, "garbage", "oversize"]:
        simulator.fault(kind, share=0.05)
    for _ in range(20):
        simulator.await_requests(10)
        exporter.scrape()
    simulator.heal()
    exporter.eventually(
        "everything up again",
        lambda page: all(value for _, value in page.series("drs_job_up")) and page.has("drs_job_up"),
        seconds=90,
    )


def test_throttling_lowers_the_rate_for_the_whole_project(simulator, start_exporter):
    for number in range(40):
        simulator.add_job(f"job-{number}")
    simulator.order("POST", "throttle", rate=3)
    content = configuration(project(simulator, jobs=[f"job-{number}" for number in range(40)]))
    exporter = start_exporter(content)
    exporter.eventually("throttling", lambda page: page.total("drs_exporter_api_requests_total", code="429") >= 1)
    simulator.order("POST", "throttle", rate=None)
    exporter.await_ready(90)
    statuses = {}
    for operation in simulator.stats()["operations"].values():
        for status, count in operation["statuses"].items():
            statuses[status] = statuses.get(status, 0) + count
    assert statuses["429"] <= statuses["200"], f"it has gone on as before: {statuses}"


def test_the_access_key_works_through_faults_as_well(simulator, start_exporter):
    simulator.add_running(cloud.now() - 100)
    content = configuration(project(simulator, tasks=[(cloud.JOB, cloud.TASK)], credentials=AKSK))
    exporter = start_exporter(content).await_ready()
    simulator.fault("expired_token", times=1)
    exporter.eventually("the refusal", lambda page: page.total("drs_exporter_api_requests_total", code="401") == 1)
    exporter.eventually("being let in at the next poll", lambda page: page.value("drs_project_up") == 1)
