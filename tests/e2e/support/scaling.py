"""Makes time in a rule file shorter, so that a test or a demo need not wait for hours: the same rules, only faster.

Scaled is whatever is a length of time: `for`, `keep_firing_for`, a group's `interval`, and in expressions the ranges,
offsets, subquery steps, and numbers of seconds. Those are whole minutes: a number of 60 or more that is a multiple of
60, alone (`1800`) or as a product (`2 * 3600`). Everything else stays byte for byte: names, labels, texts, comments,
counts, ratios, and multiplication or division of something else by 60, 3600 or 86400, which converts. A number of 60 or
more that is no whole minute is refused: nobody could say whether it is a length of time.

Needs nothing but Python, because `scripts/stack` uses it too:

    python3 scaling.py --factor=10 < alerts/drs-exporter.rules.yml
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass

UNIT_MILLISECONDS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}
DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")
PART = re.compile(r"(\d+)(ms|[smhdwy])")

# Keys of a rule file whose value is a duration, and the one whose value is an expression.
DURATION_KEYS = ("for", "keep_firing_for", "interval", "query_offset", "limit_interval")
WAITING_KEYS = ("for", "keep_firing_for")
KEY = re.compile(r"(?P<indent>\s*(?:- )?\s*)(?P<key>[A-Za-z_]+):(?P<gap>\s*)(?P<value>.*)$", re.DOTALL)
BLOCK_VALUE = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")

# What an expression is made of, as far as it matters here. The first that fits counts: what is within quotes or a
# comment is no duration, and neither is a part of a name.
TOKEN = re.compile(
    r"""
    (?P<other> "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` | \#[^\n]* | [A-Za-z_][A-Za-z0-9_:]* )
  | (?P<duration> (?:\d+(?:ms|[smhdwy]))+ (?![\w.]) )
  | (?P<product> \d+(?:\.\d+)?(?:[eE][-+]?\d+)? \s* \* \s* (?:60|3600|86400) (?![\w.]) )
  | (?P<converts> [*/] \s* (?:60|3600|86400) (?![\w.]) )
  | (?P<number> \d+(?:\.\d+)?(?:[eE][-+]?\d+)? )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Scale:
    """How much faster; below which length a range makes no sense, for it must hold some scrapes; and how long an alert
    may wait at most, however long it waits at work."""

    factor: float
    least_range_ms: int = 1
    longest_for_ms: int | None = None

    def duration(self, text: str, least_ms: int = 1, waits: bool = False) -> str:
        """A duration as the rule file writes it; 0 stays 0."""
        whole = sum(int(number) * UNIT_MILLISECONDS[unit] for number, unit in PART.findall(text))
        made = max(least_ms, round(whole / self.factor))
        if waits and self.longest_for_ms is not None:
            made = min(made, self.longest_for_ms)
        return f"{made}ms" if whole else text

    def expression(self, text: str) -> str:
        """An expression of PromQL."""

        def replace(found: re.Match[str]) -> str:
            if found["duration"]:
                is_range = text[: found.start()].rstrip().endswith("[")
                return self.duration(found["duration"], self.least_range_ms if is_range else 1)
            if found["product"] or (found["number"] and float(found["number"]) >= 60):
                if found["number"] and float(found["number"]) % 60:
                    raise ValueError(f"{found['number']} is no whole minute, so what is it? {text.strip()}")
                return f"({found[0]} / {self.factor:g})"
            return found[0]

        return TOKEN.sub(replace, text)

    def rules(self, text: str) -> str:
        """A whole rule file, or the same within a PrometheusRule."""
        made: list[str] = []
        block_indent: int | None = None
        for line in text.splitlines(keepends=True):
            indent = len(line) - len(line.lstrip(" "))
            if block_indent is not None and (not line.strip() or indent > block_indent):
                made.append(self.expression(line))
                continue
            block_indent = None
            found = KEY.match(line)
            if found and found["key"] in DURATION_KEYS:
                waits = found["key"] in WAITING_KEYS
                value = DURATION.sub(lambda match: self.duration(match[0], waits=waits), found["value"], count=1)
                line = f"{found['indent']}{found['key']}:{found['gap']}{value}"
            elif found and found["key"] == "expr":
                # A block, or a plain value that may go on in lines that are further in.
                block_indent = len(found["indent"])
                if not BLOCK_VALUE.match(found["value"]):
                    line = f"{found['indent']}expr:{found['gap']}{self.expression(found['value'])}"
            made.append(line)
        return "".join(made)


def main() -> None:
    parser = argparse.ArgumentParser(description="Reads a rule file and writes it with all times divided.")
    parser.add_argument("--factor", type=float, required=True, help="how much faster; 1 changes nothing")
    parser.add_argument("--least-range-seconds", type=float, default=0.001, help="no range gets shorter than that")
    parser.add_argument("--longest-for-seconds", type=float, help="no alert waits longer than that")
    arguments = parser.parse_args()
    if not arguments.factor > 0:
        parser.error("--factor must be more than 0")
    if arguments.factor == 1:
        sys.stdout.write(sys.stdin.read())
        return
    longest = None if arguments.longest_for_seconds is None else round(arguments.longest_for_seconds * 1000)
    scale = Scale(arguments.factor, round(arguments.least_range_seconds * 1000), longest)
    sys.stdout.write(scale.rules(sys.stdin.read()))


if __name__ == "__main__":
    main()
