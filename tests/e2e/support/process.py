"""A child process whose output is kept."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .waiting import ROOM_SECONDS, wait_for

# The test's own proxies and keys must not reach the programs under test.
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")


def bare_environment(home: Path) -> dict[str, str]:
    """An environment with an empty HOME and nothing that steers a program."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return environment | {"HOME": str(home)}


class Process:
    """A running program; its output goes to files, so that no pipe can fill up and stop it."""

    def __init__(
        self, command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.command = [str(word) for word in command]
        self._stdout = folder / "stdout"
        self._stderr = folder / "stderr"
        home = folder / "home"
        home.mkdir(exist_ok=True)
        with self._stdout.open("ab") as stdout, self._stderr.open("ab") as stderr:
            self._child = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=folder,
                env=bare_environment(home) | dict(environment or {}),
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def stdout(self) -> str:
        return self._stdout.read_text(errors="backslashreplace")

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(errors="backslashreplace")

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._child.poll()

    def story(self) -> str:
        """All there is to know when something fails."""
        command = " ".join(self.command)
        return (
            f"--- {command} (exit code {self.exit_code})\n--- its standard output\n{_shortened(self.stdout)}"
            f"\n--- its standard error\n{_shortened(self.stderr)}"
        )

    def wait_for(self, what: str, look, seconds: float = ROOM_SECONDS):
        """Waits as `waiting.wait_for` does, but not beyond the end of the process."""

        def look_while_alive():
            found = look()
            if not found and self.exit_code is not None:
                # What it wrote just before its end counts.
                found = look()
                if not found:
                    raise RuntimeError(f"ended while waited for: {what}\n{self.story()}")
            return found

        return wait_for(what, look_while_alive, seconds, self.story)

    def signal(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def wait(self, seconds: float = ROOM_SECONDS) -> int:
        """Waits for the end and gives the exit code."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"has not ended after {seconds} s\n{self.story()}") from None

    def stop(self) -> None:
        """Ends it, at the latest by force; the second call does nothing."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()


def _shortened(text: str, limit: int = 20_000) -> str:
    return text if len(text) <= limit else f"{text[: limit // 2]}\n[…]\n{text[-limit // 2 :]}"
