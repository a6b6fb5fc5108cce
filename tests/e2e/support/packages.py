"""What a release consists of, but for the image: made by `scripts/package`."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "target/package"
BUILD_SECONDS = 1500


@functools.cache
def made() -> Path:
    """The folder of it; made here, once, unless `scripts/test` has just done so."""
    if os.environ.get("DRS_EXPORTER_PACKAGE_IS_MADE") != "yes":
        done = subprocess.run(
            [ROOT / "scripts/package"], capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return FOLDER


def the(ending: str) -> Path:
    """The one file with this ending."""
    [found] = made().glob(f"*{ending}")
    return found
