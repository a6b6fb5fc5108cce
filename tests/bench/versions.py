"""What was measured, exactly."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import tomllib
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from .peers import ROOT

DEBIAN_PACKAGES = ("nginx-light", "prometheus-pushgateway", "prometheus-node-exporter")


def machine() -> str:
    """The day and the machine, and how busy that is with other things."""
    processor = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} (UTC), {os.cpu_count()} × "
        f"{processor.group(1) if processor else platform.machine()}, Linux {platform.release()}. "
        f"Load of the machine before it began: {load} (means of 1, 5, 15 minutes)."
    )


def programs(binary: Path) -> str:
    """The versions of everybody."""
    exporter = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60, check=True)
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    crate = next(package["version"] for package in lock if package["name"] == "prometheus")
    found = [" ".join(exporter.stdout.split()[:2]), *filter(None, map(_debian, DEBIAN_PACKAGES))]
    found += [f"the crate prometheus {crate}", f"prometheus_client {version('prometheus_client')}"]
    return f"Versions: {', '.join(found)} on Python {platform.python_version()}."


def _debian(package: str) -> str:
    try:
        command = ["dpkg-query", "--show", "--showformat=${Package} ${Version}", package]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
