"""What Grafana does between a dashboard's JSON and Prometheus: variables, macros, which questions are asked how."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .prometheus import Prometheus

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "dashboards").glob("*.json"))

Values = dict[str, list[str]]
ALL = "$__all"
# Beside the values: the variables of which only one value can be chosen, which Grafana does not make a pattern of.
SINGLE = "single"
# What is shown: the last five minutes, in steps of five seconds.
RANGE_SECONDS = 300
STEP_SECONDS = 5


@dataclass(frozen=True)
class Question:
    """One query of a panel or an annotation, variables still in it."""

    panel: str
    expr: str
    instant: bool

    def filled(self, chosen: Values) -> str:
        return fill(self.expr, chosen)


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """All panels but the headings."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def questions(dashboard: dict[str, Any]) -> Iterator[Question]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield Question(panel["title"], target["expr"], target["instant"])
    for annotation in dashboard["annotations"]["list"]:
        yield Question(f"annotation {annotation['name']}", annotation["expr"], False)


def _regular(value: str) -> str:
    """As Grafana's `prometheusSpecialRegexEscape`."""
    return re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", "\\\\\\\\"))


def fill(text: str, chosen: Values) -> str:
    """Puts values for variables and macros, as Grafana's data source for Prometheus does."""
    macros = {"$__rate_interval": "20s", "$__interval": f"{STEP_SECONDS}s", "$__range": f"{RANGE_SECONDS}s"}
    for macro, value in macros.items():
        text = re.sub(re.escape(macro) + r"\b", value, text)

    def value_of(found: re.Match[str]) -> str:
        values = chosen[found[1]]
        if values == [ALL]:
            return ".*"
        if found[1] in chosen[SINGLE]:
            return values[0].replace("\\", "\\\\").replace('"', '\\"')
        return _regular(values[0]) if len(values) == 1 else "(" + "|".join(map(_regular, values)) + ")"

    return re.sub(r"\$(\w+)", value_of, text)


def options(variable: dict[str, Any], prometheus: Prometheus, chosen: Values) -> list[tuple[str, str]]:
    """What can be chosen: (text, value)."""
    query = fill(variable["query"]["query"], chosen)
    if labels := re.fullmatch(r"label_values\((.+), (\w+)\)", query):
        return [(value, value) for value in prometheus.label_values(labels[2], labels[1])]
    asked = re.fullmatch(r"query_result\((.+)\)", query)
    assert asked, f"{variable['name']}: a query of an unknown kind: {query}"
    pattern = re.fullmatch(r"/(.+)/g", variable["regex"])
    assert pattern, variable["regex"]
    regex = re.compile(pattern[1].replace("(?<", "(?P<"))
    found = []
    for labels_of, value in prometheus.query(asked[1]):
        line = "{" + ",".join(f'{name}="{text}"' for name, text in labels_of.items()) + f"}} {value:g}"
        groups: dict[str, str] = {}
        for match in regex.finditer(line):
            groups |= {name: text for name, text in match.groupdict().items() if text is not None}
        found.append((groups.get("text", groups["value"]), groups["value"]))
    return sorted(found)


def choices(dashboard: dict[str, Any], prometheus: Prometheus) -> Iterator[Values]:
    """The variables filled: where several can be chosen with `All`, one and two values, else with each value in turn."""
    variables = [variable for variable in dashboard["templating"]["list"] if variable["type"] == "query"]

    def filled(rest: list[dict[str, Any]], chosen: Values) -> Iterator[Values]:
        if not rest:
            yield chosen
            return
        variable, *others = rest
        values = [value for _, value in options(variable, prometheus, chosen)]
        assert values, f"{dashboard['title']}: nothing to choose for {variable['name']}"
        ways = [[ALL], values[:1], values[:2]] if variable["multi"] else [[value] for value in values]
        for way in ways:
            yield from filled(others, chosen | {variable["name"]: way})

    yield from filled(variables, {SINGLE: [variable["name"] for variable in variables if not variable["multi"]]})
