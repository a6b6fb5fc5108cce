"""The container image, built and started without a daemon and without a registry."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.page import Page
from support.process import Process
from support.prometheus import tool
from support.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "target/buildah"
IMAGE = "localhost/drs-exporter"
# The binary and the certificates; what a node pulls in a second.
MOST_BYTES = 15_000_000
BUILD_SECONDS = 1500

# Built once, used by all: on one worker.
pytestmark = [pytest.mark.xdist_group("image"), pytest.mark.timeout(BUILD_SECONDS + 60)]


def buildah(*arguments: str) -> list[str]:
    return [
        tool("buildah"),
        "--storage-driver",
        "vfs",
        "--root",
        f"{STORE}/root",
        "--runroot",
        f"{STORE}/run",
        *arguments,
    ]


def ask(*arguments: str) -> str:
    done = subprocess.run(buildah(*arguments), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def image() -> str:
    """The image; built here unless `scripts/test` has just done so."""
    if os.environ.get("DRS_EXPORTER_IMAGE_IS_BUILT") != "yes":
        build = subprocess.run(
            [ROOT / "scripts/image"], capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
        )
        assert build.returncode == 0, f"{build.stdout}\n{build.stderr}"
    return IMAGE


@pytest.fixture(scope="module")
def container(image: str) -> Iterator[str]:
    name = ask("from", "--pull-never", image)
    yield name
    ask("rm", name)


@pytest.fixture(scope="module")
def files(image: str) -> Iterator[Path]:
    """The image's files, mounted. A container of their own: running one adds files to it."""
    name = ask("from", "--pull-never", image)
    yield Path(ask("mount", name))
    ask("umount", name)
    ask("rm", name)


def test_the_demo_runs_in_it_and_can_be_scraped(container, tmp_path, programs):
    # Isolation by chroot: the network is this machine's.
    run = buildah("run", "--isolation", "chroot", container, "--", "/drs-exporter", "demo")
    process = Process([*run, "--web.listen-address=127.0.0.1:0"], tmp_path / "run")
    programs.append(process)
    await_live_comparisons(process)
    program = wait_for("the program's process", lambda: child_named("drs-exporter", process.pid))
    users = re.search(r"^Uid:\s+(.*)$", Path(f"/proc/{program}/status").read_text(), re.MULTILINE).group(1).split()
    assert set(users) == {"65532"}


def await_live_comparisons(process: Process) -> None:
    """Scrapes the demo until it shows both its projects."""
    found = process.wait_for("its address", lambda: re.search(r'listening\b.*?address="?([^\s"]+)', process.stderr))

    def is_live() -> bool:
        page = Page(requests.get(f"http://{found.group(1)}/metrics", timeout=10).content.decode())
        return page.has("drs_health_comparison_task_status") and page.total("drs_project_up") == 2

    wait_for("live comparisons", is_live, story=process.story)


def test_it_serves_as_nobody_on_a_root_that_the_kernel_keeps_read_only(files, tmp_path, programs):
    # What `--read-only --security-opt=no-new-privileges` means, by the kernel; no /tmp, /proc or /dev either.
    locked = f"mount --bind {files} {files} && mount -o remount,bind,ro {files} && exec"
    inside = f"{locked} setpriv --no-new-privs chroot --userspec=65532:65532 {files} /drs-exporter demo"
    command = [tool("unshare"), "--mount", "--", "sh", "-c", f"{inside} --web.listen-address=127.0.0.1:0"]
    process = Process(command, tmp_path / "run")
    programs.append(process)
    await_live_comparisons(process)
    status = Path(f"/proc/{process.pid}/status").read_text()
    assert re.search(r"^Uid:\s+65532\s+65532", status, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    mounts = [line.split() for line in Path(f"/proc/{process.pid}/mountinfo").read_text().splitlines()]
    assert [fields[5] for fields in mounts if fields[4] == "/"][-1].startswith("ro"), mounts


def child_named(name: str, parent: int) -> int | None:
    """The process id of a child, or a child's child, of this name. Any thread of the parent may have started it."""
    # One that ends meanwhile is not the one.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            for child in children.read_text().split():
                if Path(f"/proc/{child}/comm").read_text().strip() == name:
                    return int(child)
                if found := child_named(name, int(child)):
                    return found
    return None


def test_its_configuration_names_a_user_a_port_and_a_program(image):
    config = json.loads(ask("inspect", "--type", "image", image))["OCIv1"]["config"]
    assert config["User"] == "65532:65532"
    assert list(config["ExposedPorts"]) == ["10816/tcp"]
    assert config["Entrypoint"] == ["/drs-exporter"] and not config.get("Cmd")
    assert "Healthcheck" not in config and not config.get("Volumes")


def test_its_labels_say_what_it_is_made_of(image, files):
    labels = json.loads(ask("inspect", "--type", "image", image))["OCIv1"]["config"]["Labels"]
    told = {name.removeprefix("org.opencontainers.image."): value for name, value in labels.items()}
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told["revision"] == commit.stdout.strip()
    said = subprocess.run([files / "drs-exporter", "--version"], capture_output=True, text=True, check=True).stdout
    assert f"drs-exporter {told['version']}\n" in said and f"revision: {told['revision'][:12]}\n" in said
    assert told["licenses"] == "Apache-2.0" and told["title"] == "drs-exporter"
    assert told["description"] and "source" in told


def test_there_is_nothing_in_it_but_the_program_and_the_authorities(files):
    inside = {str(path.relative_to(files)): path.stat().st_size for path in files.rglob("*") if path.is_file()}
    assert set(inside) == {"drs-exporter", "etc/ssl/certs/ca-certificates.crt"}, "a shell, for one, has no place here"
    assert sum(inside.values()) <= MOST_BYTES, inside
    for name in inside:
        state = (files / name).stat()
        assert (state.st_uid, state.st_mode & 0o022, state.st_mode & 0o6000) == (0, 0, 0), name


def test_the_program_is_static(files):
    done = subprocess.run([tool("ldd"), files / "drs-exporter"], capture_output=True, text=True, check=False)
    assert re.search("statically linked|not a dynamic executable", done.stdout + done.stderr), done


def test_its_binary_is_that_of_the_packages_byte_by_byte(files):
    # Built in another folder, by another cargo home, on another root: the proof that a build can be repeated.
    if os.environ.get("DRS_EXPORTER_PACKAGE_IS_MADE") != "yes":
        pytest.skip("no packages: scripts/test package image e2e")
    [tarball] = (ROOT / "target/package").glob("*.tar.gz")
    with tarfile.open(tarball) as archive:
        packed = archive.extractfile(tarball.name.removesuffix(".tar.gz") + "/drs-exporter").read()
    assert hashlib.sha256((files / "drs-exporter").read_bytes()).digest() == hashlib.sha256(packed).digest()
