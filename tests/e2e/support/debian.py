"""A fresh Debian in a folder, in which a package is installed as on a machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

from .prometheus import tool

ROOT = Path(__file__).resolve().parents[3]
BASE = ROOT / "target/debian/root.tar"
# What a machine has before the package comes.
PACKAGES = "ca-certificates,systemd,dbus"
MAKE_SECONDS = 600
# Changed by every work of dpkg, whatever the package.
JOURNALS = ("var/lib/dpkg/", "var/log/", "var/cache/", "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow")


def _base() -> Path:
    """Made once; a stopped making leaves none."""
    if not BASE.is_file():
        BASE.parent.mkdir(parents=True, exist_ok=True)
        part = BASE.with_suffix(f".{os.getpid()}.part")
        command = [tool("mmdebstrap"), "--quiet", "--variant=minbase", f"--include={PACKAGES}", "--format=tar"]
        command += ['--aptopt=Acquire::Retries "5"']
        done = subprocess.run(
            [*command, "bookworm", part], capture_output=True, text=True, timeout=MAKE_SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
        part.rename(BASE)
    return BASE


class Debian:
    """Its files lie below `folder`; its programs run in a chroot of it, with this machine's network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        subprocess.run([tool("tar"), "-xpf", _base(), "-C", folder], check=True, timeout=120)
        # Debian's own way to say that nothing starts in here.
        policy = folder / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)

    def command(self, *words: str, user: str = "root") -> list[str]:
        """A command line that runs inside."""
        return [tool("chroot"), f"--userspec={user}:{user}", str(self.folder), *words]

    def run(self, *words: str, user: str = "root") -> str:
        """What a command says inside; it must succeed."""
        done = subprocess.run(
            self.command(*words, user=user),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{' '.join(words)}: exit code {done.returncode}\n{said}"
        return said

    def install(self, package: Path) -> str:
        """Installs a .deb; a question about a changed configuration file is answered as by default: it is kept."""
        inside = self.folder / "tmp" / package.name
        shutil.copy(package, inside)
        said = self.run("dpkg", "--install", "--force-confdef", "--force-confold", f"/tmp/{package.name}")
        inside.unlink()
        return said

    def files(self) -> dict[str, str]:
        """Each file with its mode, owner and content, but for what dpkg writes anyway."""
        found = {}
        for folder, folders, names in os.walk(self.folder):
            for name in [*folders, *names]:
                path = Path(folder, name)
                inside = str(path.relative_to(self.folder))
                if not inside.startswith(JOURNALS):
                    found[inside] = described(path)
        return found

    def lines(self, name: str) -> set[str]:
        return set((self.folder / name).read_text().splitlines())


def described(path: Path) -> str:
    """Mode, owner and content of a file in one line."""
    state = path.lstat()
    content = ""
    if path.is_symlink():
        content = f" -> {path.readlink()}"
    elif stat.S_ISREG(state.st_mode):
        content = f" {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return f"{stat.filemode(state.st_mode)} {state.st_uid}:{state.st_gid}{content}"
