"""Its end by signals, and everything that a machine can lack: ports, rights, disk, file descriptors."""

from __future__ import annotations

import signal
import socket
import time

import pytest
from support import cloud
from support.configuration import configuration, project
from support.waiting import wait_for

OUT_OF_REACH = configuration(project("http://127.0.0.1:1", jobs=[cloud.JOB]))


@pytest.fixture
def busy_exporter(start_simulator, start_exporter):
    """It waits for a cloud that hangs, and for a scrape whose client does not read."""
    simulator = start_simulator(world="quiet", jobs=40)
    exporter = start_exporter(simulator.configuration_in_haste()).await_ready(60)
    assert len(exporter.get("/metrics", Accept_Encoding="identity").content) > 500_000, "fits into a socket's buffers"
    simulator.fault("hang")
    host, port = exporter.addresses[0].rsplit(":", 1)
    with socket.socket() as client:
        # Before the connection: its window stays small, and the other side's buffer with it.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((host, int(port)))
        # Several answers, so that no buffer of the system holds them all.
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n\r\n" * 20)
        assert client.recv(1)
        before = simulator.requests()
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
    assert time.monotonic() - asked < 1
    assert "ending at once" in busy_exporter.log
