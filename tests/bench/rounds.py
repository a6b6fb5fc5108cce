"""All servers in turns, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from . import measure
from .measure import Slice
from .peers import Server

GZIP, PLAIN = "gzip", "plain"
FORMS = (GZIP, PLAIN)
# More in one slice only lengthen it.
MOST_SCRAPES = 500
# From here on one scrape is enough to know how many fit into a slice.
LONG_SECONDS = 1.0
# After so many the memory is looked at, or after so many seconds.
MANY_SCRAPES, MANY_SECONDS = 1000, 20.0


@dataclass(frozen=True)
class Effort:
    """How long is measured."""

    rounds: int
    slice_seconds: float
    wrk_seconds: int


@dataclass
class Results:
    """Of one server; the lists have an entry for each round, and the same place in them is the same round."""

    server: Server
    slices: dict[str, list[Slice]] = field(default_factory=lambda: {form: [] for form in FORMS})
    rates: dict[str, list[float]] = field(default_factory=lambda: {form: [] for form in FORMS})
    scrapes: int = 0
    resident: int = 0
    peak: int = 0

    def medians(self, form: str) -> list[float]:
        return [part.median for part in self.slices[form]]

    def all_seconds(self, form: str) -> list[float]:
        return [seconds for part in self.slices[form] for seconds in part.seconds]

    def cpu_of_a_thousand(self, form: str) -> float:
        """Of all rounds together: the clock of /proc is too coarse for one of them."""
        parts = self.slices[form]
        return 1000 * sum(part.cpu_seconds for part in parts) / sum(len(part.seconds) for part in parts)


def run(servers: Sequence[Server], effort: Effort, tell: Callable[[str], None]) -> list[Results]:
    """Measures all of them, each round in another order."""
    results = [Results(server) for server in servers]
    # The first answers are not like the later ones; and one tells how many fit into a slice.
    typical = {(found.server.name, form): _first(found, form) for found in results for form in FORMS}
    for number in range(effort.rounds):
        turn = number % len(results)
        for form in FORMS:
            for found in results[turn:] + results[:turn]:
                tell(f"round {number + 1} of {effort.rounds}, {form}: {found.server.name}")
                expected = typical[found.server.name, form]
                count = max(1, min(MOST_SCRAPES, int(effort.slice_seconds / expected)))
                part = measure.scrape(found.server, form == GZIP, count)
                found.slices[form].append(part)
                found.scrapes += count
                if expected < measure.WRK_UP_TO_SECONDS and effort.wrk_seconds:
                    rate = measure.throughput(found.server, form == GZIP, effort.wrk_seconds)
                    found.rates[form].append(rate)
                    found.scrapes += int(rate * effort.wrk_seconds)
    for found in results:
        tell(f"memory: {found.server.name}")
        _top_up(found, min(MANY_SECONDS, effort.slice_seconds * 10))
        found.resident, found.peak = measure.memory(found.server)
    return results


def _first(found: Results, form: str) -> float:
    """Seconds that a scrape takes; the very first one is not like the others, but of a long one that hardly shows."""
    found.scrapes += 1
    first = measure.scrape(found.server, form == GZIP, 1).median
    if first > LONG_SECONDS:
        return first
    found.scrapes += 1
    return measure.scrape(found.server, form == GZIP, 1).median


def _top_up(found: Results, seconds: float) -> None:
    end = time.monotonic() + seconds
    while found.scrapes < MANY_SCRAPES and time.monotonic() < end:
        found.scrapes += 1
        measure.scrape(found.server, True, 1)
