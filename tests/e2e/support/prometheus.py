"""A real Prometheus."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from .process import Process

ANSWER_SECONDS = 30

# Without it, promtool reads the whole text once for every two hours of it.
LONG_BLOCKS = ["--max-block-duration=744h"]


def free_port() -> int:
    """A port for a program that cannot choose one itself. Nobody else gets it until these tests end: the system gives
    away no port that is bound, but lets one be listened on where both sides set SO_REUSEADDR, as servers do."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = held.getsockname()[1]
    # Out of Python's sight, so that it stays open as long as the tests run.
    held.detach()
    return port


def tool(name: str) -> str:
    """The path of a program that the tests need."""
    path = shutil.which(name)
    assert path, f"{name} is not installed; `scripts/test` does that"
    return path


def promtool_check_metrics(text: str) -> str:
    """What `promtool check metrics` says; "" means that it has no complaint."""
    done = subprocess.run(
        [tool("promtool"), "check", "metrics"], input=text.encode(), capture_output=True, timeout=60, check=False
    )
    said = (done.stdout + done.stderr).decode()
    return said if done.returncode or said.strip() else ""


def make_blocks(text: Path, data: Path) -> None:
    """Makes blocks of an OpenMetrics text, as docs/backfill.md says."""
    done = subprocess.run(
        [tool("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--quiet", *LONG_BLOCKS, text, data],
        capture_output=True,
        text=True,
        # Two months of many jobs take a quarter of a minute on a quiet machine.
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Prometheus:
    """Debian's Prometheus, scraping `targets` (host:port) often; its data may be there already.

    `more` goes over the whole configuration: `alerting`, `scrape_configs`, …
    """

    def __init__(
        self,
        folder: Path,
        targets: list[str],
        path: str = "/metrics",
        flags: Sequence[str] = (),
        rules: Sequence[Path] = (),
        interval: str = "1s",
        external_labels: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        scrape = {
            "job_name": "drs",
            "metrics_path": path,
            "honor_labels": True,
            "static_configs": [{"targets": targets}],
        }
        content = {
            "global": {
                "scrape_interval": interval,
                "scrape_timeout": interval,
                "evaluation_interval": interval,
                "external_labels": external_labels or {},
            },
            "rule_files": [str(file.resolve()) for file in rules],
            "scrape_configs": [scrape],
        }
        configuration = folder / "prometheus.yml"
        # JSON is YAML.
        configuration.write_text(json.dumps(content | more, indent=2))
        port = free_port()
        self.process = Process(
            [
                tool("prometheus"),
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                *flags,
            ],
            folder,
        )
        self._session = requests.Session()
        self._session.trust_env = False
        self._url = f"http://127.0.0.1:{port}/api/v1"
        self.process.wait_for("Prometheus", self._is_ready, 60)

    def _is_ready(self) -> bool:
        try:
            return self._session.get(f"{self._url}/status/buildinfo", timeout=ANSWER_SECONDS).ok
        except requests.ConnectionError:
            return False

    def _ask(self, path: str, **parameters: Any) -> Any:
        answer = self._session.get(f"{self._url}/{path}", params=parameters, timeout=ANSWER_SECONDS)
        assert answer.ok, answer.text
        return answer.json()["data"]

    def query(self, expression: str, time: float | None = None) -> list[tuple[dict[str, str], float]]:
        """An instant query: labels and value of each series."""
        parameters = {"query": expression} | ({} if time is None else {"time": time})
        result = self._ask("query", **parameters)["result"]
        return [(series["metric"], float(series["value"][1])) for series in result]

    def query_range(
        self, expression: str, start: float, end: float, step: float
    ) -> list[tuple[dict[str, str], list[list[Any]]]]:
        """A range query: labels and points (time, value as text) of each series."""
        result = self._ask("query_range", query=expression, start=start, end=end, step=step)["result"]
        return [(series["metric"], series["values"]) for series in result]

    def label_values(self, label: str, selector: str) -> list[str]:
        """The values of a label among the series of a selector."""
        return self._ask(f"label/{label}/values", **{"match[]": selector})

    def targets(self) -> list[dict[str, Any]]:
        """The state of its scrapes: `health`, `lastError`, …"""
        return self._ask("targets")["activeTargets"]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule with its `health`, `lastError`, and its `alerts`."""
        return [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]

    def metadata(self) -> dict[str, Any]:
        """Type, help and unit as it has read them."""
        return self._ask("metadata")

    def stop(self) -> None:
        self.process.stop()
