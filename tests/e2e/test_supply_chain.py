"""What goes into a release, and by whose hands: dependencies, compiler, workflows."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
MANIFEST = tomllib.loads((ROOT / "Cargo.toml").read_text())
# Beside this Python, where pip puts programs.
PROGRAMS = Path(sys.executable).parent


def read(name: str) -> str:
    return (ROOT / name).read_text()


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


# --- dependencies


def test_every_dependency_says_what_it_is_here_for():
    without, seen, section, comment = [], set(), "", False
    for line in read("Cargo.toml").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section.endswith("dependencies") and (found := re.match(r"([\w-]+) *[=.]", line)):
            seen.add(found[1])
            if not comment:
                without.append(found[1])
        comment = line.startswith("# ")
    assert seen == set(MANIFEST["dependencies"]) | set(MANIFEST["dev-dependencies"])
    assert not without


def test_the_lock_file_is_up_to_date_and_all_crates_are_from_the_registry():
    run("cargo", "metadata", "--locked", "--format-version=1", "--no-deps")
    for crate in tomllib.loads(read("Cargo.lock"))["package"]:
        if crate["name"] != "drs-exporter":
            assert crate["source"].startswith("registry+") and len(crate["checksum"]) == 64, crate


def test_no_version_is_left_open():
    for name, wanted in (MANIFEST["dependencies"] | MANIFEST["dev-dependencies"]).items():
        version = wanted if isinstance(wanted, str) else wanted["version"]
        assert re.match(r"\d", version), f"{name}: {version}"


# --- the compiler


def test_one_version_of_the_compiler_is_named_everywhere(binary):
    minimum = MANIFEST["package"]["rust-version"]
    named = {
        "Dockerfile": set(re.findall(r"rust:(\d+\.\d+)", read("Dockerfile"))),
        "README.md": set(re.findall(r"Rust (\d+\.\d+)", read("README.md"))),
        "scripts/test": set(re.findall(r"Rust (\d+\.\d+)", read("scripts/test"))),
    } | {path.name: set(re.findall(r"rust:(\d+\.\d+)", path.read_text())) for path in WORKFLOWS}
    assert named == dict.fromkeys(named, {minimum})
    # The least version that is promised is the one that everything here is built and tested with.
    assert re.search(rf"^rustc:\s+{re.escape(minimum)}\.", run(binary, "--version"), re.MULTILINE)


# --- the workflows


def test_the_workflows_have_the_right_form():
    run(PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


def test_the_workflows_open_no_door():
    run(PROGRAMS / "zizmor", "--offline", "--no-progress", "--persona=pedantic", *WORKFLOWS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_nobody_may_more_than_needed(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())
    assert used
    for action, comment in used:
        # Only GitHub's own: each further one is somebody else who could release in our name.
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        writes = {key for key, value in job["permissions"].items() if value == "write"}
        allowed = {"image": {"packages"}, "publish": {"contents", "packages", "id-token", "attestations"}}
        assert writes == allowed.get(name, set()), name


def test_the_release_waits_for_tests_and_advisories():
    jobs = yaml.safe_load(read(".github/workflows/release.yml"))["jobs"]

    def needed(name: str) -> set[str]:
        needs = jobs[name].get("needs", [])
        direct = {needs} if isinstance(needs, str) else set(needs)
        return direct.union(*map(needed, direct))

    assert needed("publish") == set(jobs) - {"publish"}
    commands = [step.get("run", "") for step in jobs["check"]["steps"]]
    assert "cargo deny --locked check" in commands, "all of it, with the advisories"


def test_the_same_version_of_cargo_deny_is_used_everywhere():
    texts = [read("scripts/test"), *(path.read_text() for path in WORKFLOWS)]
    assert len({re.search(r"cargo-deny[@ ](\d+\.\d+\.\d+)", text).group(1) for text in texts}) == 1
