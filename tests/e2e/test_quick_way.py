"""A whole project without a file: two flags, and what the SDKs' environment variables hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support import cloud
from support.process import bare_environment
from support.simulator import Simulator

PROJECT, REGION = cloud.PROJECTS["payments"]
FLAGS = (f"--project-id={PROJECT}", f"--region={REGION}")
JOBS = 5


def sdk(simulator: Simulator, **other: str) -> dict[str, str]:
    """What somebody has who uses the cloud's SDKs."""
    return {
        "HUAWEICLOUD_SDK_AK": cloud.ACCESS_KEY,
        "HUAWEICLOUD_SDK_SK": cloud.SECRET_KEY,
        f"HUAWEICLOUD_SDK_REGION_DRS_{REGION.upper().replace('-', '_')}": simulator.url,
    } | other


def run(binary: Path, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end."""
    return subprocess.run(
        [binary, *arguments],
        cwd=folder,
        env=bare_environment(folder) | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_two_flags_watch_every_job_of_a_project(start_simulator, start_exporter):
    simulator = start_simulator(world="quiet", jobs=JOBS)
    exporter = start_exporter(None, *FLAGS, environment=sdk(simulator)).await_ready()
    page = exporter.eventually("all jobs", lambda page: len(page.series("drs_job_up")) >= JOBS and page)
    assert page.value("drs_project_info", project=PROJECT, region=REGION, project_id=PROJECT) == 1
    assert page.value("drs_project_up", project=PROJECT) == 1
    shown = {labels["job_id"] for labels, _ in page.series("drs_job_up", project=PROJECT)}
    assert page.value("drs_project_jobs", project=PROJECT) == len(shown)
    html = exporter.get("/").text
    assert all(job in html for job in shown)


def test_the_variables_of_the_flags_do_the_same(start_simulator, start_exporter):
    simulator = start_simulator(world="quiet", jobs=JOBS)
    environment = sdk(simulator, DRS_EXPORTER_PROJECT_ID=PROJECT, DRS_EXPORTER_REGION=REGION)
    exporter = start_exporter(None, environment=environment).await_ready()
    assert exporter.scrape().value("drs_project_up", project=PROJECT) == 1


def test_without_a_key_the_project_is_down_and_told_why(start_simulator, start_exporter):
    simulator = start_simulator()
    environment = sdk(simulator, HUAWEICLOUD_SDK_AK="")
    exporter = start_exporter(None, *FLAGS, environment=environment).await_ready()
    assert exporter.scrape().value("drs_project_up", project=PROJECT) == 0
    assert "HUAWEICLOUD_SDK_AK" in exporter.get("/").text


def test_a_wrong_endpoint_ends_it_with_2_and_its_variable(binary, tmp_path):
    variable = f"HUAWEICLOUD_SDK_REGION_DRS_{REGION.upper().replace('-', '_')}"
    done = run(binary, tmp_path, *FLAGS, **{variable: "ftp://example.com"})
    assert done.returncode == 2 and variable in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([FLAGS[0]], ["--region"]),
        ([FLAGS[1]], ["--project-id"]),
        ([*FLAGS, "--config.file=a.yaml"], ["--config.file", "--project-id"]),
        (["--project-id=a b", "--region=eu/west"], ['--project-id: "a b"', '--region: "eu/west"']),
        (["--project-id=", "--region=eu-west-101"], ["--project-id: must not be empty"]),
    ],
    ids=str,
)
def test_unusable_flags_end_it_with_2_and_are_named(binary, tmp_path, arguments, words):
    done = run(binary, tmp_path, *arguments)
    assert done.returncode == 2 and done.stdout == ""
    for word in words:
        assert word in done.stderr, done.stderr


def test_who_has_no_file_is_told_of_the_quick_way(binary, tmp_path):
    assert "--project-id" in run(binary, tmp_path).stderr
    assert "--project-id" not in run(binary, tmp_path, "--config.file=elsewhere.yaml").stderr
