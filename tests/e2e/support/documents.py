"""The documentation as text: pages, blocks, links, headings, spans of code.

Reads Markdown as far as these pages use it. Knows nothing of what a block is good for.

A comment just before a block says how it is tested; readers do not see it:

    <!-- test: exit=1 write=drs-exporter.yaml kind=values -->
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

FENCE = re.compile(r"^( *)(`{3,})(.*)$")
DIRECTIVE = re.compile(r"^ *<!-- test: (.*?) -->$")
# What a directive may say.
SETTINGS = {"exit", "write", "kind"}
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
AUTOLINK = re.compile(r"<(https?://[^>\s]+)>")
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
EXAMPLE = re.compile(r"^  (drs-exporter|promtool) ")
HEADING = re.compile(r"^#{1,6} +(.*?)(?: +#+)?$")


@dataclass(frozen=True)
class Block:
    """A fenced block: ```LANGUAGE … ```."""

    language: str
    text: str
    line: int
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    path: str
    text: str
    blocks: list[Block]
    # Without the blocks; line numbers are kept.
    prose: list[str]

    @property
    def anchors(self) -> set[str]:
        """What a link may have behind its `#`, by GitHub's rules."""
        found: dict[str, int] = {}
        for line in self.prose:
            if heading := HEADING.match(line):
                slug = slug_of(heading.group(1))
                found[slug] = found.get(slug, -1) + 1
                if found[slug]:
                    found[f"{slug}-{found[slug]}"] = 0
        return set(found)

    @property
    def links(self) -> Iterator[tuple[int, str]]:
        """Line and target of each link and picture."""
        for number, line in numbered_paragraphs(self.prose):
            bare = SPAN.sub("", line)
            for found in (*LINK.finditer(bare), *AUTOLINK.finditer(bare)):
                yield number, found.group(1)

    @property
    def spans(self) -> Iterator[tuple[int, str]]:
        """Line and text of each `span of code`."""
        for number, line in numbered_paragraphs(self.prose):
            for found in SPAN.finditer(line):
                yield number, found.group(2).strip()


def numbered_paragraphs(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Paragraphs in one line each, since a link or a span may go over its end; rows of tables by themselves."""
    start, gathered = 0, []
    for number, line in enumerate([*lines, ""], 1):
        alone = not line.strip() or line.lstrip().startswith(("|", "#"))
        if alone or line.lstrip().startswith(("- ", "1. ")):
            if gathered:
                yield start, " ".join(gathered)
            gathered = []
        if alone:
            yield number, line
        else:
            start = start if gathered else number
            gathered.append(line.strip())


def slug_of(heading: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def parse(path: str, text: str) -> Page:
    blocks, prose = [], []
    opened: tuple[str, str, str, int] | None = None
    settings: dict[str, str] = {}
    inside: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if opened:
            indentation, ticks, language, start = opened
            if fence and len(fence.group(2)) >= len(ticks) and not fence.group(3).strip():
                body = "\n".join(one.removeprefix(indentation) for one in inside)
                blocks.append(Block(language, body + "\n", start, settings))
                opened, settings, inside = None, {}, []
            else:
                inside.append(line)
            prose.append("")
            continue
        if fence:
            opened = (fence.group(1), fence.group(2), fence.group(3).strip(), number)
            prose.append("")
            continue
        assert not settings, f"{path}:{number}: a block must follow the line `<!-- test: … -->`"
        if directive := DIRECTIVE.match(line):
            settings = dict(one.split("=", 1) for one in directive.group(1).split())
            assert settings.keys() <= SETTINGS, f"{path}:{number}: there are only {sorted(SETTINGS)}"
            line = ""
        prose.append(line)
    assert not opened, f"{path}:{opened and opened[3]}: a block without an end"
    return Page(path, text, blocks, prose)


def tracked(*patterns: str) -> list[str]:
    """Files of the repository, and those that are about to be."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({name for name in names if name and (ROOT / name).exists()})


@cache
def pages() -> dict[str, Page]:
    return {path: parse(path, (ROOT / path).read_text()) for path in tracked("*.md")}


def commands(block: Block) -> list[tuple[str, str]]:
    """The commands of a block and, in a `console` block, what each is shown to print.

    In a `text` block there are none but the examples of `--help`.
    """
    found: list[tuple[str, str]] = []
    if block.language == "text":
        # `--help` ends with examples, and so does its page.
        examples = re.split(r"(?m)^Examples?:$", block.text)[1:]
        return [(line.strip(), "") for text in examples for line in text.splitlines() if EXAMPLE.match(line)]
    lines = iter(block.text.splitlines())
    for line in lines:
        if block.language == "console":
            if not line.startswith("$ "):
                assert found, f"a console block begins with `$ `, not {line!r}"
                command, output = found[-1]
                found[-1] = (command, output + line + "\n")
                continue
            line = line.removeprefix("$ ")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        while line.endswith("\\"):
            line += "\n" + next(lines)
        if here := re.search(r"<<-?\s*['\"]?(\w+)['\"]?", line):
            for more in lines:
                line += "\n" + more
                if more.strip() == here.group(1):
                    break
        found.append((line, ""))
    return found
