"""Its end by signals, and everything that a machine can lack: ports, rights, disk, file descriptors."""

from __future__ import annotations

import resource
import signal
import socket
import tempfile
import time
from pathlib import Path

import pytest
from support import cloud
from support.configuration import configuration, project
from support.process import Process
from support.waiting import hold_for, wait_for

OUT_OF_REACH = configuration(project("http://127.0.0.1:1", jobs=[cloud.JOB]))


@pytest.fixture
def busy_exporter(start_simulator, start_exporter):
    """It waits for a cloud that hangs, and for a scrape whose client does not read."""
    simulator = start_simulator(world="quiet", jobs=40)
    exporter = start_exporter(simulator.configuration_in_haste()).await_ready(60)
    assert len(exporter.get("/metrics", Accept_Encoding="identity").content) > 500_000, "fits into a socket's buffers"
    simulator.fault("hang")
    before = simulator.requests()
    host, port = exporter.addresses[0].rsplit(":", 1)
    with socket.socket() as client:
        # Before the connection: its window stays small, and the other side's buffer with it.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((host, int(port)))
        # Several answers, so that no buffer of the system holds them all.
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n\r\n" * 20)
        assert client.recv(1)
        wait_for("questions under way", lambda: simulator.requests() > before)
        yield exporter


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_requests_under_way_in_both_directions_end_with_it_within_five_seconds(busy_exporter, number):
    asked = time.monotonic()
    busy_exporter.process.signal(number)
    assert busy_exporter.process.wait(5) == 0, busy_exporter.story()
    assert time.monotonic() - asked > 2, "the open scrape was given no time"


@pytest.mark.parametrize(
    ("first", "second"), [(signal.SIGTERM, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT), (signal.SIGINT, signal.SIGINT)]
)
def test_a_second_signal_ends_it_at_once(busy_exporter, first, second):
    busy_exporter.process.signal(first)
    busy_exporter.await_log("signal=SIG")
    asked = time.monotonic()
    busy_exporter.process.signal(second)
    assert busy_exporter.process.wait(5) == 128 + second
    # Without the second one, it would have given the open scrape four seconds.
    assert time.monotonic() - asked < 2.5
    assert "ending at once" in busy_exporter.log


def test_a_port_that_needs_a_right_is_told_with_what_to_do(binary, programs, tmp_path):
    tmp_path.chmod(0o755)
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    process = Process([*command, "--", binary, "demo", "--web.listen-address=127.0.0.1:80"], tmp_path / "run")
    programs.append(process)
    assert process.wait() == 1
    assert "127.0.0.1:80 may not be listened on" in process.stderr and "CAP_NET_BIND_SERVICE" in process.stderr
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text().strip()
    assert f"choose a port from {first} on" in process.stderr


def test_file_descriptors_that_run_out_are_told_once_and_it_goes_on_when_there_are_some(start_exporter):
    exporter = start_exporter(OUT_OF_REACH)
    host, port = exporter.addresses[0].rsplit(":", 1)
    used = len(list(Path(f"/proc/{exporter.process.pid}/fd").iterdir()))
    limit = used + 5
    resource.prlimit(exporter.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
    clients = [socket.create_connection((host, int(port))) for _ in range(20)]
    exporter.await_log("connections cannot be accepted")
    hold_for(1, "told once", lambda: exporter.log.count("connections cannot be accepted") == 1)
    for client in clients:
        client.close()
    exporter.await_log("connections are accepted again")
    assert exporter.get("/-/healthy").status_code == 200


def test_too_few_file_descriptors_at_the_start_are_told_with_what_to_do(binary, programs, tmp_path):
    process = Process(["bash", "-c", f"ulimit -n 10; exec {binary} demo --web.listen-address=127.0.0.1:0"], tmp_path)
    programs.append(process)
    assert process.wait() == 1
    assert "file descriptors" in process.stderr and "ulimit -n" in process.stderr
    assert "panicked" not in process.stderr


def test_a_configuration_that_may_not_be_read_or_is_a_directory_is_named(binary, programs, tmp_path):
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    # Everybody may go to it, unlike to pytest's own.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        secret = folder / "secret.yaml"
        secret.touch()
        secret.chmod(0)
        for path, why in [(secret, "denied"), (folder, "directory")]:
            process = Process([*user, binary, f"--config.file={path}"], tmp_path / why)
            programs.append(process)
            assert process.wait() == 2
            assert f"{path}: cannot read" in process.stderr and why in process.stderr.lower(), process.stderr
            assert ("as the user with the id 65534" in process.stderr) == (why == "denied"), process.stderr
