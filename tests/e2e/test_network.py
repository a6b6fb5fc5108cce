"""The way to the cloud: proxies, private authorities, addresses that do not answer."""

from __future__ import annotations

import pytest
from support import cloud
from support.configuration import AKSK, BY_PASSWORD, configuration, project
from support.peers import Proxy, TlsFront, make_certificates
from support.prometheus import free_port
from support.waiting import wait_for

TASKS = [(cloud.JOB, cloud.TASK)]
DURATION = "drs_health_comparison_task_duration_seconds"


@pytest.fixture
def simulator(simulator):
    simulator.add_example()
    return simulator


@pytest.fixture
def proxy(programs) -> Proxy:
    proxy = Proxy()
    programs.append(proxy)
    return proxy


@pytest.fixture
def front(simulator, programs, tmp_path):
    """TLS in front of the simulated cloud, by a private authority; `front.authority` is its certificate."""
    authority, certificate, key = make_certificates(tmp_path / "certificates")
    front = TlsFront(certificate, key, simulator.port)
    front.authority = authority
    programs.append(front)
    return front


@pytest.mark.parametrize("credentials", [AKSK, BY_PASSWORD], ids=["access key", "password"])
def test_all_calls_go_through_the_proxy(simulator, start_exporter, proxy, credentials):
    content = configuration(project(simulator, tasks=TASKS, credentials=credentials), http={"proxy_url": proxy.url})
    exporter = start_exporter(content).await_ready()
    assert exporter.scrape().value(DURATION) == 8
    assert any("/health-compare-jobs/" in line for line in proxy.seen), proxy.seen
    # One may be on its way from there.
    wait_for("as many calls in the cloud as in the proxy", lambda: len(proxy.seen) == simulator.requests())
    if credentials is BY_PASSWORD:
        assert any("/v3/auth/tokens" in line for line in proxy.seen), proxy.seen


def test_tls_goes_through_the_proxy_by_connect(simulator, start_exporter, proxy, front):
    content = configuration(
        project(front.url, tasks=TASKS), http={"proxy_url": proxy.url, "ca_file": str(front.authority)}
    )
    exporter = start_exporter(content).await_ready()
    assert exporter.scrape().value(DURATION) == 8
    assert proxy.seen and all(line.startswith(f"CONNECT localhost:{front.port} ") for line in proxy.seen)


def test_a_proxy_of_one_project_is_not_the_others(simulator, start_exporter, proxy):
    simulator.add_job("other-job", project="analytics")
    content = configuration(
        project(simulator, tasks=TASKS, http={"proxy_url": proxy.url}),
        project(simulator, "analytics", jobs=["other-job"]),
    )
    start_exporter(content).await_ready()
    analytics = cloud.PROJECTS["analytics"][0]
    assert proxy.seen and not any(analytics in line for line in proxy.seen)


def test_a_proxy_that_is_down_is_a_failure_to_connect(simulator, start_exporter):
    content = configuration(project(simulator, tasks=TASKS), http={"proxy_url": f"http://127.0.0.1:{free_port()}"})
    exporter = start_exporter(content).await_ready()
    page = exporter.scrape()
    assert page.value("drs_project_up") == 0
    assert page.total("drs_exporter_api_requests_total", code="connect") >= 1
    assert simulator.requests() == 0


def test_a_private_authority_is_trusted_when_it_is_configured(start_exporter, front):
    content = configuration(project(front.url, tasks=TASKS), http={"ca_file": str(front.authority)})
    assert start_exporter(content).await_ready().scrape().value(DURATION) == 8


def test_a_private_authority_is_refused_when_it_is_not(simulator, start_exporter, front):
    exporter = start_exporter(configuration(project(front.url, tasks=TASKS))).await_ready()
    page = exporter.scrape()
    assert page.value("drs_project_up") == 0
    assert page.total("drs_exporter_api_requests_total", code="tls") >= 1
    exporter.await_log("ca_file")
    assert simulator.requests() == 0


def test_nobody_at_the_address_is_said_with_the_address(start_exporter):
    address = f"http://127.0.0.1:{free_port()}"
    exporter = start_exporter(configuration(project(address, tasks=TASKS))).await_ready()
    exporter.eventually("being down", lambda page: page.value("drs_project_up") == 0)
    exporter.await_log(rf"level=(warn|error).*{address}")


def test_a_cloud_that_is_asked_in_plain_text_is_told_of_unless_it_is_this_machine(simulator, start_exporter):
    words = "asked without TLS"
    start_exporter(configuration(project("http://drs.invalid:8080", tasks=TASKS))).await_log(rf"level=warn.*{words}.*drs.invalid")
    assert words not in start_exporter(configuration(project(simulator, tasks=TASKS))).await_ready().log


def test_a_redirect_is_not_followed(simulator, start_exporter):
    simulator.fault("redirect")
    exporter = start_exporter(configuration(project(simulator, tasks=TASKS))).await_ready()
    exporter.eventually("the failure", lambda page: page.value("drs_job_up") == 0)
    assert not simulator.stats()["operations"].get("Unknown"), "it has followed"
    exporter.await_log("redirect|302")


def test_ids_of_any_shape_stay_in_their_place(simulator, start_exporter):
    odd = ["../../v3/auth", "a/b?c=d&e#f", "100%", "ümlaut·中文", "..."]
    for number, job in enumerate(odd):
        simulator.add_job(job, name=f"job {number}")
        simulator.add_task(job, f"{job}+task", status="RUNNING", start_time=cloud.written(cloud.now() - 10))
    tasks = [(job, f"{job}+task") for job in odd]
    exporter = start_exporter(configuration(project(simulator, jobs=odd, tasks=tasks))).await_ready()
    page = exporter.scrape()
    for job in odd:
        assert page.value("drs_job_up", job_id=job) == 1, exporter.story()
        assert page.status(job_id=job, compare_job_id=f"{job}+task") == "RUNNING"


@pytest.mark.parametrize("odd", [".", ".."])
def test_an_id_that_would_leave_its_place_in_the_address_is_never_sent(simulator, start_exporter, odd):
    content = configuration(project(simulator, tasks=[(cloud.JOB, odd), (odd, cloud.TASK)], jobs=[odd]))
    exporter = start_exporter(content).await_ready()
    exporter.await_log("job_id")
    assert exporter.scrape().value("drs_job_up", job_id=odd) == 0
    stats = simulator.stats()
    assert stats["operations"].get("Unknown") is None and not any(
        odd in name.split("/")[1:] for name in stats["targets"]
    )
