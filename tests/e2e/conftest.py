"""Fixtures: the built binary and the programs around it, each ended with its test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.exporter import Exporter
from support.prometheus import Prometheus
from support.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = pytest.StashKey[list[Any]]()


@pytest.fixture(scope="session")
def binary() -> Path:
    """The program under test: a release build, or whatever DRS_EXPORTER_BINARY names."""
    path = Path(os.environ.get("DRS_EXPORTER_BINARY", ROOT / "target/release/drs-exporter")).resolve()
    if not path.is_file():
        pytest.exit(f"{path} is not there: cargo build --release --locked", returncode=2)
    return path


@pytest.fixture
def programs(request: pytest.FixtureRequest) -> Iterator[list[Any]]:
    """What the test has started. All of it is stopped afterwards, the newest first."""
    started: list[Any] = []
    request.node.stash[PROGRAMS] = started
    yield started
    mistakes = []
    for program in reversed(started):
        try:
            program.stop()
        except AssertionError as mistake:
            mistakes.append(mistake)
    if mistakes:
        raise mistakes[0]


@pytest.fixture
def start_simulator(binary: Path, tmp_path: Path, programs: list[Any]) -> Callable[..., Simulator]:
    """Starts a simulated cloud; an empty one where nothing else is said."""

    def start(**options: Any) -> Simulator:
        simulator = Simulator(binary, tmp_path / f"simulator{len(programs)}", **({"world": "empty"} | options))
        programs.append(simulator)
        return simulator

    return start


@pytest.fixture
def simulator(start_simulator: Callable[..., Simulator]) -> Simulator:
    """A simulated cloud without jobs."""
    return start_simulator()


@pytest.fixture
def start_exporter(binary: Path, tmp_path: Path, programs: list[Any]) -> Callable[..., Exporter]:
    """Starts the exporter with a configuration, or with arguments alone."""

    def start(configuration: dict[str, Any] | str | None = None, *arguments: str, **other: Any) -> Exporter:
        folder = other.pop("folder", tmp_path / f"exporter{len(programs)}")
        exporter = Exporter(binary, folder, configuration, arguments, **other)
        programs.append(exporter)
        return exporter

    return start


@pytest.fixture
def start_prometheus(tmp_path: Path, programs: list[Any]) -> Callable[..., Prometheus]:
    """Starts a real Prometheus that scrapes the given addresses."""

    def start(*targets: str) -> Prometheus:
        prometheus = Prometheus(tmp_path / f"prometheus{len(programs)}", list(targets))
        programs.append(prometheus)
        return prometheus

    return start


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Shows beside a failure what the programs said."""
    report = yield
    if report.when == "call" and report.failed:
        for program in item.stash.get(PROGRAMS, []):
            process = getattr(program, "process", None)
            if process is not None:
                report.sections.append((f"output of {Path(process.command[0]).name}", process.story()))
    return report
