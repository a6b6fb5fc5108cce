"""What strangers try on the server: floods over HTTP/2, frame by frame, ways around the password, and queues."""

from __future__ import annotations

import base64
import json
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded
from hpack import Encoder
from support.exporter import Exporter
from support.pki import Authority, replace
from support.prometheus import tool
from support.waiting import wait_for

PASSWORD = "simulated-web-password"
HASH = "$2b$10$1KuptAcKbiW6HmMcFjROFO4bqO0nhVI04NUpOIkGfNJ6oQutIhnx."
OTHER_PASSWORD = "another-web-password"
OTHER_HASH = "$2b$10$rqTTvOR1iGfBIDT3M6xpKO0J.OkYT8wU.vf0eTYVfa.xTFsgy2ohi"
# Some eight times as slow.
SLOW_HASH = HASH.replace("$10$", "$13$")

HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION = 1, 3, 4, 6, 9
END_STREAM, END_HEADERS = 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
INITIAL_WINDOW_SIZE = 4

# src/server/timed.rs: an answer of which nothing is taken for so long ends its connection.
WRITE_LIMIT_SECONDS = 30
MEGABYTE = 1_000_000


class Target:
    """A demo behind TLS."""

    def __init__(self, folder: Path, start: Callable[..., Exporter], *arguments: str, **content: Any) -> None:
        self.authority = Authority(folder, "ours")
        certificate, key = self.authority.sign("DNS:localhost,IP:127.0.0.1")
        self._tls = {"cert_file": str(certificate), "key_file": str(key)}
        self._path = folder / "web.yaml"
        self.write(**content)
        self.exporter = start(None, "demo", f"--web.config.file={self._path}", *arguments)
        self.connections: list[socket.socket] = []
        self.port = int(self.exporter.addresses[0].rsplit(":", 1)[1])

    def write(self, **content: Any) -> None:
        replace(self._path, json.dumps({"tls_server_config": self._tls} | content).encode())

    def client(self, protocol: str) -> Callable[[str], int]:
        """Asks for health with alice's password, always over the same connection."""
        connection = self.connect(protocol)
        if protocol == "h2":
            client = Client(connection)
            fields = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/-/healthy")]
            return lambda password: client.ask([*fields, ("authorization", basic(f"alice:{password}"))])[0]

        def ask(password: str) -> int:
            login = basic(f"alice:{password}")
            connection.sendall(f"GET /-/healthy HTTP/1.1\r\nHost: a\r\nAuthorization: {login}\r\n\r\n".encode())
            return int(connection.recv(65536).split(b" ")[1])

        return ask

    def connect(self, protocol: str, source: str = "127.0.0.1") -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        context.set_alpn_protocols([protocol])
        plain = socket.create_connection(("127.0.0.1", self.port), 20, source_address=(source, 0))
        secured = context.wrap_socket(plain, server_hostname="localhost")
        self.connections.append(secured)
        assert secured.selected_alpn_protocol() == protocol
        return secured

    def curl(self, path: str, *more: str) -> int:
        done = subprocess.run(
            [
                tool("curl"), "-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", "--max-time", "20",
                "--cacert", self.authority.certificate, *more, f"https://localhost:{self.port}{path}",
            ],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return int(done.stdout)

    def memory(self) -> int:
        """What it has resident at most, up to now."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.exporter.process.pid}/status").read_text())
        assert found
        return int(found.group(1)) * 1024


@pytest.fixture
def target(tmp_path, start_exporter) -> Iterator[Callable[..., Target]]:
    targets: list[Target] = []

    def start(*arguments: str, **content: Any) -> Target:
        targets.append(Target(tmp_path / f"site{len(targets)}", start_exporter, *arguments, **content))
        return targets[-1]

    yield start
    for connection in (connection for target in targets for connection in target.connections):
        connection.close()


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def head(method: str = "GET") -> bytes:
    """The headers of a request for the metrics."""
    fields = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", "/metrics")]
    return Encoder().encode(fields, huffman=False)


def streams() -> Iterator[int]:
    return iter(range(1, 2**31, 2))


def resets() -> Iterator[bytes]:
    """The "rapid reset": requests that are called off at once."""
    cancel = struct.pack(">I", 8)
    block = head()
    for stream in streams():
        yield frame(HEADERS, END_STREAM | END_HEADERS, stream, block) + frame(RST_STREAM, 0, stream, cancel)


def settings() -> Iterator[bytes]:
    while True:
        yield frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, 65535))


def pings() -> Iterator[bytes]:
    while True:
        yield frame(PING, 0, 0, bytes(8))


def continuations() -> Iterator[bytes]:
    """A head without an end."""
    yield frame(HEADERS, END_STREAM, 1, head())
    # A field that is never indexed.
    field = b"\x10\x07x-field\x7f\x81\x07" + b"a" * 1024
    while True:
        yield frame(CONTINUATION, 0, 1, field)


class Flood(threading.Thread):
    """Sends without a pause, never reads, and begins anew when it was cut off."""

    def __init__(self, target: Target, frames: Callable[[], Iterator[bytes]]) -> None:
        super().__init__()
        self._target, self._frames = target, frames
        self._end = threading.Event()
        self.sent = self.connections = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        while not self._end.is_set():
            try:
                with self._target.connect("h2") as connection:
                    connection.settimeout(1)
                    self.connections += 1
                    connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
                    self._send(connection)
            except OSError:
                # Cut off, or nothing is taken any more.
                continue
            except Exception as error:
                self.failure = error
                raise

    def _send(self, connection: ssl.SSLSocket) -> None:
        frames = self._frames()
        while not self._end.is_set():
            block = b"".join(next(frames) for _ in range(100))
            connection.sendall(block)
            self.sent += len(block)

    def __enter__(self) -> Flood:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join(30)


# How much has to be sent; and whether the sender is cut off, or only left waiting.
FLOODS = {"resets": (resets, True), "settings": (settings, False), "pings": (pings, False), "heads": (continuations, True)}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_costs_no_memory_and_scrapes_go_on(target, kind):
    frames, is_cut_off = FLOODS[kind]
    victim = target()
    assert victim.curl("/metrics", "--http2") == 200
    before = victim.memory()
    with Flood(victim, frames) as first, Flood(victim, frames) as second:
        for version in ("--http2", "--http1.1") * 3:
            sent = first.sent + second.sent + first.connections + second.connections
            # More has come in between any two scrapes.
            wait_for("more of the flood", lambda: first.sent + second.sent + first.connections + second.connections > sent)
            assert victim.curl("/metrics", version) == 200
        if is_cut_off:
            wait_for("the cut", lambda: first.connections > 5 and second.connections > 5)
    assert first.failure is None and second.failure is None
    grown = victim.memory() - before
    print(f"{kind}: {(first.sent + second.sent) / MEGABYTE:.1f} MB sent on {first.connections + second.connections} connections, "
          f"{grown / MEGABYTE:.1f} MB grown")  # fmt: skip
    assert grown < 30 * MEGABYTE


def test_an_answer_that_is_never_taken_ends_in_time_though_pings_and_requests_go_on(target):
    victim = target()
    assert victim.curl("/metrics", "--http2") == 200
    before = victim.memory()
    greedy = [victim.connect("h2") for _ in range(20)]
    started = time.monotonic()
    no_window = frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, 0))
    block = head()
    for connection in greedy:
        opened = b"".join(frame(HEADERS, END_STREAM | END_HEADERS, stream, block) for stream in range(1, 31, 2))
        connection.sendall(PREFACE + no_window + opened)
    numbers = iter(range(31, 2**31, 2))
    more = head("HEAD")
    ended: list[float] = []

    def all_ended() -> bool:
        number = next(numbers)
        for connection in list(greedy):
            try:
                # A ping, and one more request, whose answer needs no window.
                connection.sendall(frame(PING, 0, 0, bytes(8)) + frame(HEADERS, END_STREAM | END_HEADERS, number, more))
                connection.settimeout(0.01)
                if connection.recv(65536):
                    continue
            except TimeoutError:
                continue
            except OSError:
                pass
            greedy.remove(connection)
            connection.close()
            ended.append(time.monotonic() - started)
        assert victim.curl("/metrics", "--http2") == 200
        return not greedy

    wait_for("the end of all connections", all_ended, WRITE_LIMIT_SECONDS + 60)
    print(f"ended after {min(ended):.1f} to {max(ended):.1f} s, {(victim.memory() - before) / MEGABYTE:.1f} MB grown")
    assert min(ended) > WRITE_LIMIT_SECONDS - 1, "who takes it slowly is let take it"
    assert victim.memory() - before < 50 * MEGABYTE


def test_it_ends_in_time_with_answers_open(target):
    victim = target()
    greedy = [victim.connect("h2") for _ in range(5)]
    no_window = frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, 0))
    for connection in greedy:
        connection.sendall(PREFACE + no_window + frame(HEADERS, END_STREAM | END_HEADERS, 1, head()))
        # Its settings come first, then the head of the answer: it is under way.
        wait_for("the head of the answer", lambda: HEADERS in kinds(connection.recv(65536)))
    victim.exporter.process.signal(signal.SIGTERM)
    started = time.monotonic()
    assert victim.exporter.process.wait() == 0 and time.monotonic() - started < 5


def kinds(received: bytes) -> list[int]:
    """Of the frames in it, all of which are whole."""
    found = []
    while received:
        found.append(received[3])
        received = received[9 + int.from_bytes(received[:3], "big") :]
    return found


class Client:
    """A client of HTTP/2 that keeps to the rules."""

    def __init__(self, socket: ssl.SSLSocket) -> None:
        self._socket = socket
        self._http = H2Connection(H2Configuration(header_encoding="utf-8", validate_outbound_headers=False))
        self._http.initiate_connection()

    def ask(self, fields: list[tuple[str, str]]) -> tuple[int, bytes]:
        stream = self._http.get_next_available_stream_id()
        self._http.send_headers(stream, fields, end_stream=True)
        self._socket.sendall(self._http.data_to_send())
        status, body = 0, b""
        while received := self._socket.recv(65536):
            for event in self._http.receive_data(received):
                if getattr(event, "stream_id", None) != stream:
                    continue
                if isinstance(event, ResponseReceived):
                    status = int(dict(event.headers)[":status"])
                elif isinstance(event, DataReceived):
                    body += event.data
                    self._http.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, StreamEnded):
                    return status, body
            self._socket.sendall(self._http.data_to_send())
        return status, body


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


def test_no_request_of_http_2_gets_around_the_password(target):
    victim = target("--web.enable-lifecycle", basic_auth_users={"alice": HASH})
    client = Client(victim.connect("h2"))
    authority = (":authority", "localhost")

    def status(method: str, path: str, *more: tuple[str, str]) -> int:
        fields = [(":method", method), (":scheme", "https"), authority, (":path", path)]
        return client.ask([*fields, *more])[0]

    good = ("authorization", basic(f"alice:{PASSWORD}"))
    assert status("GET", "/metrics", good) == 200
    # On the connection on which she was let in, and for her name.
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"):
        for path in ("/metrics", "/-/quit", "/-/healthy", "//metrics", "/%6detrics", "/metrics?user=alice", "/../metrics"):
            assert status(method, path) == 401, f"{method} {path}"
    assert client.ask([(":method", "CONNECT"), authority])[0] == 401
    for wrong in ("alice:", "Alice:" + PASSWORD, f"alice :{PASSWORD}", f"alice:{PASSWORD}:", ":" + PASSWORD, PASSWORD, ""):
        assert status("GET", "/metrics", ("authorization", basic(wrong))) == 401, wrong
    for header in ("Basic", "Basic \x01", "Basic ÿ", f"Bearer {PASSWORD}", basic(f"alice:{PASSWORD}") + "A", "Basic " + "A" * 8000):
        assert status("GET", "/metrics", ("authorization", header)) in (401, 0), header[:30]
        client = Client(victim.connect("h2"))
    assert status("GET", "/metrics", ("x-authorization", good[1]), ("proxy-authorization", good[1])) == 401
    assert victim.exporter.process.exit_code is None, "nobody could end it"


@pytest.mark.parametrize(
    ("name", "sent", "statuses"),
    [
        ("each of a row", "{get}{nothing}{get}{nothing}", [200, 401, 200, 401]),
        ("behind a refused body", "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{get}", [401]),
        (
            "behind two lengths",
            "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: {length}\r\n\r\n{get}",
            [400],
        ),
        (
            "behind a length and chunks",
            "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{get}",
            [401],
        ),
        ("the upgrade", "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
         "HTTP2-Settings: AAMAAABk\r\n\r\n", [401]),
        ("a tunnel", "CONNECT localhost:80 HTTP/1.1\r\nHost: a\r\n\r\n{nothing}", [401, 401]),
        ("the whole address", "GET https://alice:{password}@localhost/metrics HTTP/1.1\r\nHost: a\r\n\r\n", [401]),
        ("the star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [401]),
    ],
)  # fmt: skip
def test_no_row_of_requests_gets_around_the_password(target, name, sent, statuses):
    victim = target(basic_auth_users={"alice": HASH})
    nothing = "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"
    get = nothing.replace("\r\n\r\n", f"\r\nAuthorization: {basic('alice:' + PASSWORD)}\r\n\r\n")
    text = sent.format(get=get, nothing=nothing, length=len(get), password=PASSWORD)
    with victim.connect("http/1.1") as connection:
        connection.sendall(text.encode())
        received, found = b"", []
        try:
            # As many answers as there should be, however long they take; then none that should not be, for a while.
            while True:
                connection.settimeout(20 if len(found) < len(statuses) else 1)
                more = connection.recv(65536)
                received += more
                found = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]
                if not more:
                    break
        except TimeoutError:
            pass
    assert found == statuses, received


def test_one_address_cannot_fill_the_queue_of_passwords(target):
    victim = target(basic_auth_users={"alice": HASH, "slow": SLOW_HASH})
    guess = f"GET /-/healthy HTTP/1.1\r\nHost: a\r\nAuthorization: {basic('slow:wrong')}\r\n\r\n".encode()
    guesses = [victim.connect("http/1.1") for _ in range(30)]
    for connection in guesses:
        connection.sendall(guess)

    def refused() -> bool:
        answered = select.select(guesses, [], [], 0)[0]
        return any(b" 503 " in connection.recv(65536) for connection in answered)

    wait_for("a guess that is too much", refused)
    # Somebody else's first login waits for some turns and is let in.
    with victim.connect("http/1.1", "127.0.0.2") as connection:
        connection.settimeout(60)
        login = basic(f"alice:{PASSWORD}")
        connection.sendall(f"GET /-/healthy HTTP/1.1\r\nHost: a\r\nAuthorization: {login}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_a_page_of_the_exporter_itself_may_reload_and_another_may_not(target, version):
    victim = target("--web.enable-lifecycle")

    def reload(origin: str) -> int:
        return victim.curl("/-/reload", version, "-X", "POST", "-H", f"Origin: {origin}")

    for origin in ("https://localhost", "https://evil.example", f"https://evil.example:{victim.port}", "null"):
        assert reload(origin) == 403, origin
    assert reload(f"https://localhost:{victim.port}") != 403


@pytest.mark.parametrize("protocol", ["http/1.1", "h2"])
def test_a_new_password_counts_on_connections_that_are_open(target, protocol):
    victim = target(basic_auth_users={"alice": HASH})
    asked = victim.client(protocol)
    assert [asked(PASSWORD), asked(PASSWORD), asked(OTHER_PASSWORD)] == [200, 200, 401]
    victim.write(basic_auth_users={"alice": OTHER_HASH})
    assert [asked(PASSWORD), asked(OTHER_PASSWORD), asked(OTHER_PASSWORD)] == [401, 200, 200]
