"""What systemd is to a service: the socket that it reads messages from, and a whole machine that it runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path

from .prometheus import tool
from .waiting import ROOM_SECONDS, hold_for, wait_for


class NotifySocket:
    """Reads what a service sends by sd_notify(3), as systemd does."""

    def __init__(self, path: Path) -> None:
        # A socket's name is at most 107 bytes long.
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self._told: list[tuple[float, str]] = []

    def told(self) -> list[tuple[float, str]]:
        """All assignments that came so far, with the time at which they were read."""
        while True:
            try:
                message = self._socket.recv(4096).decode()
            except BlockingIOError:
                return self._told
            self._told += [(time.monotonic(), line) for line in message.splitlines() if line]

    def lines(self) -> list[str]:
        return [line for _, line in self.told()]

    def await_line(self, start: str, seconds: float = ROOM_SECONDS) -> str:
        """Waits for an assignment that begins so."""
        return wait_for(
            f"{start} told to systemd",
            lambda: next((line for line in self.lines() if line.startswith(start)), None),
            seconds,
            lambda: str(self.lines()),
        )

    def count(self, line: str) -> int:
        return self.lines().count(line)

    def listen_for(self, seconds: float) -> list[tuple[float, str]]:
        """What comes within so long."""
        before = len(self.told())
        hold_for(seconds, "the socket can be read", lambda: self.told() is not None)
        return self.told()[before:]

    def stop(self) -> None:
        self._socket.close()


BOOT = Path(__file__).with_name("boot.sh")


class Machine:
    """A Debian root with systemd and dbus, booted by its own systemd: namespaces and a cgroup of its own. Needs root.

    Its network is nothing but a loopback, so every port in it is free.
    """

    def __init__(self, root: Path, log: Path) -> None:
        assert os.geteuid() == 0, "only root boots a machine"
        self._log = log
        self._group = _unified_hierarchy() / f"machine-{uuid.uuid4().hex[:12]}"
        self._group.mkdir()
        # The cgroup first: what is below it is all that the machine's systemd sees. It ends with these tests, however
        # they end.
        unshare = "unshare --mount --pid --fork --cgroup --uts --ipc --net --kill-child"
        script = f'echo $$ > "$0"/cgroup.procs && exec setpriv --pdeathsig KILL {unshare} "$1" "$2"'
        with log.open("wb") as output:
            self._outside = subprocess.Popen(
                ["bash", "-c", script, self._group, BOOT, root], stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
        try:
            self.pid = int(wait_for("process 1", self._first_process, story=log.read_text))
            wait_for("systemd", self._is_up, 120, self._story)
        except BaseException:
            self.stop()
            raise

    def _first_process(self) -> str:
        self._refuse_if_ended()
        try:
            return Path(f"/proc/{self._outside.pid}/task/{self._outside.pid}/children").read_text().strip()
        except (FileNotFoundError, ProcessLookupError):
            return ""

    def _is_up(self) -> bool:
        self._refuse_if_ended()
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def _refuse_if_ended(self) -> None:
        if self._outside.poll() is not None:
            code = self._outside.returncode
            raise RuntimeError(f"no systemd boots here (exit code {code}):\n{self._log.read_text()}")

    def _story(self) -> str:
        jobs = self.run("systemctl", "list-jobs", check=False)
        return f"{self._log.read_text()}\n{jobs.stdout}{jobs.stderr}"

    def run(self, *command: str | Path, check: bool = True, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a command in it, as root."""
        inside = ["--mount", "--pid", "--uts", "--ipc", "--cgroup", "--wdns=/"]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_PAGER": "", "LC_ALL": "C.UTF-8"}
        return self._enter(inside, command, check, seconds, environment | {"DEBIAN_FRONTEND": "noninteractive"})

    def request(self, address: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Asks over its network, by this machine's curl."""
        words = [tool("curl"), "--silent", "--show-error", "--fail", "--max-time", "20", address]
        return self._enter([], words, check, 30, {})

    def _enter(self, inside, command, check, seconds, environment) -> subprocess.CompletedProcess[str]:
        enter = [tool("nsenter"), f"--target={self.pid}", "--net", *inside, "--", *command]
        done = subprocess.run(
            enter,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        said = f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0 or not check, said
        return done

    def stop(self) -> None:
        """Ends it by force, with all that runs in it: the kernel ends a namespace's processes with its first."""
        if self._outside.poll() is None:
            try:
                os.kill(int(self._first_process()), signal.SIGKILL)
                self._outside.wait(20)
            except (ValueError, ProcessLookupError, RuntimeError, subprocess.TimeoutExpired):
                # Its first process was not there yet; at the end of `unshare` the kernel sees to it.
                self._outside.kill()
                self._outside.wait(20)
        wait_for("the end of its processes", self._is_empty)
        for group in sorted(self._group.rglob("*"), reverse=True):
            if group.is_dir():
                group.rmdir()
        self._group.rmdir()

    def _is_empty(self) -> bool:
        return "populated 0" in (self._group / "cgroup.events").read_text()


def _unified_hierarchy() -> Path:
    """Where cgroups of version 2 are mounted, alone or beside those of version 1."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    found = [Path(mount[1]) for mount in mounts if mount[2] == "cgroup2"]
    assert found, "no cgroups of version 2 are mounted: systemd boots in nothing else"
    return found[0]
