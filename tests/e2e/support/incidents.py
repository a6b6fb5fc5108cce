"""What goes wrong for each alert, and how it is mended. docs/alert-incidents.md is made of this.

Each incident is a generator: it makes the incident, yields FIRED, mends it and yields RESOLVED. What else it yields is
a condition to wait for. All of them run side by side, so each has a job, a project or an exporter of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import cloud
from .chain import FIRED, RESOLVED, Condition, Incident, Stage
from .world import DIFFERENT, UNFINISHED, World

Course = Iterator[Condition | Stage]

INCIDENTS: list[Incident] = []
# Alerts that rightly come with another one's incident: name, and labels that tell whose.
COMPANIONS: list[tuple[str, dict[str, str]]] = []
# Alerts without an incident here, and why.
WITHOUT_INCIDENT: dict[str, str] = {}

HOUR, DAY = 3600, 86400


def incident(
    alert: str, severity: str, what: str, mended: str, says: tuple[str, ...] = (), companions: tuple[str, ...] = (), **labels: str
) -> Callable[[Callable[..., Course]], Callable[..., Course]]:
    """Adds an incident to the list; `companions` are the alerts that come with it, about the same."""

    def add(course: Callable[..., Course]) -> Callable[..., Course]:
        INCIDENTS.append(Incident(alert, severity, what, mended, course, labels, says))
        COMPANIONS.extend((companion, labels) for companion in companions)
        return course

    return add


def of_job(
    alert: str, severity: str, what: str, mended: str, name: str, says: tuple[str, ...] = (), companions: tuple[str, ...] = ()
) -> Callable[[Callable[..., Course]], Callable[..., Course]]:
    """An incident of a job of project `payments`; the texts must name both."""
    return incident(
        alert, severity, what, mended, (name, "payments", *says), companions, project="payments", job_id=World.id_of(name)
    )


def known(world: World, name: str, metric: str = "drs_job:last_success_timestamp_seconds:last") -> Condition:
    """Prometheus has a recorded value of the job."""
    return lambda: world.knows(f'{metric}{{job_id="{World.id_of(name)}"}}')


# --- How runs end


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


# --- What runs find


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


# --- When runs come


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


# --- What cannot be asked


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


# --- What goes on while the exporter restarts: the alert neither ends nor comes again

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


# --- The exporter itself


@incident(
    "DrsExporterDown",
    "critical",
    "the exporter's process ends",
    "it is started again",
    says=("1 of the DRS exporters", "stopped"),
    job="stopped",
)
def exporter_down(world: World) -> Course:
    yield lambda: world.knows('drs_exporter:target:known{job="stopped"}')
    world.stop_exporter()
    yield FIRED
    world.start_exporter()
    yield RESOLVED


@incident(
    "DrsExporterAbsent",
    "critical",
    "a Prometheus has no exporter among its targets",
    "it gets one",
    prometheus="empty",
)
def exporter_absent(world: World) -> Course:
    yield FIRED
    world.give_targets("empty", [world.two_names[0]])
    yield RESOLVED


@incident(
    "DrsExporterInstanceMissing",
    "warning",
    "one of two exporters vanishes from the targets, as a deleted pod does",
    "it comes back",
    says=("1 of the DRS exporters", "shards"),
    job="shards",
)
def instance_missing(world: World) -> Course:
    # It is the median that tells: both must have been there for longer than one is missed.
    yield lambda: world.knows('min_over_time(drs_exporter:targets:count{job="shards"}[40s]) == 2 and on () time() - min_over_time(timestamp(drs_exporter:targets:count{job="shards"})[40s:1s]) > 38')
    world.give_targets("shards", world.two_names[:1])
    yield FIRED
    world.give_targets("shards", world.two_names)
    yield RESOLVED


@incident(
    "DrsExporterConfigRefused",
    "warning",
    "the exporter is told to reload a configuration with a mistake (a version that cannot reload yet has a stand-in)",
    "it is told to reload one without",
    says=("reloaded",),
    job="reloaded",
)
def config_refused(world: World) -> Course:
    yield lambda: world.knows('drs_exporter_config_last_reload_successful{job="reloaded"} == 1')
    yield from world.reload_a_mistake()
    yield FIRED
    world.reload_without_mistake()
    yield RESOLVED


@incident(
    "DrsExporterThrottled",
    "warning",
    "the cloud answers 429 to a part of the requests for a quarter of an hour",
    "it takes all requests again",
    says=("throttled", "%"),
    companions=("DrsExporterRefreshDelayed",),
    project="throttled",
)
def throttled(world: World) -> Course:
    world.clouds["throttled"].fault("throttle", share=0.3)
    yield FIRED
    world.clouds["throttled"].heal()
    yield RESOLVED


@incident(
    "DrsExporterRefreshDelayed",
    "warning",
    "the cloud answers so slowly that questions wait for their turn for more than three minutes",
    "it answers quickly again",
    says=("slow-lane", "behind"),
    project="slow-lane",
)
def refresh_delayed(world: World) -> Course:
    world.clouds["slow-lane"].fault("latency", milliseconds=2000)
    yield FIRED
    world.clouds["slow-lane"].heal()
    yield RESOLVED


@incident(
    "DrsExporterInvalidResponses",
    "warning",
    "the cloud tells again and again of a comparison that ended before it began",
    "it tells the right times; an hour later nothing wrong was told within an hour",
    says=("nonsense", "ShowHealthCompareJobList"),
    project="nonsense",
)
def invalid_responses(world: World) -> Course:
    times = {"start_time": cloud.written(cloud.now() - 100), "end_time": cloud.written(cloud.now() - 200)}
    task = world.add_run_to("nonsense", **times)
    yield FIRED
    world.clouds["nonsense"].change_task(task, start_time=cloud.written(cloud.now() - 300))
    yield RESOLVED
