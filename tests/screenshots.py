"""Pictures of the page for docs/images/, of a fleet in trouble. Run by scripts/screenshots."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from support import trouble  # noqa: E402
from support.browser import NARROW, WIDE, Browser  # noqa: E402
from support.exporter import Exporter  # noqa: E402
from support.simulator import Simulator  # noqa: E402
from support.waiting import wait_for  # noqa: E402

HEIGHT = {WIDE: 1500, NARROW: 1700}


def main(images: Path) -> None:
    binary = Path(os.environ.get("DRS_EXPORTER_BINARY", ROOT / "target/release/drs-exporter")).resolve()
    started = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            simulator = Simulator(binary, Path(folder, "simulator"), world="empty")
            started.append(simulator)
            trouble.make(simulator)
            exporter = Exporter(binary, Path(folder, "exporter"), trouble.content(simulator, stale_after="8s"))
            started.append(exporter)
            exporter.await_ready()
            exporter.eventually("all verdicts", lambda page: len(page.series("drs_health_comparison_consistent")) == 10)
            trouble.make_stale(simulator)
            wait_for("a stale job", lambda: 'href="?state=stale"' in exporter.get("/").text)
            browser = Browser()
            started.append(browser)
            for width, height in HEIGHT.items():
                for dark in (False, True) if os.environ.get("DARK") else (False,):
                    visit = browser.open(exporter.url + "/", width, height, dark)
                    visit.page.screenshot(path=images / f"page-{width}{'-dark' if dark else ''}.png")
                    print(width, "dark" if dark else "light", *visit.violations(), sep="\n  ")
        finally:
            for program in reversed(started):
                program.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images")
