"""What was measured, as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence

from .rounds import FORMS, GZIP, PLAIN, Results

NOTHING = "–"


def comparison(jobs: int, series: int, results: Sequence[Results]) -> str:
    """Two tables of one number of jobs: the exporter is the first, and what the others are compared with."""
    return "\n\n".join((f"### {jobs:,} jobs, {series:,} series", _times(series, results), _costs(results)))


def _times(series: int, results: Sequence[Results]) -> str:
    head = ["", "series"]
    head += [column for form in FORMS for column in (f"{form}, ms", "ratio", "of the fastest")]
    rows = []
    for found in results:
        row = [found.server.name, f"{series:,}"]
        for form in FORMS:
            seconds = found.all_seconds(form)
            row.append(f"{_milliseconds(statistics.median(seconds))} ({_span(_milliseconds, seconds)})")
            row.append(_ratio(found.medians(form), results[0].medians(form)))
            row.append(_quotient(min(seconds), min(results[0].all_seconds(form))))
        rows.append(row)
    return _table(head, rows)


def _costs(results: Sequence[Results]) -> str:
    head = ["", *(column for form in FORMS for column in (f"CPU s, 1,000 × {form}", "ratio"))]
    head += [*(f"wrk, {form}/s" for form in FORMS), *(f"{form}, bytes" for form in FORMS)]
    head += ["memory, peak", "ratio", "memory after", "complete after"]
    exporter = results[0]
    rows = []
    for found in results:
        row = [found.server.name]
        for form in FORMS:
            cpu = found.cpu_of_a_thousand(form)
            row += [_short(cpu), _quotient(cpu, exporter.cpu_of_a_thousand(form))]
        row += [_rate(found.rates[form]) for form in FORMS]
        row += [_size(found.slices[form][-1].bytes) for form in FORMS]
        row += [_size(found.peak), _quotient(found.peak, exporter.peak)]
        row += [f"{_size(found.resident)}, {found.scrapes:,} scrapes", f"{found.server.seconds_to_complete:.1f} s"]
        rows.append(row)
    return _table(head, rows)


def scaling(by_jobs: Iterable[tuple[int, int, Results]]) -> str:
    """The exporter alone, by its number of jobs and series."""
    head = ["jobs", "series", "gzip, ms", "plain, ms", "CPU s, 1,000 × gzip", "plain", "gzip, bytes", "plain, bytes"]
    head += ["memory, peak", "a job", "complete after"]
    rows = []
    for jobs, series, found in by_jobs:
        row = [f"{jobs:,}", f"{series:,}"]
        row += [_milliseconds(statistics.median(found.all_seconds(form))) for form in FORMS]
        row += [_short(found.cpu_of_a_thousand(form)) for form in FORMS]
        row += [_size(found.slices[form][-1].bytes) for form in FORMS]
        row += [_size(found.peak), _size(found.peak / jobs), f"{found.server.seconds_to_complete:.1f} s"]
        rows.append(row)
    return "### The exporter by number of jobs\n\n" + _table(head, rows)


def live(jobs: int, rates: Sequence[float], results: Sequence[Results]) -> str:
    """Two exporters before the same cloud, the first one at rest."""
    head = ["", "calls a second", "gzip, ms", "99 %", "ratio", "plain, ms", "99 %", "ratio", "memory, peak"]
    rows = []
    for found, rate in zip(results, rates, strict=True):
        row = [found.server.name, f"{rate:.0f}"]
        for form in (GZIP, PLAIN):
            seconds = sorted(found.all_seconds(form))
            row += [_milliseconds(statistics.median(seconds)), _milliseconds(seconds[len(seconds) * 99 // 100])]
            row.append(_ratio(found.medians(form), results[0].medians(form)))
        rows.append([*row, _size(found.peak)])
    return f"### A scrape while the fetcher works, {jobs:,} jobs\n\n" + _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ratio(values: Sequence[float], of: Sequence[float]) -> str:
    """Median and span of the ratios, each of one round."""
    ratios = [value / base for value, base in zip(values, of, strict=True)]
    if values == of:
        return "1"
    return f"**{_short(statistics.median(ratios))}** ({_span(_short, ratios)})"


def _quotient(value: float, base: float) -> str:
    if not base:
        return NOTHING
    return "1" if value == base else f"**{_short(value / base)}**"


def _rate(rates: Sequence[float]) -> str:
    return f"{_short(statistics.median(rates))} ({_span(_short, rates)})" if rates else NOTHING


def _span(show: Callable[[float], str], values: Sequence[float]) -> str:
    return f"{show(min(values))}–{show(max(values))}"


def _milliseconds(seconds: float) -> str:
    return _short(seconds * 1000)


def _short(number: float) -> str:
    """Two digits that tell something, or three."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _size(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{_short(number)} {unit}" if unit != "B" else f"{number:.0f} B"
        number /= 1000
    return f"{_short(number)} GB"
