"""Grafana's dashboard JSON in few words: queries, panels, rows, variables, links.

Knows nothing of comparisons. What it writes is the model of Grafana 11, which Grafana 12 and 13 read, too; the tests
check it against Grafana's own types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

SCHEMA_VERSION = 39
WIDTH = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

# By name, not by number: Grafana has a dark and a light shade of each.
GOOD, WARNING, CRITICAL, CALM, NEUTRAL = "green", "orange", "red", "blue", "text"


@dataclass(frozen=True)
class Query:
    """One question to Prometheus: over the shown range, or, for `instant` and `table`, at its end."""

    expr: str
    legend: str = "__auto"
    instant: bool = False
    table: bool = False
    heatmap: bool = False

    def json(self, ref_id: str) -> Json:
        instant = self.instant or self.table
        return {
            "refId": ref_id,
            "datasource": SOURCE,
            "editorMode": "code",
            "expr": self.expr,
            "legendFormat": self.legend,
            "instant": instant,
            "range": not instant,
            "exemplar": False,
            "format": "table" if self.table else "heatmap" if self.heatmap else "time_series",
        }


def now(expr: str, legend: str = "__auto") -> Query:
    return Query(expr, legend, instant=True)


def rows_of(expr: str) -> Query:
    return Query(expr, table=True)


def steps(base: str, *above: tuple[float, str]) -> Json:
    """Thresholds: a colour, and others from some values on."""
    return {
        "mode": "absolute",
        "steps": [{"value": None, "color": base}, *({"value": value, "color": color} for value, color in above)],
    }


def words(texts: dict[Any, tuple[str, str]]) -> list[Json]:
    """Value mappings: value -> (text, colour)."""
    options = {
        str(value): {"text": text, "color": color, "index": index}
        for index, (value, (text, color)) in enumerate(texts.items())
    }
    return [{"type": "value", "options": options}]


def override(name: str, **properties: Any) -> Json:
    """Properties of the column or series with this displayed name; `__` stands for the dot in a property's id."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
    }


def fixed(color: str) -> Json:
    return {"mode": "fixed", "fixedColor": color}


def colored(colors: dict[str, str]) -> list[Json]:
    """One colour for each series of that name."""
    return [override(name, color=fixed(color)) for name, color in colors.items()]


def link(title: str, url: str, new_tab: bool = False) -> Json:
    return {"title": title, "url": url, "targetBlank": new_tab}


def organized(*columns: tuple[str, str], without: tuple[str, ...] = ()) -> Json:
    """The transformation that orders columns and renames them; each is (name in the answer, name that is shown)."""
    return {
        "id": "organize",
        "options": {
            "excludeByName": {name: True for name in ("Time", *without)},
            "indexByName": {name: index for index, (name, _) in enumerate(columns)},
            "renameByName": {name: shown for name, shown in columns if name != shown},
        },
    }


# Answers of several queries side by side, by the labels that all of them have.
MERGED = {"id": "merge", "options": {}}


@dataclass
class Panel:
    """A panel, its place still to be found. `defaults` and `custom` are Grafana's field configuration."""

    kind: str
    title: str
    description: str
    queries: list[Query]
    width: int
    height: int
    options: Json
    defaults: Json
    custom: Json
    overrides: list[Json]
    transformations: list[Json]

    def json(self, number: int, x: int, y: int) -> Json:
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": SOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "targets": [query.json(chr(ord("A") + index)) for index, query in enumerate(self.queries)],
            "options": self.options,
            "fieldConfig": {
                "defaults": self.defaults | ({"custom": self.custom} if self.custom else {}),
                "overrides": self.overrides,
            },
            "transformations": self.transformations,
        }


def _panel(
    kind: str,
    title: str,
    description: str,
    queries: list[Query],
    width: int,
    height: int,
    options: Json,
    custom: Json | None = None,
    *,
    unit: str = "none",
    thresholds: Json | None = None,
    overrides: list[Json] | None = None,
    transformations: list[Json] | None = None,
    **defaults: Any,
) -> Panel:
    """`defaults`: mappings, links, decimals, min, max, noValue, color."""
    field = {"unit": unit, "thresholds": thresholds or steps(GOOD)} | defaults
    return Panel(
        kind,
        title,
        description,
        queries,
        width,
        height,
        options,
        field,
        custom or {},
        overrides or [],
        transformations or [],
    )


def stat(
    title: str, description: str, query: Query, width: int = 3, height: int = 4, name: bool = False, **more: Any
) -> Panel:
    """One large value, or the `name` of the series that there is."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "background_solid" if more.pop("loud", False) else "value",
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "auto",
        "textMode": "name" if name else "value",
        "wideLayout": True,
    }
    more.setdefault("color", {"mode": "thresholds"})
    return _panel("stat", title, description, [query], width, height, options, **more)


def table(
    title: str,
    description: str,
    queries: list[Query],
    width: int,
    height: int,
    sort: list[tuple[str, bool]],
    **more: Any,
) -> Panel:
    """Rows of instant answers; `sort` is (column, descending)."""
    options = {
        "showHeader": True,
        "cellHeight": "sm",
        "sortBy": [{"displayName": column, "desc": descending} for column, descending in sort],
    }
    custom = {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False, "filterable": True}
    return _panel("table", title, description, queries, width, height, options, custom, **more)


def graph(
    title: str,
    description: str,
    queries: list[Query],
    width: int,
    height: int = 8,
    stacked: bool = False,
    line: bool = False,
    below_zero: bool = False,
    **more: Any,
) -> Panel:
    """Lines over time, or `stacked` areas; `line` draws the thresholds, too."""
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    custom = {
        "drawStyle": "line",
        "lineInterpolation": "stepAfter" if stacked else "linear",
        "lineWidth": 1,
        "fillOpacity": 60 if stacked else 8,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if line else "off"},
    }
    if not below_zero:
        more["min"] = 0
    more.setdefault("color", {"mode": "palette-classic"})
    return _panel("timeseries", title, description, queries, width, height, options, custom, **more)


def bars(title: str, description: str, queries: list[Query], width: int, height: int = 8, **more: Any) -> Panel:
    """A horizontal bar for each series, by its newest value."""
    options = {
        "displayMode": "basic",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "showUnfilled": True,
        "valueMode": "color",
        "namePlacement": "auto",
        "sizing": "auto",
        "minVizWidth": 8,
        "minVizHeight": 16,
        "maxVizHeight": 300,
    }
    more.setdefault("min", 0)
    more.setdefault("color", {"mode": "thresholds"})
    return _panel("bargauge", title, description, queries, width, height, options, **more)


def timeline(title: str, description: str, queries: list[Query], width: int, height: int = 5, **more: Any) -> Panel:
    """A coloured strip for each series; its values are words."""
    options = {
        "mergeValues": True,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.8,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    more.setdefault("color", {"mode": "thresholds"})
    return _panel(
        "state-timeline",
        title,
        description,
        queries,
        width,
        height,
        options,
        {"fillOpacity": 75, "lineWidth": 0},
        **more,
    )


def heatmap(title: str, description: str, query: Query, width: int, height: int = 8, unit: str = "s") -> Panel:
    """The buckets of a histogram over time."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {
            "mode": "scheme",
            "scheme": "Blues",
            "fill": "blue",
            "scale": "exponential",
            "exponent": 0.5,
            "steps": 64,
            "reverse": False,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": False},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": unit},
    }
    return _panel("heatmap", title, description, [query], width, height, options, unit="short")


def placed(rows: list[tuple[str, list[Panel]]]) -> list[Json]:
    """Panels under their headings, from left to right and on to the next line where one is full."""
    made: list[Json] = []
    y = 0
    for heading, panels in rows:
        made.append(
            {
                "id": len(made) + 1,
                "type": "row",
                "title": heading,
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
                "panels": [],
            }
        )
        y += 1
        x = line = 0
        for panel in panels:
            if x + panel.width > WIDTH:
                x, y, line = 0, y + line, 0
            made.append(panel.json(len(made) + 1, x, y))
            x, line = x + panel.width, max(line, panel.height)
        y += line
    return made


def variable(name: str, label: str, query: str, *, regex: str = "", many: bool = False, description: str = "") -> Json:
    """A choice that Prometheus answers; `many` allows several of them, and all."""
    is_labels = query.startswith("label_values(")
    return {
        "type": "query",
        "name": name,
        "label": label,
        "description": description,
        "datasource": SOURCE,
        "query": {
            "qryType": 1 if is_labels else 3,
            "query": query,
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        "regex": regex,
        "refresh": 2,
        "sort": 5,
        "multi": many,
        "includeAll": many,
        "hide": 0,
        "options": [],
    } | ({"allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}} if many else {})


DATA_SOURCE = {
    "type": "datasource",
    "name": "datasource",
    "label": "Data source",
    "query": "prometheus",
    "regex": "",
    "refresh": 1,
    "multi": False,
    "includeAll": False,
    "hide": 0,
    "options": [],
}


def dashboard(
    uid: str,
    title: str,
    description: str,
    *,
    variables: list[Json],
    rows: list[tuple[str, list[Panel]]],
    links: list[Json],
    tag: str,
    since: str,
    annotations: list[Json],
) -> Json:
    """A whole dashboard, as a file that Grafana imports."""
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": [tag],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": since, "to": "now"},
        "refresh": "1m",
        "templating": {"list": [DATA_SOURCE, *variables]},
        "annotations": {"list": annotations},
        "links": links,
        "panels": placed(rows),
    }


def to(title: str, url: str, *, page: bool = False) -> Json:
    """A link at the head of a dashboard: to another one, which keeps the time, or to a page."""
    return {
        "type": "link",
        "title": title,
        "url": url,
        "tags": [],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": not page,
        "targetBlank": page,
        "icon": "doc" if page else "dashboard",
        "tooltip": "",
    }


def annotation(name: str, expr: str, title: str, text: str, color: str) -> Json:
    """Moments from a query, drawn into every graph."""
    return {
        "name": name,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "datasource": SOURCE,
        "expr": expr,
        "titleFormat": title,
        "textFormat": text,
        "step": "60s",
    }
