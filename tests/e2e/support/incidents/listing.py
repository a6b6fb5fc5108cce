"""The list of incidents, and how one is added to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..chain import Condition, Incident, Stage
from ..world import World

Course = Iterator[Condition | Stage]
Add = Callable[[Callable[..., Course]], Callable[..., Course]]

INCIDENTS: list[Incident] = []
# Alerts that rightly come with another one's incident: name, and labels that tell whose.
COMPANIONS: list[tuple[str, dict[str, str]]] = []


def incident(
    alert: str,
    severity: str,
    what: str,
    mended: str,
    says: tuple[str, ...] = (),
    companions: tuple[str, ...] = (),
    **labels: str,
) -> Add:
    """Adds an incident to the list; `companions` are the alerts that come with it, about the same."""

    def add(course: Callable[..., Course]) -> Callable[..., Course]:
        INCIDENTS.append(Incident(alert, severity, what, mended, course, labels, says))
        COMPANIONS.extend((companion, labels) for companion in companions)
        return course

    return add


def of_job(
    alert: str,
    severity: str,
    what: str,
    mended: str,
    name: str,
    says: tuple[str, ...] = (),
    companions: tuple[str, ...] = (),
) -> Add:
    """An incident of a job of project `payments`; the texts must name both."""
    labels = {"project": "payments", "job_id": World.id_of(name)}
    return incident(alert, severity, what, mended, (name, "payments", *says), companions, **labels)


def known(world: World, name: str, metric: str = "drs_job:last_success_timestamp_seconds:last") -> Condition:
    """Prometheus has a recorded value of the job."""
    return lambda: world.knows(f'{metric}{{job_id="{World.id_of(name)}"}}')
