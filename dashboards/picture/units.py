"""Values as words: Grafana's units, value mappings and thresholds, as far as the dashboards use them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

# Grafana's dark theme.
COLORS = {
    "green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2", "yellow": "#fade2a", "purple": "#b877d9",
    "text": "#9fa7b3", "light-blue": "#8ab8ff", "super-light-blue": "#c0d8ff",
}  # fmt: skip
PALETTE = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0", "#37872d", "#fade2a")
SPANS = (("year", 31536000), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def color(name: str) -> str:
    return COLORS.get(name, name)


def _span(seconds: float) -> str:
    for name, length in SPANS:
        if abs(seconds) >= length or length == 1:
            value = round(seconds / length)
            return f"{value} {name}{'s' if value != 1 else ''}"
    return ""


def _parts(seconds: float) -> str:
    days, rest = divmod(round(seconds), 86400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock


def _scaled(value: float, factor: float, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if abs(value) < factor:
            return f"{value:.3g} {unit}".strip()
        value /= factor
    return f"{value:.3g} {units[-1]}"


def text(value: float, field: dict[str, Any]) -> str:
    """A value as Grafana would write it, nearly."""
    unit, decimals = field.get("unit", "none"), field.get("decimals")
    if unit == "s":
        for name, length in (("d", 86400), ("h", 3600), ("min", 60)):
            if abs(value) >= length:
                return f"{value / length:.3g} {name}"
        return f"{value:.3g} s" if abs(value) >= 1 or not value else f"{value * 1000:.3g} ms"
    if unit == "dtdurations":
        return _parts(value)
    if unit == "dateTimeFromNow":
        ahead = value / 1000 - time.time()
        return f"in {_span(ahead)}" if ahead > 0 else f"{_span(-ahead)} ago"
    if unit == "dateTimeAsIso":
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    if unit == "percentunit":
        return f"{value * 100:.{decimals or 0}f}%"
    if unit == "bytes":
        return _scaled(value, 1024, ("B", "KiB", "MiB", "GiB"))
    if unit in ("reqps", "opm"):
        return _scaled(value, 1000, ({"reqps": "req/s", "opm": "ops/m"}[unit], "K/s", "M/s"))
    return f"{value:.{decimals}f}" if decimals is not None else f"{value:.6g}"


def mapped(value: Any, field: dict[str, Any]) -> tuple[str, str] | None:
    """Text and colour of a value mapping."""
    key = f"{value:g}" if isinstance(value, float) else str(value)
    for mapping in field.get("mappings", []):
        if found := mapping["options"].get(key):
            return found["text"], color(found["color"])
    return None


def by_threshold(value: float, field: dict[str, Any]) -> str:
    """The colour of the highest step that the value reaches."""
    reached = [
        step["color"] for step in field["thresholds"]["steps"] if step["value"] is None or value >= step["value"]
    ]
    return color(reached[-1])


def shown(value: Any, field: dict[str, Any]) -> tuple[str, str]:
    """Text and colour."""
    found = mapped(value, field)
    if found:
        return found
    return (
        (text(value, field), by_threshold(value, field)) if isinstance(value, float) else (str(value), COLORS["text"])
    )
