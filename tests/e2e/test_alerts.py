"""The alert rules: each is tested, explained, made into a PrometheusRule, and at home in a real Prometheus."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.prometheus import Prometheus, tool

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "alerts/drs-exporter.rules.yml"
MADE = ROOT / "alerts/prometheusrule.yaml"
TESTS = ROOT / "alerts/tests"
RUNBOOKS = ROOT / "docs/runbooks"

SEVERITIES = {"critical", "warning", "info"}
HEADINGS = ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation", "## When to ignore"]
# What an alert may be told apart by: nothing that changes while the trouble stays.
LASTING_LABELS = {"project", "job_id", "operation", "job", "severity", "alertname", "alertstate"}
# Of Prometheus itself.
FOREIGN_METRICS = {"up"}
# The unit tests of one alert take up to twenty seconds on a quiet machine.
PROMTOOL_SECONDS = 400
# Alerts without anything to name.
OF_NOTHING = {"DrsExporterAbsent"}


def groups() -> list[dict[str, Any]]:
    return yaml.safe_load(SOURCE.read_text())["groups"]


def rules(kind: str) -> dict[str, dict[str, Any]]:
    """All rules of a kind, `alert` or `record`, by name."""
    found = [rule for group in groups() for rule in group["rules"] if kind in rule]
    names = [rule[kind] for rule in found]
    assert len(names) == len(set(names)), "a name stands twice"
    return dict(zip(names, found, strict=True))


ALERTS = rules("alert")


@cache
def unit_tests(alert: str) -> list[dict[str, Any]]:
    return yaml.safe_load((TESTS / f"{alert}.yml").read_text())["tests"]


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run(
        [tool("promtool"), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=PROMTOOL_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_takes_the_rules():
    promtool("check", "rules", "--lint=all", "--lint-fatal", SOURCE)


@pytest.mark.timeout(PROMTOOL_SECONDS + 20)
@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_unit_tests_pass(alert):
    promtool("test", "rules", TESTS / f"{alert}.yml")


def test_there_is_no_unit_test_of_an_alert_that_is_gone():
    assert {path.stem for path in TESTS.glob("*.yml")} == set(ALERTS)


def test_the_prometheusrule_is_what_the_rules_say():
    subprocess.run([sys.executable, ROOT / "scripts/alerts", "--check"], check=True, timeout=60)
    made = yaml.safe_load(MADE.read_text())
    assert (made["apiVersion"], made["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert made["spec"]["groups"] == groups()


def test_one_option_sets_where_the_runbooks_are(tmp_path):
    for path in (SOURCE, MADE, ROOT / "scripts/alerts"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    command = [sys.executable, tmp_path / "scripts/alerts"]
    subprocess.run([*command, "--runbook-base=https://wiki.test/drs/"], check=True, timeout=60)
    for path in (SOURCE, MADE):
        text = (tmp_path / path.relative_to(ROOT)).read_text()
        assert len(re.findall(r"runbook_url: https://wiki\.test/drs/Drs\w+\.md\n", text)) == len(ALERTS)
    subprocess.run([*command, "--check"], check=True, timeout=60)
    (tmp_path / "alerts/prometheusrule.yaml").write_text("groups: []\n")
    assert subprocess.run([*command, "--check"], check=False, capture_output=True, timeout=30).returncode == 1


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_an_alert_tells_what_a_person_needs(alert):
    rule = ALERTS[alert]
    assert rule["labels"].keys() == {"severity"} and rule["labels"]["severity"] in SEVERITIES
    annotations = rule["annotations"]
    assert annotations.keys() == {"summary", "description", "runbook_url"}
    assert annotations["runbook_url"].endswith(f"/{alert}.md")
    assert "for" in rule, "one odd answer must not wake anybody"
    if alert not in OF_NOTHING:
        for text in ("summary", "description"):
            assert "$labels." in annotations[text] or alert.startswith("DrsExporter"), f"{text} names nobody"
        assert "$labels." in annotations["description"]


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_a_unit_test_shows_it_firing_and_another_shows_it_silent(alert):
    """Firing with its whole text and without a break; silent in a test of its own, where it never fires."""
    severity = ALERTS[alert]["labels"]["severity"]
    expected = [case["exp_alerts"] for test in unit_tests(alert) for case in test.get("alert_rule_test", [])]
    for alerts in expected:
        for one in alerts:
            assert one["exp_labels"]["severity"] == severity
            assert one["exp_annotations"].keys() == {"summary", "description", "runbook_url"}
            assert one["exp_labels"].keys() <= LASTING_LABELS
            if "job_id" in one["exp_labels"]:
                assert all(
                    one["exp_labels"]["project"] in one["exp_annotations"][text] for text in ("summary", "description")
                )
    assert any(expected), "no test expects its text"

    def outcomes(test: dict[str, Any]) -> list[tuple[str, bool]]:
        cases = [case for case in test["promql_expr_test"] if f'alertname="{alert}"' in case["expr"]]
        return [(case["expr"], bool(case["exp_samples"])) for case in cases]

    told = [outcomes(test) for test in unit_tests(alert)]
    assert any(fires and "count_over_time" in expr for test in told for expr, fires in test), "none without a break"
    assert any({True, False} == {fires for _, fires in test} for test in told), "none begins or ends"
    assert any(test and not any(fires for _, fires in test) for test in told), "none is silent just below"


@pytest.mark.parametrize("alert", [alert for alert in sorted(ALERTS) if alert.startswith(("DrsHealth", "DrsJob"))])
def test_unit_tests_of_jobs_have_a_restart_a_gap_and_a_new_name(alert):
    for test in unit_tests(alert):
        series = [line for line in test["input_series"] if line["series"].startswith("drs_job_up{")]
        names = {re.search(r'job_name="([^"]*)"', line["series"])[1] for line in series}
        values = " ".join(line["values"] for line in series)
        if len(names) >= 2 and "stale _x7 " in values and " _x10 " in values:
            return
    pytest.fail("no test has all three")


def test_runbooks_are_there_and_have_what_one_needs_at_night():
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == set(ALERTS)
    for path in sorted(RUNBOOKS.glob("*.md")):
        lines = path.read_text().splitlines()
        assert lines[0] == f"# {path.stem}"
        assert [line for line in lines if line.startswith("## ")] == HEADINGS, path.name
        assert "```promql" in path.read_text(), f"{path.name} has nothing to ask"


def links(path: Path) -> set[Path]:
    """Files that a page links to."""
    targets = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text())
    return {(path.parent / target).resolve() for target in targets}


def test_links_of_the_pages_lead_somewhere():
    for page in (ROOT / "docs/alerts.md", *RUNBOOKS.glob("*.md")):
        missing = {target for target in links(page) if not target.exists()}
        assert not missing, f"{page.name}: {missing}"


def test_the_page_lists_each_alert_as_it_is():
    text = (ROOT / "docs/alerts.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| (\w+) \| .+ \| (\w+) \| .+ \|$", text, re.MULTILINE)
    listed = {name: (page, severity, after) for name, page, severity, after in rows}
    assert len(rows) == len(listed)
    assert listed == {name: (name, rule["labels"]["severity"], rule["for"]) for name, rule in ALERTS.items()}


def documented_metrics() -> set[str]:
    text = (ROOT / "docs/metrics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE)
    ends = {"histogram": ["_bucket", "_sum", "_count"]}
    return {name + end for name, kind in rows for end in ends.get(kind, [""])}


def names_in(expression: str) -> set[str]:
    """Names of metrics, and of recorded series, that an expression asks for."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|#.*', "", expression)
    return set(re.findall(r"\b(?:drs|process)_[\w:]+|\bup\b", bare))


def promql_of(page: Path) -> list[str]:
    blocks = re.findall(r"```promql\n(.*?)```", page.read_text(), re.DOTALL)
    return [query.strip() for block in blocks for query in re.split(r"\n\s*\n", block)]


def expressions() -> list[tuple[str, str]]:
    """Where one stands, and the expression: rules, queries within their texts, queries of the pages."""
    found = [(name, rule["expr"]) for kind in ("record", "alert") for name, rule in rules(kind).items()]
    for name, rule in ALERTS.items():
        for text in rule["annotations"].values():
            found += [(name, query) for query in re.findall(r'printf "([^"]*drs_[^"]*)"', text)]
    pages = [ROOT / "docs/alerts.md", *RUNBOOKS.glob("*.md")]
    return found + [(page.name, query) for page in pages for query in promql_of(page)]


def test_every_metric_that_is_named_exists():
    recorded = set(rules("record"))
    known = documented_metrics() | recorded | FOREIGN_METRICS
    # What users record, by docs/alerts.md.
    overrides = {name.replace(":threshold", ":override") for name in recorded if name.endswith(":threshold")}
    unknown = {(where, name) for where, query in expressions() for name in names_in(query) - known - overrides}
    assert not unknown
    unused = recorded - {name for _, query in expressions() for name in names_in(query)}
    assert not unused, "recorded, and no alert, no other rule and no page asks for it"


def test_every_threshold_can_be_set_and_the_page_says_so():
    text = (ROOT / "docs/alerts.md").read_text()
    thresholds = {
        name.removesuffix(":threshold"): rule for name, rule in rules("record").items() if ":threshold" in name
    }
    assert thresholds
    for name, rule in thresholds.items():
        assert rule["expr"].count(f"{name}:override") == 2, f"{name}: by job, by project"
        assert f"`{name}:override`" in text
    assert set(re.findall(r"`(drs_job:\w+):override`", text)) == set(thresholds)


def faster(text: str) -> str:
    """The same rules, evaluated every second; nothing has to last."""
    return re.sub(r"(?m)^(\s+for: ).*$", r"\g<1>0s", text.replace("interval: 1m", "interval: 1s"))


def test_a_real_prometheus_evaluates_all_of_it_over_the_demo(start_exporter, tmp_path, programs):
    """Every rule, every query in a text or on a page: no error, no many-to-many, no text that cannot be made."""
    exporter = start_exporter(None, "demo").await_ready()
    (tmp_path / "rules.yml").write_text(faster(SOURCE.read_text()))
    prometheus = Prometheus(tmp_path / "prometheus", [exporter.addresses[0]], rules=[tmp_path / "rules.yml"])
    programs.append(prometheus)

    def all_evaluated() -> list[dict[str, Any]]:
        found = prometheus.rules()
        assert len(found) == len(rules("record")) + len(ALERTS)
        assert all(rule["health"] == "ok" for rule in found), [rule for rule in found if rule["health"] != "ok"]
        fires = {rule["name"] for rule in found if rule["type"] == "alerting" and rule["alerts"]}
        # The demo has a job that always fails and one that always differs.
        assert fires >= {"DrsHealthComparisonFailed", "DrsHealthComparisonInconsistentRepeatedly"}, fires
        return found

    found = prometheus.process.wait_for("rules that are all well", all_evaluated, 90)
    jobs = {(labels["project"], labels["job_id"]): labels["job_name"] for labels, _ in prometheus.query("drs_job_up")}
    for rule in found:
        for alert in rule.get("alerts", []):
            assert alert["labels"].keys() <= LASTING_LABELS, alert
            for text in alert["annotations"].values():
                assert "<no value>" not in text and "<error" not in text and "{{" not in text, text
            if "job_id" in alert["labels"]:
                name = jobs[alert["labels"]["project"], alert["labels"]["job_id"]]
                assert name in alert["annotations"]["summary"] and name in alert["annotations"]["description"]
    for where, query in expressions():
        assert prometheus.query(query.replace("%q", '"payments"')) is not None, where
    said = prometheus.process.stderr + prometheus.process.stdout
    assert "many-to-many" not in said and "level=warn" not in said, said
