"""The cloud's official Python client against the simulated cloud: proof that the latter speaks the real protocol."""

from __future__ import annotations

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkdrs.v3 import DrsClient as DrsClientV3
from huaweicloudsdkdrs.v3 import ListDataCompareOverviewRequest
from huaweicloudsdkdrs.v5 import (
    DrsClient,
    ListJobsRequest,
    ShowComparePolicyRequest,
    ShowCompareUsersDetailRequest,
    ShowHealthCompareJobDetailRequest,
    ShowHealthCompareJobListRequest,
    ShowHealthObjectCompareJobOverviewRequest,
)
from support import cloud

# Deprecated, and without a successor.
row_overview_is_deprecated = pytest.mark.filterwarnings("ignore:Method 'list_data_compare_overview'")

PROJECT = cloud.PROJECTS["payments"][0]


def client(simulator, secret_key: str = cloud.SECRET_KEY, access_key: str = cloud.ACCESS_KEY, of=DrsClient):
    credentials = BasicCredentials(access_key, secret_key, PROJECT)
    return of.new_builder().with_credentials(credentials).with_endpoints([simulator.url]).build()


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """The client writes a file into the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_it_reads_the_list_of_comparisons(simulator):
    simulator.add_example()
    answer = client(simulator).show_health_compare_job_list(
        ShowHealthCompareJobListRequest(job_id=cloud.JOB, limit=1000)
    )
    assert answer.count == 1
    task = answer.compare_jobs[0]
    assert (task.status, task.start_time, task.end_time) == (
        "SUCCESSFUL",
        "2024-04-07T10:00:01Z",
        "2024-04-07T10:00:09Z",
    )


def test_it_filters_and_pages_the_list(simulator):
    simulator.add_job()
    for number in range(5):
        status = "FAILED" if number == 3 else "SUCCESSFUL"
        simulator.add_task(task_id=f"task-{number}", status=status, start_time=cloud.written(cloud.now() + number))
    ask = client(simulator).show_health_compare_job_list
    failed = ask(ShowHealthCompareJobListRequest(job_id=cloud.JOB, status="FAILED"))
    assert [task.id for task in failed.compare_jobs] == ["task-3"]
    pages = [
        {
            task.id
            for task in ask(ShowHealthCompareJobListRequest(job_id=cloud.JOB, offset=offset, limit=2)).compare_jobs
        }
        for offset in (0, 2, 4)
    ]
    assert [len(page) for page in pages] == [2, 2, 1] and len(set.union(*pages)) == 5


def test_it_reads_the_detail_of_a_comparison(simulator):
    simulator.add_example()
    answer = client(simulator).show_health_compare_job_detail(
        ShowHealthCompareJobDetailRequest(job_id=cloud.JOB, compare_job_id=cloud.TASK)
    )
    assert (answer.id, answer.job_name) == ("3bca29b5-419a-409d-a8d1-d892aa12bf53", "DRS-7754")
    assert (answer.type, answer.status) == ("lines,object_comparison", "SUCCESSFUL")


def test_it_reads_the_objects_of_a_comparison(simulator):
    simulator.add_job()
    rows = [
        {"type": "TABLE", "source_count": 2, "target_count": 2, "status": 2},
        {"type": "INDEX", "source_count": 2, "target_count": 1, "status": 0},
    ]
    simulator.add_task(status="SUCCESSFUL", objects=rows)
    answer = client(simulator).show_health_object_compare_job_overview(
        ShowHealthObjectCompareJobOverviewRequest(job_id=cloud.JOB, compare_job_id=cloud.TASK)
    )
    read = [(row.type, row.source_count, row.target_count, row.status) for row in answer.compare_result]
    assert read == [("TABLE", 2, 2, 2), ("INDEX", 2, 1, 0)]


@row_overview_is_deprecated
def test_it_reads_the_rows_of_a_comparison(simulator):
    simulator.add_job()
    counts = {"compare_num": 16, "compare_end_num": 16, "data_inconsistent_num": 0, "uncomparable_num": 0}
    rows = [
        {"source_db_name": name, "target_db_name": name, "status": status} | counts
        for name, status in (("one", 2), ("two", 0), ("three", 27))
    ]
    simulator.add_task(type="lines", status="SUCCESSFUL", rows=rows)
    ask = client(simulator, of=DrsClientV3).list_data_compare_overview
    answer = ask(ListDataCompareOverviewRequest(job_id=cloud.JOB, compare_job_id=cloud.TASK, limit=1000, offset=0))
    assert answer.total_count == 3
    assert [row.to_dict() for row in answer.data_compare_overview_infos] == rows
    page = ask(ListDataCompareOverviewRequest(job_id=cloud.JOB, compare_job_id=cloud.TASK, limit=2, offset=2))
    assert [row.source_db_name for row in page.data_compare_overview_infos] == ["three"]


def test_it_reads_the_accounts_of_a_comparison(start_simulator):
    """As they are by default: the client takes numbers only, against its own documentation."""
    simulator = start_simulator(world="quiet")
    project = next(project for project in simulator.truth()["projects"] if project["project_id"] == PROJECT)
    tasks = [(job, task) for job in project["jobs"] for task in job["tasks"]]
    job, task = next((job, task) for job, task in tasks if task["accounts"] and task["status"] == "SUCCESSFUL")
    answer = client(simulator).show_compare_users_detail(
        ShowCompareUsersDetailRequest(job_id=job["id"], compare_job_id=task["id"], offset="0", limit="100")
    )
    assert answer.total_count == len(task["accounts"])
    assert [user.to_dict() for user in answer.user_compare_info] == task["accounts"]


@row_overview_is_deprecated
def test_what_a_comparison_does_not_compare_is_refused(simulator):
    simulator.add_job()
    simulator.add_task(type="object_comparison", status="SUCCESSFUL")
    for of, call, request in [
        (DrsClientV3, "list_data_compare_overview", ListDataCompareOverviewRequest),
        (DrsClient, "show_compare_users_detail", ShowCompareUsersDetailRequest),
    ]:
        with pytest.raises(ClientRequestException) as refused:
            getattr(client(simulator, of=of), call)(request(job_id=cloud.JOB, compare_job_id=cloud.TASK))
        assert (refused.value.status_code, refused.value.error_code) == (400, "DRS.M00202")


def test_it_reads_a_policy(simulator):
    policy = {"status": "OPEN", "period": "* * 1,2,3,4,5,6,7", "begin_time": "08:00:00", "end_time": "10:00:00"}
    simulator.add_job(policy=policy | {"compare_type": ["lines"], "next_compare_time": "2023-06-12T08:00:00Z"})
    answer = client(simulator).show_compare_policy(ShowComparePolicyRequest(job_id=cloud.JOB))
    assert (answer.status, answer.period, answer.begin_time) == ("OPEN", policy["period"], "08:00:00")
    assert list(answer.compare_type) == ["lines"]


@pytest.mark.parametrize("job_type", ["migration", "sync", "cloudDataGuard", "replay"])
def test_it_lists_the_jobs_of_a_type(simulator, job_type):
    for kind in ("migration", "sync", "cloudDataGuard", "replay"):
        simulator.add_job(f"a-{kind}", name=f"{kind}~job 1/a+b,中", job_type=kind)
    answer = client(simulator).list_jobs(ListJobsRequest(job_type=job_type))
    assert [(job.id, job.job_type) for job in answer.jobs] == [(f"a-{job_type}", job_type)]
    assert answer.total_count == 1


def test_it_finds_a_job_by_a_name_that_must_be_escaped_in_the_signature(simulator):
    name = "dr~job 1/a+b,中"
    simulator.add_job("wanted", name=name)
    simulator.add_job("unwanted", name="other")
    answer = client(simulator).list_jobs(ListJobsRequest(job_type="sync", name=name, offset=0, limit=10))
    assert [job.name for job in answer.jobs] == [name]


@pytest.mark.parametrize("keys", [{"secret_key": "wrong"}, {"access_key": "UNKNOWNKEY0000000000"}])
def test_a_wrong_key_is_refused_as_the_gateway_does(simulator, keys):
    simulator.add_example()
    with pytest.raises(ClientRequestException) as refused:
        client(simulator, **keys).show_health_compare_job_list(ShowHealthCompareJobListRequest(job_id=cloud.JOB))
    assert (refused.value.status_code, refused.value.error_code) == (401, "APIGW.0301")


def test_five_wrong_signatures_lock_the_key_for_everybody(simulator):
    simulator.add_example()
    ask = ShowHealthCompareJobListRequest(job_id=cloud.JOB)
    for _ in range(5):
        with pytest.raises(ClientRequestException):
            client(simulator, secret_key="wrong").show_health_compare_job_list(ask)
    with pytest.raises(ClientRequestException) as refused:
        client(simulator).show_health_compare_job_list(ask)
    assert "reached the limit" in refused.value.error_msg


def test_an_unknown_job_is_400_and_not_404(simulator):
    with pytest.raises(ClientRequestException) as refused:
        client(simulator).show_health_compare_job_list(ShowHealthCompareJobListRequest(job_id="unknown"))
    assert (refused.value.status_code, refused.value.error_code) == (400, "DRS.10000010")
    assert refused.value.request_id
