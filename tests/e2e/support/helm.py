"""A real helm and kubectl, and what one wants to know of the objects that they render; nothing of the values."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[3]
CHART = ROOT / "charts/drs-exporter"
RELEASE, NAMESPACE = "drs-exporter", "observability"

Object = dict[str, Any]
# The Prometheus operator's schemas as far as this chart uses them: no package has the whole. Held against the complete
# CRDs of version 0.93 by hand.
RELABELLING = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "sourceLabels": {"type": "array", "items": {"type": "string"}},
        **{key: {"type": "string"} for key in ("separator", "targetLabel", "replacement", "regex", "action")},
    },
}
OPERATOR = {
    "ServiceMonitor": {
        "type": "object",
        "additionalProperties": False,
        "required": ["selector", "endpoints"],
        "properties": {
            "jobLabel": {"type": "string"},
            "namespaceSelector": {
                "required": ["matchNames"],
                "additionalProperties": False,
                "properties": {"matchNames": {}},
            },
            "selector": {"required": ["matchLabels"], "additionalProperties": False, "properties": {"matchLabels": {}}},
            "endpoints": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["port", "path", "scheme"],
                    "properties": {
                        "port": {"const": "http"},
                        "path": {"type": "string", "pattern": "^/"},
                        "scheme": {"enum": ["http", "https"]},
                        "interval": {"type": "string"},
                        "scrapeTimeout": {"type": "string"},
                        "tlsConfig": {"type": "object"},
                        "basicAuth": {"type": "object", "required": ["username", "password"]},
                        "relabelings": {"type": "array", "items": RELABELLING},
                        "metricRelabelings": {"type": "array", "items": RELABELLING},
                    },
                },
            },
        },
    },
    "PrometheusRule": {
        "type": "object",
        "additionalProperties": False,
        "required": ["groups"],
        "properties": {
            "groups": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["name", "rules"],
                    "properties": {
                        "name": {"type": "string"},
                        "interval": {"type": "string"},
                        "rules": {"type": "array"},
                    },
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Ended:
    exit_code: int
    output: str
    errors: str


def run(program: str, *arguments: str | Path) -> Ended:
    """One of the pinned programs."""
    path = ROOT / "target/helm" / program
    assert path.exists(), f"{path} is not there; scripts/helm brings it"
    done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    return Ended(done.returncode, done.stdout, done.stderr)


def template(*values: Path | dict[str, Any], chart: Path = CHART, folder: Path | None = None) -> Ended:
    """Renders with these values, later ones over earlier ones; maps need a folder to be written into."""
    files = []
    for number, one in enumerate(values):
        if isinstance(one, dict):
            assert folder is not None, "values that are no file need a folder"
            path = folder / f"values{number}.yaml"
            path.write_text(yaml.safe_dump(one))
            one = path
        files.append(f"--values={one}")
    return run("helm", "template", RELEASE, chart, f"--namespace={NAMESPACE}", *files)


@cache
def rendered(values: Path) -> str:
    done = template(values)
    assert done.exit_code == 0, done.errors
    return done.output


def objects(text: str) -> list[Object]:
    return [one for one in yaml.safe_load_all(text) if one]


def of_kind(kind: str, all_of_them: list[Object]) -> list[Object]:
    return [one for one in all_of_them if one["kind"] == kind]


def validate(one: Object, version: str) -> None:
    """By the schema of Kubernetes of that version, where an unknown key is a mistake; the operator's kinds by ours."""
    name = f"{one['kind']} {one['metadata']['name']}"
    try:
        if one["kind"] in OPERATOR:
            assert one["apiVersion"] == "monitoring.coreos.com/v1"
            jsonschema.validate(one["spec"], OPERATOR[one["kind"]])
        else:
            assert kubernetes_validate.validate(one, version, strict=True) == version
    except jsonschema.ValidationError as mistake:
        raise AssertionError(f"{name}: {list(mistake.path)}: {mistake.message[:500]}") from None


def pods(all_of_them: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Metadata and specification of each pod: of the StatefulSet, of the test."""
    for one in all_of_them:
        if one["kind"] == "StatefulSet":
            yield one["spec"]["template"]["metadata"], one["spec"]["template"]["spec"]
        elif one["kind"] == "Pod":
            yield one["metadata"], one["spec"]


def containers(pod: Object) -> list[Object]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return bool(selector) and selector.items() <= labels.items()


def breaches_of_restricted(pod: Object) -> list[str]:
    """What the profile "restricted" of Kubernetes' Pod Security Standards would refuse."""
    breaches = []
    whole = pod.get("securityContext", {})
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            breaches.append(key)
    allowed = {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
    for volume in pod.get("volumes", []):
        breaches += [f"volume {volume['name']}: {kind}" for kind in volume.keys() - {"name"} - allowed]
    if whole.get("runAsUser") == 0:
        breaches.append("runAsUser 0")
    for container in containers(pod):
        own = container.get("securityContext", {})
        both = whole | own
        checks = {
            "privileged": not own.get("privileged"),
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "runAsNonRoot": both.get("runAsNonRoot") is True,
            "runAsUser": own.get("runAsUser") != 0,
            "seccompProfile": both.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            "capabilities.drop": "ALL" in own.get("capabilities", {}).get("drop", []),
            "capabilities.add": set(own.get("capabilities", {}).get("add", [])) <= {"NET_BIND_SERVICE"},
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", [])),
        }
        breaches += [f"{container['name']}: {name}" for name, good in checks.items() if not good]
    return breaches
