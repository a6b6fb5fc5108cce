"""The Debian package on a machine that a real systemd runs: what the unit makes of the program."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import cloud
from support.debian import Debian
from support.packages import BUILD_SECONDS, the
from support.page import Page
from support.systemd import Machine
from support.waiting import ROOM_SECONDS, hold_for, wait_for

# It takes the package that test_packages.py makes, packs again and looks at: on the same worker.
pytestmark = [pytest.mark.xdist_group("packages"), pytest.mark.timeout(BUILD_SECONDS + 60)]

NAME = "drs-exporter"
UNIT = f"{NAME}.service"
SOCKET = f"{NAME}.socket"
PAGE = "http://127.0.0.1:10816"
CLOUD = "127.0.0.1:8000"
CONFIGURATION = Path("etc/drs-exporter/drs-exporter.yaml")
DROP_IN = Path(f"run/systemd/system/{UNIT}.d/test.conf")
SECRET = Path("etc/drs-exporter/secret_key")


class Service:
    """The installed service, as its administrator sees it."""

    def __init__(self, machine: Machine, root: Path, package: str) -> None:
        self.machine = machine
        self._root = root
        self._package = package
        self.fitting = ""

    def file(self, path: Path) -> Path:
        """A file of the machine; what lies in its memory is not in the root, but seen through its first process."""
        return Path(f"/proc/{self.machine.pid}/root") / path

    def install(self) -> None:
        self.machine.run("dpkg", "--install", self._package)

    def is_installed(self) -> bool:
        return self.file(Path("usr/bin", NAME)).is_file()

    def control(self, *words: str, check: bool = True) -> str:
        return self.machine.run("systemctl", *words, check=check).stdout.strip()

    def state(self, name: str, unit: str = UNIT) -> str:
        return self.control("show", "--value", f"--property={name}", unit)

    def journal(self) -> str:
        """What it has said since the test began, and what systemd has said about it."""
        since = f"--since=@{self.since:.6f}"
        self.machine.run("journalctl", "--sync")
        return self.machine.run("journalctl", "--no-pager", since, "--unit", UNIT, "--unit", SOCKET).stdout

    def story(self) -> str:
        return self.control("status", "--full", "--lines=0", UNIT, check=False) + "\n" + self.journal()

    def configure(self, text: str) -> None:
        self.file(CONFIGURATION).write_text(text)

    def add(self, *settings: str) -> None:
        """Settings of the unit that are its administrator's."""
        drop_in = self.file(DROP_IN)
        drop_in.parent.mkdir(parents=True, exist_ok=True)
        drop_in.write_text("\n".join(["[Service]", *settings, ""]))
        self.control("daemon-reload")

    def start(self) -> None:
        done = self.machine.run("systemctl", "start", UNIT, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{self.story()}"

    def begin_anew(self) -> None:
        """Installed, configured, stopped, without settings of a test."""
        self.since = time.time()
        if not self.is_installed():
            self.install()
        self.control("stop", SOCKET, UNIT)
        self.control("disable", SOCKET, UNIT)
        self.control("reset-failed")
        if self.file(DROP_IN).exists():
            self.file(DROP_IN).unlink()
            self.file(DROP_IN).parent.rmdir()
        self.control("daemon-reload")
        self.configure(self.fitting)

    @property
    def pid(self) -> str:
        return self.state("MainPID")

    def scrape(self) -> Page:
        return Page(self.machine.request(f"{PAGE}/metrics").stdout)

    def eventually(self, what: str, look, seconds: float = ROOM_SECONDS):
        return wait_for(what, look, seconds, self.story)

    def await_up(self, projects: int = 2) -> None:
        """Each project was let in by the cloud."""
        self.eventually("all projects", lambda: ups(self.scrape()) == [1.0] * projects)


def ups(page: Page) -> list[float]:
    return [value for _, value in page.series("drs_project_up")]


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[tuple[Machine, Path]]:
    folder = tmp_path_factory.mktemp("machine")
    root = Debian(folder / "root").folder
    # Here, what an installation starts really starts.
    (root / "usr/sbin/policy-rc.d").unlink()
    (root / "root" / "package.deb").write_bytes(the(".deb").read_bytes())
    machine = Machine(root, folder / "log")
    try:
        yield machine, root
    finally:
        machine.stop()


@pytest.fixture(scope="module")
def installed(machine) -> Service:
    """With a simulated cloud beside it, which stays when the package goes."""
    service = Service(*machine, "/root/package.deb")
    service.install()
    run = service.machine.run
    run("cp", f"/usr/bin/{NAME}", "/usr/local/bin/cloud")
    simulate = ["/usr/local/bin/cloud", "simulate", f"--listen-address={CLOUD}", "--world=quiet", "--jobs=3"]
    output = ("--property=StandardOutput=file:/run/cloud.yaml", "--property=StandardError=journal")
    run("systemd-run", "--unit=cloud", *output, *simulate)
    printed = service.file(Path("run/cloud.yaml"))
    # To its last line.
    fitting = re.compile(r".*\n +discovery: .*\n", re.DOTALL)
    service.fitting = wait_for(
        "the configuration that fits", lambda: fitting.fullmatch(printed.read_text()) if printed.exists() else None
    ).group()
    return service


@pytest.fixture
def service(installed) -> Service:
    installed.begin_anew()
    return installed


def test_an_installation_starts_and_enables_nothing(service):
    service.machine.run("dpkg", "--purge", NAME)
    service.install()
    for unit in (UNIT, SOCKET):
        assert service.state("LoadState", unit) == "loaded"
        assert service.state("ActiveState", unit) == "inactive", service.story()
        assert service.state("UnitFileState", unit) == "disabled"
    assert service.control("is-system-running", check=False) == "running", service.control("--failed")


def test_it_is_started_when_it_listens_and_runs_as_its_user(service):
    service.start()
    # At once: that systemd waits for it is what is asked here.
    assert service.machine.request(f"{PAGE}/-/healthy").returncode == 0
    assert (service.state("ActiveState"), service.state("SubState")) == ("active", "running")
    service.eventually("its status", lambda: service.state("StatusText") == "watching 6 jobs of 2 projects")
    service.await_up()
    status = service.machine.run("cat", f"/proc/{service.pid}/status").stdout
    facts = dict(re.findall(r"^(\w+):\s+(.*)$", status, re.MULTILINE))
    user = service.machine.run("id", "--user", NAME).stdout.strip()
    group = service.machine.run("id", "--group", NAME).stdout.strip()
    assert facts["Uid"].split() == [user] * 4 and facts["Gid"].split() == [group] * 4 and user != "0"
    assert int(facts["CapBnd"], 16) == int(facts["CapEff"], 16) == 0
    assert facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2"


def test_a_reload_takes_a_changed_configuration_and_keeps_the_process(service):
    service.start()
    service.await_up()
    before = service.pid
    service.configure(service.fitting.replace("name: analytics", "name: renamed"))
    service.control("reload", UNIT)
    service.eventually("the new name", lambda: service.scrape().has("drs_project_up", project="renamed"))
    service.configure("projects: [")
    service.control("reload", UNIT)
    name = "drs_exporter_config_last_reload_successful"
    service.eventually("the refusal", lambda: service.scrape().value(name) == 0)
    assert service.scrape().has("drs_project_up", project="renamed")
    assert (service.pid, service.state("ActiveState")) == (before, "active")


def test_a_configuration_that_cannot_be_used_is_not_tried_again(service):
    service.configure("projects: [")
    assert service.machine.run("systemctl", "start", UNIT, check=False).returncode != 0
    # Not "activating": nothing is to come.
    service.eventually("the end", lambda: service.state("ActiveState") == "failed")
    assert (service.state("Result"), service.state("ExecMainStatus")) == ("exit-code", "2"), service.story()
    assert service.state("NRestarts") == "0" and service.state("SubState") == "failed"
    assert re.search(rf"/{CONFIGURATION}:\d+:\d+: ", service.journal()), service.story()


def test_another_failure_is_tried_again_but_not_for_ever(service):
    # The port is taken.
    service.add("RestartSec=50ms", f"Environment=DRS_EXPORTER_WEB_LISTEN_ADDRESS={CLOUD}")
    service.machine.run("systemctl", "start", UNIT, check=False)
    service.eventually("the last try", lambda: service.state("ActiveState") == "failed")
    assert (service.state("NRestarts"), service.state("ExecMainStatus")) == ("5", "1"), service.story()
    assert "in use" in service.journal(), service.story()
    last = service.state("ExecMainPID")
    service.machine.run("systemctl", "start", UNIT, check=False)
    assert service.state("ExecMainPID") == last, "not tried again, not even when it is asked for"
    service.control("reset-failed", UNIT)
    service.machine.run("systemctl", "start", UNIT, check=False)
    assert service.state("ExecMainPID") != last


def test_the_first_scrape_starts_it_by_its_socket(service):
    service.control("start", SOCKET)
    assert service.state("ActiveState") == "inactive"
    service.scrape()
    assert service.state("ActiveState") == "active" and "sockets of systemd" in service.journal()
    service.await_up()
    service.control("stop", UNIT)
    service.scrape()
    assert service.state("ActiveState") == "active", "the socket is open for the next one"


def test_a_process_that_hangs_is_killed_and_started_again(service):
    service.start()
    assert service.state("WatchdogUSec") == "30s", "as shipped"
    service.control("stop", UNIT)
    service.add("WatchdogSec=4s", "RestartSec=50ms")
    service.start()
    before = service.pid
    hold_for(5, "it is fed", lambda: service.pid == before, service.story)
    service.control("kill", "--kill-whom=main", "--signal=STOP", UNIT)
    service.eventually("another process", lambda: service.pid not in ("0", before))
    service.await_up()
    assert service.state("NRestarts") == "1" and "Watchdog timeout" in service.journal()
    assert "status=9/KILL" in service.journal(), "no core is dumped, in which secrets are"


def test_it_ends_in_time_and_in_good_order(service):
    # What nothing refers to, systemd forgets when it ends.
    service.control("enable", UNIT)
    service.start()
    service.await_up()
    began = time.monotonic()
    service.control("stop", UNIT)
    assert time.monotonic() - began < 5
    ended = [service.state(name) for name in ("ActiveState", "Result", "ExecMainCode", "ExecMainStatus")]
    assert ended == ["inactive", "success", "1", "0"], service.story()


def test_an_upgrade_restarts_it_and_leaves_the_socket_open(service):
    service.control("start", SOCKET)
    service.start()
    before, entered = service.pid, service.state("ActiveEnterTimestampMonotonic", SOCKET)
    service.install()
    assert service.pid not in ("0", before) and service.state("ActiveState") == "active"
    assert service.state("ActiveEnterTimestampMonotonic", SOCKET) == entered
    service.await_up()


def test_a_secret_of_root_is_handed_over_by_loadcredential(service):
    """As docs/systemd.md has it."""
    handed = f"/run/credentials/{UNIT}/{SECRET.name}"
    with_file = service.fitting.replace(f"secret_key: {cloud.SECRET_KEY}", f"secret_key_file: {handed}")
    assert handed in with_file
    secret = service.file(SECRET)
    secret.write_text(cloud.SECRET_KEY)
    secret.chmod(0o600)
    assert service.machine.run("setpriv", f"--reuid={NAME}", "cat", f"/{SECRET}", check=False).returncode != 0
    service.configure(with_file)
    service.add(f"LoadCredential={SECRET.name}:/{SECRET}")
    service.start()
    service.await_up()
    told = service.machine.run("stat", "--format=%U %a", str(Path(handed).parent), handed).stdout.splitlines()
    assert told == [f"{NAME} 500", f"{NAME} 400"]
    kind = service.machine.run("stat", "--file-system", "--format=%T", handed).stdout.strip()
    assert kind == "ramfs", "it is never swapped"
    # A reload reads it once more, and it is still there to be read.
    service.configure(with_file.replace("name: analytics", "name: renamed"))
    service.control("reload", UNIT)
    service.eventually("the new name", lambda: service.scrape().has("drs_project_up", project="renamed"))
    service.await_up()
    # It is as it was at the start, whatever becomes of the file.
    secret.write_text("another")
    service.control("reload", UNIT)
    assert service.machine.run("cat", handed).stdout == cloud.SECRET_KEY
    service.control("stop", UNIT)
    assert service.machine.run("ls", handed, check=False).returncode != 0


def test_a_purge_ends_it_and_leaves_nothing(service):
    service.control("enable", UNIT, SOCKET)
    service.control("start", SOCKET)
    service.start()
    service.await_up()
    service.machine.run("apt-get", "purge", "--yes", NAME)
    for unit in (UNIT, SOCKET):
        assert (service.state("LoadState", unit), service.state("ActiveState", unit)) == ("not-found", "inactive")
    assert service.machine.request(PAGE, check=False).returncode == 7, "nobody listens"
    assert NAME not in service.machine.run("sh", "-c", "cat /proc/[0-9]*/comm").stdout.split()
    search = ["find", "/etc", "/usr", "/var", "/run", "/tmp", "-name", f"*{NAME}*"]
    assert service.machine.run(*search).stdout.split() == []
    assert service.control("is-system-running", check=False) == "running", service.control("--failed")
