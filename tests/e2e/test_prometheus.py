"""A real Prometheus, and both text formats by several readers."""

from __future__ import annotations

import gzip
import urllib.request

import pytest
from support import cloud
from support.configuration import configuration, project
from support.exporter import OPENMETRICS, Exporter
from support.prometheus import promtool_check_metrics
from support.waiting import wait_for

TASK = "drs_health_comparison_task"
NAMES = {
    "quotes": 'a "quoted" name',
    "backslashes": r"C:\new\table\\",
    "newlines": "first\nsecond\n",
    "Chinese": "订单库容灾",
    "everything": 'all "of" it \\ 中\n{}=,#',
    "control characters": "a\tb\rc\x01d\u2028e\u0085f",
    "emptiness": "",
    "markup": "<script>alert(1)</script>&amp;",
    "10,000 characters": "中" * 10_000,
}
# What differs from one scrape to the next without any fault.
MOVING = ("process_", "drs_exporter_", "drs_job_last_refresh")


def prometheus_knows(prometheus, expression: str) -> dict[tuple[str, str], float]:
    """Values by project and task."""
    found = prometheus.query(expression)
    return {(labels["project"], labels["compare_job_id"]): value for labels, value in found}


@pytest.mark.timeout(240)
def test_prometheus_knows_what_the_simulated_cloud_knows(start_simulator, start_exporter, start_prometheus):
    simulator = start_simulator(world="live")
    exporter = start_exporter(simulator.configuration).await_ready()
    prometheus = start_prometheus(exporter.addresses[0])

    def agrees() -> bool:
        known = {
            (labels["project"], labels["compare_job_id"]): labels["status"]
            for labels, _ in prometheus.query(f"{TASK}_status == 1")
        }
        assert known
        # A live world moves on between two looks; the next look will agree.
        truth = simulator.tasks()
        for key, status in known.items():
            assert key in truth, f"the cloud does not know {key}"
            assert truth[key]["status"] == status, f"{key}: {status} instead of {truth[key]}"
        for field, metric in [("start_time", "start"), ("end_time", "end")]:
            times = prometheus_knows(prometheus, f"{TASK}_{metric}_timestamp_seconds")
            expected = {key: cloud.read(truth[key][field]) for key in known if truth[key].get(field)}
            assert times == expected, f"{metric}: {set(times.items()) ^ set(expected.items())}"
        durations = prometheus_knows(prometheus, f"{TASK}_duration_seconds")
        for key in known:
            task = truth[key]
            assert key in durations or not task.get("start_time"), f"no duration of {key}"
            if task["status"] in cloud.ENDED and task.get("end_time"):
                assert durations[key] == cloud.read(task["end_time"]) - cloud.read(task["start_time"])
            elif task.get("start_time"):
                assert 0 <= cloud.now() - cloud.read(task["start_time"]) - durations[key] <= 6
        return True

    exporter.process.wait_for("agreement of Prometheus and cloud", agrees, 90)

    def has_all_jobs() -> bool:
        compared = {
            (project["name"], job["id"])
            for project in simulator.truth()["projects"]
            for job in project["jobs"]
            if job["tasks"]
        }
        found = prometheus.query("drs_health_comparison_last_status")
        return {(labels["project"], labels["job_id"]) for labels, _ in found} == compared

    exporter.process.wait_for("all jobs that have comparisons", has_all_jobs)
    wait_for("a good scrape", lambda: [target["health"] for target in prometheus.targets()] == ["up"])
    metadata = prometheus.metadata()
    assert metadata["drs_health_comparison_task_duration_seconds"][0]["type"] == "gauge"


def test_prometheus_gets_openmetrics_and_reads_it_without_complaint(start_simulator, start_exporter, start_prometheus):
    """Prometheus asks for OpenMetrics first; types of counters tell which of the two it has read."""
    simulator = start_simulator(world="quiet")
    exporter = start_exporter(simulator.configuration).await_ready()
    prometheus = start_prometheus(exporter.addresses[0])
    prometheus.process.wait_for("the first scrape", lambda: prometheus.query("up == 1"))
    # Text has the counter's name with `_total`, OpenMetrics names the family without it.
    assert "drs_exporter_api_requests" in prometheus.metadata()
    assert prometheus.query("drs_exporter_api_requests_total")
    assert "err" not in "".join(line for line in prometheus.process.stderr.splitlines() if "scrape" in line)


def add_named(simulator, names) -> None:
    for number, name in enumerate(names):
        simulator.add_job(f"job-{number}", name=name)
        start = cloud.written(cloud.now() - 100)
        simulator.add_task(f"job-{number}", f"task-{number}", status="SUCCESSFUL", start_time=start, end_time=start)


@pytest.mark.parametrize("kind", NAMES, ids=list(NAMES))
def test_any_job_name_comes_through_both_formats(simulator, start_exporter, kind):
    name = NAMES[kind]
    add_named(simulator, [name])
    exporter = start_exporter(configuration(project(simulator, jobs=["job-0"]))).await_ready()
    exporter.eventually("the job's name", lambda page: page.has("drs_job_up", job_name=name))
    text, openmetrics = exporter.scrape(), exporter.scrape_openmetrics()
    for page in (text, openmetrics):
        assert page.value("drs_job_up", job_name=name) == 1
        assert page.status(job_name=name) == "SUCCESSFUL"
    assert not promtool_check_metrics(text.text)


def test_a_real_prometheus_takes_all_these_names_at_once(simulator, start_exporter, start_prometheus):
    add_named(simulator, NAMES.values())
    ids = [f"job-{number}" for number in range(len(NAMES))]
    exporter = start_exporter(configuration(project(simulator, jobs=ids))).await_ready()
    prometheus = start_prometheus(exporter.addresses[0])
    prometheus.process.wait_for(
        "all names",
        lambda: (
            {labels.get("job_name", "") for labels, _ in prometheus.query("drs_job_up == 1")} == set(NAMES.values())
        ),
    )


def test_both_formats_say_the_same(start_simulator, start_exporter):
    simulator = start_simulator(world="quiet")
    exporter = start_exporter(simulator.configuration).await_ready()

    def both():
        text, openmetrics = exporter.scrape(), exporter.scrape_openmetrics()
        assert text.as_set(MOVING) == openmetrics.as_set(MOVING)
        return text, openmetrics

    # The two scrapes are two moments; the quiet world lets them be alike once everything was asked.
    text, openmetrics = wait_for("the same in both", both)
    assert len(text.as_set(MOVING)) > 100
    assert text.names() - openmetrics.names() <= {name for name in text.names() if name.startswith(MOVING)}
    assert openmetrics.text.endswith("# EOF\n") and "# EOF" not in text.text


def test_promtool_has_no_complaint(start_simulator, start_exporter):
    simulator = start_simulator(world="live")
    exporter = start_exporter(simulator.configuration).await_ready()
    text = exporter.get("/metrics").content.decode()
    assert promtool_check_metrics(text) == ""


def test_every_metric_of_the_contract_is_there_with_its_type(start_simulator, start_exporter):
    simulator = start_simulator(world="live")
    exporter = start_exporter(simulator.configuration).await_ready()
    of_tasks = [f"task_{name}" for name in ("info", "status", "start_timestamp_seconds", "end_timestamp_seconds")]
    of_jobs = ["last_status", "last_start_timestamp_seconds", "last_end_timestamp_seconds", "last_duration_seconds"]
    gauges = [f"drs_health_comparison_{name}" for name in (*of_tasks, "task_duration_seconds", *of_jobs)]
    gauges += ["drs_health_comparison_last_success_timestamp_seconds", "drs_health_comparison_retained_tasks"]
    of_verdicts = ("last_consistent_timestamp_seconds", "consistent", "objects", "object_verdict")
    of_schedules = ("policy_status", "next_scheduled_timestamp_seconds", "last_scheduled_timestamp_seconds")
    gauges += [f"drs_health_comparison_{name}" for name in (*of_verdicts, *of_schedules)]
    gauges += ["drs_job_info", "drs_job_status", "drs_exporter_api_rate_limit", "drs_exporter_refresh_delay_seconds"]
    gauges += ["drs_job_up", "drs_job_last_refresh_timestamp_seconds", "drs_project_info", "drs_project_up"]
    gauges += ["drs_project_jobs", "drs_exporter_build_info", "drs_exporter_config_last_reload_successful"]
    gauges += ["drs_exporter_config_last_reload_success_timestamp_seconds", "process_start_time_seconds"]
    counters = ["drs_health_comparison_ended_tasks", "drs_exporter_api_requests", "drs_exporter_invalid_responses"]
    histograms = ["drs_exporter_api_request_duration_seconds", "drs_exporter_refresh_duration_seconds"]
    expected = {name: "gauge" for name in gauges}
    expected |= {name: "counter" for name in counters} | {name: "histogram" for name in histograms}
    page = exporter.eventually(
        "all of them", lambda page: {name: page.types.get(name) for name in expected} == expected and page
    )
    for line in page.text.splitlines():
        if line.startswith("# HELP "):
            assert len(line.split(" ", 3)) == 4, f"no help: {line}"


def fetch(exporter: Exporter, **headers: str) -> tuple[bytes, str]:
    """The bytes as they are sent: `requests` would unpack them."""
    request = urllib.request.Request(f"{exporter.url}/metrics", headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return answer.read(), answer.headers.get("Content-Encoding", "")


@pytest.mark.parametrize("accept", ["text/plain", OPENMETRICS], ids=["text", "OpenMetrics"])
def test_gzip_holds_the_same_bytes(start_simulator, start_exporter, accept):
    simulator = start_simulator(world="quiet", jobs=100)
    exporter = start_exporter(simulator.configuration).await_ready()
    plain, encoding = fetch(exporter, Accept=accept)
    assert encoding == ""
    packed, encoding = fetch(exporter, **{"Accept": accept, "Accept-Encoding": "gzip"})
    assert encoding == "gzip" and len(packed) < len(plain) / 4

    def steady(page: bytes) -> list[str]:
        moving = ("process_", "drs_exporter_", "drs_job_last_refresh")
        return [line for line in page.decode().splitlines() if not line.startswith(moving)]

    assert steady(gzip.decompress(packed)) == steady(plain)
