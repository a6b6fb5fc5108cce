"""Every command of the documentation runs: a page on a machine of its own, from its first block to its last."""

from __future__ import annotations

import os
import re
import shlex
from functools import partial
from pathlib import Path

import pytest
from support import cloud, standins
from support.documents import ROOT, Block, Page, commands, pages
from support.process import Process
from support.rehearsal import CLOUD, SECRETS, Machine

SHELL = ("sh", "console", "text")
WITH_COMMANDS = [
    path
    for path, page in pages().items()
    if any(commands(block) for block in page.blocks if block.language in SHELL)
]
# Commands of the program that end by themselves.
ENDING = r"check|backfill|completions|man|help"
EXPORTER = re.compile(rf"^(?:\w+=\S+ +)*drs-exporter(?! +(?:{ENDING})\b)(?!.* (?:--help|--version|-h)\b)")
SERVING = re.compile(r"listen-address=\S*?:(\d+)")


def sdk_variables() -> str:
    """Where the SDK's variables say that DRS is, and the key that is there already; for the set-up without a file."""
    regions = [region.upper().replace("-", "_") for _, region in cloud.PROJECTS.values()]
    variables = [f"HUAWEICLOUD_SDK_REGION_DRS_{region}=http://{CLOUD}" for region in regions]
    return shlex.join(["export", *variables, *standins.PLACEHOLDERS.values()])


def write(machine: Machine, block: Block) -> None:
    """What a page tells to write into a file; a configuration of the exporter comes to ask the simulated cloud."""
    text = block.text
    if block.language == "yaml" and "\nprojects:\n" in f"\n{text}":
        ends = f"    endpoints: {{drs: http://{CLOUD}, iam: http://{CLOUD}}}\n"
        text = re.sub(r"(?m)^    project_id: .*\n", lambda found: found.group() + ends, text)
    path = machine.checkout / block.settings["write"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    for name, secret in SECRETS.items():
        (path.parent / name).write_text(secret)


class Rehearsal:
    """One page, block by block."""

    def __init__(self, page: Page, machine: Machine) -> None:
        self.page, self.machine = page, machine

    def block(self, block: Block) -> None:
        if "write" in block.settings:
            write(self.machine, block)
        if block.language in SHELL:
            for command, output in commands(block):
                self.where = f"{self.page.path}:{block.line}: {command}"
                if block.language == "text":
                    # An example of `--help` stands for itself, whatever the one before has written.
                    self.machine.run("cp /etc/drs-exporter.yaml .")
                self.command(command, output, int(block.settings.get("exit", "0")))

    def command(self, command: str, output: str, exit_code: int) -> None:
        for told, meant in standins.PLACEHOLDERS.items():
            command = command.replace(told, meant)
        assert "…" not in command, f"{self.where}: what does … stand for? Say it in support/standins.py"
        if other := standins.stand_in(command):
            instead = other.instead(standins.words_of(command), self.machine.checkout)
            if instead is None:
                return
            command = instead
        said = self.serve(command) or self.run(command, exit_code)
        if output:
            shown = "\n".join(re.escape(line) for line in output.rstrip("\n").split("\n"))
            shown = re.sub(r"(?m)^(?:\\\.\\\.\\\.|…)$\n?", r"(?:.*\n)*?", shown).replace("…", ".*")
            assert re.search(rf"(?m)^{shown}", said), f"{self.where}: printed\n{said}\nand not\n{output}"

    def run(self, command: str, exit_code: int) -> str:
        ended = self.machine.run(command)
        assert ended.exit_code == exit_code, (
            f"{self.where}: exit code {ended.exit_code}\n{ended.output}\n{self.machine.story()}"
        )
        return ended.output

    def serve(self, command: str) -> str | None:
        """Starts what does not end by itself; None where it does."""
        own = command.split("&& ")[-1]
        port = SERVING.search(own)
        if re.match(r"drs-exporter simulate\b", own):
            assert port, f"{self.where}: a simulated cloud on any port is of no use to a reader"
            address, is_up = port.group(1), lambda process: "listening" in process.stderr
        elif EXPORTER.match(own):
            address = port.group(1) if port else "10816"
            is_up = partial(self.is_ready, address)
        elif re.match(r"prometheus\b", own):
            address = port.group(1) if port else "9090"
            is_up = partial(self.is_ready, address)
        elif re.match(r"scripts/stack\b", own):
            address, is_up = "10816", lambda process: "Ctrl-C" in process.stdout
        else:
            return None
        process = self.machine.serve(command, address, is_up)
        return process.stdout + process.stderr

    def is_ready(self, port: str, process: Process) -> bool:
        """Where nobody is let in without a password, that is an answer, too."""
        if port == "0":
            chosen = re.search(r"listening address=\S*:(\d+)", process.stderr)
            port = chosen.group(1) if chosen else port
        ways = ("http", "https")
        return any(self.machine.answers(f"{way}://127.0.0.1:{port}/-/ready") in (200, 401) for way in ways)


@pytest.mark.parametrize("path", WITH_COMMANDS)
def test_every_command_of_the_page_works(binary: Path, tmp_path: Path, path: str):
    wants_packages = any("~/Downloads" in block.text for block in pages()[path].blocks if block.language in SHELL)
    if wants_packages and os.environ.get("DRS_EXPORTER_PACKAGE_IS_MADE") != "yes":
        pytest.skip("the packages are not made: scripts/test package e2e")
    machine = Machine(tmp_path / "machine", binary)
    try:
        if wants_packages:
            machine.download(ROOT / "target/package")
        machine.run(sdk_variables())
        rehearsal = Rehearsal(pages()[path], machine)
        for block in pages()[path].blocks:
            rehearsal.block(block)
    finally:
        machine.stop()


def test_no_command_hides_in_a_block_of_text():
    ours = r"drs-exporter|scripts/\S+|cargo|promtool|prometheus"
    others = "sudo|apt|apt-get|docker|kubectl|helm|systemctl|curl|git|gh|tar|install|setpriv|sha256sum|editor"
    hidden = re.compile(rf"(?m)^(?:\$ )?(?:{ours}|{others}) .*")
    found = {
        f"{path}:{block.line}": line
        for path, page in pages().items()
        for block in page.blocks
        if block.language == "text"
        for line in hidden.findall(block.text)
    }
    assert not found, "commands are blocks of sh"


def test_the_stand_ins_are_told():
    told = pages()["tests/README.md"].text
    for one in standins.STAND_INS:
        assert f"| {one.name} | {one.does} | {one.reason} |" in told


def test_a_wrong_command_is_found(binary: Path, tmp_path: Path):
    """The machine itself: what fails here must fail."""
    machine = Machine(tmp_path / "machine", binary)
    try:
        rehearsal = Rehearsal(Page("page.md", "", [], []), machine)
        rehearsal.block(Block("sh", "drs-exporter check --offline\n", 1))
        rehearsal.block(Block("console", "$ drs-exporter --version\ndrs-exporter …\n...\nrustc: …\n", 1))
        for wrong in (
            Block("sh", "drs-exporter check --ofline\n", 1),
            Block("sh", "drs-exporter check --offline | no-such-program\n", 1),
            Block("sh", "drs-exporter --no-such-flag\n", 1),
            Block("console", "$ drs-exporter --version\nanother-program\n", 1),
            Block("sh", "curl -s http://192.0.2.1/\n", 1),
            Block("sh", "export TOKEN=…\n", 1),
        ):
            with pytest.raises((AssertionError, RuntimeError)):
                rehearsal.block(wrong)
        assert cloud.SECRET_KEY not in machine.story()
    finally:
        machine.stop()
