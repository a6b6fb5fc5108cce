"""What cannot be asked: jobs and projects."""

from __future__ import annotations

from .. import cloud
from ..chain import FIRED, RESOLVED
from ..world import World
from .listing import Course, incident, known, of_job


@of_job(
    "DrsJobUnreachable",
    "warning",
    "the cloud answers 500 to every question about one job",
    "it answers again",
    "unreachable-db",
    companions=("DrsJobDataStale",),
)
def job_unreachable(world: World) -> Course:
    job = world.job("unreachable-db")
    world.run(job)
    yield known(world, "unreachable-db", "drs_job:name:last")
    fault = world.cloud.fault("status", status=500, job_id=job)
    yield FIRED
    world.remove_fault(fault)
    yield RESOLVED


@of_job(
    "DrsJobDataStale",
    "warning",
    "one job has not been refreshed for longer than `stale_after`: the cloud does not answer about it",
    "it is refreshed again",
    "stale-db",
    companions=("DrsJobUnreachable",),
)
def job_data_stale(world: World) -> Course:
    job = world.job("stale-db")
    world.run(job)
    yield known(world, "stale-db", "drs_job:name:last")
    fault = world.cloud.fault("reset", job_id=job)
    yield FIRED
    world.remove_fault(fault)
    yield RESOLVED


@incident(
    "DrsProjectUnauthorised",
    "critical",
    "the access key in the exporter's file is not the right one any more: 401",
    "the right key is put into the file",
    says=("locked-out", "401", "APIGW.0301"),
    project="locked-out",
)
def project_unauthorised(world: World) -> Course:
    yield lambda: world.knows('drs_project:up:last{project="locked-out"} == 1')
    world.key_file.write_text("ANOTHERKEY0000000000")
    yield FIRED
    world.key_file.write_text(cloud.ACCESS_KEY)
    yield RESOLVED


@incident(
    "DrsProjectUnreachable",
    "critical",
    "every connection to the cloud of a project is reset",
    "the cloud answers again",
    says=("far-away", "times"),
    project="far-away",
)
def project_unreachable(world: World) -> Course:
    yield lambda: world.knows('drs_project:up:last{project="far-away"} == 1')
    world.clouds["far-away"].fault("reset")
    yield FIRED
    world.clouds["far-away"].heal()
    yield RESOLVED


@incident(
    "DrsProjectDiscoveryStale",
    "warning",
    "the cloud refuses to list the jobs of a project for an hour, and answers all else",
    "it lists them again",
    says=("unlisted",),
    # The exporter restarts meanwhile, see `HELD`, and then knows of no job.
    companions=("DrsProjectWithoutJobs",),
    project="unlisted",
)
def discovery_stale(world: World) -> Course:
    yield lambda: world.knows('drs_project:last_discovery_timestamp_seconds:last{project="unlisted"}')
    world.clouds["unlisted"].fault("forbidden", operation="ListJobs")
    yield FIRED
    world.clouds["unlisted"].heal()
    yield RESOLVED


@incident(
    "DrsProjectWithoutJobs",
    "warning",
    "discovery finds not a single job in a project",
    "it finds one",
    says=("empty",),
    project="empty",
)
def project_without_jobs(world: World) -> Course:
    yield FIRED
    world.add_job_to("empty")
    yield RESOLVED
