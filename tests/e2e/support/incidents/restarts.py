"""What goes on while the exporter restarts: the alert neither ends nor comes again."""

from __future__ import annotations

from ..chain import FIRED, RESOLVED
from ..world import DIFFERENT, World
from .listing import Course, known, of_job


RESTARTED = "and the exporter restarts while the alert fires, which goes on"
HELD = ("held-failing-db", "held-differing-db", "held-unreachable-db")


def over_a_restart(world: World, name: str) -> Course:
    """Restarts the exporter once all these alerts fire, and goes on when that would have shown."""
    yield FIRED
    world.held.add(name)
    if world.held == set(HELD):
        world.restart_main()
    yield world.has_settled


@of_job(
    "DrsHealthComparisonFailedRepeatedly",
    "critical",
    f"three comparisons in a row end FAILED, {RESTARTED}",
    "the next one ends SUCCESSFUL",
    HELD[0],
    companions=("DrsHealthComparisonFailed",),
)
def held_failing(world: World) -> Course:
    job = world.job(HELD[0])
    world.run(job, ago=300)
    for number in range(3):
        world.run(job, ago=200 - 50 * number, status="FAILED", objects=[])
    yield from over_a_restart(world, HELD[0])
    world.run(job)
    yield RESOLVED


@of_job(
    "DrsHealthComparisonInconsistentRepeatedly",
    "critical",
    f"two comparisons in a row find source and target different, {RESTARTED}",
    "the next one finds them consistent",
    HELD[1],
    companions=("DrsHealthComparisonInconsistent",),
)
def held_differing(world: World) -> Course:
    job = world.job(HELD[1])
    world.run(job, ago=300)
    for number in range(2):
        world.run(job, ago=200 - 50 * number, objects=DIFFERENT)
    yield from over_a_restart(world, HELD[1])
    world.run(job)
    yield RESOLVED


@of_job(
    "DrsJobUnreachable",
    "warning",
    f"the cloud answers 500 to every question about one job, {RESTARTED}",
    "it answers again",
    HELD[2],
    companions=("DrsJobDataStale",),
)
def held_unreachable(world: World) -> Course:
    job = world.job(HELD[2])
    world.run(job)
    yield known(world, HELD[2], "drs_job:name:last")
    fault = world.cloud.fault("status", status=500, job_id=job)
    yield from over_a_restart(world, HELD[2])
    world.remove_fault(fault)
    yield RESOLVED
