"""A real Chromium, without a window, that tells what it asked for and what it complained about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from .prometheus import tool

FLAGS = (
    "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update disable-sync"
).split()

AXE = Path(__file__).resolve().parents[3] / "target/npm/node_modules/axe-core/axe.min.js"

WIDE, NARROW = 1280, 390


class Browser:
    """Debian's Chromium. Each page that it opens is that of a new visitor."""

    def __init__(self) -> None:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=tool("chromium"), args=[f"--{flag}" for flag in FLAGS]
        )

    def open(
        self, url: str, width: int = WIDE, height: int = 1000, dark: bool = False, scripts: bool = True
    ) -> Visit:
        """Opens a page on a screen of this size, for somebody who likes it dark or not, with or without scripts."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            is_mobile=width == NARROW,
        )
        return Visit(context.new_page(), url)

    def stop(self) -> None:
        self._browser.close()
        self._playwright.stop()


class Visit:
    """A page that is open."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        # What the console has said: errors, warnings, what the page's policy has refused.
        self.complaints: list[str] = []
        # Every address that was asked for.
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(url)

    def follow(self, selector: str) -> None:
        """Clicks on what leads to another page, and waits until that is there as a whole."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def texts(self, selector: str) -> list[str]:
        """What a reader sees of each element that fits."""
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def run(self, script: str) -> Any:
        """The value of a script; the page's own policy does not bind it."""
        return self.page.evaluate(script)

    def violations(self) -> list[str]:
        """What axe-core finds wrong for those who cannot see, or not well: each rule with where it is broken."""
        self.run(AXE.read_text() + "; undefined")
        found = self.run("axe.run(document).then(result => result.violations)")
        return [f"{rule['id']}: {[node['html'][:200] for node in rule['nodes'][:3]]}" for rule in found]

    def close(self) -> None:
        self.page.context.close()
