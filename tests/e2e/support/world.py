"""Where incidents happen: simulated clouds, exporters that watch them, a real Prometheus with the alert rules, a real
Alertmanager, and the pager.

- Project `payments` is where jobs go wrong; each incident has a job of its own, made by `job`.
- `locked-out`, `far-away` and `throttled` are projects of clouds of their own, each with one job.
- Two more exporters are there to be hurt: one is reloaded, one is stopped.
"""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import cloud
from .alertmanager import Alertmanager
from .configuration import configuration, project, write
from .exporter import Exporter
from .pager import Pager
from .prometheus import Prometheus, free_port
from .scaling import Scale
from .simulator import Simulator

# How much faster than at work. Polls and scrapes come every second, at work every 30 s or minute.
FACTOR = 60
# A range must hold some scrapes.
LEAST_RANGE_MS = 5000

# The name of the scrape's job that the alerts go by.
SCRAPE_JOB = "drs-exporter"
DISCOVERY = {"refresh_interval": "1s"}
CONSISTENT = [{"type": "TABLE", "source_count": 8, "target_count": 8, "status": 2}]
DIFFERENT = [{"type": "TABLE", "source_count": 8, "target_count": 7, "status": 0}]
OTHER_CLOUDS = ("locked-out", "far-away", "throttled")


class World:
    """Starts everything; `stop` ends it."""

    def __init__(self, binary: Path, folder: Path, rules: Path) -> None:
        self._binary, self._folder = binary, folder
        self._ends = ExitStack()
        try:
            self._start(rules)
        except BaseException:
            self._ends.close()
            raise

    def _start(self, rules: Path) -> None:
        self.pager = self._ending(Pager())
        self.cloud = self._simulator("payments")
        self.clouds = {name: self._simulator(name) for name in OTHER_CLOUDS}
        for name, simulator in self.clouds.items():
            simulator.add_job(f"job of {name}", name=f"{name}-db")
            self._add_run(simulator, f"job of {name}", f"run of {name}")
        self.key_file = self._folder / "access-key"
        self.key_file.write_text(cloud.ACCESS_KEY)
        self.main = self._exporter("main", self._main_configuration())
        self.reloaded = self._exporter("reloaded", self._idle_configuration(), "--web.enable-lifecycle")
        self.stopped_at = f"127.0.0.1:{free_port()}"
        self.stopped = self._exporter("stopped", self._idle_configuration(), listen=self.stopped_at)
        self.alertmanager = self._ending(Alertmanager(self._folder / "alertmanager", self.pager.url))
        self.prometheus = self._start_prometheus(rules)

    def _ending(self, program: Any) -> Any:
        self._ends.callback(program.stop)
        return program

    def _simulator(self, name: str) -> Simulator:
        return self._ending(Simulator(self._binary, self._folder / f"cloud-{name}", world="empty"))

    def _exporter(self, name: str, content: dict[str, Any], *arguments: str, **other: Any) -> Exporter:
        exporter = Exporter(self._binary, self._folder / name, content, arguments, **other)
        return self._ending(exporter).await_ready()

    def _main_configuration(self) -> dict[str, Any]:
        key = {"aksk": {"access_key_file": str(self.key_file), "secret_key": cloud.SECRET_KEY}}
        others = [
            project(
                simulator, discovery=DISCOVERY, credentials=key if name == "locked-out" else project(simulator)["credentials"]
            )
            | {"name": name}
            for name, simulator in self.clouds.items()
        ]
        payments = project(self.cloud, discovery=DISCOVERY, http={"rate_limit": 200})
        return configuration(payments, *others, policy_interval="1s", stale_after="10s")

    def _idle_configuration(self) -> dict[str, Any]:
        """One that asks little: of a project without jobs."""
        return configuration(project(self.cloud, jobs=["watched by two"]) | {"name": "idle"}, poll_interval="5s")

    def _start_prometheus(self, rules: Path) -> Prometheus:
        scaled = self._folder / "rules.yml"
        scaled.write_text(Scale(FACTOR, LEAST_RANGE_MS).rules(rules.read_text()))
        targets = [self.main.addresses[0], self.reloaded.addresses[0], self.stopped_at]
        return self._ending(
            Prometheus(
                self._folder / "prometheus",
                targets,
                scrape_job=SCRAPE_JOB,
                rule_files=[str(scaled)],
                alerting={"alertmanagers": [{"static_configs": [{"targets": [self.alertmanager.address]}]}]},
            )
        )

    def job(self, name: str, **details: Any) -> str:
        """A job of `payments` of this name; its id is made of the name."""
        return self.cloud.add_job(f"id-of-{name}", name=name, **details)

    def run(self, job: str, ago: float = 60, took: float = 10, **details: Any) -> str:
        """A comparison of the job that ended so many seconds ago; it ended well and found no difference."""
        return self._add_run(self.cloud, job, f"run-{len(self.cloud.tasks())}-of-{job}", ago, took, **details)

    @staticmethod
    def _add_run(
        simulator: Simulator, job: str, task: str, ago: float = 60, took: float = 10, **details: Any
    ) -> str:
        ended = cloud.now() - ago
        whole = {
            "type": "object_comparison",
            "status": "SUCCESSFUL",
            "start_time": cloud.written(ended - took),
            "end_time": cloud.written(ended),
            "objects": CONSISTENT,
        }
        return simulator.add_task(job, task, **(whole | details))

    def knows(self, expression: str) -> bool:
        """Whether Prometheus has something for this."""
        return bool(self.prometheus.query(expression))

    def reload(self, content: dict[str, Any] | str) -> None:
        """Gives the reloaded exporter another file."""
        write(self._folder / "reloaded", content)
        self.reloaded.process.signal(signal.SIGHUP)

    def mend_reloaded(self) -> None:
        self.reload(self._idle_configuration())

    def start_stopped(self) -> None:
        self.stopped = self._exporter("stopped", self._idle_configuration(), listen=self.stopped_at)

    def story(self) -> str:
        """What one needs to see when the chain breaks."""
        return "\n".join(
            [self.main.process.story(), self.prometheus.process.story(), self.alertmanager.process.story()]
        )

    def stop(self) -> None:
        self._ends.close()
