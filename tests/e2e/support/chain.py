"""The whole chain at once: simulated cloud, exporters, a real Prometheus, a real Alertmanager, the pager; and the
runner that lets many incidents take their course side by side.

Time is compressed by one factor: the alert rules are the ones of the repository, all their times divided by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .pager import Notification, Pager

LOOK_EVERY_SECONDS = 0.2

Condition = Callable[[], Any]


class Stage:
    """What an incident may wait for besides conditions of its own."""

    def __init__(self, name: str) -> None:
        self.name = name


FIRED = Stage("the alert to fire")
RESOLVED = Stage("the alert to resolve")


@dataclass(frozen=True)
class Incident:
    """What goes wrong for one alert, and how it ends.

    `course` makes the incident, yields FIRED, mends it, and yields RESOLVED; in between it may yield any condition.
    """

    alert: str
    severity: str
    what: str
    mended: str
    course: Callable[..., Iterator[Condition | Stage]]
    # What the notification must have: labels, words of its summary or description.
    labels: dict[str, str]
    says: tuple[str, ...]


@dataclass
class Case:
    """An incident under way."""

    incident: Incident
    steps: Iterator[Condition | Stage]
    waits_for: Condition | Stage | None = None
    fired: Notification | None = None
    resolved: Notification | None = None
    since: float = field(default_factory=time.monotonic)
    # Seconds after the start of each step, the last one the end.
    times: list[int] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False

    def advance(self) -> None:
        self.times.append(round(time.monotonic() - self.since))
        try:
            self.waits_for = next(self.steps)
        except StopIteration:
            self.done = True
        except Exception as error:  # noqa: BLE001 - one incident's mistake is told by its own test
            self.error, self.done = error, True

    def look(self, told: list[Notification]) -> None:
        """Goes as far as it can go now."""
        fitting = [one for one in told if one.alert == self.incident.alert and one.fits(self.incident.labels)]
        while not self.done:
            if self.waits_for is FIRED:
                self.fired = next((one for one in fitting if one.fires), None)
                if self.fired is None:
                    return
            elif self.waits_for is RESOLVED:
                # The last word counts: what fires again has not resolved.
                if fitting[-1].fires:
                    return
                self.resolved = fitting[-1]
            elif self.waits_for is not None and not self._holds():
                return
            self.advance()

    def _holds(self) -> bool:
        try:
            return bool(self.waits_for())
        except AssertionError:
            return False

    def story(self) -> str:
        waits = self.waits_for.name if isinstance(self.waits_for, Stage) else "a condition in its course"
        return (
            f"{self.incident.alert}, {self.incident.what}: waits for {waits}, steps at {self.times} s; "
            f"fired: {self.fired}; resolved: {self.resolved}; error: {self.error!r}"
        )


def run(incidents: list[Incident], world: Any, pager: Pager, seconds: float) -> list[Case]:
    """Lets all incidents take their course, for so long at most."""
    cases = [Case(incident, incident.course(world)) for incident in incidents]
    end = time.monotonic() + seconds
    while True:
        told = pager.received()
        for case in cases:
            case.look(told)
        if all(case.done for case in cases) or time.monotonic() > end:
            return cases
        time.sleep(LOOK_EVERY_SECONDS)
