"""Each way to be let in by the cloud, and what is done when it no longer lets one in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from support import cloud
from support.configuration import AKSK, BY_PASSWORD, configuration, project
from support.page import Page

DURATION = "drs_health_comparison_task_duration_seconds"
TASKS = [(cloud.JOB, cloud.TASK)]


@pytest.fixture
def simulator(simulator):
    simulator.add_example()
    return simulator


def is_right(page: Page) -> bool:
    return page.value("drs_project_up") == 1 and page.value("drs_job_up") == 1 and page.value(DURATION) == 8


def put(path: Path, text: str) -> str:
    """Writes a secret as editors do, with a newline at its end; gives the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")
    return path.name


def token_of(simulator) -> str:
    """A token, as another program of the user would get it."""
    body = {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {
                    "user": {"name": cloud.USER, "password": cloud.PASSWORD, "domain": {"name": cloud.DOMAIN}}
                },
            },
            "scope": {"project": {"id": cloud.PROJECTS["payments"][0]}},
        }
    }
    answer = requests.post(f"{simulator.url}/v3/auth/tokens", json=body, timeout=10)
    assert answer.status_code == 201, answer.text
    return answer.headers["X-Subject-Token"]


def temporary_key(simulator) -> dict[str, str]:
    """A temporary access key, as the metadata service gives it."""
    answer = requests.get(f"{simulator.url}/openstack/latest/securitykey", timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()["credential"]


def watch(simulator, credentials: dict[str, Any] | None) -> dict[str, Any]:
    return configuration(project(simulator, tasks=TASKS, credentials=credentials))


@pytest.mark.parametrize("credentials", [AKSK, BY_PASSWORD], ids=["access key", "password"])
def test_secrets_in_the_configuration_let_in(simulator, start_exporter, credentials):
    assert is_right(start_exporter(watch(simulator, credentials)).await_ready().scrape())


def test_one_login_serves_all_calls(simulator, start_exporter):
    simulator.add_task(task_id="running", status="RUNNING", start_time=cloud.written(cloud.now()))
    tasks = [*TASKS, (cloud.JOB, "running")]
    start_exporter(configuration(project(simulator, tasks=tasks, credentials=BY_PASSWORD))).await_ready()
    simulator.await_requests(3, "ShowHealthCompareJobDetail")
    assert simulator.stats()["logins"] == 1


def test_an_access_key_in_files_beside_the_configuration_lets_in(simulator, start_exporter, tmp_path):
    folder = tmp_path / "exporter"
    aksk = {
        "access_key_file": put(folder / "ak", cloud.ACCESS_KEY),
        "secret_key_file": put(folder / "sk", cloud.SECRET_KEY),
    }
    exporter = start_exporter(watch(simulator, {"aksk": aksk}), folder=folder)
    assert is_right(exporter.await_ready().scrape())


def test_a_secret_key_file_that_is_mended_is_read_again(simulator, start_exporter, tmp_path):
    simulator.add_task(task_id="running", status="RUNNING", start_time=cloud.written(cloud.now()))
    folder = tmp_path / "exporter"
    aksk = {"access_key": cloud.ACCESS_KEY, "secret_key_file": put(folder / "sk", "wrong")}
    exporter = start_exporter(watch(simulator, {"aksk": aksk}), folder=folder).await_ready()
    exporter.eventually("the refusal", lambda page: page.value("drs_project_up") == 0)
    put(folder / "sk", cloud.SECRET_KEY)
    exporter.eventually("being let in", is_right)


def test_a_temporary_key_with_its_security_token_lets_in(simulator, start_exporter):
    key = temporary_key(simulator)
    aksk = {"access_key": key["access"], "secret_key": key["secret"], "security_token": key["securitytoken"]}
    exporter = start_exporter(watch(simulator, {"aksk": aksk})).await_ready()
    assert is_right(exporter.scrape())
    assert key["secret"] not in exporter.log and key["securitytoken"] not in exporter.log


def test_a_password_in_a_file_lets_in(simulator, start_exporter, tmp_path):
    folder = tmp_path / "exporter"
    password = {"domain": cloud.DOMAIN, "user": cloud.USER, "password_file": put(folder / "pw", cloud.PASSWORD)}
    exporter = start_exporter(watch(simulator, {"password": password}), folder=folder)
    assert is_right(exporter.await_ready().scrape())


def test_a_token_file_is_read_again_when_it_changes(simulator, start_exporter, tmp_path):
    simulator.add_task(task_id="running", status="RUNNING", start_time=cloud.written(cloud.now()))
    folder = tmp_path / "exporter"
    token = put(folder / "token", token_of(simulator))
    tasks = [*TASKS, (cloud.JOB, "running")]
    content = configuration(project(simulator, tasks=tasks, credentials={"token": {"file": token}}))
    exporter = start_exporter(content, folder=folder).await_ready()
    assert exporter.scrape().value("drs_project_up") == 1

    simulator.order("POST", "tokens/revoke")
    exporter.eventually("the refusal", lambda page: page.value("drs_project_up") == 0)
    put(folder / "token", token_of(simulator))
    exporter.eventually("being let in", lambda page: page.value("drs_project_up") == 1)


@pytest.mark.parametrize("mode", ["required", "optional", "absent"])
def test_an_instances_agency_lets_in_with_and_without_session_tokens(simulator, start_exporter, mode):
    simulator.order("POST", "metadata", mode=mode)
    exporter = start_exporter(watch(simulator, {"agency": {"endpoint": simulator.url}})).await_ready()
    assert is_right(exporter.scrape())
    statuses = simulator.stats()["operations"]["CreateMetadataToken"]["statuses"]
    assert list(statuses) == (["404"] if mode == "absent" else ["200"])


def test_without_credentials_the_sdks_environment_variables_count(simulator, start_exporter):
    environment = {"HUAWEICLOUD_SDK_AK": cloud.ACCESS_KEY, "HUAWEICLOUD_SDK_SK": cloud.SECRET_KEY}
    exporter = start_exporter(watch(simulator, None), environment=environment)
    assert is_right(exporter.await_ready().scrape())


def test_the_environments_temporary_key_counts_too(simulator, start_exporter):
    key = temporary_key(simulator)
    environment = {
        "HUAWEICLOUD_SDK_AK": key["access"],
        "HUAWEICLOUD_SDK_SK": key["secret"],
        "HUAWEICLOUD_SDK_SECURITY_TOKEN": key["securitytoken"],
    }
    exporter = start_exporter(watch(simulator, None), environment=environment)
    assert is_right(exporter.await_ready().scrape())


PROFILE = f"[basic]\nak = {cloud.ACCESS_KEY}\nsk = {cloud.SECRET_KEY}\n"


def test_after_them_the_sdks_profile_file_in_the_home_folder_counts(simulator, start_exporter, tmp_path):
    folder = tmp_path / "exporter"
    profile = folder / "home/.huaweicloud/credentials"
    profile.parent.mkdir(parents=True)
    profile.write_text(PROFILE)
    assert is_right(start_exporter(watch(simulator, None), folder=folder).await_ready().scrape())


def test_the_profile_file_may_be_elsewhere(simulator, start_exporter, tmp_path):
    profile = tmp_path / "profile"
    profile.write_text(PROFILE)
    environment = {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(profile)}
    exporter = start_exporter(watch(simulator, None), environment=environment)
    assert is_right(exporter.await_ready().scrape())


def test_no_credentials_anywhere_says_where_it_has_looked(simulator, start_exporter):
    exporter = start_exporter(watch(simulator, None)).await_ready()
    exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
    exporter.await_log("HUAWEICLOUD_SDK_AK")
    assert simulator.requests() == 0


def test_a_token_that_the_cloud_no_longer_takes_is_renewed_once_without_a_gap(simulator, start_exporter):
    simulator.add_task(task_id="running", status="RUNNING", start_time=cloud.written(cloud.now()))
    content = configuration(project(simulator, tasks=[*TASKS, (cloud.JOB, "running")], credentials=BY_PASSWORD))
    exporter = start_exporter(content).await_ready()
    logins = simulator.requests("KeystoneCreateUserTokenByPassword")
    simulator.order("POST", "tokens/revoke")
    simulator.await_requests(1, "KeystoneCreateUserTokenByPassword", since=logins)
    simulator.await_requests(3, "ShowHealthCompareJobDetail")
    page = exporter.scrape()
    assert page.value("drs_project_up") == 1 and page.value("drs_job_up") == 1
    stats = simulator.stats()
    assert stats["logins"] == 2
    assert 1 <= sum(of["statuses"].get("401", 0) for of in stats["operations"].values()) <= 2


def test_a_token_is_renewed_before_it_expires(simulator, start_exporter):
    simulator.add_task(task_id="running", status="RUNNING", start_time=cloud.written(cloud.now()))
    simulator.order("POST", "token_lifetime", seconds=12)
    content = configuration(project(simulator, tasks=[(cloud.JOB, "running")], credentials=BY_PASSWORD))
    exporter = start_exporter(content).await_ready()
    simulator.await_requests(1, "KeystoneCreateUserTokenByPassword")
    simulator.await_requests(2, "ShowHealthCompareJobDetail")
    assert exporter.scrape().value("drs_project_up") == 1
    statuses = simulator.stats()["operations"]["ShowHealthCompareJobDetail"]["statuses"]
    assert list(statuses) == ["200"], f"a call was made with an expired token: {statuses}"
