"""The program under test, serving."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from . import cloud
from .configuration import write
from .page import Page
from .process import Process
from .waiting import ROOM_SECONDS, T, wait_for

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
ANSWER_SECONDS = 30


class Exporter:
    """`drs-exporter` or `drs-exporter demo`, running; all requests of a test go through one connection pool."""

    def __init__(
        self,
        binary: Path,
        folder: Path,
        configuration: dict[str, Any] | str | None,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        listen: str = "127.0.0.1:0",
    ) -> None:
        command: list[str | Path] = [binary]
        if configuration is not None:
            command.append(f"--config.file={write(folder, configuration)}")
        self.process = Process([*command, *arguments, f"--web.listen-address={listen}"], folder, environment)
        self._session = requests.Session()
        self._session.trust_env = False
        self._addresses: list[str] = []

    @property
    def addresses(self) -> list[str]:
        """Where it listens, by its own log."""
        if not self._addresses:
            self._addresses = self.process.wait_for(
                "a log line that says where it listens",
                lambda: re.findall(r'listening\b.*?address"?[=:]"?([^\s",}]+)', self.log),
            )
        return self._addresses

    @property
    def url(self) -> str:
        return f"http://{self.addresses[0]}"

    @property
    def log(self) -> str:
        return self.process.stderr

    def get(self, path: str, method: str = "GET", **headers: str) -> requests.Response:
        """One request; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._session.request(method, self.url + path, headers=named, timeout=ANSWER_SECONDS)

    def scrape(self) -> Page:
        """The metrics as plain text."""
        answer = self.get("/metrics")
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        answer.encoding = "utf-8"
        return Page(answer.text)

    def scrape_openmetrics(self) -> Page:
        answer = self.get("/metrics", Accept=OPENMETRICS)
        assert answer.status_code == 200 and "openmetrics" in answer.headers["Content-Type"], answer.headers
        answer.encoding = "utf-8"
        return Page(answer.text, openmetrics=True)

    def is_ready(self) -> bool:
        try:
            return self.get("/-/ready").status_code == 200
        except requests.ConnectionError:
            return False

    def await_ready(self, seconds: float = ROOM_SECONDS) -> Exporter:
        """Waits until each project was asked once."""
        self.process.wait_for("readiness", self.is_ready, seconds)
        return self

    def eventually(self, what: str, look: Callable[[Page], T], seconds: float = ROOM_SECONDS) -> T:
        """Scrapes until `look` gives something true (an AssertionError in it means: not yet), and returns that."""
        return wait_for(what, lambda: look(self.scrape()), seconds, self.story)

    def await_log(self, pattern: str, seconds: float = ROOM_SECONDS) -> re.Match[str]:
        """Waits for a log line that fits; upper and lower case are the same."""
        return wait_for(
            f"a log line like {pattern!r}", lambda: re.search(pattern, self.log, re.IGNORECASE), seconds, self.story
        )

    def story(self) -> str:
        """Log and page: what one needs to see when a test fails."""
        try:
            page = self.get("/metrics").text if self.process.exit_code is None and self._addresses else "none"
        except requests.RequestException as error:
            page = f"none: {error}"
        lines = [line for line in page.splitlines() if line.startswith("drs_") and "_bucket" not in line]
        return f"{self.process.story()}\n--- its page\n" + "\n".join(line[:300] for line in lines[:150])

    def stop(self) -> None:
        """Ends it. Whatever a test was about: it must not have panicked, nor told a secret."""
        self.process.stop()
        said = self.process.stdout + self.process.stderr
        assert "panicked" not in said, self.process.story()
        for secret in (cloud.SECRET_KEY, cloud.PASSWORD):
            assert secret not in said, f"the secret {secret} was told\n{self.process.story()}"
