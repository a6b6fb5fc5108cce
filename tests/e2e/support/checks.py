"""Is a block of the documentation right? Each kind is judged by the program that would read it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from . import cloud
from .documents import ROOT, Block, Page
from .process import bare_environment
from .prometheus import tool

TOP_LEVEL = {
    "poll_interval", "idle_interval", "policy_interval", "stale_after", "tasks_per_job", "language", "verdicts", "http",
}  # fmt: skip
WEB = {"tls_server_config", "http_server_config", "basic_auth_users"}
PEM = "/etc/ssl/certs/ca-certificates.crt"


def run(command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env=bare_environment(folder), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Checks:
    def __init__(self, binary: Path, folder: Path) -> None:
        self.binary, self.folder = binary, folder
        (folder / "alerts").symlink_to(ROOT / "alerts")
        (folder / "drs-exporter.rules.yml").symlink_to(ROOT / "alerts/drs-exporter.rules.yml")
        self._made = 0

    def of(self, page: Page, block: Block) -> None:
        """Raises an AssertionError where the block is wrong."""
        kinds: dict[str, Callable[[Block], None]] = {
            "yaml": self._yaml,
            "json": lambda block: json.loads(block.text),
            "promql": self._promql,
        }
        where = f"{page.path}:{block.line}"
        assert block.language in (*kinds, "sh", "console", "text", "ini"), f"{where}: no test for {block.language!r}"
        if check := kinds.get(block.language):
            try:
                check(block)
            except (AssertionError, ValueError, KeyError, yaml.YAMLError) as mistake:
                raise AssertionError(f"{where}: {mistake}") from None

    def _file(self, content: Any) -> Path:
        self._made += 1
        path = self.folder / f"made{self._made}.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return path

    def _promql(self, block: Block) -> None:
        """Expressions, one after each empty line."""
        expressions = [one for one in re.split(r"\n\s*\n", block.text) if one.strip()]
        rules = [{"record": f"documented:{number}", "expr": text} for number, text in enumerate(expressions)]
        self._rules({"groups": [{"name": "documented", "rules": rules}]})

    def _rules(self, content: Any) -> None:
        run([tool("promtool"), "check", "rules", self._file(content)], self.folder)

    def _yaml(self, block: Block) -> None:
        for document in yaml.safe_load_all(block.text):
            keys = set(document) if isinstance(document, dict) else set()
            kind = block.settings.get("kind")
            if kind == "kubernetes" or {"apiVersion", "kind"} <= keys:
                self._kubernetes(document)
            elif kind == "prometheus" or keys & {"scrape_configs", "rule_files", "remote_write"}:
                self._prometheus(document)
            elif "groups" in keys:
                self._rules(block.text)
            elif keys & {"inhibit_rules", "receivers", "route"}:
                run([tool("amtool"), "check-config", self._file(block.text)], self.folder)
            elif "projects" in keys or (keys and keys <= TOP_LEVEL):
                self._exporter(block.text, document)
            else:
                raise AssertionError(f"a yaml block that nobody judges: {sorted(keys)}")

    def _exporter(self, text: str, document: dict[str, Any]) -> None:
        """A whole configuration, or some of its first level; the files that it names are made."""
        if "projects" not in document:
            job = "projects: [{name: a, region: ap-southeast-1, project_id: b, jobs: [{job_id: c}]}]\n"
            text += job
        for name in files_of(document):
            path = self.folder / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Path(PEM).read_text() if name.endswith((".pem", ".crt")) else cloud.SECRET_KEY)
            # Absolute ones are not made on this machine.
            text = text.replace(name, name.lstrip("/"))
        run([self.binary, "check", "--offline", f"--config.file={self._file(text)}"], self.folder)

    def _prometheus(self, document: dict[str, Any]) -> None:
        text = yaml.safe_dump(document)
        for name in files_of(document):
            path = self.folder / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Path(PEM).read_text() if name.endswith((".pem", ".crt")) else "secret")
            text = text.replace(name, str(path))
        run([tool("promtool"), "check", "config", self._file(text)], self.folder)

    def _kubernetes(self, document: dict[str, Any]) -> None:
        assert document["apiVersion"] and document["kind"] and document["metadata"]["name"]
        if document["kind"] == "PrometheusRule":
            self._rules(document["spec"])


def files_of(content: Any) -> list[str]:
    """The values of all keys that name a file: `…_file`, and a token's `file`."""
    if isinstance(content, list):
        return [name for one in content for name in files_of(one)]
    if not isinstance(content, dict):
        return []
    here = [value for key, value in content.items() if isinstance(value, str) and (key == "file" or key.endswith("_file"))]
    return here + [name for value in content.values() for name in files_of(value)]
