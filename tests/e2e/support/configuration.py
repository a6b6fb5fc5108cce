"""The exporter's configuration file, made by a test. It is written as JSON, which is YAML, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import cloud
from .simulator import Simulator

# The shortest that is allowed: tests wait for polls.
QUICK = {"poll_interval": "1s", "idle_interval": "1s", "stale_after": "60s"}

AKSK = {"aksk": {"access_key": cloud.ACCESS_KEY, "secret_key": cloud.SECRET_KEY}}
BY_PASSWORD = {"password": {"domain": cloud.DOMAIN, "user": cloud.USER, "password": cloud.PASSWORD}}


def project(simulator: Simulator | str, name: str = "payments", **other: Any) -> dict[str, Any]:
    """A project of the simulated cloud. `tasks` are pairs of ids, `jobs` are ids, the rest goes in as it is.

    `credentials=None` leaves them out.
    """
    base = simulator if isinstance(simulator, str) else simulator.url
    project_id, region = cloud.PROJECTS[name]
    made = {
        "name": name,
        "region": region,
        "project_id": project_id,
        "endpoints": {"drs": base, "iam": base},
        "credentials": AKSK,
    }
    if "tasks" in other:
        pairs = other.pop("tasks")
        made["comparison_tasks"] = [{"job_id": job, "compare_job_id": task} for job, task in pairs]
    if "jobs" in other:
        made["jobs"] = [{"job_id": job} for job in other.pop("jobs")]
    made |= other
    return {key: value for key, value in made.items() if value is not None}


def configuration(*projects: dict[str, Any], **top: Any) -> dict[str, Any]:
    """A whole configuration with quick polls; `top` goes over it."""
    return QUICK | {"projects": list(projects)} | top


def write(folder: Path, content: dict[str, Any] | str) -> Path:
    """Writes the file into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "drs-exporter.yaml"
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False))
    return path
