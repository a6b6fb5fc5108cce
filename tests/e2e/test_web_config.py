"""The web configuration: who is let in by TLS, certificates and passwords, and files that change under load."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from support.exporter import Exporter
from support.pki import Authority, replace
from support.prometheus import Prometheus, tool
from support.waiting import wait_for

PASSWORD = "simulated-web-password"
HASH = "$2b$10$1KuptAcKbiW6HmMcFjROFO4bqO0nhVI04NUpOIkGfNJ6oQutIhnx."
OTHER_PASSWORD = "another-web-password"
OTHER_HASH = "$2b$10$rqTTvOR1iGfBIDT3M6xpKO0J.OkYT8wU.vf0eTYVfa.xTFsgy2ohi"
METRIC = "drs_exporter_web_config_last_reload_successful"
SERVER_NAMES = "DNS:localhost,IP:127.0.0.1"


class Site:
    """Authorities, certificates, and the web configuration of one exporter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ours = Authority(folder, "ours")
        self.theirs = Authority(folder, "theirs")
        self.server = self.ours.sign(SERVER_NAMES)
        self.good = self.ours.sign("DNS:prometheus.example.com", "clientAuth")
        self.foreign = self.theirs.sign("DNS:prometheus.example.com", "clientAuth")
        self.expired = self.ours.sign("DNS:prometheus.example.com", "clientAuth", expired=True)
        self.unnamed = self.ours.sign("DNS:somebody.example.com", "clientAuth")

    def tls(self, **more: Any) -> dict[str, Any]:
        certificate, key = self.server
        return {"cert_file": str(certificate), "key_file": str(key)} | more

    def demanding(self, **more: Any) -> dict[str, Any]:
        """Certificates of our authority are demanded of clients."""
        ca = str(self.ours.certificate)
        return self.tls(client_auth_type="RequireAndVerifyClientCert", client_ca_file=ca, **more)

    def write(self, name: str, **content: Any) -> Path:
        path = self.folder / name
        replace(path, json.dumps(content).encode())
        return path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@pytest.fixture
def serve(site: Site, start_exporter):
    """Starts the demo with a web configuration of these keys."""

    def start(*, name: str = "web.yaml", **content: Any) -> Exporter:
        exporter = start_exporter(None, "demo", f"--web.config.file={site.write(name, **content)}")
        assert exporter.addresses
        return exporter

    return start


def port(exporter: Exporter) -> str:
    return exporter.addresses[0].rsplit(":", 1)[1]


def curl(site: Site, url: str, *more: str | Path) -> tuple[int, str]:
    """The status (0: no answer) and what curl says of version and errors."""
    form = "%{http_code} %{http_version} %{errormsg}"
    command = [tool("curl"), "-sS", "-o", "/dev/null", "-w", form, "--noproxy", "*", "--max-time", "20"]
    done = subprocess.run(
        [*command, "--cacert", str(site.ours.certificate), *map(str, more), url],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    status, said = done.stdout.split(" ", 1)
    return int(status), said


def pair(certificate_and_key: tuple[Path, Path]) -> list[Path | str]:
    certificate, key = certificate_and_key
    return ["--cert", certificate, "--key", key]


# What a client shows, by name of an attribute of Site; then whom each mode lets in.
SHOWN = ("nothing", "good", "foreign", "expired", "unnamed")
MODES = {
    "NoClientCert": {"nothing", "good", "foreign", "expired", "unnamed"},
    "RequestClientCert": {"nothing", "good", "foreign", "expired", "unnamed"},
    "RequireAnyClientCert": {"good", "foreign", "expired", "unnamed"},
    "RequireClientCert": {"good", "foreign", "expired", "unnamed"},
    "VerifyClientCertIfGiven": {"nothing", "good", "unnamed"},
    "RequireAndVerifyClientCert": {"good", "unnamed"},
}
NAMED = ["prometheus.example.com"]


@pytest.mark.parametrize("tls_version", ["1.2", "1.3"])
@pytest.mark.parametrize("mode", MODES)
def test_each_mode_lets_in_whom_it_should_and_nobody_else(site, serve, mode, tls_version):
    authority = {"client_ca_file": str(site.ours.certificate)} if "Verify" in mode else {}
    url = f"https://localhost:{port(serve(tls_server_config=site.tls(client_auth_type=mode, **authority)))}/metrics"
    seen = {}
    for shown in SHOWN:
        certificate = [] if shown == "nothing" else pair(getattr(site, shown))
        seen[shown], _ = curl(site, url, f"--tlsv{tls_version}", "--tls-max", tls_version, *certificate)
    assert seen == {shown: 200 if shown in MODES[mode] else 0 for shown in SHOWN}


@pytest.mark.parametrize(
    ("mode", "inside"),
    [
        ("RequestClientCert", {"nothing", "good", "foreign", "expired"}),
        ("VerifyClientCertIfGiven", {"nothing", "good"}),
        ("RequireAndVerifyClientCert", {"good"}),
    ],
)
def test_allowed_names_shut_out_every_other_certificate(site, serve, mode, inside):
    authority = {"client_ca_file": str(site.ours.certificate)} if "Verify" in mode else {}
    tls = site.tls(client_auth_type=mode, client_allowed_sans=NAMED, **authority)
    url = f"https://localhost:{port(serve(tls_server_config=tls))}/metrics"
    seen = {shown: curl(site, url, *([] if shown == "nothing" else pair(getattr(site, shown))))[0] for shown in SHOWN}
    assert seen == {shown: 200 if shown in inside else 0 for shown in SHOWN}


@pytest.mark.parametrize("name", ["email:a@example.com", "IP:192.0.2.7", "IP:2001:db8::1", "URI:spiffe://example.com/p"])
def test_a_name_of_any_kind_can_be_allowed(site, serve, name):
    certificate = site.ours.sign(name, "clientAuth")
    tls = site.demanding(client_allowed_sans=[name.split(":", 1)[1]])
    url = f"https://localhost:{port(serve(tls_server_config=tls))}/metrics"
    assert curl(site, url, *pair(certificate))[0] == 200
    assert curl(site, url, *pair(site.good))[0] == 0


@pytest.mark.parametrize(
    ("limits", "inside"),
    [
        ({}, {"1.2", "1.3"}),
        ({"min_version": "TLS13"}, {"1.3"}),
        ({"max_version": "TLS12"}, {"1.2"}),
        ({"min_version": "TLS12", "max_version": "TLS12"}, {"1.2"}),
    ],
)
def test_versions_are_kept_to(site, serve, limits, inside):
    url = f"https://localhost:{port(serve(tls_server_config=site.tls(**limits)))}/-/healthy"
    # OpenSSL itself has TLS 1.0 and 1.1 at level 0 only.
    at_level_0 = ["--ciphers", "DEFAULT@SECLEVEL=0"]
    seen = {
        version
        for version in ("1.0", "1.1", "1.2", "1.3")
        if curl(site, url, f"--tlsv{version}", "--tls-max", version, *at_level_0)[0] == 200
    }
    assert seen == inside


def test_suites_and_curves_are_kept_to(site, serve):
    tls = site.tls(
        cipher_suites=["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
        curve_preferences=["CurveP384"],
    )
    url = f"https://localhost:{port(serve(tls_server_config=tls))}/-/healthy"
    old = ["--tls-max", "1.2", "--ciphers"]
    assert curl(site, url, *old, "ECDHE-ECDSA-AES256-GCM-SHA384")[0] == 200
    assert curl(site, url, *old, "ECDHE-ECDSA-AES128-GCM-SHA256")[0] == 0
    assert curl(site, url, "--tlsv1.3", "--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256")[0] == 200
    assert curl(site, url, "--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256")[0] == 0
    assert curl(site, url, "--curves", "P-384")[0] == 200
    assert curl(site, url, "--curves", "X25519:P-256")[0] == 0


def test_http_2_is_spoken_within_tls_unless_it_is_off(site, serve):
    on, off = serve(tls_server_config=site.tls()), serve(
        name="off.yaml", tls_server_config=site.tls(), http_server_config={"http2": False}
    )
    assert curl(site, f"https://localhost:{port(on)}/metrics", "--http2") == (200, "2 ")
    assert curl(site, f"https://localhost:{port(on)}/metrics", "--http1.1") == (200, "1.1 ")
    assert curl(site, f"https://localhost:{port(off)}/metrics", "--http2") == (200, "1.1 ")


def test_python_trusts_the_certificate_and_plain_text_is_told_where_to_go(site, serve):
    exporter = serve(tls_server_config=site.demanding())
    assert f"https://127.0.0.1:{port(exporter)}/metrics" in exporter.process.stdout
    assert re.search(r"tls=on .*authentication=off", exporter.log), exporter.log
    url = f"https://localhost:{port(exporter)}/metrics"
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(site.ours.certificate)
        session.cert = tuple(map(str, site.good))
        answer = session.get(url, timeout=20)
        assert answer.status_code == 200 and f"{METRIC} 1" in answer.text
        session.cert = None
        with pytest.raises(requests.exceptions.RequestException):
            session.get(url + "?fresh", timeout=20, headers={"Connection": "close"})
        assert "https" in session.get(url.replace("https", "http"), timeout=20).text


def test_headers_are_on_every_answer(site, serve):
    headers = {"X-Frame-Options": "deny", "Strict-Transport-Security": "max-age=60", "X-XSS-Protection": "0"}
    policy = "frame-ancestors 'none'"
    exporter = serve(
        http_server_config={"headers": headers | {"Content-Security-Policy": policy}}, basic_auth_users={"alice": HASH}
    )
    with requests.Session() as session:
        session.trust_env = False
        for user, path, method, status in [
            ("alice", "/metrics", "GET", 200),
            ("alice", "/", "GET", 200),
            ("alice", "/nothing", "GET", 404),
            ("alice", "/metrics", "POST", 405),
            ("bob", "/metrics", "GET", 401),
        ]:
            answer = session.request(method, exporter.url + path, auth=(user, PASSWORD), timeout=20)
            assert answer.status_code == status
            assert headers.items() <= answer.headers.items() and policy in answer.headers["Content-Security-Policy"]
        page = session.get(exporter.url, auth=("alice", PASSWORD), timeout=20)
        assert "style-src 'sha256-" in page.headers["Content-Security-Policy"], "the page's own policy stays"


def test_every_path_asks_for_the_password(site, serve):
    exporter = serve(basic_auth_users={"alice": HASH, "bob": OTHER_HASH})
    assert re.search(r"tls=off .*authentication=on", exporter.log), exporter.log
    for path in ("/metrics", "/", "/-/healthy", "/-/ready", "/-/docs/page.md", "/nothing"):
        answer = exporter.get(path)
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Basic "), path
        assert exporter.get(path, "HEAD").content == b""
    url = exporter.url + "/-/healthy"
    for login, status in [
        (f"alice:{PASSWORD}", 200),
        (f"bob:{OTHER_PASSWORD}", 200),
        (f"alice:{OTHER_PASSWORD}", 401),
        (f"bob:{PASSWORD}", 401),
        ("alice:", 401),
        (f"carol:{PASSWORD}", 401),
        (f":{PASSWORD}", 401),
    ]:
        for _ in range(2):
            assert curl(site, url, "-u", login)[0] == status, login
    assert PASSWORD not in exporter.log and HASH not in exporter.log


def test_a_rate_limit_refuses_what_is_too_much(site, serve):
    exporter = serve(rate_limit={"interval": "1h", "burst": 3})
    assert [exporter.get("/-/healthy").status_code for _ in range(5)] == [200, 200, 200, 429, 429]


# One Prometheus, a job for each way to ask: what is to be in and what out.
def scrapes(site: Site, exporters: dict[str, Exporter]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    jobs, expected = [], {}
    ca = {"ca_file": str(site.ours.certificate)}
    named = ca | {"server_name": "localhost"}
    password_file = site.folder / "password"
    password_file.write_text(PASSWORD)
    wrong_file = site.folder / "wrong-password"
    wrong_file.write_text("wrong")

    def shown(which: tuple[Path, Path]) -> dict[str, str]:
        return {"cert_file": str(which[0]), "key_file": str(which[1])}

    def basic(user: str = "alice", **how: str) -> dict[str, Any]:
        return {"username": user} | how

    def add(name: str, server: str, up: int, tls: dict[str, Any] | None = None, auth: dict[str, Any] | None = None) -> None:
        job: dict[str, Any] = {
            "job_name": name,
            "scheme": "http" if tls is None else "https",
            "static_configs": [{"targets": [f"127.0.0.1:{port(exporters[server])}"]}],
        }
        if tls is not None:
            job["tls_config"] = tls
        if auth is not None:
            job["basic_auth"] = auth
        jobs.append(job)
        expected[name] = up

    add("right authority", "tls", 1, ca)
    add("another authority", "tls", 0, {"ca_file": str(site.theirs.certificate)})
    add("no authority", "tls", 0, {})
    add("no authority, no verification", "tls", 1, {"insecure_skip_verify": True})
    add("right name", "tls", 1, named)
    add("another name", "tls", 0, ca | {"server_name": "example.com"})
    add("another name, no verification", "tls", 1, {"server_name": "example.com", "insecure_skip_verify": True})
    add("plain text to TLS", "tls", 0)
    add("TLS 1.3 at least", "tls", 1, ca | {"min_version": "TLS13"})
    add("TLS to plain text", "users", 0, ca)
    add("TLS 1.3 at least, a server of 1.2", "old", 0, ca | {"min_version": "TLS13"})
    add("TLS 1.2 at least, a server of 1.2", "old", 1, ca | {"min_version": "TLS12"})
    add("right certificate", "clients", 1, ca | shown(site.good))
    add("no certificate", "clients", 0, ca)
    add("certificate of another authority", "clients", 0, ca | shown(site.foreign))
    add("expired certificate", "clients", 0, ca | shown(site.expired))
    add("certificate of another name", "clients", 0, ca | shown(site.unnamed))
    add("right certificate, no verification", "clients", 1, {"insecure_skip_verify": True} | shown(site.good))
    add("right password", "users", 1, None, basic(password=PASSWORD))
    add("right password in a file", "users", 1, None, basic(password_file=str(password_file)))
    add("wrong password", "users", 0, None, basic(password="wrong"))
    add("wrong password in a file", "users", 0, None, basic(password_file=str(wrong_file)))
    add("no password", "users", 0)
    add("another user", "users", 0, None, basic("carol", password=PASSWORD))
    add("certificate and password", "both", 1, ca | shown(site.good), basic(password=PASSWORD))
    add("certificate alone", "both", 0, ca | shown(site.good))
    add("password alone", "both", 0, ca, basic(password=PASSWORD))
    return jobs, expected


def test_a_real_prometheus_is_in_where_it_should_be_and_out_where_not(site, serve, tmp_path, programs):
    users = {"alice": HASH}
    exporters = {
        "tls": serve(name="tls.yaml", tls_server_config=site.tls()),
        "old": serve(name="old.yaml", tls_server_config=site.tls(max_version="TLS12")),
        "clients": serve(name="clients.yaml", tls_server_config=site.demanding(client_allowed_sans=NAMED)),
        "users": serve(name="users.yaml", basic_auth_users=users),
        "both": serve(name="both.yaml", tls_server_config=site.demanding(), basic_auth_users=users),
    }
    jobs, expected = scrapes(site, exporters)
    prometheus = Prometheus(tmp_path / "prometheus", [], interval="5s", scrape_configs=jobs)
    programs.append(prometheus)

    def judged() -> bool:
        # Twice at least: over the first connection and once more. In once is in, and out is out each time.
        for labels, count in prometheus.query("count_over_time(up[10m])"):
            assert count >= 2, labels
        best = {labels["job"]: int(value) for labels, value in prometheus.query("max_over_time(up[10m])")}
        why = {target["labels"]["job"]: target["lastError"] for target in prometheus.targets()}
        wrong = {job: (best.get(job), why.get(job)) for job in expected if best.get(job) != expected[job]}
        assert not wrong
        return True

    wait_for("every job judged rightly", judged, 120)
    # Go speaks HTTP/2 with us, and the values are there.
    assert prometheus.query('count by (job) (drs_exporter_build_info{job="right authority"})')


class Load:
    """Scrapes without a pause, from several threads: over kept connections and over new ones."""

    def __init__(self, site: Site, url: str, **how: Any) -> None:
        self.failures: list[str] = []
        self.scrapes = 0
        self.kept = threading.local()
        self._site, self._url, self._how = site, url, how
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(index % 2 == 0,)) for index in range(4)]

    def _run(self, keeps: bool) -> None:
        session = requests.Session()
        session.trust_env = False
        while not self._end.is_set():
            if not keeps:
                session.close()
                session = requests.Session()
                session.trust_env = False
            try:
                answer = session.get(self._url, timeout=20, **self._how)
                if answer.status_code != 200:
                    self.failures.append(f"{answer.status_code} {answer.text}")
            except requests.RequestException as error:
                self.failures.append(repr(error))
            self.scrapes += 1

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(30)

    def await_scrapes(self, count: int) -> None:
        """Waits until so many more were made."""
        goal = self.scrapes + count
        wait_for(f"{count} more scrapes", lambda: self.scrapes >= goal, 60, lambda: str(self.failures[:3]))


def served(exporter: Exporter) -> str:
    """The certificate that a new connection is shown."""
    return ssl.get_server_certificate(("127.0.0.1", int(port(exporter))), timeout=20)


ROUNDS = 30


def test_key_files_and_users_are_replaced_under_load_without_a_failed_scrape(site, serve):
    folder = site.folder / "live"
    folder.mkdir()
    certificate, key, authority = folder / "cert.pem", folder / "key.pem", folder / "ca.pem"
    pairs = [site.server, site.ours.sign(SERVER_NAMES), site.ours.sign(SERVER_NAMES, rsa=True)]
    replace(certificate, pairs[0][0])
    replace(key, pairs[0][1])
    replace(authority, site.ours.certificate)
    tls = {
        "cert_file": str(certificate),
        "key_file": str(key),
        "client_ca_file": str(authority),
        "client_auth_type": "RequireAndVerifyClientCert",
    }
    exporter = serve(tls_server_config=tls, basic_auth_users={"alice": HASH})
    url = f"https://localhost:{port(exporter)}/metrics"
    how = {"auth": ("alice", PASSWORD), "verify": str(site.ours.certificate), "cert": tuple(map(str, site.good))}
    both = site.ours.certificate.read_bytes() + site.theirs.certificate.read_bytes()
    with Load(site, url, **how) as load:
        for round_number in range(ROUNDS):
            new = pairs[round_number % len(pairs)]
            # The two never at the same moment, in either order, and scrapes in between.
            files = [(certificate, new[0]), (key, new[1])]
            for path, content in files if round_number % 2 else reversed(files):
                replace(path, content)
                load.await_scrapes(3)
            replace(authority, both if round_number % 2 else site.ours.certificate)
            users = {"alice": HASH} | ({"bob": OTHER_HASH} if round_number % 2 else {})
            site.write("web.yaml", tls_server_config=tls, basic_auth_users=users)
            load.await_scrapes(3)
            ours = new[0].read_text().strip()
            # Whoever comes now sees the new one.
            shown = shown_certificate(site, exporter)
            assert shown.strip() == ours, f"round {round_number}"
            status = curl(site, url, *pair(site.foreign), "-u", f"bob:{OTHER_PASSWORD}")[0]
            assert status == (200 if round_number % 2 else 0), f"round {round_number}"
    assert not load.failures, f"{len(load.failures)} of {load.scrapes}: {load.failures[:3]}"
    assert load.scrapes >= ROUNDS * 9
    assert value_of_metric(url, how) == 1


def shown_certificate(site: Site, exporter: Exporter) -> str:
    context = ssl.create_default_context(cafile=str(site.ours.certificate))
    context.load_cert_chain(*map(str, site.good))
    with socket.create_connection(("127.0.0.1", int(port(exporter))), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True))


def value_of_metric(url: str, how: dict[str, Any]) -> int:
    with requests.Session() as session:
        session.trust_env = False
        found = re.search(rf"^{METRIC} (\d)", session.get(url, timeout=20, **how).text, re.MULTILINE)
    assert found
    return int(found.group(1))


def test_a_kubernetes_secret_is_swapped(site, serve):
    """As the kubelet does it: a folder of the new version, then one symbolic link replaced."""
    mounted = site.folder / "mounted"
    versions = [site.server, site.ours.sign(SERVER_NAMES)]
    for index, (certificate, key) in enumerate(versions):
        version = mounted / f"..{index}"
        version.mkdir(parents=True)
        shutil.copy(certificate, version / "tls.crt")
        shutil.copy(key, version / "tls.key")
    (mounted / "..data").symlink_to("..0")
    for name in ("tls.crt", "tls.key"):
        (mounted / name).symlink_to(f"..data/{name}")
    exporter = serve(tls_server_config={"cert_file": str(mounted / "tls.crt"), "key_file": str(mounted / "tls.key")})
    assert served(exporter).strip() == versions[0][0].read_text().strip()
    (mounted / "..next").symlink_to("..1")
    os.replace(mounted / "..next", mounted / "..data")
    assert served(exporter).strip() == versions[1][0].read_text().strip()


def test_what_is_broken_or_gone_changes_nothing_and_is_told_once(site, serve):
    exporter = serve(tls_server_config=site.tls(), basic_auth_users={"alice": HASH})
    url = f"https://localhost:{port(exporter)}/metrics"
    how = {"auth": ("alice", PASSWORD), "verify": str(site.ours.certificate)}
    path = site.folder / "web.yaml"
    good, before = path.read_bytes(), served(exporter)
    assert value_of_metric(url, how) == 1

    def complaints() -> int:
        return len(re.findall("the last good one stays in use", exporter.log))

    foreign = site.theirs.sign(SERVER_NAMES)
    breakages = [
        lambda: replace(path, b"tls_server_config: {"),
        lambda: path.unlink(),
        lambda: replace(path, b""),
        lambda: replace(path, json.dumps({"tls_server_config": site.tls()}).encode()),
        lambda: site.write("web.yaml", tls_server_config=site.tls(key_file=str(foreign[1])), basic_auth_users={"a": HASH}),
        lambda: site.write("web.yaml", tls_server_config=site.tls(cert_file="nowhere"), basic_auth_users={"a": HASH}),
        lambda: site.write("web.yaml", tls_server_config=site.tls(min_version="TLS10"), basic_auth_users={"a": HASH}),
    ]
    for number, breaks in enumerate(breakages):
        said = complaints()
        breaks()
        for _ in range(3):
            assert value_of_metric(url, how) == 0, f"breakage {number}"
        assert served(exporter) == before and curl(site, url)[0] == 401, f"breakage {number}"
        assert complaints() == said + 1, f"breakage {number}: once\n{exporter.log}"
        replace(path, good)
        assert value_of_metric(url, how) == 1, f"breakage {number}"


def test_a_bad_file_at_the_start_ends_it_with_code_2(site, start_exporter, tmp_path):
    foreign = site.theirs.sign(SERVER_NAMES)
    for index, (content, words) in enumerate([
        ({"tls_server_config": site.tls(key_file=str(foreign[1]))}, "tls_server_config.key_file: is not the key"),
        ({"tls_server_config": site.tls(min_version="TLS11")}, "tls_server_config.min_version: TLS11 is not possible"),
        ({"basic_auth_users": {"alice": PASSWORD}}, "is no bcrypt hash"),
        ({"tls_server_conf": {}}, "did you mean `tls_server_config`"),
    ]):  # fmt: skip
        path = site.write(f"bad{index}.yaml", **content)
        exporter = start_exporter(None, "demo", f"--web.config.file={path}")
        assert exporter.process.wait() == 2
        assert re.search(rf"{re.escape(str(path))}:1:\d+: ", exporter.log) and words in exporter.log, exporter.log
        assert PASSWORD not in exporter.log
    exporter = start_exporter(None, "demo", environment={"DRS_EXPORTER_WEB_CONFIG_FILE": "/nowhere.yaml"})
    assert exporter.process.wait() == 2 and "/nowhere.yaml: cannot read" in exporter.log


def test_strangers_cost_what_users_cost_and_nobody_is_held_up(site, serve):
    exporter = serve(basic_auth_users={"alice": HASH})

    def took(login: str, status: int = 401) -> float:
        started = time.monotonic()
        answer = exporter.get("/-/healthy", Authorization="Basic " + base64.b64encode(login.encode()).decode())
        assert answer.status_code == status
        return time.monotonic() - started

    took(f"alice:{PASSWORD}", 200)
    rounds = [(took("alice:wrong"), took("carol:wrong"), took(f"alice:{PASSWORD}", 200)) for _ in range(9)]
    # Whatever else the machine does only adds: the fastest of each tell what it costs.
    wrong, strange, known = (min(times) for times in zip(*rounds, strict=True))
    assert known < wrong, f"a scrape costs a bcrypt: {rounds}"
    assert known < strange and strange - known > (wrong - known) / 3, f"time tells who is a user: {rounds}"


def test_slow_handshakes_hold_nobody_up_and_it_ends_in_time(site, serve):
    exporter = serve(tls_server_config=site.tls())
    silent = [socket.create_connection(("127.0.0.1", int(port(exporter)))) for _ in range(50)]
    for connection in silent[:25]:
        connection.sendall(b"\x16\x03\x01")
    url = f"https://localhost:{port(exporter)}/metrics"
    for version in ("--http1.1", "--http2"):
        assert curl(site, url, version)[0] == 200
    started = time.monotonic()
    exporter.process.signal(15)
    assert exporter.process.wait() == 0 and time.monotonic() - started < 5
    for connection in silent:
        connection.close()


@pytest.mark.parametrize("is_secured", [False, True])
def test_no_answer_on_a_kept_connection_waits_for_an_acknowledgement(site, serve, is_secured):
    exporter = serve(**({"tls_server_config": site.tls()} if is_secured else {}))
    wait_for("all jobs", lambda: "watched from now on" in exporter.log)
    url = f"{'https' if is_secured else 'http'}://localhost:{port(exporter)}/metrics"

    def took(session: requests.Session) -> float:
        started = time.monotonic()
        assert session.get(url, timeout=20, verify=str(site.ours.certificate)).status_code == 200
        return time.monotonic() - started

    with requests.Session() as session:
        session.trust_env = False
        # The system acknowledges at once in the beginning. Later such a wait is 40 ms each time, so the fastest tells,
        # however busy the machine is.
        fastest = min([took(session) for _ in range(60)][40:])
    assert fastest < 0.035
