"""Arguments, environment variables, exit codes, signals, and what is said about a bad configuration."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import cloud
from support.configuration import configuration, project
from support.process import Process, bare_environment

USABLE = configuration(project("http://127.0.0.1:1", jobs=[cloud.JOB]))
ALL_FLAGS = (
    "config.file",
    "web.listen-address",
    "web.telemetry-path",
    "shard",
    "total-shards",
    "log.level",
    "log.format",
)


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


def test_help_names_every_flag_and_its_variable(binary, tmp_path):
    done = run(binary, tmp_path, "--help")
    assert done.returncode == 0 and done.stderr == ""
    for flag in ALL_FLAGS:
        assert f"--{flag}" in done.stdout
        assert variable_of(flag) in done.stdout
    for command in ("demo", "simulate"):
        assert command in done.stdout
        assert run(binary, tmp_path, command, "--help").returncode == 0


def variable_of(flag: str) -> str:
    return "DRS_EXPORTER_" + re.sub("[.-]", "_", flag).upper()


def test_version_says_what_it_is(binary, tmp_path):
    done = run(binary, tmp_path, "--version")
    assert done.returncode == 0
    assert re.match(r"drs-exporter \d+\.\d+\.\d+", done.stdout), done.stdout
    assert "revision" in done.stdout and "rustc" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-flag"],
        ["no-such-command"],
        ["--shard=one"],
        ["--log.level=loud"],
        ["--log.format=xml"],
        ["--web.listen-address=nowhere"],
        ["--web.listen-address=:99999"],
        ["--web.telemetry-path=metrics"],
        ["--web.telemetry-path=/-/ready"],
        ["demo", "--config.file=x"],
        ["simulate", "--jobs=0"],
        ["simulate", "--speed=0"],
    ],
    ids=" ".join,
)
def test_unusable_arguments_end_it_with_2_and_are_named(binary, tmp_path, arguments):
    done = run(binary, tmp_path, *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert arguments[-1].split("=")[0] in done.stderr, done.stderr


def test_a_missing_configuration_ends_it_with_2_and_its_path(binary, tmp_path):
    done = run(binary, tmp_path)
    assert done.returncode == 2
    assert "drs-exporter.yaml" in done.stderr, done.stderr


def test_all_mistakes_of_a_configuration_are_told_at_once_with_their_places(binary, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(
        "pol_interval: 1m\n"
        "stale_after: soon\n"
        "projects:\n"
        "  - name: payments\n"
        "    region: ap-southeast-1\n"
        "    project_id: 5237e10fe9aa4ad5b16b6a5245248314\n"
        "    jobs: [{job_id: a}]\n"
        "  - name: payments\n"
        "    region: ap-southeast-1\n"
        "    credentials: {token: {value: x}, agency: {}}\n"
        "    jobs: [{jobid: a}]\n"
    )
    done = run(binary, tmp_path, f"--config.file={file}")
    assert done.returncode == 2
    for place, about in [
        ("1:1", "poll_interval"),
        ("2:14", "stale_after"),
        ("8:11", r"projects\[1\].name"),
        (r"\d+:\d+", r"projects\[1\].*project_id"),
        ("10:18", r"projects\[1\].credentials"),
        (r"11:\d+", r"projects\[1\].jobs\[0\].*job_id"),
    ]:
        assert re.search(rf"bad\.yaml:{place}: .*{about}", done.stderr), f"{place} {about}\n{done.stderr}"


def test_a_flag_counts_more_than_its_variable_and_each_variable_counts(simulator, start_exporter, tmp_path):
    simulator.add_example()
    file = tmp_path / "elsewhere.yaml"
    file.write_text(json.dumps(configuration(project(simulator, jobs=[cloud.JOB]))))
    environment = {
        variable_of("config.file"): str(file),
        variable_of("web.listen-address"): "127.0.0.9:1",
        variable_of("web.telemetry-path"): "/from-environment",
        variable_of("log.level"): "debug",
        variable_of("log.format"): "json",
    }
    exporter = start_exporter(None, environment=environment).await_ready()
    assert exporter.addresses[0].startswith("127.0.0.1:"), "the flag counts more"
    assert "drs_job_up" in exporter.get("/from-environment").text
    # Only the first failure of several is louder.
    simulator.fault("status", status=403)
    simulator.change_task(status="RUNNING")

    def has_debug_line() -> bool:
        return any(json.loads(line)["level"].lower() == "debug" for line in exporter.log.splitlines())

    exporter.process.wait_for("a line that only `debug` shows", has_debug_line)


def test_the_addresses_variable_takes_several(binary, programs, tmp_path):
    file = tmp_path / "drs-exporter.yaml"
    file.write_text(json.dumps(USABLE))
    environment = {variable_of("web.listen-address"): "127.0.0.1:0,127.0.0.2:0"}
    process = Process([binary, f"--config.file={file}"], tmp_path / "run", environment)
    programs.append(process)
    process.wait_for("two addresses", lambda: len(re.findall("listening.*address", process.stderr)) == 2)


@pytest.mark.parametrize(("level", "expected"), [("error", set()), ("info", {"info"})])
def test_the_log_level_is_kept(start_exporter, level, expected):
    exporter = start_exporter(USABLE, f"--log.level={level}")
    if expected:
        exporter.await_ready()
    else:
        exporter.process.wait_for("the program", lambda: Path(f"/proc/{exporter.process.pid}/cmdline").read_text())
    levels = {match.lower() for match in re.findall(r"\blevel=(\w+)", exporter.log)}
    assert levels >= expected and not levels & {"debug", *({"info", "warn"} - expected if not expected else set())}


def test_a_port_in_use_ends_it_with_1_and_its_address(start_exporter):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        exporter = start_exporter(USABLE, listen=address)
        assert exporter.process.wait() == 1
    assert address in exporter.log and "in use" in exporter.log.lower(), exporter.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_with_0_within_five_seconds(simulator, start_exporter, number):
    simulator.add_example()
    simulator.fault("hang")
    exporter = start_exporter(configuration(project(simulator, jobs=[cloud.JOB]), http={"timeout": "60s"}))
    assert exporter.get("/-/healthy").ok
    exporter.process.signal(number)
    assert exporter.process.wait(5) == 0, exporter.process.story()


def test_an_open_scrape_is_answered_before_the_end(start_simulator, start_exporter):
    """Its client has read little: much is still to be sent when the signal comes."""
    simulator = start_simulator(world="quiet", jobs=500)
    exporter = start_exporter(simulator.configuration_in_haste()).await_ready(60)
    whole = len(exporter.get("/metrics", Accept_Encoding="identity").content)
    assert whole > 10_000_000, "too small to fill the buffers of two sockets"

    host, port = exporter.addresses[0].rsplit(":", 1)
    with socket.socket() as client:
        client.settimeout(10)
        client.connect((host, int(port)))
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n\r\n")
        received = client.recv(1000)
        exporter.process.signal(signal.SIGTERM)
        with ThreadPoolExecutor(1) as pool:
            ended = pool.submit(exporter.process.wait, 6)
            while block := client.recv(1 << 20):
                received += block
            assert ended.result() == 0
    head, body = received.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"content-length: (\d+)", head.lower()).group(1))
    assert len(body) == length


def test_new_connections_are_refused_after_the_signal(start_exporter):
    exporter = start_exporter(USABLE)
    host, port = exporter.addresses[0].rsplit(":", 1)
    exporter.process.signal(signal.SIGTERM)
    assert exporter.process.wait(5) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=1)


def test_simulate_prints_a_configuration_that_works(start_simulator, start_exporter):
    simulator = start_simulator(world="live", jobs=3)
    exporter = start_exporter(simulator.configuration).await_ready()
    page = exporter.scrape()
    assert {labels["project"] for labels, value in page.series("drs_project_up") if value == 1} == set(cloud.PROJECTS)
    assert all(value == 1 for _, value in page.series("drs_job_up"))


def test_the_same_seed_gives_the_same_jobs(start_simulator):
    def ids(seed: int) -> list[str]:
        truth = start_simulator(world="quiet", seed=seed).truth()
        return [job["id"] for project in truth["projects"] for job in project["jobs"]]

    assert ids(1) == ids(1) != ids(2)
