"""The container image, built and started without a daemon and without a registry."""

from __future__ import annotations

import json
import os
import re
import subprocess
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
# The binary, the certificates, and room to grow.
MOST_BYTES = 40_000_000
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
    found = process.wait_for("its address", lambda: re.search(r'listening\b.*?address="?([^\s"]+)', process.stderr), 60)

    def is_live() -> bool:
        page = Page(requests.get(f"http://{found.group(1)}/metrics", timeout=10).content.decode())
        return page.has("drs_health_comparison_task_status") and page.total("drs_project_up") == 2

    wait_for("live comparisons", is_live, 30, process.story)
    program = wait_for("the program's process", lambda: child_named("drs-exporter", process.pid))
    users = re.search(r"^Uid:\s+(.*)$", Path(f"/proc/{program}/status").read_text(), re.MULTILINE).group(1).split()
    assert set(users) == {"65532"}


def child_named(name: str, parent: int) -> int | None:
    """The process id of a child, or a child's child, of this name. Any thread of the parent may have started it."""
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
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_there_is_nothing_in_it_but_the_program_and_the_authorities(files):
    inside = {str(path.relative_to(files)): path.stat().st_size for path in files.rglob("*") if path.is_file()}
    assert set(inside) == {"drs-exporter", "etc/ssl/certs/ca-certificates.crt"}, "a shell, for one, has no place here"
    assert sum(inside.values()) < MOST_BYTES, inside


def test_the_program_is_static(files):
    done = subprocess.run([tool("ldd"), files / "drs-exporter"], capture_output=True, text=True, check=False)
    assert re.search("statically linked|not a dynamic executable", done.stdout + done.stderr), done
