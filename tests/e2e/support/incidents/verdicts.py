"""How runs end, and what they find."""

from __future__ import annotations

from .. import cloud
from ..chain import FIRED, RESOLVED
from ..world import DAY, DIFFERENT, HOUR, UNFINISHED, World
from .listing import Course, incident, known, of_job


def runs_end(world: World, name: str, status: str, times: int) -> Course:
    """So many runs end so, one after the other; then one ends well."""
    job = world.job(name)
    world.run(job, ago=300)
    yield known(world, name)
    for number in range(times):
        world.run(job, ago=200 - 50 * number, status=status, objects=[])
    yield FIRED
    world.run(job)
    yield RESOLVED


@of_job("DrsHealthComparisonFailed", "warning", "a comparison ends FAILED", "the next one ends SUCCESSFUL", "failed-db")
def failed(world: World) -> Course:
    yield from runs_end(world, "failed-db", "FAILED", 1)


@of_job(
    "DrsHealthComparisonFailedRepeatedly",
    "critical",
    "three comparisons in a row end FAILED",
    "the next one ends SUCCESSFUL",
    "failing-db",
    says=("3 times",),
    companions=("DrsHealthComparisonFailed",),
)
def failed_repeatedly(world: World) -> Course:
    yield from runs_end(world, "failing-db", "FAILED", 3)


@of_job(
    "DrsHealthComparisonTimedOut",
    "warning",
    "the cloud stops a comparison for its time: TIMEOUT_INTERRUPT",
    "the next one ends SUCCESSFUL",
    "timed-out-db",
)
def timed_out(world: World) -> Course:
    yield from runs_end(world, "timed-out-db", "TIMEOUT_INTERRUPT", 1)


@of_job(
    "DrsHealthComparisonTimedOutRepeatedly",
    "critical",
    "the cloud stops three comparisons in a row for their time",
    "the next one ends SUCCESSFUL",
    "timing-out-db",
    says=("3 times",),
    companions=("DrsHealthComparisonTimedOut",),
)
def timed_out_repeatedly(world: World) -> Course:
    yield from runs_end(world, "timing-out-db", "TIMEOUT_INTERRUPT", 3)


@of_job(
    "DrsHealthComparisonInconsistent",
    "warning",
    "a comparison ends SUCCESSFUL and finds source and target different",
    "the next one finds them consistent",
    "differing-once-db",
)
def inconsistent(world: World) -> Course:
    job = world.job("differing-once-db")
    world.run(job, ago=300)
    yield known(world, "differing-once-db", "drs_job:consistent:last")
    world.run(job, ago=100, objects=DIFFERENT)
    yield FIRED
    world.run(job)
    yield RESOLVED


@of_job(
    "DrsHealthComparisonInconsistentRepeatedly",
    "critical",
    "two comparisons in a row find source and target different",
    "the next one finds them consistent",
    "differing-db",
    says=("2 health comparisons",),
    companions=("DrsHealthComparisonInconsistent",),
)
def inconsistent_repeatedly(world: World) -> Course:
    job = world.job("differing-db")
    world.run(job, ago=300)
    yield known(world, "differing-db", "drs_job:consistent:last")
    world.run(job, ago=200, objects=DIFFERENT)
    world.run(job, ago=100, objects=DIFFERENT)
    yield FIRED
    world.run(job)
    yield RESOLVED


@of_job(
    "DrsHealthComparisonNotConsistentForTooLong",
    "critical",
    "comparisons of a daily policy end SUCCESSFUL, but since three days none was clearly found consistent",
    "the next one is found consistent",
    "long-ago-db",
    says=("3d",),
)
def not_consistent_for_too_long(world: World) -> Course:
    job = world.job("long-ago-db", policy=world.daily(cloud.now() - HOUR))
    world.run(job, ago=3 * DAY)
    world.run(job, ago=HOUR - 60, objects=UNFINISHED)
    yield FIRED
    world.run(job)
    yield RESOLVED


@of_job(
    "DrsHealthComparisonNeverConsistent",
    "warning",
    "the policy is open and comparisons end SUCCESSFUL, but none was ever found consistent",
    "one is found consistent",
    "never-db",
)
def never_consistent(world: World) -> Course:
    job = world.job("never-db", policy=world.daily(cloud.now() - HOUR))
    world.run(job, ago=HOUR - 60, objects=UNFINISHED)
    yield FIRED
    world.run(job)
    yield RESOLVED


@incident(
    "DrsHealthComparisonVerdictsMissing",
    "warning",
    "the user may not read the overview of objects of a project: 403",
    "the permission is granted",
    says=("unjudged",),
    project="unjudged",
)
def verdicts_missing(world: World) -> Course:
    # The permission is missing from the start, see `World`.
    yield FIRED
    world.clouds["unjudged"].heal()
    yield RESOLVED
