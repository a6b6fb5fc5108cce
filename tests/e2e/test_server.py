"""The exporter's own HTTP server."""

from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from support import cloud
from support.configuration import configuration, project
from support.exporter import OPENMETRICS
from support.peers import Silence


@pytest.fixture
def watched(simulator):
    """A configuration of the API text's example."""
    simulator.add_example()
    return configuration(project(simulator, jobs=[cloud.JOB]))


def test_head_has_the_headers_and_no_body(watched, start_exporter):
    exporter = start_exporter(watched).await_ready()
    for path in ("/metrics", "/", "/-/healthy", "/-/ready"):
        answer = exporter.get(path, "HEAD")
        assert answer.status_code == 200 and answer.content == b"", path
        assert int(answer.headers["Content-Length"]) > 0, path
        assert answer.headers["Content-Type"] == exporter.get(path).headers["Content-Type"], path


@pytest.mark.parametrize("path", ["/nothing", "/metrics/", "/-/", "/%2e%2e/etc"])
def test_an_unknown_path_is_404(watched, start_exporter, path):
    assert start_exporter(watched).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/metrics", "/", "/-/healthy", "/-/ready"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_wrong_method_is_405_and_says_which_is_right(watched, start_exporter, path, method):
    answer = start_exporter(watched).get(path, method)
    assert answer.status_code == 405
    assert {word.strip() for word in answer.headers["Allow"].split(",")} == {"GET", "HEAD"}


def test_it_listens_on_several_addresses(watched, start_exporter):
    exporter = start_exporter(watched, "--web.listen-address=127.0.0.2:0", "--web.listen-address=[::1]:0")
    exporter.process.wait_for("three addresses", lambda: len(re.findall(r"\blistening\b.*address", exporter.log)) == 3)
    exporter._addresses = []
    assert len(exporter.addresses) == 3
    for address in exporter.addresses:
        assert requests.get(f"http://{address}/-/healthy", timeout=10).status_code == 200


def test_a_port_alone_means_all_interfaces(watched, start_exporter):
    exporter = start_exporter(watched, listen=":0")
    port = exporter.addresses[0].rsplit(":", 1)[1]
    for host in ("127.0.0.1", "127.0.0.2", "[::1]"):
        assert requests.get(f"http://{host}:{port}/-/healthy", timeout=10).status_code == 200


def test_the_telemetry_path_may_be_another(watched, start_exporter):
    exporter = start_exporter(watched, "--web.telemetry-path=/drs/metrics").await_ready()
    assert "drs_job_up" in exporter.get("/drs/metrics").text
    assert exporter.get("/metrics").status_code == 404
    assert "/drs/metrics" in exporter.get("/").text


def test_readiness_comes_when_each_project_was_asked_and_health_before(start_exporter, simulator):
    simulator.add_example()
    simulator.fault("hang")
    content = configuration(project(simulator, jobs=[cloud.JOB]), http={"timeout": "60s"})
    exporter = start_exporter(content)
    assert exporter.get("/-/healthy").status_code == 200
    answer = exporter.get("/-/ready")
    assert answer.status_code == 503 and "payments" in answer.text
    page = exporter.scrape()
    assert not page.has("drs_project_up") and page.has("drs_exporter_build_info")
    assert exporter.get("/").status_code == 200


def test_a_project_that_cannot_be_reached_does_not_keep_it_from_being_ready(start_exporter, programs):
    silence = Silence()
    programs.append(silence)
    content = configuration(project(f"http://127.0.0.1:{silence.port}", jobs=[cloud.JOB]), http={"timeout": "1s"})
    start_exporter(content).await_ready()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "text/plain"),
        ("*/*", "text/plain"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/plain"),
        ("text/plain;version=0.0.4", "text/plain"),
        (OPENMETRICS, "application/openmetrics-text"),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "application/openmetrics-text"),
        ("application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5", "text/plain"),
        ("application/openmetrics-text;q=0", "text/plain"),
        ("application/vnd.google.protobuf;q=0.9,text/plain;q=0.2", "text/plain"),
    ],
)  # fmt: skip
def test_the_format_is_the_one_that_the_client_prefers(watched, start_exporter, accept, expected):
    answer = start_exporter(watched).get("/metrics", Accept=accept)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(expected)


def test_gzip_only_for_those_who_take_it(watched, start_exporter):
    exporter = start_exporter(watched)
    for accepted, encoding in [("gzip", "gzip"), ("gzip, deflate", "gzip"), ("identity", None), ("gzip;q=0", None)]:
        answer = exporter.get("/metrics", Accept_Encoding=accepted)
        assert answer.headers.get("Content-Encoding") == encoding, accepted
        assert "drs_exporter_build_info" in answer.text


def test_slow_and_broken_clients_do_not_disturb_others(watched, start_exporter):
    exporter = start_exporter(watched).await_ready()
    host, port = exporter.addresses[0].rsplit(":", 1)
    idle = [socket.create_connection((host, int(port))) for _ in range(100)]
    for number, connection in enumerate(idle):
        connection.sendall([b"GET /metr", b"\x00\xff\r\n\r\n", b"GET /metrics HTTP/1.1\r\nX: "][number % 3])
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: exporter.get("/metrics").status_code, range(100)))
    assert statuses == [200] * 100
    for connection in idle:
        connection.close()


def test_an_endless_header_is_cut_off(watched, start_exporter):
    exporter = start_exporter(watched)
    host, port = exporter.addresses[0].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        answer = b""
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
            for _ in range(200):
                connection.sendall(b"x" * 65_536)
            answer = connection.recv(1000)
        except OSError:
            pass  # cut off while writing
        assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert exporter.get("/-/healthy").status_code == 200


PAGE_NAME = 'evil <script>alert(1)</script> & "quotes"'


def test_the_page_tells_of_each_job_and_escapes_it(simulator, start_exporter):
    simulator.add_job(name=PAGE_NAME)
    simulator.add_task(status="RUNNING", start_time=cloud.written(cloud.now() - 100))
    simulator.add_job("quiet-job", name="订单库容灾")
    content = configuration(project(simulator, jobs=[cloud.JOB, "quiet-job", "unknown-job"]))
    exporter = start_exporter(content).await_ready()
    exporter.eventually(
        "both names", lambda page: len({labels["job_name"] for labels, _ in page.series("drs_job_up")}) == 3
    )
    answer = exporter.get("/")
    text = answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<script" not in text and "&lt;script&gt;" in text
    for expected in (
        "payments",
        cloud.JOB,
        "quiet-job",
        "订单库容灾",
        "unknown-job",
        "RUNNING",
        "DRS.10000010",
        "/metrics",
    ):
        assert expected in text, f"{expected} is missing\n{text}"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_pages_own_links_work(watched, start_exporter):
    exporter = start_exporter(watched).await_ready()
    text = exporter.get("/").text
    links = set(re.findall(r'(?:href|src)="(/[^"]*)"', text))
    assert {"/metrics", "/-/healthy", "/-/ready"} <= links
    assert {link: exporter.get(link).status_code for link in links} == {link: 200 for link in links}
    for other in re.findall(r'(?:src|href)="(https?:[^"]*)"', text):
        assert f'<a href="{other}"' in text, f"loaded from elsewhere: {other}"
