"""The man page and the shells' completions, as their readers take them: man, groff, mandoc, a bash at a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import ROOT
from support.process import bare_environment
from support.waiting import ROOM_SECONDS

SHELLS = ("bash", "zsh", "fish", "elvish", "powershell")
# What mandoc has to say of every page of clap_mangen, or of one without a date.
USUAL = ("input text line longer", "cannot parse date")


def written(binary: Path, *arguments: str) -> str:
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == ""
    return done.stdout


def flags_and_variables() -> tuple[set[str], set[str]]:
    """All that there are, by the page that is made of them."""
    page = (ROOT / "docs/command-line.md").read_text()
    return set(re.findall(r"^\| `--([\w.-]+)", page, re.M)), set(re.findall(r"^\| [^|]* \| `(\w+)`", page, re.M))


@pytest.fixture
def page(binary, tmp_path) -> Path:
    path = tmp_path / "drs-exporter.1"
    path.write_text(written(binary, "man"))
    return path


def test_a_reader_finds_everything_in_the_man_page(page):
    environment = os.environ | {"MANWIDTH": "500", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""}
    shown = subprocess.run(["man", "-l", page], capture_output=True, text=True, check=True, env=environment)
    assert shown.stderr == ""
    text = re.sub(".\b", "", shown.stdout)
    flags, variables = flags_and_variables()
    assert len(flags) > 15 and len(variables) > 15
    for flag in flags:
        assert f"--{flag}" in text, flag
    for variable in variables:
        assert variable in text, variable
    for title in ("SYNOPSIS", "OPTIONS", "COMMANDS", "ENVIRONMENT", "FILES", "SIGNALS", "EXIT STATUS", "EXAMPLES"):
        assert re.search(f"^{title}$", text, re.M), title
    signals = text.split("\nSIGNALS\n")[1].split("\nEXIT STATUS\n")[0]
    for word in ("SIGHUP", "--config.watch", "SIGTERM, SIGINT"):
        assert word in signals, word
    assert "not refreshed any more" in text.split("\nEXIT STATUS\n")[1]
    for command in ("demo", "simulate", "check", "backfill", "completions", "man"):
        assert text.count(f"drs-exporter {command}") >= 3, "in the synopsis, as a heading, in its example"
    assert "`" not in text and "drs-exporter --config.file=/etc/drs-exporter.yaml\n" in text


def test_formatters_have_nothing_to_say(page):
    assert page.read_text().isascii()
    groff = subprocess.run(["groff", "-man", "-ww", "-Tutf8", page], capture_output=True, text=True, check=True)
    assert groff.stderr == ""
    mandoc = subprocess.run(["mandoc", "-T", "lint", page], capture_output=True, text=True, check=False)
    lines = [line for line in mandoc.stdout.splitlines() if not any(usual in line for usual in USUAL)]
    assert lines == []


@pytest.mark.parametrize("shell", SHELLS)
def test_every_flag_is_completed(binary, shell):
    script = written(binary, "completions", shell)
    for flag in flags_and_variables()[0]:
        # fish writes `-l log.level`.
        assert re.search(rf"(--|-l ){re.escape(flag)}\b", script), flag


def test_an_unknown_shell_is_told_which_there_are(binary):
    done = subprocess.run([binary, "completions", "csh"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    for shell in SHELLS:
        assert shell in done.stderr


class Terminal:
    """A bash at a terminal, in which the completions are loaded."""

    def __init__(self, script: Path, folder: Path) -> None:
        self.pid, self.tty = pty.fork()
        if self.pid == 0:
            environment = bare_environment(folder) | {"PS1": "ready> ", "TERM": "dumb", "INPUTRC": "/dev/null"}
            os.chdir(folder)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], environment)
        self.said = ""
        self.type(f"bind 'set bell-style none'; source {script}\n")
        self.clear()

    def type(self, text: str) -> None:
        os.write(self.tty, text.encode())

    def await_text(self, text: str, seconds: float = ROOM_SECONDS) -> str:
        end = time.monotonic() + seconds
        while text not in self.said:
            assert time.monotonic() < end, f"{text!r} did not come, but {self.said!r}"
            if select.select([self.tty], [], [], 0.1)[0]:
                self.said += os.read(self.tty, 4096).decode()
        return self.said

    def clear(self) -> None:
        """Clears the line, and waits until that is done and nothing of it is to come."""
        self.type("\x15echo done-$((6 * 7))\n")
        self.await_text("done-42")
        self.said = ""

    def completed(self, line: str, expected: str) -> None:
        """Types `line` and a tab, and waits for `expected`; then clears the line."""
        self.type(f"{line}\t")
        self.await_text(expected)
        self.clear()

    def offered(self, line: str, *expected: str) -> None:
        """The same with two tabs: what bash lists."""
        self.type(f"{line}\t\t")
        for word in expected:
            self.await_text(word)
        self.clear()

    def stop(self) -> None:
        os.close(self.tty)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def test_bash_completes_at_a_terminal(binary, tmp_path, programs):
    script = tmp_path / "completions.bash"
    script.write_text(written(binary, "completions", "bash"))
    subprocess.run(["bash", "-n", script], check=True)
    (tmp_path / "wanted.yaml").touch()
    terminal = Terminal(script, tmp_path)
    programs.append(terminal)
    terminal.offered("drs-exporter --web.", "--web.listen-address", "--web.telemetry-path")
    terminal.completed("drs-exporter --config.f", "--config.file")
    terminal.completed("drs-exporter back", "backfill")
    # A command's own flags, and the values of a flag in both of its forms.
    terminal.completed("drs-exporter check --off", "--offline")
    terminal.completed("drs-exporter check --output js", "js" + "on")
    terminal.completed("drs-exporter check --output=js", "js" + "on")
    terminal.offered("drs-exporter --log.level=", "debug", "error")
    terminal.completed("drs-exporter --config.file=wan", "wanted.yaml")
    terminal.completed("drs-exporter completions po", "powershell")


@pytest.mark.parametrize("arguments", [["man"], ["completions", "bash"], ["--help"], ["demo", "--help"]], ids=" ".join)
def test_a_reader_that_has_gone_is_no_panic(binary, arguments):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([binary, *arguments], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert "panicked" not in done.stderr and done.returncode in (0, 1), done
