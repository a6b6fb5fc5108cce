"""What stands between exporter and cloud: a proxy, a TLS front, certificates; and what stands in for an exporter."""

from __future__ import annotations

import select
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

from .prometheus import tool

# A connection without any byte for so long is over; no test is quiet for that long.
QUIET_SECONDS = 60
BLOCK = 65_536


class Listener:
    """Accepts connections on a free port, each handled in a thread of its own."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                self.serve(connection)
        except OSError:  # one side has left
            pass

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        # Closing alone does not wake up a thread inside accept.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Proxy(Listener):
    """An HTTP proxy: CONNECT and whole addresses. `seen` has the first line of each request or tunnel."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        head = _head(connection)
        if not head:
            return
        line = head.split(b"\r\n", 1)[0].decode()
        self.seen.append(line)
        method, target, _ = line.split(" ")
        if method == "CONNECT":
            host, port = target.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as cloud:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pump(connection, cloud)
            return
        parts = urlsplit(target)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        rest = head.split(b"\r\n", 1)[1]
        with socket.create_connection((parts.hostname, parts.port or 80)) as cloud:
            # One request a connection keeps this proxy simple, and each request in `seen`.
            first = f"{method} {path} HTTP/1.1\r\nConnection: close\r\n"
            cloud.sendall(first.encode() + _without(rest, b"connection"))
            _pump(connection, cloud)


class TlsFront(Listener):
    """Ends TLS with a certificate and passes the bytes on to a plain port."""

    def __init__(self, certificate: Path, key: Path, port: int) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._to = port
        super().__init__()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as secured:
            with socket.create_connection(("127.0.0.1", self._to)) as cloud:
                _pump(secured, cloud)


class Silence(Listener):
    """Accepts connections and never says a word."""

    def serve(self, connection: socket.socket) -> None:
        while connection.recv(BLOCK):
            pass


def _head(connection: socket.socket) -> bytes:
    """Everything up to and with what came with the end of the request's head."""
    head = b""
    while b"\r\n\r\n" not in head:
        block = connection.recv(BLOCK)
        if not block:
            return b""
        head += block
    return head


def _without(head: bytes, name: bytes) -> bytes:
    lines, body = head.split(b"\r\n\r\n", 1)
    kept = [line for line in lines.split(b"\r\n") if not line.lower().startswith((name + b":", b"proxy-"))]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Passes bytes both ways until one side ends."""
    while True:
        waiting = [side for side in (one, other) if isinstance(side, ssl.SSLSocket) and side.pending()]
        ready = waiting or select.select([one, other], [], [], QUIET_SECONDS)[0]
        if not ready:
            return
        for side in ready:
            block = side.recv(BLOCK)
            if not block:
                return
            (other if side is one else one).sendall(block)


def make_certificates(folder: Path) -> tuple[Path, Path, Path]:
    """A private authority and a certificate of it for localhost: (authority, certificate, key)."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = folder / "ca.pem", folder / "ca-key.pem"
    certificate, key, request = folder / "server.pem", folder / "server-key.pem", folder / "server.csr"
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl(
        "req", "-x509", *new_key, "-keyout", authority_key, "-out", authority, "-days", "2", "-subj", "/CN=Private"
    )
    _openssl("req", *new_key, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    _openssl(
        "x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-CAcreateserial",
        "-out", certificate, "-days", "2", "-extfile", extensions,
    )  # fmt: skip
    return authority, certificate, key


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run([tool("openssl"), *map(str, arguments)], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
