"""Where an alert arrives: a webhook that keeps, or prints, what Alertmanager sends.

Needs nothing but Python, because `scripts/stack` uses it as the pager:

    python3 pager.py --address-file=FILE
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Notification:
    """One alert, as it was told."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def alert(self) -> str:
        return self.labels["alertname"]

    @property
    def fires(self) -> bool:
        return self.status == "firing"

    def fits(self, labels: dict[str, str]) -> bool:
        """Whether it has these labels, among others."""
        return labels.items() <= self.labels.items()


class Pager:
    """A webhook on a port of this machine that was free; `listener` hears of each alert as it comes."""

    def __init__(self, listener: Callable[[Notification], None] = lambda _: None) -> None:
        self._received: list[Notification] = []
        self._lock = threading.Lock()
        self._listener = listener
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pager = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                pager._keep(body["alerts"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing of single requests."""

        return Handler

    def _keep(self, alerts: list[dict[str, Any]]) -> None:
        for alert in alerts:
            notification = Notification(alert["status"], alert["labels"], alert["annotations"])
            with self._lock:
                self._received.append(notification)
            self._listener(notification)

    def received(self) -> list[Notification]:
        """Everything up to now, in the order of arrival."""
        with self._lock:
            return list(self._received)

    def join(self) -> None:
        """Goes on for ever."""
        self._thread.join()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def told(notification: Notification) -> str:
    """One line for a person."""
    state = notification.labels.get("severity", "firing") if notification.fires else "resolved"
    summary = notification.annotations.get("summary", "")
    return f"{datetime.now():%H:%M:%S}  {state:<9} {notification.alert}: {summary}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Prints each alert that Alertmanager sends.")
    parser.add_argument("--address-file", type=Path, required=True, help="where to write the webhook's address")
    arguments = parser.parse_args()
    # One write a line: alerts arrive in several threads, whose lines would run into each other.
    pager = Pager(listener=lambda notification: print(f"{told(notification)}\n", end="", flush=True))
    arguments.address_file.write_text(pager.url)
    pager.join()


if __name__ == "__main__":
    main()
