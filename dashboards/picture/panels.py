"""A dashboard's panels as HTML, from answers of Prometheus: what Grafana would show, drawn with far less skill."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

import units

Json = dict[str, Any]
Labels = dict[str, str]
# Asks one query: (labels, [(time, value)]) for each series.
Ask = Callable[[Json], list[tuple[Labels, list[tuple[float, float]]]]]


def _field(panel: Json, name: str) -> Json:
    """The field configuration of a series or column: the defaults, and what overrides them by name."""
    defaults = panel["fieldConfig"]["defaults"]
    made = defaults | {"custom": defaults.get("custom", {})}
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] == name:
            for property_ in override["properties"]:
                key = property_["id"]
                if key.startswith("custom."):
                    made["custom"] = made["custom"] | {key.removeprefix("custom."): property_["value"]}
                else:
                    made[key] = property_["value"]
    return made


def _name(legend: str, labels: Labels) -> str:
    if legend == "__auto":
        return ", ".join(value for key, value in labels.items() if key != "__name__") or "value"
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)


def _series(panel: Json, ask: Ask) -> list[tuple[str, list[tuple[float, float]]]]:
    return [
        (_name(target["legendFormat"], labels), points)
        for target in panel["targets"]
        for labels, points in ask(target)
        if points
    ]


def _color(panel: Json, name: str, index: int) -> str:
    fixed = _field(panel, name).get("color", {}).get("fixedColor")
    return units.color(fixed) if fixed else units.PALETTE[index % len(units.PALETTE)]


def stat(panel: Json, ask: Ask, width: float, height: float) -> str:
    options = panel["options"]
    series = _series(panel, ask)
    defaults = panel["fieldConfig"]["defaults"]
    if not series:
        words, color = defaults.get("noValue", "No data"), units.COLORS["text"]
    elif options["textMode"] == "name":
        name = series[0][0]
        words, color = name, _color(panel, name, 0)
    else:
        words, color = units.shown(series[0][1][-1][1], _field(panel, series[0][0]))
    loud = options["colorMode"] == "background_solid" and series
    style = f"background:{color};color:#111217" if loud else f"color:{color}"
    size = min(40, 1.7 * (width - 20) / max(len(words), 1))
    return f'<div class="stat" style="{style};font-size:{size:.0f}px">{escape(words)}</div>'


def _rows(panel: Json, ask: Ask) -> tuple[list[str], list[Json]]:
    """Columns and rows of a table, after the transformations."""
    many = len(panel["targets"]) > 1
    merged: dict[tuple[str, ...], Json] = {}
    answers = [ask(target) for target in panel["targets"]]
    common = [set(labels) for answer in answers for labels, _ in answer[:1]]
    keys = sorted(set.intersection(*common)) if common else []
    for target, answer in zip(panel["targets"], answers, strict=True):
        for number, (labels, points) in enumerate(answer):
            key = tuple(labels[name] for name in keys) if many else (str(number),)
            column = f"Value #{target['refId']}" if many else "Value"
            merged.setdefault(key, {}).update(labels | {column: points[-1][1]})
    organize = next(step["options"] for step in panel["transformations"] if step["id"] == "organize")
    order = [name for name in organize["indexByName"] if any(name in row for row in merged.values())]
    renamed = organize["renameByName"]
    rows = [{renamed.get(name, name): row.get(name, "") for name in order} for row in merged.values()]
    for sort in reversed(panel["options"]["sortBy"]):
        rows.sort(
            key=lambda row: (str(type(row.get(sort["displayName"]))), row.get(sort["displayName"], "")),
            reverse=sort["desc"],
        )
    return [renamed.get(name, name) for name in order], rows


def table(panel: Json, ask: Ask, width: float, height: float) -> str:
    columns, rows = _rows(panel, ask)
    if not rows:
        return f'<div class="none">{escape(panel["fieldConfig"]["defaults"].get("noValue", "No data"))}</div>'
    fields = {column: _field(panel, column) for column in columns}
    cells = "".join(f"<th>{escape(column)}</th>" for column in columns)
    lines = []
    for row in rows[: int((height - 62) / 25)]:
        line = ""
        for column in columns:
            words, color = units.shown(row[column], fields[column])
            how = fields[column]["custom"].get("cellOptions", {}).get("type")
            style = (
                f"color:{color}"
                if how in ("color-text", "gauge")
                else "color:#6e9fff"
                if fields[column].get("links")
                else ""
            )
            bar = ""
            if how == "gauge" and isinstance(row[column], float):
                share = min(1.0, row[column] / fields[column]["max"])
                bar = f'<span class="gauge"><i style="width:{100 * share:.0f}%;background:{color}"></i></span>'
            line += f'<td style="{style}">{bar}{escape(words)}</td>'
        lines.append(f"<tr>{line}</tr>")
    more = f'<div class="more">{len(rows)} rows</div>' if len(rows) > len(lines) else ""
    return f"<table><tr>{cells}</tr>{''.join(lines)}</table>{more}"


def _axis(top: float, bottom: float, field: Json, width: float, height: float) -> str:
    lines = ""
    for step in range(5):
        y = height - step * height / 4
        value = bottom + (top - bottom) * step / 4
        lines += (
            f'<line x1="76" x2="{width:.0f}" y1="{y:.1f}" y2="{y:.1f}" stroke="#2c3235"/>'
            f'<text x="70" y="{y + 4:.1f}" text-anchor="end">{escape(units.text(value, field))}</text>'
        )
    return lines


def timeseries(panel: Json, ask: Ask, width: float, height: float) -> str:
    series = _series(panel, ask)
    if not series:
        return f'<div class="none">{escape(panel["fieldConfig"]["defaults"].get("noValue", "No data"))}</div>'
    field = _field(panel, "")
    stacked = field["custom"]["stacking"]["mode"] == "normal"
    start, end = min(points[0][0] for _, points in series), max(points[-1][0] for _, points in series)
    below: dict[float, float] = {}
    drawn = []
    for index, (name, points) in enumerate(series):
        base = [below.get(moment, 0.0) for moment, _ in points] if stacked else [0.0] * len(points)
        top = [(moment, value + under) for (moment, value), under in zip(points, base, strict=True)]
        if stacked:
            below |= dict(top)
        drawn.append((name, top, base, _color(panel, name, index)))
    values = [value for _, points, _, _ in drawn for _, value in points]
    high, low = max(*values, 1e-9) * 1.05, min(0.0, *values)
    plot_width, plot_height = width - 20, height - 72

    def at(moment: float, value: float) -> str:
        x = 80 + (moment - start) / max(end - start, 1) * (plot_width - 84)
        return f"{x:.1f},{plot_height - (value - low) / (high - low) * plot_height:.1f}"

    shapes = ""
    for _, points, base, color in reversed(drawn) if stacked else drawn:
        line = " ".join(at(*point) for point in points)
        if stacked:
            back = " ".join(
                at(moment, under) for (moment, _), under in zip(reversed(points), reversed(base), strict=True)
            )
            shapes += f'<polygon points="{line} {back}" fill="{color}" fill-opacity=".6"/>'
        shapes += f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.5"/>'
    legend = "".join(
        f'<span><i style="background:{color}"></i>{escape(name)}</span>' for name, _, _, color in drawn[:8]
    )
    return (
        f'<svg width="{width - 16:.0f}" height="{plot_height + 12:.0f}"><g transform="translate(0,6)">'
        f'{_axis(high, low, field, plot_width, plot_height)}{shapes}</g></svg><div class="legend">{legend}</div>'
    )


def bargauge(panel: Json, ask: Ask, width: float, height: float) -> str:
    series = _series(panel, ask)
    if not series:
        return f'<div class="none">{escape(panel["fieldConfig"]["defaults"].get("noValue", "No data"))}</div>'
    most = max(points[-1][1] for _, points in series) or 1
    lines = ""
    for index, (name, points) in enumerate(series[: int((height - 40) / 24)]):
        value, field = points[-1][1], _field(panel, name)
        color = _color(panel, name, index) if "fixedColor" in field["color"] else units.by_threshold(value, field)
        lines += (
            f'<tr><td class="name">{escape(name)}</td><td class="bar"><i style="width:{100 * value / most:.0f}%;'
            f'background:{color}"></i></td><td style="color:{color}">{escape(units.text(value, field))}</td></tr>'
        )
    return f'<table class="bars">{lines}</table>'


def state_timeline(panel: Json, ask: Ask, width: float, height: float) -> str:
    series = _series(panel, ask)
    if not series:
        return '<div class="none">No data</div>'
    start, end = min(points[0][0] for _, points in series), max(points[-1][0] for _, points in series)
    strip = (height - 50) / len(series)
    shapes = ""
    for index, (name, points) in enumerate(series):
        shapes += f'<text x="80" y="{index * strip + strip / 2 + 4:.0f}" text-anchor="end">{escape(name)}</text>'
        step = (points[-1][0] - points[0][0]) / max(len(points) - 1, 1)
        begun = 0
        for number in range(1, len(points) + 1):
            if (
                number < len(points)
                and points[number][1] == points[begun][1]
                and points[number][0] - points[number - 1][0] < 2 * step
            ):
                continue
            left, right = (
                (moment - start) / max(end - start, 1) * (width - 110) + 88
                for moment in (points[begun][0], points[number - 1][0] + step)
            )
            words, color = units.shown(points[begun][1], _field(panel, name))
            shapes += f'<rect x="{left:.1f}" y="{index * strip + 2:.1f}" width="{max(right - left, 1):.1f}" height="{strip - 4:.1f}" fill="{color}" fill-opacity=".8"/>'
            if right - left > 8 * len(words):
                shapes += f'<text x="{left + 6:.1f}" y="{index * strip + strip / 2 + 4:.0f}" class="on">{escape(words)}</text>'
            begun = number
    return f'<svg width="{width - 16:.0f}" height="{height - 48:.0f}">{shapes}</svg>'


def heatmap(panel: Json, ask: Ask, width: float, height: float) -> str:
    buckets = sorted(_series(panel, ask), key=lambda bucket: float(bucket[0].replace("+Inf", "inf")))
    if not buckets:
        return '<div class="none">No data</div>'
    times = sorted({moment for _, points in buckets for moment, _ in points})
    most = max(value for _, points in buckets for _, value in points) or 1
    cell_width, cell_height = (width - 90) / len(times), (height - 50) / len(buckets)
    shapes, below = "", dict.fromkeys(times, 0.0)
    for index, (name, points) in enumerate(buckets):
        y = height - 50 - (index + 1) * cell_height
        shapes += f'<text x="60" y="{y + cell_height / 2 + 4:.0f}" text-anchor="end">{name}</text>'
        for moment, value in points:
            share = max(value - below[moment], 0) / most
            below[moment] = value
            x = 68 + times.index(moment) * cell_width
            shapes += f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell_width:.1f}" height="{cell_height - 1:.1f}" fill="#5794f2" fill-opacity="{share**0.5:.2f}"/>'
    return f'<svg width="{width - 16:.0f}" height="{height - 48:.0f}">{shapes}</svg>'


KINDS = {
    "stat": stat, "table": table, "timeseries": timeseries, "bargauge": bargauge, "state-timeline": state_timeline,
    "heatmap": heatmap,
}  # fmt: skip
