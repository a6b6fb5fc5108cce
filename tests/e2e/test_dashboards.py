"""The dashboards: every query answers in the demo, Grafana's own types know every word, limits are the alerts'."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from grafana_foundation_sdk.models import units
from support import cloud, grafana
from support.exporter import Exporter
from support.grafana_types import compile_all, lost_by_the_sdk
from support.prometheus import Prometheus, tool
from support.scaling import Scale
from support.simulator import Control
from support.waiting import wait_for

FOLDER = grafana.ROOT / "dashboards"
DASHBOARDS = {path.stem: grafana.load(path) for path in grafana.FILES}
RULES = (grafana.ROOT / "alerts/drs-exporter.rules.yml").read_text()
PARSED_RULES = [rule for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in PARSED_RULES if "alert" in rule}
METRICS = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", (grafana.ROOT / "docs/metrics.md").read_text(), re.MULTILINE))
# One demo and one Prometheus for all who ask: on one worker.
in_the_demo = pytest.mark.xdist_group("dashboards")
each_dashboard = pytest.mark.parametrize("name", sorted(DASHBOARDS))

# Panels of which a query has nothing to say in the demo, and why. They must run without an error all the same.
MAY_BE_EMPTY = {
    "Accounts by verdict": "the demo's configuration does not ask for accounts",
    "Verdict": "the same: one of its strips is about accounts",
    "Late by": "only while a run is late, which in the demo lasts for seconds",
}
# Metrics that neither a dashboard nor an alert needs, and why.
NOT_USED: dict[str, str] = {}

# The demo lives fast, a run every few minutes: the rules do, too.
SCALE = Scale(60, least_range_ms=4000)
# A metric of each dashboard that is asked for alone.
ALONE = {
    "drs-overview": "drs_health_comparison_consistent",
    "drs-job": "drs_health_comparison_last_duration_seconds",
    "drs-exporter": "drs_exporter_refresh_delay_seconds",
}
# What a name of a metric looks like; recorded ones have colons.
NAME = re.compile(r"\b(?:drs|process)_\w+(?::\w+)*")


def expressions(dashboard: dict) -> list[str]:
    """All queries of panels, annotations and variables."""
    variables = [
        variable["query"]["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"
    ]
    return [question.expr for question in grafana.questions(dashboard)] + variables


def known_names() -> set[str]:
    """The catalogue's names and what rules record; a histogram by its parts."""
    names = {rule["record"] for rule in PARSED_RULES if "record" in rule}
    for metric, kind in METRICS.items():
        names |= {f"{metric}_{part}" for part in ("bucket", "count", "sum")} if kind == "histogram" else {metric}
    return names


def mentioned(texts: Iterator[str] | list[str]) -> set[str]:
    """The metrics in these expressions; what stands in quotes is none."""
    return {name for text in texts for name in NAME.findall(re.sub(r'"[^"]*"', '""', text))}


@pytest.fixture(scope="module")
def demo(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A demo in which also something went wrong, and a Prometheus with the alerts that has watched it for a while."""
    folder = tmp_path_factory.mktemp("dashboards")
    rules = folder / "rules.yml"
    rules.write_text(SCALE.rules(RULES))
    exporter = Exporter(binary, folder / "exporter", None, ["demo"])
    prometheus = None
    try:
        exporter.await_ready()
        prometheus = Prometheus(folder / "prometheus", [exporter.addresses[0]], rule_files=[str(rules)])
        story = exporter.process.story
        wait_for("a first scrape", lambda: prometheus.query("drs_exporter_api_requests_total"), story=story)
        found = exporter.process.wait_for(
            "the simulated cloud's address",
            lambda: re.search(r"simulated cloud: *(http://[^\s\"]+)", exporter.process.stdout),
        )
        control = Control(found.group(1).rstrip("/"))
        # A few answers that refuse, and a run whose times contradict each other. Not enough to close a project.
        for project in control.truth()["projects"]:
            job, (project_id, _) = project["jobs"][0]["id"], cloud.PROJECTS[project["name"]]
            for kind, more in (("forbidden", {}), ("throttle", {"retry_after": 1})):
                control.fault(kind, project_id=project_id, times=2, operation="ShowHealthCompareJobList", **more)
            control.add_task(
                job, f"backwards-{project['name']}", type="lines", status="SUCCESSFUL",
                start_time="2024-04-07T10:00:09Z", end_time="2024-04-07T10:00:01Z",
            )  # fmt: skip
        yield SimpleNamespace(prometheus=prometheus, exporter=exporter)
    finally:
        if prometheus:
            prometheus.stop()
        exporter.stop()


def run(dashboard: dict, prometheus: Prometheus) -> dict[tuple[str, str], int]:
    """How many series each query has, over all choices of the variables together; a query that fails ends the test."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    end = time.time()
    for chosen in grafana.choices(dashboard, prometheus):
        for question in grafana.questions(dashboard):
            expr = question.filled(chosen)
            assert "$" not in expr, f"{question.panel}: a variable that nobody fills: {expr}"
            if question.instant:
                answer = len(prometheus.query(expr, end))
            else:
                answer = len(prometheus.query_range(expr, end - grafana.RANGE_SECONDS, end, grafana.STEP_SECONDS))
            found[question.panel, question.expr] += answer
    return found


def without_data(dashboard: dict, prometheus: Prometheus) -> list[tuple[str, str]]:
    return [query for query, count in run(dashboard, prometheus).items() if not count and query[0] not in MAY_BE_EMPTY]


@in_the_demo
@each_dashboard
def test_every_query_answers_in_the_demo(demo, name):
    wait_for(
        "answers to all queries",
        lambda: not without_data(DASHBOARDS[name], demo.prometheus),
        100,
        lambda: "\n".join(
            f"no data: {panel}: {expr}" for panel, expr in without_data(DASHBOARDS[name], demo.prometheus)
        ),
    )


@in_the_demo
@each_dashboard
def test_a_metric_of_another_name_is_noticed(demo, name):
    """The tests above are worth something: no metric can be renamed without the catalogue noticing, and where no `or`
    stands beside it, the query falls silent."""
    text = json.dumps(DASHBOARDS[name])
    for metric in sorted(mentioned(expressions(DASHBOARDS[name]))):
        broken = json.loads(re.sub(rf"\b{metric}\b", f"{metric}_gone", text))
        assert f"{metric}_gone" in mentioned(expressions(broken)) - known_names(), metric
    metric = ALONE[name]
    broken = json.loads(re.sub(rf"\b{metric}\b", f"{metric}_gone", text))
    silent = {panel for panel, expr in without_data(broken, demo.prometheus) if f"{metric}_gone" in expr}
    assert silent, metric


@in_the_demo
@each_dashboard
def test_trouble_has_names(demo, name):
    """A row about a job says which; joins lose labels easily."""
    for panel in grafana.panels(DASHBOARDS[name]):
        shown = panel["transformations"][-1]["options"]["indexByName"] if panel["type"] == "table" else {}
        if not {"job_id", "job_name"} <= shown.keys():
            continue
        chosen = next(grafana.choices(DASHBOARDS[name], demo.prometheus))
        for target in panel["targets"]:
            for labels, _ in demo.prometheus.query(grafana.fill(target["expr"], chosen)):
                assert "job_name" in labels or "job_id" not in labels, f"{panel['title']}: {labels}\n{target['expr']}"


@each_dashboard
def test_every_metric_is_in_the_catalogue_or_recorded(name):
    assert mentioned(expressions(DASHBOARDS[name])) - known_names() == set()


def test_every_metric_of_the_catalogue_is_used():
    texts = [text for dashboard in DASHBOARDS.values() for text in expressions(dashboard)]
    texts += [rule["expr"] for rule in PARSED_RULES]
    used = {re.sub(r"_(bucket|count|sum)$", "", name) if name not in METRICS else name for name in mentioned(texts)}
    assert set(METRICS) - used == set(NOT_USED)


def test_the_files_are_what_their_source_says():
    done = subprocess.run(
        [sys.executable, grafana.ROOT / "scripts/dashboards", "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@each_dashboard
def test_grafanas_sdk_knows_every_word(name):
    assert lost_by_the_sdk(DASHBOARDS[name]) == []


def test_grafanas_sdk_notices_a_mistake():
    broken = copy.deepcopy(DASHBOARDS["drs-overview"])
    panel = grafana.panels(broken)[0]
    panel["options"]["colourMode"] = panel["options"].pop("colorMode")
    assert lost_by_the_sdk(broken)


def test_grafanas_types_for_typescript_accept_every_word_and_notice_mistakes(tmp_path):
    broken = copy.deepcopy(DASHBOARDS["drs-job"])
    by_kind = {panel["type"]: panel for panel in grafana.panels(broken)}
    by_kind["stat"]["options"]["textMode"] = "names"
    by_kind["table"]["fieldConfig"]["defaults"]["custom"]["colour"] = "red"
    by_kind["timeseries"]["gridPos"]["width"] = 3
    said = compile_all(DASHBOARDS | {"broken": broken}, tmp_path / "types")
    complaints = [line for line in said.splitlines() if "error TS" in line]
    assert complaints and all("broken.ts" in line for line in complaints), said
    assert all(word in said for word in ('"names"', "colour", "width")), said


@each_dashboard
def test_panels_have_a_place_of_their_own(name):
    taken: dict[tuple[int, int], str] = {}
    numbers = [panel["id"] for panel in DASHBOARDS[name]["panels"]]
    assert len(set(numbers)) == len(numbers)
    for panel in DASHBOARDS[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} covers {taken[x, y]}"
                taken[x, y] = panel["title"]


@each_dashboard
def test_panels_say_what_they_show(name):
    known = {value for value in vars(units).values() if isinstance(value, str)}
    titles = [panel["title"] for panel in grafana.panels(DASHBOARDS[name])]
    assert len(set(titles)) == len(titles)
    for panel in grafana.panels(DASHBOARDS[name]):
        assert panel["description"].endswith("."), panel["title"]
        used = [panel["fieldConfig"]["defaults"]["unit"]]
        for override in panel["fieldConfig"]["overrides"]:
            used += [each["value"] for each in override["properties"] if each["id"] == "unit"]
        assert set(used) <= known, panel["title"]
        # A number over time or a bar without any unit says nothing.
        if panel["type"] in ("timeseries", "bargauge", "heatmap"):
            assert used[0] != "none", panel["title"]


@in_the_demo
@pytest.mark.parametrize("name", sorted(set(DASHBOARDS) - {"drs-job"}))
def test_no_graph_has_a_series_for_each_job(demo, name):
    """Good at 3,000 jobs: whatever is no table does not grow with them."""
    jobs = len(demo.prometheus.query("count by (project, job_id) (drs_job_up)"))
    chosen = next(grafana.choices(DASHBOARDS[name], demo.prometheus))
    for panel in grafana.panels(DASHBOARDS[name]):
        for target in panel["targets"]:
            found = demo.prometheus.query(grafana.fill(target["expr"], chosen))
            is_bounded = panel["type"] == "table" or len(found) < jobs
            assert is_bounded, f"{panel['title']}: {len(found)} series for {jobs} jobs"
            if panel["type"] != "table":
                assert not any("job_id" in labels for labels, _ in found), panel["title"]


# Where an alert's limit must be seen: the alert, the number in its rules, the panels with a threshold of that.
LIMITS = {
    ("DrsHealthComparisonNotConsistentForTooLong", 172800): ("Last found consistent", "Oldest proof"),
    ("DrsHealthComparisonMissed", 1800): ("Late by", "Start after the time due"),
    ("DrsJobDataStale", 2700): ("Refreshed", "Age of what is shown", "Oldest data", "Oldest data by project"),
    ("DrsProjectDiscoveryStale", 3600): ("Projects", "Age of the list of jobs"),
    ("DrsExporterRefreshDelayed", 180): ("Longest wait", "Waiting for a turn"),
    ("DrsExporterThrottled", 0.05): ("Throttled",),
    ("DrsExporterInvalidResponses", 5): ("Invalid answers",),
    ("DrsHealthComparisonRunningLong", 3): ("Longer than usual",),
}


def steps_of(panel: dict) -> set[float]:
    configurations = [panel["fieldConfig"]["defaults"]["thresholds"]]
    for override in panel["fieldConfig"]["overrides"]:
        configurations += [each["value"] for each in override["properties"] if each["id"] == "thresholds"]
    return {step["value"] for configuration in configurations for step in configuration["steps"]}


@pytest.mark.parametrize(("alert", "limit"), LIMITS)
def test_thresholds_are_the_alerts(alert, limit):
    recorded = {rule["record"]: rule["expr"] for rule in PARSED_RULES if "record" in rule}
    # The alert itself, and what it compares with, down to the numbers.
    said, seen = ALERTS[alert]["expr"], set()
    while names := {name for name in re.findall(r"drs_job:\w+:(?:threshold|default)", said)} - seen:
        seen |= names
        said += "".join(f"\n{recorded[name]}" for name in names)
    assert re.search(rf"(?<![\w.]){re.escape(f'{limit:g}')}(?![\w.])", said), f"{alert} has another limit now:\n{said}"
    panels = {panel["title"]: panel for dashboard in DASHBOARDS.values() for panel in grafana.panels(dashboard)}
    for title in LIMITS[alert, limit]:
        assert limit in steps_of(panels[title]), f"{title}: {steps_of(panels[title])}"


def test_alerts_in_the_table_of_trouble_exist_and_have_a_runbook():
    (panel,) = (panel for panel in grafana.panels(DASHBOARDS["drs-overview"]) if panel["title"] == "Jobs with trouble")
    named = set(re.findall(r'"alert", "(\w+)"', panel["targets"][0]["expr"]))
    about_jobs = {name for name in ALERTS if name.startswith(("DrsHealthComparison", "DrsJob"))}
    # Said once for a whole project, not for a job.
    assert named - {"DrsProjectUnauthorised", "DrsProjectUnreachable"} == about_jobs - {
        "DrsHealthComparisonVerdictsMissing"
    }
    links = [
        link["url"]
        for override in panel["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "links"
        for link in each["value"]
    ]
    runbook = next(link for link in links if "${__data.fields.alert}" in link)
    for alert in named:
        assert (grafana.ROOT / f"docs/runbooks/{alert}.md").is_file()
        assert runbook.replace("${__data.fields.alert}", alert) == ALERTS[alert]["annotations"]["runbook_url"]
        assert (
            f'"urgency", "{dict(critical=1, warning=2, info=3)[ALERTS[alert]["labels"]["severity"]]}"'
            in panel["targets"][0]["expr"]
        )


@in_the_demo
def test_the_table_of_trouble_says_what_the_alerts_say(demo):
    """No trouble is overlooked that an alert sees, and none is made up; only the alert's `for` is not waited for."""
    (panel,) = (panel for panel in grafana.panels(DASHBOARDS["drs-overview"]) if panel["title"] == "Jobs with trouble")
    expr = grafana.fill(panel["targets"][0]["expr"], next(grafana.choices(DASHBOARDS["drs-overview"], demo.prometheus)))

    def row(labels: dict[str, str], alert: str) -> tuple[str, str, str]:
        # Where it went wrong again and again, the table has one row for both alerts.
        return alert.removesuffix("Repeatedly"), labels["project"], labels.get("job_id", "")

    def they_agree() -> bool:
        # Rules are evaluated every second: ask for a moment that has passed.
        moment = time.time() - 2
        table = {row(labels, labels["alert"]) for labels, _ in demo.prometheus.query(expr, moment)}
        named = "|".join(re.findall(r'"alert", "(\w+)"', expr))
        alerts = demo.prometheus.query(f'ALERTS{{alertname=~"{named}"}}', moment)
        expected = {row(labels, labels["alertname"]) for labels, _ in alerts}
        assert table == expected, f"only in the table: {table - expected}; only alerts: {expected - table}"
        return len(table) > 5

    wait_for("agreement", they_agree, 90)


def test_links_lead_to_dashboards_and_variables_that_exist():
    variables = {
        dashboard["uid"]: {variable["name"] for variable in dashboard["templating"]["list"]}
        for dashboard in DASHBOARDS.values()
    }
    for name, dashboard in DASHBOARDS.items():
        assert dashboard["uid"] == name and dashboard["tags"] == ["drs-exporter"]
        urls = re.findall(r'"url": "(/d/[^"]+)"', json.dumps(dashboard))
        assert urls
        for url in urls:
            uid = re.match(r"/d/([\w-]+)/", url)[1]
            given = set(re.findall(r"var-(\w+)=", url)) | set(re.findall(r"\$\{(\w+):queryparam\}", url))
            assert given <= variables[uid], url
            assert set(re.findall(r"\$\{(\w+):queryparam\}", url)) <= variables[name], url


def compose_services() -> dict[str, dict]:
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]


def mounted(service: dict) -> dict[str, Path]:
    """Path in the container -> file or folder here; named volumes are left out."""
    pairs = (volume.split(":") for volume in service.get("volumes", []))
    return {inside: (FOLDER / here).resolve() for here, inside, *_ in pairs if here.startswith(".")}


def test_the_compose_file_mounts_what_exists_and_pins_what_it_pulls():
    services = compose_services()
    for name, service in services.items():
        assert all(path.exists() for path in mounted(service).values()), name
        assert set(service.get("depends_on", [])) <= set(services)
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        if "build" in service:
            assert (FOLDER / service["build"]["context"] / "Dockerfile").is_file()
        else:
            assert re.fullmatch(r"docker\.io/[\w/-]+:v?\d+\.\d+\.\d+", service["image"]), name


def test_prometheus_and_alertmanager_take_their_configuration_of_the_compose_file(tmp_path):
    services = compose_services()
    text = ""
    for inside, here in mounted(services["prometheus"]).items():
        if inside == "/etc/prometheus/prometheus.yml":
            text = here.read_text()
        else:
            (tmp_path / here.name).write_text(here.read_text())
    configuration = tmp_path / "prometheus.yml"
    configuration.write_text(text.replace("/etc/prometheus/rules/", f"{tmp_path}/"))
    (alerting,) = mounted(services["alertmanager"]).values()
    for command in (["promtool", "check", "config", configuration], ["amtool", "check-config", alerting]):
        done = subprocess.run([tool(command[0]), *command[1:]], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (
        f"{len(PARSED_RULES)} rules found"
        in subprocess.run(
            [tool("promtool"), "check", "config", configuration], capture_output=True, text=True, timeout=60, check=True
        ).stdout
    )
    # They find each other by the names of their services.
    for target in re.findall(r'targets: \["([\w-]+):', text):
        assert target in services


def test_grafana_finds_data_source_and_dashboards():
    grafana_service = compose_services()["grafana"]
    inside = mounted(grafana_service)
    (provider,) = yaml.safe_load((FOLDER / "provisioning/dashboards/drs-exporter.yaml").read_text())["providers"]
    assert {f"{provider['options']['path']}/{path.name}" for path in grafana.FILES} <= set(inside)
    assert grafana_service["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] in inside
    sources = yaml.safe_load((FOLDER / "provisioning/datasources/drs-exporter.yaml").read_text())["datasources"]
    assert [source["uid"] for source in sources if source["type"] == "prometheus" and source["isDefault"]]
    for source in sources:
        address = grafana_service["environment"][source["url"].removeprefix("$")]
        assert re.fullmatch(r"http://([\w-]+):\d+", address)[1] in compose_services()
