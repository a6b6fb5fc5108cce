"""A real Alertmanager."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests

from .process import Process
from .prometheus import ANSWER_SECONDS, free_port, tool


class Alertmanager:
    """Debian's Alertmanager, which sends each alert by itself to a webhook, at once."""

    def __init__(self, folder: Path, webhook: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        configuration = folder / "alertmanager.yml"
        # JSON is YAML. Grouped by all labels: a notification is one alert.
        configuration.write_text(
            json.dumps(
                {
                    "route": {
                        "receiver": "pager",
                        "group_by": ["..."],
                        "group_wait": "1s",
                        "group_interval": "1s",
                        "repeat_interval": "1h",
                    },
                    "receivers": [
                        {"name": "pager", "webhook_configs": [{"url": webhook, "send_resolved": True}]}
                    ],
                }
            )
        )
        self.address = f"127.0.0.1:{free_port()}"
        self.process = Process(
            [
                tool("prometheus-alertmanager"),
                f"--config.file={configuration}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address={self.address}",
                "--cluster.listen-address=",
            ],
            folder,
        )
        self._session = requests.Session()
        self._session.trust_env = False
        self.process.wait_for("Alertmanager", self._is_ready, 60)

    def _is_ready(self) -> bool:
        try:
            return self._session.get(f"http://{self.address}/-/ready", timeout=ANSWER_SECONDS).ok
        except requests.ConnectionError:
            return False

    def alerts(self) -> list[dict[str, Any]]:
        """What is active now: `labels`, `annotations`, `startsAt`, …"""
        answer = self._session.get(f"http://{self.address}/api/v2/alerts", timeout=ANSWER_SECONDS)
        assert answer.ok, answer.text
        return answer.json()

    def stop(self) -> None:
        self.process.stop()
