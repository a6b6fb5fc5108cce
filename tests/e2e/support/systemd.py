"""What systemd is to a service: the socket that it reads messages from, and a whole machine that it runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path

from .waiting import LOOK_EVERY_SECONDS, wait_for


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

    def await_line(self, start: str, seconds: float = 20) -> str:
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
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.told()
            time.sleep(LOOK_EVERY_SECONDS)
        return self.told()[before:]

    def stop(self) -> None:
        self._socket.close()


BOOT = Path(__file__).with_name("boot.sh")


class Machine:
    """A Debian root, as mmdebstrap makes it with systemd, dbus and systemd-sysv, booted by its own systemd. Needs root."""

    def __init__(self, root: Path, log: Path) -> None:
        self._group = _unified_hierarchy() / f"machine-{uuid.uuid4().hex[:12]}"
        self._group.mkdir()
        # The cgroup first: what is below it is all that the machine's systemd sees.
        unshare = "exec unshare --mount --pid --fork --cgroup --uts --ipc --net --kill-child"
        script = f'echo $$ > "$0"/cgroup.procs && {unshare} "$1" "$2"'
        with log.open("wb") as output:
            self._outside = subprocess.Popen(
                ["bash", "-c", script, self._group, BOOT, root], stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
        children = Path(f"/proc/{self._outside.pid}/task/{self._outside.pid}/children")
        self.pid = int(wait_for("process 1", lambda: children.read_text().strip(), 20, log.read_text))
        wait_for("systemd", self._is_up, 60, log.read_text)

    def _is_up(self) -> bool:
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def run(self, *command: str | Path, check: bool = True, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a command in it."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--wdns=/"]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_PAGER": "", "DEBIAN_FRONTEND": "noninteractive"}
        return subprocess.run(
            [*enter, "--", *command], capture_output=True, text=True, check=check, timeout=seconds, env=environment
        )

    def stop(self) -> None:
        """Ends it by force, with all that runs in it: a process 1 has no default for other signals."""
        if self._outside.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self._outside.wait(20)
        for group in sorted(self._group.rglob("*"), reverse=True):
            if group.is_dir():
                group.rmdir()
        self._group.rmdir()


def _unified_hierarchy() -> Path:
    """Where cgroups of version 2 are mounted, alone or beside those of version 1."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    return next(Path(mount[1]) for mount in mounts if mount[2] == "cgroup2")
