"""A machine for one page of the documentation: commands run as a reader would type them, and nothing of them stays.

Namespaces of Linux: a network with nothing but its own 127.0.0.1, so that every port is free and nobody outside can be
asked; `/etc`, `/usr` and `/var` that may be written to; processes that end with it. In its working folder there is a
fresh checkout, and in this a configuration that fits a simulated cloud, which runs.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from . import cloud
from .documents import ROOT, tracked
from .process import Process

# Where the simulated cloud of every page is; not one of the ports that the pages name.
CLOUD = "127.0.0.1:18443"
SECRETS = {"ak": cloud.ACCESS_KEY, "sk": cloud.SECRET_KEY, "pw": cloud.PASSWORD, "st": "", "token": "no-token"}

SET_UP = """
set -e
ip link set lo up
mkdir -p "$1"
mount -t tmpfs -o mode=755 tmpfs "$1"
for folder in etc usr var; do
    mkdir -p "$1/$folder/upper" "$1/$folder/work"
    mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$1/$folder/upper,workdir=$1/$folder/work" "/$folder"
done
install -m 755 "$2" /usr/bin/drs-exporter
# By another name, so that who looks for the exporter does not find the cloud.
cp /usr/bin/drs-exporter /usr/bin/simulated-cloud
# A package's scripts must not find the system's own systemd.
mount -t tmpfs -o mode=755 tmpfs /run
# The pinned ones, in place of others.
for program in helm kubectl; do
    [[ ! -e $3/$program ]] || ln -sf "$3/$program" /usr/bin/
done
mkdir -p /etc/drs-exporter /var/lib/prometheus/metrics2
# What comes with shells that need not be on this machine.
mkdir -p /usr/share/zsh/vendor-completions /usr/share/fish/vendor_completions.d
echo "the machine is set up"
exec sleep infinity
"""

# Runs a command in the state that the one before has left.
STEP = """
set -o pipefail
[[ ! -e {state} ]] || source {state}
cd "$(cat {place})"
echo $$ > {pid}
{command}
status=$?
export -p > {state}
pwd > {place}
exit $status
"""


class Ended:
    """A command that has ended."""

    def __init__(self, exit_code: int, output: str) -> None:
        self.exit_code = exit_code
        self.output = output


class Machine:
    def __init__(self, folder: Path, binary: Path) -> None:
        self.folder = folder
        self.checkout = folder / "checkout"
        self._steps = 0
        self._servers: dict[str, tuple[Process, Path]] = {}
        self._place, self._state = folder / "place", folder / "state"
        check_out(self.checkout)
        self._place.write_text(str(self.checkout))
        become_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self._enter = ["--user", "--preserve-credentials"] if become_root else []
        script = ["bash", "-c", SET_UP, "set-up", str(folder / "layers"), str(binary), str(ROOT / "target/helm")]
        apart = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
        self._holder = Process(["unshare", *become_root, *apart, *script], folder / "holder")
        try:
            self._holder.wait_for("the machine", lambda: "is set up" in self._holder.stdout)
            parent = self._holder.pid
            self._pid = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0]
            self._start_the_cloud()
        except BaseException:
            self.stop()
            raise

    def _start_the_cloud(self) -> None:
        flags = f"--listen-address={CLOUD} --world=daily --jobs=2 --reports=2"
        command = f"simulated-cloud simulate {flags} > drs-exporter.yaml"
        self.serve(command, CLOUD, lambda process: "listening" in process.stderr)
        for name, secret in SECRETS.items():
            (self.checkout / name).write_text(secret)
        # Where `--help` has it.
        self.run("cp drs-exporter.yaml /etc/")

    def run(self, command: str, seconds: float = 120.0) -> Ended:
        """Runs a command to its end. What it says on both outputs comes as it would on a terminal."""
        process, _ = self._start(f"{{ {command}\n}} 2>&1")
        return Ended(process.wait(seconds), process.stdout + process.stderr)

    def serve(self, command: str, address: str, is_up) -> Process:
        """Starts what does not end, and waits until it is up. What held that address before is ended first."""
        self.end(address)
        process, pid = self._start(command)
        self._servers[address] = (process, pid)
        process.wait_for(f"an answer of {command}", lambda: is_up(process))
        return process

    def end(self, address: str) -> None:
        if address in self._servers:
            process, pid = self._servers.pop(address)
            if process.exit_code is None:
                self.run(f"kill -TERM -- -{pid.read_text().strip()}")
                process.wait()

    def answers(self, url: str) -> int:
        """The status of the answer at this address; 0 without one."""
        ended = self.run(f"curl -ks --noproxy '*' --max-time 5 -o /dev/null -w '%{{http_code}}' {shlex.quote(url)}")
        code = re.search(r"\d{3}$", ended.output.strip())
        return int(code.group()) if code else 0

    def download(self, folder: Path) -> None:
        """The files of a release are in `~/Downloads`."""
        shutil.copytree(folder, self.folder / "home/Downloads")

    def _start(self, command: str) -> tuple[Process, Path]:
        self._steps += 1
        folder = self.folder / f"step{self._steps}"
        folder.mkdir()
        pid = folder / "pid"
        script = folder / "script"
        script.write_text(STEP.format(state=self._state, place=self._place, pid=pid, command=command))
        into = ["nsenter", f"--target={self._pid}", *self._enter, "--net", "--mount", "--pid"]
        home = self.folder / "home"
        home.mkdir(exist_ok=True, parents=True)
        # A refused request is a failed command.
        (home / ".curlrc").write_text("fail\nnoproxy = *\n")
        environment = {"TERM": "dumb", "DRS_EXPORTER_BINARY": "/usr/bin/drs-exporter", "HOME": str(home)}
        process = Process([*into, "setsid", "--wait", "bash", "--noprofile", "--norc", script], folder, environment)
        return process, pid

    def story(self) -> str:
        return "\n".join(process.story() for process, _ in self._servers.values())

    def stop(self) -> None:
        self._holder.signal(9)
        self._holder.wait()
        said = self.story()
        for process, _ in self._servers.values():
            process.stop()
        assert "panicked" not in said, said


def check_out(folder: Path) -> None:
    """What a fresh checkout has, and the Python packages that `scripts/test` has installed beside it."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    subprocess.run(["git", "-C", folder, "init", "--quiet"], check=True)
    subprocess.run(["git", "-C", folder, "add", "--all"], check=True)
    (folder / "target").mkdir()
    (folder / "target/venv").symlink_to(ROOT / "target/venv")

