"""The exporter itself."""

from __future__ import annotations

from .. import cloud
from ..chain import FIRED, RESOLVED
from ..world import World
from .listing import Course, incident


@incident(
    "DrsExporterDown",
    "critical",
    "the exporter's process ends",
    "it is started again",
    says=("stopped",),
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
    says=("shards",),
    job="shards",
)
def instance_missing(world: World) -> Course:
    # It is the median that tells: both must have been there for longer than one is missed.
    both = 'count_over_time((drs_exporter:targets:count{job="shards"} == 2)[5m:1s]) >= 40'
    yield lambda: world.knows(both)
    world.give_targets("shards", world.two_names[:1])
    yield FIRED
    world.give_targets("shards", world.two_names)
    yield RESOLVED


@incident(
    "DrsExporterShardMissing",
    "critical",
    "of two shards one never comes",
    "it comes",
    says=("halves",),
    job="halves",
)
def shard_missing(world: World) -> Course:
    first = world.start_half(0)
    world.give_targets("halves", [first])
    yield FIRED
    world.give_targets("halves", [first, world.start_half(1)])
    yield RESOLVED


@incident(
    "DrsExporterConfigRefused",
    "warning",
    "the exporter is told to reload a configuration with a mistake",
    "it is told to reload one without",
    says=("reloaded",),
    job="reloaded",
)
def config_refused(world: World) -> Course:
    yield lambda: world.knows('drs_exporter_config_last_reload_successful{job="reloaded"} == 1')
    world.reload_a_mistake()
    yield FIRED
    world.reload_without_mistake()
    yield RESOLVED


@incident(
    "DrsExporterThrottled",
    "warning",
    "the cloud answers 429 to a part of the requests for a quarter of an hour",
    "it takes all requests again",
    says=("throttled", "%"),
    # Three refusals in a row fail a question, by chance: then its job, or the project, counts as out of reach.
    companions=("DrsExporterRefreshDelayed", "DrsJobUnreachable", "DrsJobDataStale", "DrsProjectUnreachable"),
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
