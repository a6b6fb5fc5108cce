"""The documentation as text: what it links to, shows and names is there. Its commands: test_documented_commands.py."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from support.checks import Checks, values_of_the_chart
from support.documents import ROOT, Page, commands, pages, parse, slug_of, tracked
from support.messages import causes, messages
from support.prometheus import tool

PAGES = pages()
METRIC = re.compile(r"(?<![\w./-])drs_[a-zA-Z0-9_:]*\w")
FLAG = re.compile(r"(?<![\w-])--([a-z][a-z0-9.-]*[a-z0-9])")
# Programs whose flags the pages name, and who tells them.
FOREIGN = (["prometheus", "--help"], ["promtool", "tsdb", "create-blocks-from", "--help"], ["git", "-h"])
# Flags of programs that are not on this machine.
ELSEWHERE = {
    "docker": {"build", "build-arg", "file", "read-only", "rm", "volume", "publish", "detach"},
    # It does not tell it in its help.
    "promtool": {"max-block-duration"},
    "curl": {"fail"},
    "kubectl": {"dry-run"},
    "pytest": {"rootdir", "collect-only"},
    "cargo": {"release", "lib", "example", "locked", "all-targets"},
}


def broken_links(page: Page) -> list[str]:
    wrong = []
    for line, target in page.links:
        address = urlsplit(target)
        if address.scheme:
            if address.scheme not in ("https", "http", "mailto") or not (address.netloc or address.path):
                wrong.append(f"{page.path}:{line}: {target} is no address")
            continue
        path = (ROOT / page.path).parent / unquote(address.path) if address.path else ROOT / page.path
        name = str(path.resolve().relative_to(ROOT))
        if not path.exists() or (not path.is_dir() and name not in tracked()):
            wrong.append(f"{page.path}:{line}: {target} is not there")
        elif address.fragment and (name not in PAGES or address.fragment not in PAGES[name].anchors):
            wrong.append(f"{page.path}:{line}: {target}: no such heading")
    return wrong


def test_every_link_leads_somewhere():
    assert not [mistake for page in PAGES.values() for mistake in broken_links(page)]


def test_every_page_of_docs_can_be_reached_from_the_readme():
    reached, ahead = set(), ["README.md"]
    while ahead:
        path = ahead.pop()
        if path in reached or path not in PAGES:
            continue
        reached.add(path)
        for _, target in PAGES[path].links:
            if not urlsplit(target).scheme and urlsplit(target).path:
                found = ((ROOT / path).parent / unquote(urlsplit(target).path)).resolve().relative_to(ROOT)
                ahead += [str(found), str(found / "README.md")]
    assert not {path for path in PAGES if path.startswith("docs/")} - reached


def test_every_page_of_docs_is_in_the_index():
    told = {urlsplit(target).path for _, target in PAGES["docs/README.md"].links}
    # A runbook is found by its alert.
    pages_of_docs = {path.removeprefix("docs/") for path in PAGES if path.startswith("docs/")}
    assert not {path for path in pages_of_docs if "/" not in path and path != "README.md"} - told


@pytest.mark.parametrize("path", PAGES)
def test_every_block_is_right(binary: Path, tmp_path: Path, path: str):
    checks = Checks(binary, tmp_path)
    for block in PAGES[path].blocks:
        checks.of(PAGES[path], block)


@cache
def metric_names() -> set[str]:
    """The catalogue's, with what a histogram has, and what the rules record."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", PAGES["docs/metrics.md"].text, re.MULTILINE)
    names = {name for name, _ in rows}
    names |= {name + end for name, kind in rows if kind == "histogram" for end in ("_bucket", "_sum", "_count")}
    for group in yaml.safe_load((ROOT / "alerts/drs-exporter.rules.yml").read_text())["groups"]:
        names |= {rule["record"] for rule in group["rules"] if "record" in rule}
        # `…:override` is recorded by users only; a name without a colon is the catalogue's, or it is none.
        names |= {name for rule in group["rules"] for name in METRIC.findall(rule["expr"]) if ":" in name}
    return names


def unknown_metrics(page: Page) -> list[str]:
    wrong = []
    for found in METRIC.finditer(page.text):
        behind = page.text[found.end() : found.end() + 2]
        name = found.group()
        # `drs_exporter` and `drs_job:…:last` stand for many.
        if behind[:1] in ("…", "*") or behind == "_*" or behind == ":…":
            if not any(known.startswith(name) for known in metric_names()):
                wrong.append(f"{page.path}: nothing begins with {name}")
        elif name not in metric_names() and not name.startswith("drs_exporter_linux"):
            wrong.append(f"{page.path}: {name} is no metric")
    for found in re.finditer(r"`…(_\w+)(…?)`", page.text):
        part, goes_on = found.groups()
        if not any(known.endswith(part) or (goes_on and part in known) for known in metric_names()):
            wrong.append(f"{page.path}: nothing ends with {part}")
    return wrong


def test_every_metric_that_is_named_exists():
    assert not [mistake for page in PAGES.values() for mistake in unknown_metrics(page)]


@cache
def our_flags() -> set[str]:
    return set(re.findall(r"^\| `--([a-z][\w.-]*)", PAGES["docs/command-line.md"].text, re.MULTILINE))


@cache
def other_flags() -> set[str]:
    said = "".join((ROOT / name).read_text() for name in tracked("scripts/*"))
    said += (ROOT / "examples/api_budget/main.rs").read_text()
    for program, *arguments in FOREIGN:
        done = subprocess.run([tool(program), *arguments], capture_output=True, text=True, timeout=30, check=False)
        said += done.stdout + done.stderr
    return set(FLAG.findall(said)).union(*ELSEWHERE.values())


def unknown_flags(page: Page) -> list[str]:
    """In spans; in blocks only those of this program, since the others run."""
    named = [(line, text) for line, text in page.spans]
    named += [
        (block.line, command)
        for block in page.blocks
        if block.language in ("sh", "console")
        for command, _ in commands(block)
        if command.startswith("drs-exporter")
    ]
    return [
        f"{page.path}:{line}: there is no --{flag}"
        for line, text in named
        for flag in FLAG.findall(text.split(" -- ")[0])
        if flag not in our_flags() and (text.startswith("drs-exporter") or flag not in other_flags())
    ]


def test_every_flag_that_is_named_exists():
    assert len(our_flags()) > 15
    assert not [mistake for page in PAGES.values() for mistake in unknown_flags(page)]


@cache
def words_of_the_code() -> set[str]:
    folders = ("src/*", "alerts/*", "dashboards/*", "tests/e2e/*", "scripts/*", "deny.toml", "Cargo.toml", "examples/*")
    # This file has words that must not exist.
    names = [name for name in tracked(*folders) if not name.endswith(Path(__file__).name)]
    return set(re.findall(r"\w+", "\n".join((ROOT / name).read_text() for name in names)))


@cache
def keys() -> set[str]:
    """Paths of configuration keys, without what says that something is a list; those of the chart's values, too."""
    text = PAGES["docs/configuration.md"].text
    found = paths_of(values_of_the_chart())
    for section in re.split(r"(?m)^## ", text)[1:]:
        heading = section.splitlines()[0].strip("`").replace("[]", "")
        base = "" if heading == "Top level" else f"{heading}."
        found |= {base + key for key in re.findall(r"(?m)^\| `([\w.]+)` \|", section)}
    return found


def paths_of(content: dict, base: str = "") -> set[str]:
    found = {base + key for key in content}
    return found.union(*(paths_of(value, f"{base}{key}.") for key, value in content.items() if isinstance(value, dict)))


def unknown_words(page: Page) -> list[str]:
    """Keys such as `http.rate_limit`, words such as `poll_interval`, files such as `alerts/tests/`."""
    wrong = []
    tops = {name.split("/")[0] for name in tracked() if "/" in name}
    for line, span in page.spans:
        if re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+", span) and span.split(".")[0] in {
            one for key in keys() for one in key.split(".")
        }:
            if not any(key == span or key.endswith(f".{span}") for key in keys()):
                wrong.append(f"{page.path}:{line}: there is no key {span}")
        elif re.fullmatch(r"[a-z]+(_[a-z]+)+", span):
            if span not in words_of_the_code():
                wrong.append(f"{page.path}:{line}: nothing in the code is called {span}")
        elif re.fullmatch(r"[\w.{},*-]+(/[\w.{},*-]+)+/?", span) and span.split("/")[0] in tops:
            if not any(list(ROOT.glob(one)) for one in alternatives(span)) and "NAME" not in span:
                wrong.append(f"{page.path}:{line}: there is no file {span}")
    return wrong


def alternatives(path: str) -> list[str]:
    """`src/{a,b}.rs` is two files."""
    if not (braces := re.search(r"\{([^}]*)\}", path)):
        return [path]
    return [path.replace(braces.group(), one) for one in braces.group(1).split(",")]


def test_every_key_word_and_file_that_is_named_exists():
    assert "projects.discovery.refresh_interval" in keys(), keys()
    assert not [mistake for page in PAGES.values() for mistake in unknown_words(page)]


WRONG = """# A page

[dead](nowhere.md), [no heading](docs/check.md#no-such-heading), `drs_no_such_metric`, `--no-such-flag`,
`http.rate_limits`, `no_such_word_at_all`, `src/nowhere.rs`, ![picture](docs/images/none.png)
"""


def test_what_is_wrong_is_found():
    page = parse("page.md", WRONG)
    assert len(broken_links(page)) == 3, broken_links(page)
    assert len(unknown_metrics(page)) == 1
    assert len(unknown_flags(page)) == 1
    assert len(unknown_words(page)) == 4, unknown_words(page)
    assert slug_of("How large, how long?") == "how-large-how-long"


@pytest.mark.parametrize(
    "block",
    [
        "```\nno language\n```",
        "```yaml\nprojects: [{name: a, region: ap-southeast-1, project_id: b, jobz: [{job_id: c}]}]\n```",
        "```yaml\nscrape_configs: [{job_name: a, scrape_intervall: 1s}]\n```",
        "```yaml\ngroups: [{name: a, rules: [{record: 'a:b', expr: 'sum('}]}]\n```",
        "```yaml\nroute: {receiver: nobody}\nreceivers: []\n```",
        "```yaml\nsomething: else\n```",
        "```promql\nup ==\n```",
        "```json\n{\n```",
        "```ini\n[Service]\nReestart=always\n```",
        "```yaml\nbasic_auth_users: {somebody: plain-text}\n```",
    ],
)
def test_a_wrong_block_is_found(binary: Path, tmp_path: Path, block: str):
    page = parse("page.md", block)
    with pytest.raises(AssertionError, match="page.md:1"):
        Checks(binary, tmp_path).of(page, page.blocks[0])


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("http_server_config: {http2: false}", "http_server_config: {http3: false}", "http3"),
        ("tls_server_config: {cert_file: a.pem, key_file: a-key}", "tls_server_config: {cert_file: a.pem}", "key_file"),
        ("rate_limit: {interval: 1s, burst: 2}", "rate_limit: {interval: 1, burst: 2}", "rate_limit.interval"),
    ],
)
def test_a_wrong_web_configuration_is_found(binary: Path, tmp_path: Path, right: str, wrong: str, told: str):
    """The program can end for many reasons; here it must be for what is wrong."""
    page = parse("page.md", f"```yaml\n{right}\n```\n```yaml\n{wrong}\n```\n")
    checks = Checks(binary, tmp_path)
    checks.of(page, page.blocks[0])
    with pytest.raises(AssertionError, match=rf"(?s)page.md:4: .*{told}"):
        checks.of(page, page.blocks[1])


def test_every_file_of_tests_is_told():
    files = {Path(name).name for name in tracked("tests/e2e/test_*.py")}
    told = set(re.findall(r"`(test_\w+\.py)`", "".join(re.findall(r"(?m)^\| (.*?) \|", PAGES["tests/README.md"].text))))
    assert len(files) > 30 and not files ^ told


def told_messages() -> set[str]:
    """First cells of the tables of docs/troubleshooting.md, as far as they are one span of code."""
    return set(re.findall(r"(?m)^\| `([^`]+)` \|", PAGES["docs/troubleshooting.md"].text))


def test_every_message_of_the_program_is_explained_and_no_other():
    said = set(messages()) | causes()
    assert len(said) > 50
    missing = {one: messages().get(one, "src/check/words.rs") for one in said - told_messages()}
    assert not missing, "docs/troubleshooting.md lacks these messages"
    # What the last table has is seen, not said.
    seen = {"/-/ready", "drs_job_up"}
    assert not told_messages() - said - seen, "the program does not say this any more"


def test_every_permission_is_told_with_what_it_is_for():
    in_code = set(re.findall(r'"(drs:\w+:\w+)"', (ROOT / "src/check/words.rs").read_text()))
    page = PAGES["docs/permissions.md"]
    rows = re.findall(r"(?m)^\| (.*?) \|", page.text)
    assert in_code and all(any(f"`{action}`" in row for row in rows) for action in in_code)
    policies = [json.loads(block.text) for block in page.blocks if block.language == "json"]
    granted = {action for policy in policies for one in policy["Statement"] for action in one["Action"]}
    assert in_code <= granted
    assert not [action for action in granted if not re.search(r":(list|get\w*)$", action)], "it only reads"
