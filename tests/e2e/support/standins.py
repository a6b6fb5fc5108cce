"""Commands of the documentation that cannot run in a test, and what is done in their place. All others really run.

Each has a reason; `tests/README.md` shows the table, and a test holds the two together. A command that is neither here
nor on the machine fails.
"""

from __future__ import annotations

import platform
import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from . import cloud
from .documents import ROOT, tracked

VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
# What everybody has other ones of.
PLACEHOLDERS = {
    "VERSION": VERSION,
    "OWNER": "example",
    "amd64": {"aarch64": "arm64"}.get(platform.machine(), "amd64"),
    "HUAWEICLOUD_SDK_AK=…": f"HUAWEICLOUD_SDK_AK={cloud.ACCESS_KEY}",
    "HUAWEICLOUD_SDK_SK=…": f"HUAWEICLOUD_SDK_SK={cloud.SECRET_KEY}",
}


@dataclass(frozen=True)
class StandIn:
    """`instead` is given the words of the command and the checkout; it gives the command to run, or None."""

    name: str
    pattern: str
    does: str
    reason: str
    instead: Callable[[list[str], Path], str | None]


def binary_under_test(words: list[str], _: Path) -> str:
    return shlex.join(["drs-exporter", *words[words.index("--") + 1 :]]) if "--" in words else "drs-exporter"


def steps_exist(words: list[str], checkout: Path) -> str:
    steps = [word for word in words[1 : words.index("--") if "--" in words else None] if not word.startswith("-")]
    known = re.findall(r"^  (\w+) ", (checkout / "scripts/test").read_text(), re.MULTILINE)
    assert set(steps) <= set(known), f"scripts/test has no step {set(steps) - set(known)}"
    return "scripts/test --help"


def only_collected(words: list[str], _: Path) -> str:
    return f"{shlex.join(words)} --collect-only -q -p no:cacheprovider"


def only_help(words: list[str], _: Path) -> str:
    return shlex.join([*words, "--help"])


def compose_file(words: list[str], checkout: Path) -> None:
    name = next((word.partition("=")[2] or words[words.index(word) + 1] for word in words if word.startswith("--file")))
    services = yaml.safe_load((checkout / name).read_text())["services"]
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            assert not source.startswith(".") or ((checkout / name).parent / source).exists(), f"{source} is not there"


def container_file(words: list[str], checkout: Path) -> None:
    assert words[-1] == ".", "built from the checkout"
    assert (checkout / "Dockerfile").exists() and (checkout / ".dockerignore").exists()
    given = {word.split("=")[0] for before, word in zip(words, words[1:], strict=False) if before == "--build-arg"}
    declared = re.findall(r"^ARG (\w+)", (checkout / "Dockerfile").read_text(), re.MULTILINE)
    assert given <= set(declared), f"the Dockerfile has no {given - set(declared)}"


def in_a_container(words: list[str], checkout: Path) -> str:
    """The binary with the arguments behind the image, and the volumes where the container would have them."""
    volumes, rest = [], words[2:]
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-v", "--volume"):
            volumes.append(rest.pop(0).split(":"))
        elif option in ("-p", "--publish"):
            outside, inside = rest.pop(0).split(":")[-2:]
            assert outside == inside == "10816", "the image listens on 10816"
        elif option in ("-u", "--user", "--name", "-e", "--env"):
            rest.pop(0)
        else:
            narrowing = ("--cap-drop=ALL", "--security-opt=no-new-privileges")
            known = ("--read-only", "--rm", "-d", "--detach", *narrowing)
            assert option in known, f"docker run {option}: not known here"
    assert rest and "drs-exporter" in rest[0], "the image"
    mounts = []
    for source, target, *_ in volumes:
        is_file = source.endswith(".yaml")
        make = f"mkdir -p {Path(target).parent} && touch {target}" if is_file else f"mkdir -p {target}"
        mounts.append(f'{make} && mount --bind -o ro "{source}" {target} && ')
    return "".join(mounts) + "cd /etc/drs-exporter && " + shlex.join(["drs-exporter", *rest[1:]])


def manifests(words: list[str], checkout: Path) -> None:
    for before, name in zip(words, words[1:], strict=False):
        if before in ("-f", "--filename") and "://" not in name:
            for document in yaml.safe_load_all((checkout / name).read_text()):
                assert document["apiVersion"] and document["kind"] and document["metadata"]["name"], name


def rendered(words: list[str], _: Path) -> str:
    """`helm install` and `helm upgrade` render first; that is all that can be done without a cluster."""
    for_a_cluster = {"--install", "--create-namespace", "--wait", "--atomic", "--rollback-on-failure"}
    return shlex.join(["helm", "template", *(word for word in words[2:] if word not in for_a_cluster)])


def applied(words: list[str], checkout: Path) -> str | None:
    if "-k" in words:
        return shlex.join(["kubectl", "kustomize", words[words.index("-k") + 1]])
    return manifests(words, checkout)


def dry(words: list[str], _: Path) -> str:
    return shlex.join([*words, "--dry-run=client", "--output=yaml"])


def unit_exists(words: list[str], _: Path) -> None:
    units = [word for word in words[2:] if not word.startswith("-")]
    known = {Path(name).stem for name in tracked("*.service", "*.socket")}
    for unit in units:
        assert Path(unit).stem in known, f"there is no unit {unit}: {known}"


def looks_right(words: list[str], _: Path) -> None:
    for word in words:
        assert not word.startswith("http") or re.fullmatch(r"https://[\w.-]+(/[^\s]*)?", word), word


def without_questions(words: list[str], _: Path) -> str:
    """From a file, so that it really is installed: from the network nothing can be."""
    return " ".join(["DEBIAN_FRONTEND=noninteractive apt-get install --yes", *words[words.index("install") + 1 :]])


def checked_out(words: list[str], checkout: Path) -> str:
    looks_right(words, checkout)
    folder = words[-1].rpartition("/")[2].removesuffix(".git")
    return shlex.join(["git", "checkout-index", "--all", f"--prefix={folder}/"])


def packed_before(words: list[str], _: Path) -> str:
    """What `scripts/test` has made of the same commit; its options are looked up."""
    known = "scripts/package --help | grep -q -- "
    options = " && ".join(known + shlex.quote(f"[[ |]{word.split('=')[0]}[]= ]") for word in words[1:])
    return f"{options or 'true'} && mkdir -p target/package && cp ~/Downloads/* target/package/"


def typed(words: list[str], checkout: Path) -> str:
    return shlex.join(["cp", str(checkout / "drs-exporter.yaml"), words[1]])


KUBECTL = r"kubectl(?: (?:-n|--namespace)[ =]\S+)?"

STAND_INS = [
    StandIn("`cargo run`", r"cargo run\b", "the binary under test", "it is what that builds", binary_under_test),
    StandIn(
        "`cargo build`, `cargo test`, `cargo fmt`, `cargo clippy`",
        r"(\w+=\S+ )?cargo (build|test|fmt|clippy)\b",
        "nothing",
        "the other steps of `scripts/test` do them",
        lambda words, checkout: None,
    ),
    StandIn("`scripts/test`", r"scripts/test\b", "its steps exist; `--help`", "it runs these tests", steps_exist),
    StandIn("pytest", r".*-m pytest\b", "`--collect-only`", "it runs these tests", only_collected),
    StandIn(
        "`scripts/dashboards-picture`",
        r".*scripts/(dashboards-picture|screenshots)\b",
        "`--help`",
        "takes ten minutes",
        only_help,
    ),
    StandIn("`scripts/bench`", r"scripts/bench\b", "`--help`", "takes twenty minutes; `test_benchmark.py`", only_help),
    StandIn(
        "`docker compose`",
        r"docker compose\b",
        "the file is read",
        "no registry; `test_dashboards.py`",
        compose_file,
    ),
    StandIn(
        "`docker build`",
        r"docker build\b",
        "files and arguments exist",
        "`test_image.py` builds it",
        container_file,
    ),
    StandIn(
        "`docker run`",
        r"docker run\b",
        "the binary with the same arguments and mounts",
        "`test_image.py` runs the image",
        in_a_container,
    ),
    StandIn("`helm install`, `helm upgrade`", r"helm (install|upgrade)\b", "`helm template`", "no cluster", rendered),
    StandIn(
        "`helm test`, `helm uninstall`, `helm rollback`",
        r"helm (test|uninstall|rollback)\b",
        "nothing",
        "no cluster",
        looks_right,
    ),
    StandIn(
        "`kubectl apply`",
        rf"{KUBECTL} apply\b",
        "`kubectl kustomize`, or manifests are read",
        "no cluster",
        applied,
    ),
    StandIn("`kubectl create`", rf"{KUBECTL} create\b", "the same with `--dry-run=client`", "no cluster", dry),
    StandIn("other `kubectl`", rf"{KUBECTL} (?!kustomize)", "nothing", "no cluster", looks_right),
    StandIn(
        "`systemctl`, `journalctl`",
        r"(sudo )?(systemctl|journalctl)\b",
        "the unit exists",
        "no systemd runs in a container",
        unit_exists,
    ),
    StandIn(
        "`apt install` of a file",
        r"(sudo )?apt(-get)? install (-\S+ )*[~./]",
        "the same, without questions",
        "nobody answers them",
        without_questions,
    ),
    StandIn("`editor`", r"editor\b", "the simulated cloud's configuration is put there", "nobody types", typed),
    StandIn("`git clone`", r"git clone\b", "the files of the checkout", "there is no network in a test", checked_out),
    StandIn(
        "`scripts/package`",
        r"scripts/package\b",
        "what it has made is put there",
        "takes minutes; `test_packages.py`",
        packed_before,
    ),
    StandIn(
        "`apt`, `curl https://`, `gh`",
        r"(sudo )?(apt|apt-get|gh|curl .*https://(?!localhost|127\.))\b",
        "addresses are well formed",
        "there is no network in a test",
        looks_right,
    ),
]


def stand_in(command: str) -> StandIn | None:
    return next((one for one in STAND_INS if re.match(one.pattern, command)), None)


def words_of(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "), comments=True)
