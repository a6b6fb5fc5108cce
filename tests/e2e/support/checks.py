"""Is a block of the documentation right? Each kind is judged by the program that would read it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from . import cloud
from .documents import ROOT, Block, Page
from .process import Process, bare_environment
from .prometheus import tool

TOP_LEVEL = {
    "poll_interval", "idle_interval", "policy_interval", "stale_after", "tasks_per_job", "language", "verdicts", "http",
}  # fmt: skip
WEB = {"tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"}
CHART = ROOT / "charts/drs-exporter"
KUBERNETES = "1.37"
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
            "ini": self._unit,
        }
        where = f"{page.path}:{block.line}"
        assert block.language in (*kinds, "sh", "console", "text"), f"{where}: no test for {block.language!r}"
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
            elif kind == "container":
                self._kubernetes(pod_of(document))
            elif kind == "prometheus" or keys & {"scrape_configs", "rule_files", "remote_write"}:
                self._prometheus(document)
            elif "groups" in keys:
                self._rules(block.text)
            elif keys & {"inhibit_rules", "receivers", "route"}:
                run([tool("amtool"), "check-config", self._file(block.text)], self.folder)
            elif keys & WEB:
                self._web(block.text, document)
            elif keys and keys <= values_of_the_chart().keys():
                self._values(block.text)
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

    def _web(self, text: str, document: dict[str, Any]) -> None:
        """A web configuration: the exporter must start with it, with certificates in place of those that it names."""
        certificate, key = self.folder / "server.crt", self.folder / "server.key"
        make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split()
        run([tool("openssl"), *make, "-out", certificate, "-keyout", key], self.folder)
        for name in files_of(document):
            text = text.replace(name, str(key if "key" in name else certificate))
        command = [self.binary, "demo", "--web.listen-address=127.0.0.1:0", f"--web.config.file={self._file(text)}"]
        exporter = Process(command, self.folder / f"exporter{self._made}")
        try:
            exporter.wait_for("its start", lambda: "open http" in exporter.stdout)
        except RuntimeError as ended:
            raise AssertionError(str(ended)) from None
        finally:
            exporter.stop()

    def _unit(self, block: Block) -> None:
        """Part of a systemd unit; what it lacks to be a whole one is added."""
        text = block.text if "[Service]" in block.text else f"{block.text}\n[Service]\n"
        if "ExecStart=" not in re.sub(r"ExecStart=\n", "", text):
            text = text.replace("[Service]", "[Service]\nExecStart=/bin/true", 1)
        text = re.sub(r"(?m)^ExecStart=/usr/\S*drs-exporter", f"ExecStart={self.binary}", text)
        self._made += 1
        unit = self.folder / f"made{self._made}.service"
        unit.write_text(text)
        verify = [tool("systemd-analyze"), "verify", "--man=no", unit]
        done = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)
        said = [line for line in done.stderr.splitlines() if unit.name in line]
        assert not said, "\n".join(said)

    def _prometheus(self, document: dict[str, Any]) -> None:
        text = yaml.safe_dump(document)
        for name in files_of(document):
            path = self.folder / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Path(PEM).read_text() if name.endswith((".pem", ".crt")) else "secret")
            text = text.replace(name, str(path))
        run([tool("promtool"), "check", "config", self._file(text)], self.folder)

    def _kubernetes(self, document: dict[str, Any]) -> None:
        """Strictly, by the schema of Kubernetes itself; the operator's kinds have none there."""
        assert document["apiVersion"] and document["kind"] and document["metadata"]["name"]
        if document["kind"] == "PrometheusRule":
            self._rules(document["spec"])
        elif not document["apiVersion"].startswith("monitoring.coreos.com/"):
            try:
                kubernetes_validate.validate(document, KUBERNETES, strict=True)
            except jsonschema.ValidationError as mistake:
                raise AssertionError(f"{list(mistake.path)}: {mistake.message}") from None

    def _values(self, text: str) -> None:
        """Values of the chart: a real helm renders with them, and holds them against the chart's schema."""
        run([ROOT / "target/helm/helm", "template", "drs-exporter", CHART, f"--values={self._file(text)}"], self.folder)


def pod_of(container: dict[str, Any]) -> dict[str, Any]:
    """A whole object around a part of a container."""
    spec = {"containers": [{"name": "exporter", "image": "drs-exporter", **container}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "exporter"}, "spec": spec}


@cache
def values_of_the_chart() -> dict[str, Any]:
    return yaml.safe_load((CHART / "values.yaml").read_text()) if CHART.exists() else {}


def files_of(content: Any) -> list[str]:
    """The values of all keys that name a file: `…_file`, and a token's `file`."""
    if isinstance(content, list):
        return [name for one in content for name in files_of(one)]
    if not isinstance(content, dict):
        return []
    named = [value for key, value in content.items() if key == "file" or key.endswith("_file")]
    here = [value for value in named if isinstance(value, str)]
    return here + [name for value in content.values() for name in files_of(value)]
