"""Where incidents happen: simulated clouds, exporters that watch them, a real Prometheus with the alert rules, a real
Alertmanager, and the pager.

- Project `payments` is where jobs go wrong; each incident has a job of its own, made by `job`.
- Other projects go wrong as a whole; each is in a cloud of its own, `clouds`.
- Three more exporters are there to be hurt: one is reloaded, one is stopped, one is known by two names, as if it were
  two pods.
- A second Prometheus, `empty`, has no target at first.

Time is compressed by one factor: the exporter polls every second and not every minute, and the alert rules are the ones
of the repository with all their times divided by the same factor.
"""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import cloud
from .alertmanager import Alertmanager
from .configuration import AKSK, configuration, project, write
from .exporter import Exporter
from .pager import Pager
from .prometheus import Prometheus, free_port
from .scaling import Scale
from .simulator import Simulator
from .waiting import wait_for

# A range must hold some scrapes, and no test can wait for six hours, not even for a sixtieth of them.
FACTOR = 60
SCALE = Scale(FACTOR, least_range_ms=5_000, longest_for_ms=45_000)

DISCOVERY = {"refresh_interval": "1s"}
CONSISTENT = [{"type": "TABLE", "source_count": 8, "target_count": 8, "status": 2}]
DIFFERENT = [{"type": "TABLE", "source_count": 8, "target_count": 7, "status": 0}]
# Compared, but not to the end: says nothing of the data.
UNFINISHED = [{"type": "TABLE", "source_count": 8, "target_count": 8, "status": 3}]

# Projects besides `payments`, and what their configuration has of its own.
OTHER_PROJECTS: dict[str, dict[str, Any]] = {
    "locked-out": {},
    "far-away": {},
    "throttled": {},
    "unjudged": {},
    "unlisted": {},
    "empty": {},
    "slow-lane": {"http": {"concurrency": 1}},
    "nonsense": {},
}
SLOW_JOBS = 6
HOUR, DAY = 3600, 86400
# For every project to be asked about everything once.
WELL_SECONDS = 120
# A job of `payments` of which nothing may ever be told.
HEALTHY = "healthy-db"


class World:
    """Starts everything; `stop` ends it."""

    def __init__(self, binary: Path, folder: Path, rules: Path) -> None:
        self._binary, self._folder = binary, folder
        self._rules = folder / "rules.yml"
        self._rules.write_text(SCALE.rules(rules.read_text()))
        self._runs = 0
        self._restarted_at: int | None = None
        # Incidents whose alert is to outlast a restart of the exporter, and fires.
        self.held: set[str] = set()
        self._ends = ExitStack()
        try:
            self._start_clouds()
            self._start_exporters()
            self._start_watch()
            self._await_verdicts()
        except BaseException:
            self._ends.close()
            raise

    def _start_clouds(self) -> None:
        self.cloud = self._simulator("payments")
        self.run(self.job(HEALTHY, policy=self.daily(cloud.now() - 3600)), ago=3500)
        self.clouds = {name: self._simulator(name) for name in OTHER_PROJECTS}
        for name in OTHER_PROJECTS:
            if name != "empty":
                self.add_job_to(name)
        for number in range(SLOW_JOBS):
            self.clouds["slow-lane"].add_job(f"slow {number}", name=f"slow-{number}")
        self.clouds["unjudged"].fault("forbidden", operation="ShowHealthObjectCompareJobOverview")

    def _start_exporters(self) -> None:
        self.key_file = self._folder / "access-key"
        self.key_file.write_text(cloud.ACCESS_KEY)
        self._main_at = f"127.0.0.1:{free_port()}"
        self._start_main()
        self.reloaded = self._exporter("reloaded", self._idle_configuration())
        self._stopped_at = f"127.0.0.1:{free_port()}"
        self.start_exporter()
        port = self._exporter("shard", self._idle_configuration()).addresses[0].rsplit(":", 1)[1]
        self.two_names = [f"127.0.0.1:{port}", f"localhost:{port}"]

    def _start_watch(self) -> None:
        self.pager = self._ending(Pager())
        self.alertmanager = self._ending(Alertmanager(self._folder / "alertmanager", self.pager.url))
        self.give_targets("shards", self.two_names)
        self.give_targets("halves", [])
        self.give_targets("empty", [])
        self.give_targets("reloaded", self.reloaded.addresses)
        fixed = {"main": self._main_at, "stopped": self._stopped_at}
        scrapes = [{"job_name": name, "static_configs": [{"targets": [at]}]} for name, at in fixed.items()]
        self.prometheus = self._prometheus("main", [*scrapes, *map(self._by_file, ("shards", "halves", "reloaded"))])
        self._prometheus("empty", [self._by_file("empty")])

    def _await_verdicts(self) -> None:
        """All is well before anything goes wrong. A cloud that grows slow or refuses before its project was judged
        for the first time leaves the project without a verdict, which is an incident of its own."""
        judged = {"payments", *OTHER_PROJECTS} - {"unjudged", "empty"}
        wait_for(
            f"a verdict in each of {sorted(judged)}",
            lambda: judged <= {labels["project"] for labels, _ in self.prometheus.query("drs_job:consistent:last")},
            WELL_SECONDS,
            self.story,
        )

    def _ending(self, program: Any) -> Any:
        self._ends.callback(program.stop)
        return program

    def _simulator(self, name: str) -> Simulator:
        return self._ending(Simulator(self._binary, self._folder / f"cloud-{name}", world="empty"))

    def _exporter(self, name: str, content: dict[str, Any], **other: Any) -> Exporter:
        """One that listens. Ready it may be much later, where its cloud is slow: no incident waits for that."""
        exporter = self._ending(Exporter(self._binary, self._folder / f"exporter-{name}", content, **other))
        assert exporter.addresses
        return exporter

    def _main_configuration(self) -> dict[str, Any]:
        by_file = {"aksk": {"access_key_file": str(self.key_file), "secret_key": cloud.SECRET_KEY}}
        others = [
            project(
                self.clouds[name],
                discovery=DISCOVERY,
                credentials=by_file if name == "locked-out" else AKSK,
                **other,
            )
            | {"name": name}
            for name, other in OTHER_PROJECTS.items()
        ]
        payments = project(self.cloud, discovery=DISCOVERY, http={"rate_limit": 200})
        return configuration(payments, *others, policy_interval="2s", stale_after="45s")

    def _idle_configuration(self) -> dict[str, Any]:
        """One that asks little, of a job of which nothing goes wrong."""
        idle = project(self.cloud, jobs=[self.id_of(HEALTHY)]) | {"name": "idle"}
        return configuration(idle, poll_interval="5s", idle_interval="5s", stale_after="60s")

    def _prometheus(self, name: str, scrapes: list[dict[str, Any]]) -> Prometheus:
        return self._ending(
            Prometheus(
                self._folder / f"prometheus-{name}",
                [],
                rules=[self._rules],
                scrape_configs=scrapes,
                alerting={"alertmanagers": [{"static_configs": [{"targets": [self.alertmanager.address]}]}]},
                external_labels={"prometheus": name},
            )
        )

    def _by_file(self, name: str) -> dict[str, Any]:
        """A scrape job whose targets `give_targets` changes."""
        return {"job_name": name, "file_sd_configs": [{"files": [str(self._targets(name))], "refresh_interval": "1s"}]}

    def _targets(self, name: str) -> Path:
        return self._folder / f"targets-{name}.json"

    def give_targets(self, name: str, addresses: list[str]) -> None:
        whole = self._targets(name)
        part = whole.with_suffix(".part")
        part.write_text(json.dumps([{"targets": addresses}]))
        part.replace(whole)

    @staticmethod
    def id_of(name: str) -> str:
        return f"id-of-{name}"

    def job(self, name: str, **details: Any) -> str:
        """A job of `payments` of this name."""
        return self.cloud.add_job(self.id_of(name), name=name, **details)

    def run(self, job: str, **details: Any) -> str:
        """A comparison of a job of `payments`; see `_run`."""
        return self._run(self.cloud, job, **details)

    def end(self, task: str, **details: Any) -> None:
        """The comparison ends well, now."""
        ended = {"status": "SUCCESSFUL", "end_time": cloud.written(cloud.now()), "objects": CONSISTENT}
        self.cloud.change_task(task, **ended, **details)

    def add_job_to(self, name: str) -> None:
        """A job with a comparison that ended well, in another project."""
        job = self.clouds[name].add_job(self.id_of(name), name=f"{name}-db")
        self._run(self.clouds[name], job, ago=300)

    def add_run_to(self, name: str, **details: Any) -> str:
        return self._run(self.clouds[name], self.id_of(name), **details)

    def _run(self, simulator: Simulator, job: str, ago: float = 1, took: float = 10, **details: Any) -> str:
        """A comparison that ended so many seconds ago; it ended well and found no difference."""
        self._runs += 1
        ended = cloud.now() - ago
        whole = {
            "type": "object_comparison",
            "status": "SUCCESSFUL",
            "start_time": cloud.written(ended - took),
            "end_time": cloud.written(ended),
            "objects": CONSISTENT,
        } | details
        given = {key: value for key, value in whole.items() if value is not None}
        return simulator.add_task(job, f"run-{self._runs}", **given)

    @staticmethod
    def daily(due: float) -> dict[str, Any]:
        """An open policy with a run due at this time of each day."""
        return {
            "status": "OPEN",
            "period": "* * 1,2,3,4,5,6,7",
            "begin_time": cloud.written(due)[11:19],
            "end_time": cloud.written(due + 1800)[11:19],
        }

    def remove_fault(self, fault: int) -> None:
        """One of the cloud of `payments`."""
        self.cloud.order("DELETE", f"faults/{fault}")

    def knows(self, expression: str) -> bool:
        """Whether Prometheus has something for this."""
        return bool(self.prometheus.query(expression))

    def reload(self, content: dict[str, Any] | str) -> None:
        """Puts another configuration there and tells the exporter to take it."""
        write(self._folder / "exporter-reloaded", content)
        self.reloaded.process.signal(signal.SIGHUP)

    def reload_a_mistake(self) -> None:
        self.reload("poll_interval: 5\n")

    def reload_without_mistake(self) -> None:
        self.reload(self._idle_configuration())

    def _start_main(self) -> None:
        self.main = self._exporter("main", self._main_configuration(), listen=self._main_at)

    def restart_main(self) -> None:
        """Ends and starts the exporter that watches nearly everything: it begins without any memory."""
        self.main.stop()
        self._start_main()
        self._restarted_at = cloud.now()

    def has_settled(self) -> bool:
        """The exporter was restarted and Prometheus has heard of it for so long that a gap would have shown."""
        since = self._restarted_at
        return since is not None and self.knows(
            f'time() - min_over_time(timestamp(process_start_time_seconds{{job="main"}} >= {since - 5})[1h:1s]) > 10'
        )

    def start_exporter(self) -> None:
        """The one that is there to be stopped; always at the same address."""
        self.stopped = self._exporter("stopped", self._idle_configuration(), listen=self._stopped_at)

    def start_half(self, ordinal: int) -> str:
        """One of two exporters that share the jobs. Gives its address."""
        shares = {"DRS_EXPORTER_SHARD": str(ordinal), "DRS_EXPORTER_TOTAL_SHARDS": "2"}
        return self._exporter(f"half-{ordinal}", self._idle_configuration(), environment=shares).addresses[0]

    def stop_exporter(self) -> None:
        self.stopped.stop()

    def story(self) -> str:
        """What one needs to see when the chain breaks."""
        programs = (self.main, self.prometheus, self.alertmanager)
        return "\n".join(program.process.story() for program in programs)

    def stop(self) -> None:
        self._ends.close()
