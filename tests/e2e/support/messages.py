"""What the program says when something is wrong, read from its source. Knows nothing of when it says so."""

from __future__ import annotations

import re
from functools import cache

from .documents import ROOT, tracked

# Rooms whose errors are told elsewhere: the flags' by the flag, the file's by its line, the simulator's by itself.
NOT_HERE = re.compile(r"^src/(simulator/|cli/|config/|bin/)|(^|/)(tests|\w+_tests)(/|\.rs$)|^src/(.*/)?fake")
LITERAL = r'"((?:[^"\\]|\\.)*)"'
# A message ends a log call, or is what an error is made of.
LOGGED = re.compile(r"\b(?:warn|error)!\(")
FAILURE = re.compile(rf"Failure::\w+\(\s*(?:format!\(\s*)?{LITERAL}", re.DOTALL)
ERROR = re.compile(rf"#\[error\(\s*{LITERAL}", re.DOTALL)


@cache
def messages() -> dict[str, str]:
    """Each message as a reader sees it, `…` for what differs, and the file that says it."""
    found: dict[str, str] = {}
    for path in tracked("src/*.rs"):
        if NOT_HERE.search(path):
            continue
        text = (ROOT / path).read_text()
        text = re.split(r"#\[cfg\(test\)\]\nmod \w+ \{", text)[0]
        # Comments may name a macro; a message has no `//` in front of it.
        text = re.sub(r"(?m)^\s*//.*$", "", text)
        texts = [call[-1] for start in LOGGED.finditer(text) if (call := literals_of_the_call(text, start.end()))]
        texts += FAILURE.findall(text) + ERROR.findall(text)
        for one in texts:
            found[readable(one)] = path
    # What only hands on another message.
    return {one: path for one, path in found.items() if re.search(r"\w", one)}


def literals_of_the_call(text: str, start: int) -> list[str]:
    """The strings among the arguments of a macro's call that begins at `start`."""
    depth, position, found = 1, start, []
    while depth:
        if literal := re.compile(LITERAL, re.DOTALL).match(text, position):
            if depth == 1:
                found.append(literal.group(1))
            position = literal.end()
            continue
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text[position], 0)
        position += 1
    return found


def readable(literal: str) -> str:
    """Rust's string as the log has it."""
    text = re.sub(r"\\\n\s*", "", literal).replace('\\"', '"').replace("\\n", "")
    return re.sub(r"\{[^{}]*\}", "…", text).replace("{{", "{").replace("}}", "}").strip()


@cache
def causes() -> set[str]:
    """The words of `check` for why a question failed."""
    return set(re.findall(r'Cause::\w+ => "(\w+)"', (ROOT / "src/check/words.rs").read_text()))
