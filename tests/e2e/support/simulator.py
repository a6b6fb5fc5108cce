"""The simulated cloud, and the control of it."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from . import cloud
from .process import Process
from .waiting import ROOM_SECONDS, wait_for

ANSWER_SECONDS = 30


class Control:
    """Orders to a simulated cloud at `url`, and what it tells of itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def order(self, method: str, path: str, **body: Any) -> Any:
        """Sends one order. One that is refused is a mistake of the test."""
        answer = self._session.request(
            method, f"{self.url}/_simulator/{path}", json=body or None, timeout=ANSWER_SECONDS
        )
        assert answer.ok, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        return answer.json()

    def truth(self, at: float | None = None) -> dict[str, Any]:
        """What the cloud knows, or knew at that time: projects, jobs, tasks, newest first."""
        return self.order("GET", "truth" if at is None else f"truth?at={cloud.written(at)}")

    def tasks(self, at: float | None = None) -> dict[tuple[str, str], dict[str, Any]]:
        """The truth by project name and task id; each task with the `job` it belongs to."""
        return {
            (project["name"], task["id"]): task | {"job": job}
            for project in self.truth(at)["projects"]
            for job in project["jobs"]
            for task in job["tasks"]
        }

    def stats(self) -> dict[str, Any]:
        return self.order("GET", "stats")

    def reset_stats(self) -> None:
        self.order("POST", "stats/reset")

    def requests(self, operation: str | None = None) -> int:
        """How many requests came in, control not counted."""
        stats = self.stats()
        return stats["requests"] if operation is None else stats["operations"].get(operation, {}).get("requests", 0)

    def assert_within(self, rate: float, project: str = "payments", seconds: float | None = None) -> dict[str, Any]:
        """The project was not asked faster than `rate`, all together, since the start or for the last `seconds`. Gives its
        counts.

        Requests are sent evenly, as tests beside the code show to the millisecond. Where a busy machine holds up some of
        them, or the cloud, they arrive in a heap: one second may then see half as much again, but never all at once.
        """
        stats = self.stats()["projects"][cloud.PROJECTS[project][0]]
        assert stats["peak_per_second"] <= math.ceil(1.5 * rate), stats
        if seconds is not None:
            assert stats["requests"] <= rate * seconds + 1, f"within {seconds} s: {stats}"
        return stats

    def requests_of(self, target: str) -> int:
        """How many requests asked for a target, such as `ShowHealthCompareJobList JOB`."""
        return self.stats()["targets"].get(target, 0)

    def fault(self, kind: str, **details: Any) -> int:
        """Switches a fault on and gives its id."""
        return self.order("POST", "faults", kind=kind, **details)["id"]

    def heal(self) -> None:
        """Switches all faults off."""
        self.order("DELETE", "faults")

    def add_job(self, job_id: str = cloud.JOB, **details: Any) -> str:
        return self.order("POST", "jobs", id=job_id, **details)["id"]

    def change_job(self, job_id: str, **details: Any) -> None:
        self.order("PATCH", f"jobs/{quote(job_id, safe='')}", **details)

    def delete_job(self, job_id: str) -> None:
        self.order("DELETE", f"jobs/{quote(job_id, safe='')}")

    def add_task(self, job_id: str = cloud.JOB, task_id: str = cloud.TASK, **details: Any) -> str:
        return self.order("POST", "tasks", job_id=job_id, id=task_id, **details)["id"]

    def change_task(self, task_id: str = cloud.TASK, **details: Any) -> None:
        self.order("PATCH", f"tasks/{quote(task_id, safe='')}", **details)

    def delete_task(self, task_id: str = cloud.TASK) -> None:
        self.order("DELETE", f"tasks/{quote(task_id, safe='')}")

    def add_example(self) -> None:
        """The API text's example: asked for by one id, answered with another."""
        self.add_job(cloud.JOB, name="DRS-7754")
        self.add_task(
            answer_id="3bca29b5-419a-409d-a8d1-d892aa12bf53",
            type="lines,object_comparison",
            status="SUCCESSFUL",
            start_time="2024-04-07T10:00:01Z",
            end_time="2024-04-07T10:00:09Z",
        )

    def add_running(self, started: float, **details: Any) -> None:
        """The example's job with a task that has been running since `started`."""
        self.add_job(cloud.JOB, name="DRS-7754")
        self.add_task(type="lines", status="RUNNING", start_time=cloud.written(started), **details)

    def await_requests(
        self, count: int, operation: str | None = None, seconds: float = ROOM_SECONDS, since: int | None = None
    ) -> None:
        """Waits until at least so many more requests have come in, than now or than `since`: who has ordered something
        that is asked for at once, must have counted before."""
        until = (self.requests(operation) if since is None else since) + count
        wait_for(
            f"{count} more requests {operation or ''}",
            lambda: self.requests(operation) >= until,
            seconds,
            lambda: str(self.stats()),
        )


class Simulator(Control):
    """`drs-exporter simulate`, running."""

    def __init__(self, binary: Path, folder: Path, port: int = 0, **options: Any) -> None:
        flags = [f"--{name}={value}" for name, value in options.items()]
        self.process = Process([binary, "simulate", f"--listen-address=127.0.0.1:{port}", *flags], folder)
        found = self.process.wait_for(
            "the simulated cloud's address",
            lambda: re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout),
        )
        super().__init__(found.group(0))
        wait_for("the simulated cloud's answer", self._answers, story=self.process.story)

    def _answers(self) -> bool:
        try:
            return bool(self.stats())
        except requests.ConnectionError:
            return False

    @property
    def configuration(self) -> str:
        """The configuration that it has printed."""
        return self.process.stdout

    def configuration_in_haste(self) -> str:
        """The same without any need to spare the cloud: a test of many jobs is not to wait for the first poll."""
        lines = [line for line in self.configuration.splitlines() if not line.startswith("http:")]
        return "\n".join(["http: { rate_limit: 1000, concurrency: 50 }", *lines])

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        self.process.stop()
