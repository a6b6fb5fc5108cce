"""Tarball and Debian package: what is in them, and what an installation leaves where."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from support.configuration import configuration, project, write
from support.debian import Debian
from support.exporter import Exporter
from support.packages import BUILD_SECONDS, made, the
from support.prometheus import tool

ROOT = Path(__file__).resolve().parents[2]
USER = "drs-exporter"
CONFIGURATION = "etc/drs-exporter/drs-exporter.yaml"

# Made and unpacked once, used by all: on one worker.
pytestmark = [pytest.mark.xdist_group("packages"), pytest.mark.timeout(BUILD_SECONDS + 60)]


def said_by(*command: str | Path, **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def packages() -> Path:
    return made()


@pytest.fixture(scope="module")
def deb() -> Path:
    return the(".deb")


@pytest.fixture(scope="module")
def tree(packages, tmp_path_factory) -> Path:
    """The unpacked tarball."""
    folder = tmp_path_factory.mktemp("tarball")
    with tarfile.open(the(".tar.gz")) as archive:
        archive.extractall(folder, filter="tar")
    [tree] = folder.iterdir()
    return tree


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Iterator[Debian]:
    yield Debian(tmp_path_factory.mktemp("debian") / "root")


@pytest.fixture(scope="module")
def installed(deb, fresh) -> Debian:
    fresh.install(deb)
    return fresh


# --- what is handed out


def test_the_checksums_are_of_all_files_and_right(packages):
    listed = (packages / "SHA256SUMS").read_text().splitlines()
    names = {path.name for path in packages.iterdir()} - {"SHA256SUMS"}
    assert {line.split()[1] for line in listed} == names and len(names) == 3, names
    said_by(tool("sha256sum"), "--check", "--strict", "SHA256SUMS", cwd=packages)


def test_the_tarball_has_everything_and_nothing_of_this_machine(packages):
    path = the(".tar.gz")
    assert re.fullmatch(r"drs-exporter-\d+\.\d+\.\d+-linux-(amd64|arm64)\.tar\.gz", path.name)
    top = path.name.removesuffix(".tar.gz")
    with tarfile.open(path) as archive:
        members = archive.getmembers()
    names = [member.name for member in members]
    wanted = (
        "drs-exporter LICENSE LICENSES-OF-DEPENDENCIES.txt README.md CHANGELOG.md drs-exporter.yaml sbom.cdx.json "
        "man/drs-exporter.1 completions/drs-exporter completions/_drs-exporter completions/drs-exporter.fish "
        "systemd/drs-exporter.service systemd/drs-exporter.socket systemd/drs-exporter.sysusers.conf "
        "alerts/drs-exporter.rules.yml alerts/prometheusrule.yaml dashboards/drs-overview.json docs/metrics.md"
    )
    assert {f"{top}/{name}" for name in wanted.split()} <= set(names)
    commit = int(said_by("git", "log", "-1", "--format=%ct", cwd=ROOT))
    for member in members:
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", ""), member
        assert member.mtime == commit, member
        executable = member.isdir() or member.name == f"{top}/drs-exporter"
        assert member.mode == (0o755 if executable else 0o644), member


def test_the_same_binary_is_packed_into_the_same_bytes(packages, tree, tmp_path):
    binary = tmp_path / "drs-exporter"
    binary.write_bytes((tree / "drs-exporter").read_bytes())
    binary.chmod(0o755)
    again = tmp_path / "again"
    said_by(ROOT / "scripts/package", f"--binary={binary}", f"--output={again}", umask=0o077)
    assert (again / "SHA256SUMS").read_text() == (packages / "SHA256SUMS").read_text()


def test_the_binary_is_static_and_names_no_path_of_the_machine_that_built_it(tree):
    told = subprocess.run([tool("ldd"), tree / "drs-exporter"], capture_output=True, text=True, check=False)
    assert re.search("statically linked|not a dynamic executable", told.stdout + told.stderr), told
    content = (tree / "drs-exporter").read_bytes()
    for path in {ROOT, Path.home(), Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))}:
        assert f"{path}/".encode() not in content, path
    assert b"/cargo/registry/" in content, "paths are written in another way by now: is the line above still a test?"


def test_the_binary_was_built_by_the_compiler_that_is_named_from_the_commit_that_is_named(tree):
    said = said_by(tree / "drs-exporter", "--version")
    minimum = re.search(r'^rust-version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    assert re.search(rf"^rustc:\s+{re.escape(minimum)}\.\d+$", said, re.MULTILINE), said
    revision = said_by("git", "rev-parse", "HEAD", cwd=ROOT)[:12]
    assert re.search(rf"^revision:\s+{revision}$", said, re.MULTILINE), said


def test_the_example_is_a_configuration_when_its_marks_are_taken_away(tree, tmp_path):
    example = (tree / "drs-exporter.yaml").read_text()
    assert all(line.startswith("#") for line in example.splitlines()), "it must do nothing by itself"
    (tmp_path / "drs-exporter.yaml").write_text(re.sub(r"(?m)^#(projects:| )(?=.*)", r"\1", only_keys(example)))
    for secret in ("ak", "sk"):
        (tmp_path / secret).write_text("A" * 20)
    said_by(tree / "drs-exporter", "check", "--offline", f"--config.file={tmp_path}/drs-exporter.yaml")


def only_keys(example: str) -> str:
    """The example from its first key on, without the explanation before it."""
    return example[example.index("#projects:") :]


def test_the_bill_of_materials_is_valid_and_names_every_crate_that_is_linked(packages):
    text = the(".cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    bill = json.loads(text)
    listed = {(part["name"], part["version"]): part for part in bill["components"]}
    triple = f"{os.uname().machine}-unknown-linux-musl"
    tree = said_by("cargo", "tree", "--locked", "--edges=normal", f"--target={triple}", "--prefix=none", cwd=ROOT)
    linked = set(re.findall(r"^([\w-]+) v(\S+)", tree, re.MULTILINE))
    own = (bill["metadata"]["component"]["name"], bill["metadata"]["component"]["version"])
    assert len(linked) > 100 and own in linked
    assert linked - {own} <= set(listed), "linked, but not named"
    for part in listed.values():
        assert part["licenses"] and part["hashes"] and part["purl"].startswith("pkg:cargo/"), part
    assert str(ROOT) not in text and str(Path.home()) not in text


def test_every_crate_of_the_bill_has_its_licence_handed_out(packages, tree):
    bill = json.loads(the(".cdx.json").read_text())
    licences = (tree / "LICENSES-OF-DEPENDENCIES.txt").read_text()
    missing = [part["name"] for part in bill["components"] if f"  {part['name']} {part['version']}: " not in licences]
    # What only builds, such as a macro's own crates, may be in the bill: it is part of how the binary came to be.
    triple = f"{os.uname().machine}-unknown-linux-musl"
    linked = said_by("cargo", "tree", "--locked", "--edges=normal", f"--target={triple}", "--prefix=none", cwd=ROOT)
    assert not [name for name in missing if re.search(rf"^{name} v", linked, re.MULTILINE)]
    assert "Permission is hereby granted" in licences and "Apache License" in licences


# --- the Debian package


def test_lintian_has_nothing_to_say(deb):
    said_by(tool("lintian"), "--allow-root", "--fail-on=error,warning", deb)


def test_the_control_file_says_what_it_is(deb):
    fields = dict(line.split(": ", 1) for line in said_by("dpkg-deb", "--field", deb).splitlines() if line[0] != " ")
    version = re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    assert (fields["Package"], fields["Version"]) == ("drs-exporter", f"{version}-1")
    assert "ca-certificates" in fields["Depends"] and "libc6" not in fields["Depends"]


def test_everything_lies_where_debian_looks_for_it(installed, tree):
    inside = installed.folder
    for path in (
        "usr/bin/drs-exporter",
        "lib/systemd/system/drs-exporter.service",
        "lib/systemd/system/drs-exporter.socket",
        "usr/lib/sysusers.d/drs-exporter.conf",
        "usr/share/bash-completion/completions/drs-exporter",
        "usr/share/zsh/vendor-completions/_drs-exporter",
        "usr/share/fish/vendor_completions.d/drs-exporter.fish",
        "usr/share/man/man1/drs-exporter.1.gz",
        "usr/share/doc/drs-exporter/copyright",
        "usr/share/doc/drs-exporter/changelog.gz",
        "usr/share/doc/drs-exporter/README.md",
        "usr/share/doc/drs-exporter/docs/configuration.md",
        "usr/share/drs-exporter/alerts/drs-exporter.rules.yml",
        "usr/share/drs-exporter/dashboards/drs-overview.json",
        "etc/default/drs-exporter",
        CONFIGURATION,
    ):
        assert (inside / path).is_file() and (inside / path).stat().st_size, path
    assert (inside / "usr/bin/drs-exporter").read_bytes() == (tree / "drs-exporter").read_bytes()
    manual = gzip.decompress((inside / "usr/share/man/man1/drs-exporter.1.gz").read_bytes())
    assert manual == (tree / "man/drs-exporter.1").read_bytes() and b".TH DRS-EXPORTER 1" in manual
    assert "drs-exporter" in installed.run("drs-exporter", "--version", user=USER)


def test_the_configuration_is_for_root_and_the_service_alone(installed):
    paths = ("/etc/drs-exporter", f"/{CONFIGURATION}", "/etc/default/drs-exporter")
    told = installed.run("stat", "--format=%A %U:%G %n", *paths)
    assert told.splitlines() == [
        f"drwxr-x--- root:{USER} /etc/drs-exporter",
        f"-rw-r----- root:{USER} /{CONFIGURATION}",
        "-rw-r----- root:root /etc/default/drs-exporter",
    ]
    said_by(*installed.command("cat", f"/{CONFIGURATION}", user=USER))
    refused = subprocess.run(
        installed.command("cat", f"/{CONFIGURATION}", user="nobody")[:1]
        + ["--userspec=nobody:nogroup", str(installed.folder), "cat", f"/{CONFIGURATION}"],
        capture_output=True,
        check=False,
    )
    assert refused.returncode != 0 and b"Permission denied" in refused.stderr


def test_all_else_belongs_to_root_and_is_written_by_root_alone(installed):
    listed = installed.run("dpkg", "--listfiles", "drs-exporter").split()
    for name in listed:
        path = installed.folder / name.lstrip("/")
        if name.startswith("/etc/drs-exporter") or path.is_symlink():
            continue
        state = path.stat()
        assert (state.st_uid, state.st_gid) == (0, 0) and not state.st_mode & 0o022, name


def test_its_user_can_not_log_in(installed):
    [line] = [line for line in installed.lines("etc/passwd") if line.startswith(f"{USER}:")]
    _, _, uid, _, _, _, shell = line.split(":")
    assert 0 < int(uid) < 1000 and shell.endswith("nologin")
    [line] = [line for line in installed.lines("etc/shadow") if line.startswith(f"{USER}:")]
    assert line.split(":")[1].startswith("!"), line


def test_nothing_is_enabled_before_it_is_configured(installed):
    wanted = [path for path in (installed.folder / "etc/systemd").rglob("*drs-exporter*")]
    assert not wanted


def test_systemd_accepts_the_units(installed):
    for unit in ("drs-exporter.service", "drs-exporter.socket"):
        said = installed.run("systemd-analyze", "verify", "--man=no", f"/lib/systemd/system/{unit}")
        assert "drs-exporter" not in said, said


def test_it_serves_as_its_user_by_the_command_of_the_unit(installed, start_simulator, tmp_path, programs):
    simulator = start_simulator()
    simulator.add_example()
    # As an administrator does: the configuration that root writes is read by the group.
    made = write(tmp_path, configuration(project(simulator, discovery={})))
    (installed.folder / CONFIGURATION).write_bytes(made.read_bytes())
    unit = (installed.folder / "lib/systemd/system/drs-exporter.service").read_text()
    command = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE).group(1))
    environment = dict(line.split("=", 1) for line in re.findall(r'^Environment="?([^"\n]*?)"?$', unit, re.MULTILINE))
    inside = tmp_path / "inside"
    inside.write_text(f'#!/bin/sh\nexec {shlex.join(installed.command(*command, user=USER))} "$@"\n')
    inside.chmod(0o755)
    exporter = Exporter(inside, tmp_path / "run", None, environment=environment)
    programs.append(exporter)
    exporter.await_ready()
    exporter.eventually("comparisons", lambda page: page.has("drs_health_comparison_task_status"))
    status = Path(f"/proc/{exporter.process.pid}/status").read_text()
    uid = re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE).group(1)
    [line] = [line for line in installed.lines("etc/passwd") if line.startswith(f"{USER}:")]
    assert uid == line.split(":")[2]


def newer(deb: Path, folder: Path) -> Path:
    """The next version of the package, whose example says something new."""
    said_by("dpkg-deb", "--raw-extract", deb, folder)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+newer", control.read_text()))
    with (folder / CONFIGURATION).open("a") as example, (folder / "etc/default/drs-exporter").open("a") as default:
        example.write("# new in the next version\n")
        default.write("# new in the next version\n")
    package = folder.with_suffix(".deb")
    said_by("dpkg-deb", "--root-owner-group", "--build", folder, package)
    return package


def test_upgrade_removal_and_purge_leave_what_they_should(deb, tmp_path):
    debian = Debian(tmp_path / "root")
    before, users = debian.files(), {name: debian.lines(name) for name in ("etc/passwd", "etc/group", "etc/shadow")}
    debian.install(deb)
    ours, key = "# ours\nprojects: []\n", debian.folder / "etc/drs-exporter/sk"
    (debian.folder / CONFIGURATION).write_text(ours)
    key.write_text("secret")
    # What an administrator has decided about the file stays, too.
    (debian.folder / CONFIGURATION).chmod(0o600)

    debian.install(newer(deb, tmp_path / "next"))
    assert (debian.folder / CONFIGURATION).read_text() == ours
    assert "new in the next" in (debian.folder / f"{CONFIGURATION}.dpkg-dist").read_text()
    assert (debian.folder / CONFIGURATION).stat().st_mode & 0o777 == 0o600
    assert "new in the next" in (debian.folder / "etc/default/drs-exporter").read_text(), "unchanged, so replaced"

    debian.run("dpkg", "--remove", "drs-exporter")
    assert (debian.folder / CONFIGURATION).read_text() == ours and key.read_text() == "secret"
    left = set(debian.files()) - set(before)
    # What was enabled is remembered by systemd's helper until a purge.
    kept = ("etc/drs-exporter", "etc/default/drs-exporter", "var/lib/systemd/deb-systemd-helper-")
    assert not [name for name in left if not name.startswith(kept)]

    debian.run("dpkg", "--purge", "drs-exporter")
    assert debian.files() == before
    # The user stays, as is Debian's practice, so that its number never becomes another's.
    for name, lines in users.items():
        assert lines <= debian.lines(name)
        assert [line.split(":")[0] for line in debian.lines(name) - lines] == [USER], name
    assert "drs-exporter" not in debian.run("dpkg-query", "--list")
