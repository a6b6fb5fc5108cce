"""A scrape, parsed by Prometheus' own Python client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from .cloud import STATUSES

Labels = dict[str, str]


class Page:
    """All samples of one scrape."""

    def __init__(self, text: str, openmetrics: bool = False) -> None:
        self.text = text
        self.types: dict[str, str] = {}
        self._samples: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
        for family in (read_openmetrics if openmetrics else read_text)(text):
            self.types[family.name] = family.type
            for sample in family.samples:
                self._samples[sample.name].append((sample.labels, sample.value))

    def names(self) -> set[str]:
        return set(self._samples)

    def series(self, name: str, **labels: str) -> list[tuple[Labels, float]]:
        """The samples of this name that have these labels, among others."""
        wanted = labels.items()
        return [(have, value) for have, value in self._samples.get(name, []) if wanted <= have.items()]

    def value(self, name: str, **labels: str) -> float:
        """The value of the one sample that fits."""
        found = self.series(name, **labels)
        assert len(found) == 1, f"{name}{labels}: {len(found)} series instead of one: {found[:5]}"
        return found[0][1]

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples that fit; 0 without any."""
        return sum(value for _, value in self.series(name, **labels))

    def has(self, name: str, **labels: str) -> bool:
        return bool(self.series(name, **labels))

    def status(self, name: str = "drs_health_comparison_task_status", **labels: str) -> str:
        """The state of the one state set that fits: nine series, one of them 1, eight of them 0."""
        found = self.series(name, **labels)
        assert sorted(have["status"] for have, _ in found) == sorted(STATUSES), f"{name}{labels}: {found}"
        current = [have["status"] for have, value in found if value == 1]
        assert len(current) == 1 and {value for _, value in found} == {0, 1}, f"{name}{labels}: {found}"
        return current[0]

    def all(self) -> Iterable[tuple[str, Labels, float]]:
        for name, samples in self._samples.items():
            for labels, value in samples:
                yield name, labels, value

    def as_set(self, without: tuple[str, ...] = ()) -> set[tuple[str, frozenset[tuple[str, str]], float]]:
        """All samples, comparable; families that begin with one of `without` left out."""
        return {
            (name, frozenset(labels.items()), value)
            for name, labels, value in self.all()
            if not name.startswith(without or ("\0",))
        }
