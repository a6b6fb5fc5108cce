"""What systemd is told, and what it gives: readiness, status, watchdog, sockets."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from conftest import ROOT
from support import cloud
from support.configuration import configuration, project, write
from support.freezing import Frozen
from support.process import Process
from support.prometheus import free_port
from support.systemd import NotifySocket
from support.waiting import hold_for, wait_for

# Nothing listens there.
OUT_OF_REACH = configuration(project("http://127.0.0.1:1", jobs=[cloud.JOB]))
PATIENCE_SECONDS = 1.0


def watched(patience_seconds: float = PATIENCE_SECONDS) -> dict[str, str]:
    return {"WATCHDOG_USEC": str(int(patience_seconds * 1e6))}


@pytest.fixture
def listen(programs) -> Iterator[Callable[[], NotifySocket]]:
    # pytest's own folders have names too long for a socket.
    with tempfile.TemporaryDirectory() as folder:

        def make() -> NotifySocket:
            notify = NotifySocket(Path(folder, f"notify{len(programs)}"))
            programs.append(notify)
            return notify

        yield make


@pytest.fixture
def start_notifying(listen, start_exporter):
    """Starts the exporter as systemd does a service with `Type=notify`."""

    def start(content, *arguments: str, **environment: str):
        notify = listen()
        exporter = start_exporter(content, *arguments, environment=environment | {"NOTIFY_SOCKET": str(notify.path)})
        return exporter, notify

    return start


def test_a_cloud_that_is_down_does_not_keep_the_service_from_starting(start_notifying):
    exporter, notify = start_notifying(OUT_OF_REACH)
    notify.await_line("READY=1")
    assert exporter.get("/-/healthy").status_code == 200, "it listens when it says that it is ready"
    notify.await_line("STATUS=watching 1 jobs of 1 projects, 1 out of reach")
    assert notify.count("READY=1") == 1


def test_the_status_tells_how_much_is_watched(start_simulator, start_notifying):
    exporter, notify = start_notifying(start_simulator(world="quiet", jobs=3).configuration)
    exporter.await_ready()
    notify.await_line("STATUS=watching 6 jobs of 2 projects")
    assert not notify.count("WATCHDOG=1"), "nobody asked for it"


def test_the_watchdog_hears_of_it_twice_within_its_patience_until_the_end(start_notifying):
    # A busy machine may hold up a sign of life for a second.
    patience = 3.0
    exporter, notify = start_notifying(OUT_OF_REACH, **watched(patience))
    notify.await_line("READY=1")
    wait_for("four signs of life", lambda: notify.count("WATCHDOG=1") >= 4)
    times = [moment for moment, line in notify.told() if line == "WATCHDOG=1"]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps) < patience, gaps
    exporter.process.signal(signal.SIGTERM)
    notify.await_line("STOPPING=1")
    assert exporter.process.wait(5) == 0


def test_a_watchdog_of_another_process_is_not_fed(start_notifying):
    _, notify = start_notifying(OUT_OF_REACH, **watched(), WATCHDOG_PID="1")
    notify.await_line("STATUS=watching")
    assert not [line for _, line in notify.listen_for(PATIENCE_SECONDS * 2) if line == "WATCHDOG=1"]


def test_a_process_that_was_stopped_is_silent_and_goes_on_afterwards(start_notifying):
    exporter, notify = start_notifying(OUT_OF_REACH, **watched())
    notify.await_line("WATCHDOG=1")
    exporter.process.signal(signal.SIGSTOP)
    wait_for("the stop", lambda: "T (stopped)" in Path(f"/proc/{exporter.process.pid}/status").read_text())
    notify.told()
    # Longer than what counts as a pause.
    assert notify.listen_for(7) == []
    exporter.process.signal(signal.SIGCONT)
    before = notify.count("WATCHDOG=1")
    wait_for("signs of life", lambda: notify.count("WATCHDOG=1") > before + 3)
    exporter.await_log("the process was not running for a while")
    assert exporter.get("/-/healthy").status_code == 200


def test_a_runtime_that_stands_still_is_not_alive(start_notifying, programs):
    """The watchdog is fed by what runs the exporter, not by something beside it that would go on without."""
    exporter, notify = start_notifying(OUT_OF_REACH, **watched())
    notify.await_line("WATCHDOG=1")
    frozen = Frozen(exporter.process.pid, "tokio-rt-worker")
    programs.append(frozen)
    notify.told()
    assert notify.listen_for(PATIENCE_SECONDS * 4) == []
    frozen.release()
    before = notify.count("WATCHDOG=1")
    wait_for("signs of life", lambda: notify.count("WATCHDOG=1") > before + 3)


def test_a_systemd_that_does_not_read_costs_nothing(listen, start_exporter):
    """Its socket's queue is full after some messages; who sends on would wait for ever."""
    notify = listen()
    environment = {"NOTIFY_SOCKET": str(notify.path), "WATCHDOG_USEC": "20000"}
    exporter = start_exporter(OUT_OF_REACH, environment=environment)
    tasks = Path(f"/proc/{exporter.process.pid}/task")

    def waits_for() -> Iterator[str]:
        for task in tasks.iterdir():
            # A thread that has ended meanwhile waits for nothing.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                yield (task / "wchan").read_text()

    def waits() -> bool:
        return any("unix_wait_for_peer" in place for place in waits_for())

    wait_for("a full queue", waits)
    count = len(list(tasks.iterdir()))
    hold_for(2, "it serves", lambda: exporter.get("/-/healthy").status_code == 200)
    assert len(list(tasks.iterdir())) <= count + 1, "no more threads wait"
    # Whoever looks for stalls does not wait for systemd: it still notices what happens to the process.
    exporter.process.signal(signal.SIGSTOP)
    wait_for("the stop", lambda: "T (stopped)" in Path(f"/proc/{exporter.process.pid}/status").read_text())
    # Longer than what counts as a pause.
    hold_for(7, "stopped", lambda: exporter.process.exit_code is None)
    exporter.process.signal(signal.SIGCONT)
    exporter.await_log("the process was not running for a while")
    exporter.process.signal(signal.SIGTERM)
    assert exporter.process.wait(5) == 0


def test_a_notify_socket_that_is_not_there_is_told_once(start_exporter, tmp_path):
    environment = {"NOTIFY_SOCKET": str(tmp_path / "nowhere"), "WATCHDOG_USEC": "100000"}
    exporter = start_exporter(OUT_OF_REACH, environment=environment).await_ready()
    exporter.await_log("systemd cannot be told")
    hold_for(1, "told once", lambda: exporter.log.count("systemd cannot be told") == 1)


def test_the_first_scrape_starts_it_and_is_answered(binary, simulator, tmp_path, programs):
    simulator.add_example()
    path = write(tmp_path, configuration(project(simulator, jobs=[cloud.JOB])))
    port = free_port()
    command = ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", binary, f"--config.file={path}"]
    process = Process([*command, "--web.systemd-socket"], tmp_path / "run")
    programs.append(process)
    process.wait_for("the socket", lambda: "Listening on" in process.stderr)
    assert "drs-exporter" not in Path(f"/proc/{process.pid}/comm").read_text(), "nobody has asked yet"
    url = f"http://127.0.0.1:{port}"
    assert requests.get(f"{url}/metrics", timeout=20).status_code == 200
    assert f'address=127.0.0.1:{port}' in process.stderr and "sockets of systemd" in process.stderr
    wait_for("readiness", lambda: requests.get(f"{url}/-/ready", timeout=20).status_code == 200)
    assert "drs_job_up{" in requests.get(f"{url}/metrics", timeout=20).text
    process.signal(signal.SIGTERM)
    assert process.wait(5) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_sockets_of_systemd_take_the_place_of_addresses(binary, tmp_path, programs):
    """Also without the flag, and several of them."""
    path = write(tmp_path, OUT_OF_REACH)
    ports = [free_port(), free_port()]
    listens = [f"--listen=127.0.0.1:{port}" for port in ports]
    command = ["systemd-socket-activate", *listens, binary, f"--config.file={path}", "--log.format=json"]
    process = Process(command, tmp_path / "run")
    programs.append(process)
    process.wait_for("the sockets", lambda: process.stderr.count("Listening on") == 2)
    for port in ports:
        assert requests.get(f"http://127.0.0.1:{port}/-/healthy", timeout=20).status_code == 200
    lines = [json.loads(line) for line in process.stderr.splitlines() if line.startswith("{")]
    addresses = {line["address"] for line in lines if line.get("message") == "listening"}
    assert addresses == {f"127.0.0.1:{port}" for port in ports}


def test_without_a_socket_the_flag_is_an_error(binary, tmp_path, programs):
    path = write(tmp_path, OUT_OF_REACH)
    process = Process([binary, f"--config.file={path}", "--web.systemd-socket"], tmp_path / "run")
    programs.append(process)
    assert process.wait() == 1
    assert "systemd has passed no socket" in process.stderr


def test_the_flag_and_an_address_contradict_each_other(binary, tmp_path, programs):
    process = Process([binary, "--web.systemd-socket", "--web.listen-address=:1"], tmp_path / "run")
    programs.append(process)
    assert process.wait() == 2
    assert "cannot be used with" in process.stderr


def test_a_socket_that_is_not_tcp_is_refused(binary, tmp_path, programs):
    path = write(tmp_path, OUT_OF_REACH)
    with tempfile.TemporaryDirectory() as folder:
        listening = Path(folder, "socket")
        command = ["systemd-socket-activate", f"--listen={listening}", binary, f"--config.file={path}"]
        process = Process(command, tmp_path / "run")
        programs.append(process)
        process.wait_for("the socket", lambda: "Listening on" in process.stderr)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(listening))
            assert process.wait() == 1
    assert "not a valid tcp socket" in process.stderr


UNITS = ROOT / "packaging/systemd"


def test_the_unit_exposes_little():
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", UNITS / "drs-exporter.service"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    exposure = float(re.search(r"exposure level for \S+: ([\d.]+)", done.stdout).group(1))
    assert exposure <= 1.5, done.stdout


def test_systemd_understands_the_units(binary, tmp_path):
    """All but where the program is installed."""
    for unit in ("drs-exporter.service", "drs-exporter.socket"):
        text = (UNITS / unit).read_text().replace("/usr/bin/drs-exporter ", f"{binary} ")
        text = "".join(line for line in text.splitlines(True) if not line.startswith("Documentation=man:"))
        (tmp_path / unit).write_text(text)
    units = [tmp_path / "drs-exporter.service", tmp_path / "drs-exporter.socket"]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    # Whatever is the matter with the machine's own units is told as well.
    assert "drs-exporter" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
