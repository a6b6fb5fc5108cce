"""From the cloud to the pager: each alert of alerts/drs-exporter.rules.yml fires on its incident and resolves when that
is mended, through the exporter, a real Prometheus and a real Alertmanager.

All incidents happen at once, in one world, each to a job, a project or an exporter of its own; then each alert has a
test that says what came of it. `UPDATE_DOCS=1` writes docs/alert-incidents.md, which otherwise must be as it would be
written.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT
from support.chain import Case, run
from support.incidents import COMPANIONS, INCIDENTS, WITHOUT_INCIDENT
from support.pager import Notification
from support.prometheus import tool
from support.world import FACTOR, HEALTHY, SCALE, World

RULES = ROOT / "alerts/drs-exporter.rules.yml"
PAGE = ROOT / "docs/alert-incidents.md"
# For all incidents together, and what is around them.
CHAIN_SECONDS = 240
IN_ALL_SECONDS = CHAIN_SECONDS + 240

# One process for the whole file: the world is made once.
pytestmark = [pytest.mark.xdist_group("chain"), pytest.mark.timeout(IN_ALL_SECONDS)]


def alerts_of(rules: str) -> list[str]:
    """The names in the rule file, each once, in its order."""
    return list(dict.fromkeys(re.findall(r"^\s*(?:- )?alert:\s*(\S+)", rules, re.MULTILINE)))


ALERTS = alerts_of(RULES.read_text())


@dataclass
class Outcome:
    cases: list[Case]
    told: list[Notification]
    seconds: float
    story: str


@pytest.fixture(scope="module")
def outcome(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """What came of all incidents."""
    started = time.monotonic()
    world = World(binary, tmp_path_factory.mktemp("chain"), RULES)
    try:
        cases = run(INCIDENTS, world, world.pager, CHAIN_SECONDS)
        yield Outcome(cases, world.pager.received(), time.monotonic() - started, world.story())
    finally:
        world.stop()


def name_of(incident) -> str:
    return f"{incident.alert}: {incident.what}"


@pytest.mark.parametrize("number", range(len(INCIDENTS)), ids=[name_of(incident) for incident in INCIDENTS])
def test_the_incident_reaches_the_pager_and_its_end_too(outcome, number):
    case = outcome.cases[number]
    incident = case.incident
    trouble = f"{case.story()}\nafter {outcome.seconds:.0f} s\n{outcome.story}"
    if case.error is not None:
        raise AssertionError(trouble) from case.error
    assert case.fired, f"never fired: {trouble}"
    assert case.resolved, f"never resolved: {trouble}"
    # Once each: an alert that comes and goes while the incident lasts wakes people for nothing.
    states = [one.status for one in outcome.told if one.alert == incident.alert and one.fits(incident.labels)]
    assert states == ["firing", "resolved"], f"{states}: {trouble}"
    told = case.fired
    assert told.labels["severity"] == incident.severity, told
    summary, whole = told.annotations["summary"], f"{told.annotations['summary']}\n{told.annotations['description']}"
    for word in incident.says:
        assert word in whole, f"does not say {word!r}: {whole}"
    if incident.says:
        assert incident.says[0] in summary or "job" in incident.labels, f"whom is it about? {summary}"
    for text in (*case.fired.annotations.values(), *case.resolved.annotations.values()):
        for mistake in ("<no value>", "{{", "}}", "NaN", "+Inf", "error expanding", "%!"):
            assert mistake not in text, text
    runbook = told.annotations["runbook_url"]
    assert runbook.startswith("https://") and incident.alert.lower() in runbook.lower(), runbook


def test_nothing_else_reached_the_pager(outcome):
    """An alert that comes with another one's incident is listed; what is well is never told of."""
    expected = [(incident.alert, incident.labels) for incident in INCIDENTS] + COMPANIONS
    strangers = {
        f"{told.alert} {told.labels}: {told.annotations.get('summary')}"
        for told in outcome.told
        if told.fires and not any(told.alert == alert and told.fits(labels) for alert, labels in expected)
    }
    assert not strangers, "\n".join(sorted(strangers))
    assert not [told for told in outcome.told if told.labels.get("job_id") == World.id_of(HEALTHY)]


def test_every_alert_has_its_incident():
    with_incident = {incident.alert for incident in INCIDENTS}
    assert ALERTS, f"no alerts in {RULES}"
    assert set(ALERTS) - with_incident == set(WITHOUT_INCIDENT), "an alert without incident, or a reason for nothing"
    assert with_incident <= set(ALERTS), "an incident for an alert that does not exist"
    assert all(WITHOUT_INCIDENT.values()), "the reason is missing"


def test_the_scaled_rules_are_the_same_rules(tmp_path):
    """Prometheus accepts them, and nothing but lengths of time differs."""
    text = RULES.read_text()
    scaled = SCALE.rules(text)
    path = tmp_path / "rules.yml"
    path.write_text(scaled)
    done = subprocess.run([tool("promtool"), "check", "rules", path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr

    def without_times(rules: str) -> str:
        rules = re.sub(rf"\(([\d.]+(?: \* \d+)?) / {FACTOR}\)", r"\1", rules)
        return re.sub(r"\b(?:\d+(?:ms|[smhdwy]))+\b", "TIME", rules)

    assert without_times(scaled) == without_times(text)
    assert len(alerts_of(scaled)) == len(ALERTS)


def listed() -> str:
    """docs/alert-incidents.md."""
    rows = [
        f"| `{alert}` | {incident.severity} | {incident.what} | {incident.mended} |"
        for alert in ALERTS
        for incident in INCIDENTS
        if incident.alert == alert
    ]
    lines = [
        "# Which incident each alert was seen to fire on",
        "",
        "<!-- Made from tests/e2e/support/incidents/. To change this page, change the incidents, then run"
        " tests/e2e/test_chain.py with UPDATE_DOCS=1. -->",
        "",
        "Each of these happens in a test, `tests/e2e/test_chain.py`: in the simulated cloud, to the exporter or to its",
        "configuration. The test waits until the alert reaches a webhook by way of the exporter, a real Prometheus with",
        "the rules of `alerts/` and a real Alertmanager; it mends the incident, and waits until the webhook hears of the",
        "resolution. Each of the two comes once; nothing else comes, but for alerts that belong to the same incident.",
        f"All times in the rules are divided by {FACTOR} for it, by a program, and no alert waits longer than",
        f"{SCALE.longest_for_ms // 1000} s.",
        "",
        "| Alert | Severity | It fires when | It resolves when |",
        "|---|---|---|---|",
        *rows,
    ]
    if WITHOUT_INCIDENT:
        lines += ["", "Without an incident in the test:", "", "| Alert | Why |", "|---|---|"]
        lines += [f"| `{alert}` | {why} |" for alert, why in WITHOUT_INCIDENT.items()]
    return "\n".join(lines) + "\n"


def test_the_list_of_incidents_in_the_documentation_is_up_to_date():
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(listed())
    assert PAGE.read_text() == listed(), "run this test with UPDATE_DOCS=1"
