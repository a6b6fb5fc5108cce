"""`scripts/stack`: what the README promises of it, from its start to what it leaves behind, which is nothing."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest
import requests
from conftest import ROOT
from support.prometheus import free_port
from support.process import Process
from support.waiting import wait_for

# What the README promises is "under five minutes".
PROMISED_SECONDS = 300


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def processes_below(folder: Path) -> list[str]:
    """The command lines of all processes that have to do with this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(f"{process.name} {command}")
    return found


def start_stack(binary: Path, folder: Path, programs: list, ports: dict[str, int]) -> Process:
    temporary = folder / "temporary"
    temporary.mkdir(parents=True)
    flags = [f"--{name}-port={port}" for name, port in ports.items()]
    # Where the tests run in the background, SIGINT is ignored, and that would be inherited.
    command = ["env", "--default-signal=INT", ROOT / "scripts/stack", *flags]
    stack = Process(command, folder, {"DRS_EXPORTER_BINARY": str(binary), "TMPDIR": str(temporary)})
    programs.append(stack)
    return stack


def three_ports() -> dict[str, int]:
    return {name: free_port() for name in ("exporter", "prometheus", "alertmanager")}


@pytest.mark.timeout(PROMISED_SECONDS + 60)
def test_an_alert_fires_and_nothing_is_left_behind(binary, tmp_path, programs):
    ports = three_ports()
    folder = tmp_path / "stack"
    stack = start_stack(binary, folder, programs, ports)
    session = requests.Session()
    session.trust_env = False

    def firing() -> list[dict]:
        try:
            answer = session.get(f"http://127.0.0.1:{ports['alertmanager']}/api/v2/alerts?active=true", timeout=10)
        except requests.ConnectionError:
            return []
        return answer.json() if answer.ok else []

    alerts = stack.wait_for("a firing alert", firing, PROMISED_SECONDS)
    for alert in alerts:
        assert alert["labels"]["severity"] and alert["annotations"]["summary"], alert
    # The same alert comes to the terminal, and what is to be opened can be opened.
    stack.wait_for("the pager", lambda: f"{alerts[0]['labels']['alertname']}:" in stack.stdout)
    for name in ("exporter", "prometheus"):
        assert f"http://127.0.0.1:{ports[name]}/" in stack.stdout, stack.story()
    page = next(word for word in stack.stdout.split() if word.endswith("/alerts"))
    assert session.get(page, timeout=10).ok
    assert len(processes_below(folder)) >= 2, "Prometheus and Alertmanager have their data there"

    stack.signal(signal.SIGINT)
    assert stack.wait() == 0, stack.story()
    wait_for("free ports", lambda: all(is_free(port) for port in ports.values()))
    assert not processes_below(folder)
    assert not list((folder / "temporary").iterdir())


def test_a_taken_port_is_named_and_nothing_is_started(binary, tmp_path, programs):
    ports = three_ports()
    with socket.create_server(("127.0.0.1", ports["prometheus"])):
        stack = start_stack(binary, tmp_path / "stack", programs, ports)
        assert stack.wait(60) == 1
    assert f"port {ports['prometheus']} is in use" in stack.stderr
    assert not list((tmp_path / "stack/temporary").iterdir())


def test_the_end_of_one_program_ends_all_and_its_log_is_told(binary, tmp_path, programs):
    ports = three_ports()
    folder = tmp_path / "stack"
    stack = start_stack(binary, folder, programs, ports)
    stack.wait_for("its start", lambda: "Ctrl-C" in stack.stdout, 120)
    (prometheus,) = [line for line in processes_below(folder) if "--storage.tsdb.path" in line]
    Process(["kill", prometheus.split()[0]], tmp_path / "kill").wait()
    assert stack.wait() == 1
    assert "prometheus has ended" in stack.stderr and "See you next time!" in stack.stderr
    wait_for("free ports", lambda: all(is_free(port) for port in ports.values()))
    assert not processes_below(folder)
    assert not list((folder / "temporary").iterdir())
