"""What systemd is to a service: the socket that it reads messages from."""

from __future__ import annotations

import socket
import time
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
