"""A cloud that does not let in: what is said, how often it is tried, and that no secret is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import cloud
from support.configuration import AKSK, BY_PASSWORD, configuration, project
from support.waiting import hold_for

SECRET = "a-secret-that-must-not-be-told"
WRONG_KEY = {"aksk": {"access_key": "ANOTHERKEY0000000000", "secret_key": SECRET}}
WRONG_SECRET_KEY = {"aksk": {"access_key": cloud.ACCESS_KEY, "secret_key": SECRET}}
WRONG_PASSWORD = {"password": {"domain": cloud.DOMAIN, "user": cloud.USER, "password": SECRET}}
WRONG_TOKEN = {"token": {"value": SECRET}}
# Polls come every second here; five refusals in a row lock a key.
POLLS_SECONDS, MOST_ATTEMPTS = 10, 4


def watch_both(simulator, credentials: dict[str, Any]) -> dict[str, Any]:
    """The first project by these credentials, with several jobs; the other one properly."""
    simulator.add_example()
    for number in range(5):
        simulator.add_job(f"job-{number}")
    simulator.add_job("other-job", project="analytics")
    simulator.add_task("other-job", "other-task", status="RUNNING", start_time=cloud.written(cloud.now() - 10))
    good = BY_PASSWORD if "aksk" in credentials else AKSK
    return configuration(
        project(
            simulator,
            tasks=[(cloud.JOB, cloud.TASK)],
            jobs=[f"job-{number}" for number in range(5)],
            credentials=credentials,
        ),
        project(simulator, "analytics", jobs=["other-job"], credentials=good),
    )


@pytest.mark.parametrize(
    ("credentials", "counted", "advice"),
    [
        (WRONG_SECRET_KEY, "refused_signatures", "secret.?key"),
        (WRONG_KEY, "refused_signatures", "access.?key"),
        (WRONG_PASSWORD, "refused_logins", "password"),
    ],
    ids=["secret key", "access key", "password"],
)
def test_a_wrong_secret_stops_its_project_only_and_is_tried_once_a_poll(
    simulator, start_exporter, credentials, counted, advice
):
    exporter = start_exporter(watch_both(simulator, credentials)).await_ready()
    exporter.eventually("being down", lambda page: page.value("drs_project_up", project="payments") == 0)
    page = exporter.scrape()
    assert page.value("drs_project_up", project="analytics") == 1
    assert page.status(project="analytics") == "RUNNING"
    assert not page.has("drs_health_comparison_task_status", project="payments")
    exporter.await_log(rf"level=(error|warn).*{advice}")

    # What it tries is to be rare; the time is the thing that is measured.
    duration = page.value("drs_health_comparison_task_duration_seconds", project="analytics")
    hold_for(
        POLLS_SECONDS,
        "few attempts and no lock",
        lambda: simulator.stats()[counted] <= MOST_ATTEMPTS and simulator.stats()["locked"] == 0,
        lambda: str(simulator.stats()),
    )
    later = exporter.scrape().value("drs_health_comparison_task_duration_seconds", project="analytics")
    assert later >= duration + 2, "the other project stood still"


@pytest.mark.parametrize(
    ("credentials", "counted"),
    [(WRONG_SECRET_KEY, "refused_signatures"), (WRONG_PASSWORD, "refused_logins")],
    ids=["secret key", "password"],
)
def test_projects_that_share_a_wrong_secret_do_not_lock_it_together(simulator, start_exporter, credentials, counted):
    projects = [
        project(simulator, name, jobs=[f"job-{number}"], credentials=credentials) | {"name": f"{name}-{number}"}
        for name in ("payments", "analytics")
        for number in range(4)
    ]
    exporter = start_exporter(configuration(*projects)).await_ready()
    exporter.eventually("all being down", lambda page: page.total("drs_project_up") == 0)
    hold_for(
        POLLS_SECONDS,
        "few attempts and no lock",
        lambda: simulator.stats()[counted] <= MOST_ATTEMPTS and simulator.stats()["locked"] == 0,
        lambda: str(simulator.stats()),
    )


def test_a_mended_secret_file_is_noticed_long_before_the_next_attempt(simulator, start_exporter, tmp_path):
    simulator.add_example()
    file = tmp_path / "sk"
    file.write_text(SECRET)
    credentials = {"aksk": {"access_key": cloud.ACCESS_KEY, "secret_key_file": str(file)}}
    content = configuration(project(simulator, tasks=[(cloud.JOB, cloud.TASK)], credentials=credentials))
    exporter = start_exporter(content | {"poll_interval": "5m", "idle_interval": "5m", "stale_after": "10m"})
    exporter.await_ready()
    exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
    file.write_text(cloud.SECRET_KEY)
    exporter.eventually("being up", lambda page: page.value("drs_project_up") == 1)
    assert exporter.scrape().value("drs_health_comparison_task_duration_seconds") == 8


@pytest.mark.parametrize(
    "credentials", [WRONG_SECRET_KEY, WRONG_PASSWORD, WRONG_TOKEN], ids=["secret key", "password", "token"]
)
def test_a_secret_is_told_nowhere(simulator, start_exporter, credentials):
    content = configuration(project(simulator, jobs=[cloud.JOB], credentials=credentials))
    exporter = start_exporter(content, "--log.level=debug").await_ready()
    exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
    places = {
        "log": exporter.log + exporter.process.stdout,
        "metrics": exporter.get("/metrics").text,
        "page": exporter.get("/").text,
        "command line": Path(f"/proc/{exporter.process.pid}/cmdline").read_text(),
    }
    told = [place for place, text in places.items() if SECRET in text]
    assert not told, exporter.story()


def test_a_secret_in_an_unusable_configuration_is_not_told(start_exporter):
    credentials = {
        "aksk": {"access_key": "AK", "secret_key": SECRET, "secret_kye": SECRET},
        "token": {"value": [SECRET]},
    }
    content = configuration(project("http://127.0.0.1:1", jobs=[cloud.JOB], credentials=credentials))
    exporter = start_exporter(content)
    assert exporter.process.wait() == 2
    assert "secret_kye" in exporter.log and SECRET not in exporter.log, exporter.log


def test_a_token_that_is_refused_says_so(simulator, start_exporter):
    simulator.add_example()
    content = configuration(project(simulator, jobs=[cloud.JOB], credentials=WRONG_TOKEN))
    exporter = start_exporter(content).await_ready()
    exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
    exporter.await_log("APIGW.0301")
    exporter.await_log(r"level=(error|warn).*token")
    page = exporter.scrape()
    # Whichever call was made first, and at later polls others.
    assert page.total("drs_exporter_api_errors_total", project="payments", error_code="APIGW.0301") >= 1


@pytest.mark.parametrize("credentials", [AKSK, BY_PASSWORD], ids=["access key", "password"])
def test_a_clock_that_is_wrong_is_named_as_the_cause(simulator, start_exporter, credentials):
    simulator.add_example()
    simulator.order("POST", "clock", skew_seconds=3600)
    exporter = start_exporter(configuration(project(simulator, jobs=[cloud.JOB], credentials=credentials)))
    exporter.await_ready()
    if credentials is AKSK:
        exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
        exporter.await_log(r"clock.*NTP|NTP.*clock")
    else:
        # A token needs no clock; the newer an answer's times are, the more they need the cloud's.
        assert exporter.scrape().value("drs_project_up") == 1


def test_another_projects_id_is_named_as_the_cause(simulator, start_exporter):
    simulator.add_example()
    other = cloud.PROJECTS["analytics"][0]
    content = configuration(project(simulator, jobs=[cloud.JOB], project_id=other[::-1]))
    exporter = start_exporter(content).await_ready()
    exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
    exporter.await_log("project.?id")


def test_being_let_in_again_is_seen_and_said(simulator, start_exporter):
    simulator.add_example()
    content = configuration(project(simulator, jobs=[cloud.JOB], credentials=WRONG_PASSWORD))
    exporter = start_exporter(content).await_ready()
    exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
    simulator.order("POST", "credentials", password=SECRET)
    exporter.eventually("being up", lambda page: page.value("drs_project_up") == 1)
    assert exporter.scrape().value("drs_health_comparison_task_duration_seconds") == 8
