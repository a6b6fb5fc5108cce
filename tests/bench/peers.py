"""Programs that serve a file of series."""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from support.prometheus import free_port
from support.process import Process

ROOT = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 300
START_SECONDS = 300


@dataclass(frozen=True)
class Server:
    """A program whose page has the series."""

    name: str
    process: Process
    url: str
    # From its start to the first page with all series.
    seconds_to_complete: float = 0.0

    def page(self) -> bytes:
        return _ask("GET", self.url)

    def complete(self, seconds: float) -> Server:
        return replace(self, seconds_to_complete=seconds)


class Missing(Exception):
    """A peer that is not on this machine, and how it would come there."""


def count_series(page: bytes) -> int:
    """How many of the series that were given are in a page, whatever else is."""
    page = b"\n" + page
    return page.count(b"\ndrs_") - page.count(b"\ndrs_exporter_")


def start(name: str, text: Path, folder: Path) -> Server:
    """The peer of this name, once it has served every series of `text`; it is an error if it has another number."""
    wanted = count_series(text.read_bytes())
    started = time.monotonic()
    server = PEERS[name](name, text, folder)
    try:
        found = _first_page(server, wanted)
    except BaseException:
        server.process.stop()
        raise
    seconds = time.monotonic() - started
    if found != wanted:
        server.process.stop()
        raise RuntimeError(f"{name} was given {wanted} series and has {found}")
    return server.complete(seconds)


def _first_page(server: Server, wanted: int) -> int:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            if found := count_series(server.page()):
                return found
        except OSError:
            pass
        if server.process.exit_code is not None or time.monotonic() > end:
            raise RuntimeError(f"{server.name} does not serve {wanted} series\n{server.process.story()}")
        time.sleep(0.01)


def _ask(method: str, url: str, body: bytes | None = None) -> bytes:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_SECONDS)
    try:
        connection.request(method, address.path, body)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise RuntimeError(f"{method} {url}: {answer.status} {content[:500]!r}")
    return content


def _program(name: str) -> str:
    # A user's PATH may lack the folders of root's programs.
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not path:
        raise Missing(f"{name} is not installed; scripts/bench does that unless --no-install is given")
    return path


def _pushgateway(name: str, text: Path, folder: Path) -> Server:
    """Keeps what is pushed to it, and adds two labels to each series; Go's client library writes the page."""
    port = free_port()
    program = _program("prometheus-pushgateway")
    process = Process([program, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="], folder)
    server = Server(name, process, f"http://127.0.0.1:{port}/metrics")
    process.wait_for("Pushgateway", lambda: _answers(server))
    _ask("PUT", f"{server.url}/job/b", text.read_bytes())
    return server


def _answers(server: Server) -> bool:
    try:
        return bool(server.page())
    except OSError:
        return False


def _node_exporter(name: str, text: Path, folder: Path) -> Server:
    """Reads the file at each scrape, as it does for everybody; Go's client library writes the page."""
    port = free_port()
    given = folder / "textfile"
    given.mkdir(parents=True)
    shutil.copy(text, given / "drs.prom")
    flags = ["--collector.disable-defaults", "--collector.textfile", "--web.disable-exporter-metrics"]
    program = _program("prometheus-node-exporter")
    flags += [f"--collector.textfile.directory={given}", f"--web.listen-address=127.0.0.1:{port}"]
    return Server(name, Process([program, *flags], folder), f"http://127.0.0.1:{port}/metrics")


def _python_client(name: str, text: Path, folder: Path) -> Server:
    port = free_port()
    program = Path(__file__).with_name("python_client.py")
    process = Process([sys.executable, program, str(port), text], folder)
    return Server(name, process, f"http://127.0.0.1:{port}/metrics")


def _prometheus_crate(name: str, text: Path, folder: Path) -> Server:
    program = ROOT / "target/release/examples/prometheus_crate"
    if not program.exists():
        raise Missing("not built; cargo build --release --example prometheus_crate")
    port = free_port()
    return Server(name, Process([program, f"127.0.0.1:{port}", text], folder), f"http://127.0.0.1:{port}/metrics")


NGINX = """
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type text/plain;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; gzip_static on; }}
}}
"""


def _nginx(name: str, text: Path, folder: Path) -> Server:
    """Two files, plain and compressed before: nothing could do less for a scrape."""
    port = free_port()
    root = folder / "root"
    root.mkdir(parents=True)
    shutil.copy(text, root / "metrics")
    (root / "metrics.gz").write_bytes(gzip.compress(text.read_bytes(), compresslevel=6))
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(port=port, root=root))
    process = Process([_program("nginx"), "-p", folder, "-c", configuration, "-e", "stderr"], folder)
    return Server(name, process, f"http://127.0.0.1:{port}/metrics")


PEERS: dict[str, Callable[[str, Path, Path], Server]] = {
    "nginx, two files": _nginx,
    "Rust, prometheus crate": _prometheus_crate,
    "Pushgateway": _pushgateway,
    "node_exporter, textfile": _node_exporter,
    "Python, prometheus_client": _python_client,
}
