"""Certificates: authorities, and what they sign."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .prometheus import tool


def openssl(*arguments: str | Path) -> str:
    """Runs it and gives what it says; it must succeed."""
    done = subprocess.run([tool("openssl"), *map(str, arguments)], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


class Authority:
    """A private authority in a folder of its own; `certificate` is its own."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._name = name
        self.certificate = folder / f"{name}.pem"
        self._key = folder / f"{name}-key.pem"
        self._made = 0
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", self._key, "-out", self.certificate, "-days", "2", "-subj", f"/CN={name}",
        )  # fmt: skip

    def sign(self, names: str, usage: str = "serverAuth", rsa: bool = False, expired: bool = False) -> tuple[Path, Path]:
        """A certificate for `names` (as in subjectAltName) and its key."""
        self._made += 1
        base = self._folder / f"{self._name}-{self._made}"
        certificate, key, request, extensions = (base.with_suffix(end) for end in (".pem", ".key", ".csr", ".ext"))
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\nextendedKeyUsage={usage}\n")
        kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        openssl("req", "-newkey", *kind, "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=signed")
        database = base.with_suffix(".db")
        database.touch()
        config = base.with_suffix(".cnf")
        # `openssl x509` cannot make a certificate of the past, `openssl ca` can.
        config.write_text(
            f"[ca]\ndefault_ca=a\n[a]\ndatabase={database}\nnew_certs_dir={self._folder}\ndefault_md=sha256\n"
            f"policy=p\nrand_serial=yes\nunique_subject=no\n[p]\ncommonName=supplied\n"
        )
        when = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"] if expired else ["-days", "2"]
        openssl(
            "ca", "-batch", "-notext", "-config", config, "-cert", self.certificate, "-keyfile", self._key,
            "-in", request, "-out", certificate, "-extfile", extensions, *when,
        )  # fmt: skip
        return certificate, key


def replace(path: Path, content: bytes | Path) -> None:
    """Puts new content in a file's place at once, as a careful program does."""
    following = path.with_name(path.name + ".next")
    following.write_bytes(content.read_bytes() if isinstance(content, Path) else content)
    os.replace(following, path)
