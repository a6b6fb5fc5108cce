"""When runs come, and how long they take."""

from __future__ import annotations

from .. import cloud
from ..chain import FIRED, RESOLVED
from ..world import DAY, HOUR, World
from .listing import Course, known, of_job


@of_job(
    "DrsHealthComparisonMissed",
    "warning",
    "a comparison was due half an hour ago by its policy and did not start",
    "it starts",
    "missed-db",
)
def missed(world: World) -> Course:
    due = cloud.now() - HOUR / 2
    job = world.job("missed-db", policy=world.daily(due))
    world.run(job, ago=DAY + HOUR / 2 - 60)
    yield FIRED
    world.run(job)
    yield RESOLVED


@of_job(
    "DrsHealthComparisonRunningLong",
    "warning",
    "a comparison runs more than three times as long as usual",
    "it ends SUCCESSFUL",
    "slow-db",
    says=("usually 10s",),
)
def running_long(world: World) -> Course:
    job = world.job("slow-db")
    for number in range(4):
        world.run(job, ago=HOUR * (number + 1))
    yield known(world, "slow-db", "drs_job:usual_duration_seconds:median")
    task = world.run(job, ago=0, took=120, status="RUNNING", end_time=None, objects=[])
    yield FIRED
    world.end(task)
    yield RESOLVED


@of_job(
    "DrsHealthComparisonStuckWaiting",
    "warning",
    "a comparison stays WAITING_FOR_RUNNING for half an hour",
    "it runs and ends SUCCESSFUL",
    "waiting-db",
)
def stuck_waiting(world: World) -> Course:
    job = world.job("waiting-db")
    world.run(job, ago=300)
    task = world.run(job, status="WAITING_FOR_RUNNING", start_time=None, end_time=None, objects=[])
    yield FIRED
    world.end(task, start_time=cloud.written(cloud.now() - 5))
    yield RESOLVED


@of_job(
    "DrsHealthComparisonPolicyClosed",
    "info",
    "the compare policy of a job is closed",
    "it is opened again",
    "closed-db",
)
def policy_closed(world: World) -> Course:
    policy = world.daily(cloud.now() - HOUR)
    job = world.job("closed-db", policy=policy)
    world.run(job, ago=HOUR - 60)
    yield known(world, "closed-db", "drs_job:policy_status:last")
    world.cloud.change_job(job, policy=policy | {"status": "CLOSED"})
    yield FIRED
    world.cloud.change_job(job, policy=policy)
    yield RESOLVED
