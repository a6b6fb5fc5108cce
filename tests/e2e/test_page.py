"""The page at `/`, as people see it: in a real Chromium, of a fleet in trouble."""

from __future__ import annotations

import re
import time

import pytest
from support import trouble
from support.browser import NARROW, WIDE, Browser
from support.configuration import configuration, project
from support.waiting import wait_for

# One fleet, one browser: what they cost is their start.
pytestmark = pytest.mark.xdist_group("page")

# Of 50 jobs with ten runs each; measured: 160 kB, 17 kB zipped, 50 ms.
MAX_BYTES, MAX_ZIPPED_BYTES = 400_000, 40_000


@pytest.fixture
def page(simulator, start_exporter, programs):
    """The fleet in trouble, all of it known; gives the exporter."""
    trouble.make(simulator)
    for name, text in trouble.HOSTILE.items():
        simulator.add_job(f"hostile-{name}", name=text)
    exporter = start_exporter(trouble.content(simulator, stale_after="8s")).await_ready()
    exporter.eventually("all verdicts", lambda seen: len(seen.series("drs_health_comparison_consistent")) == 10)
    trouble.make_stale(simulator)
    wait_for("a stale job", lambda: "state=stale" in exporter.get("/").text, story=exporter.story)
    return exporter


@pytest.fixture
def browser(programs):
    started = Browser()
    programs.append(started)
    return started


def names(visit) -> list[str]:
    """The jobs of the list from above, by name or else by id."""
    return [text.splitlines()[0] for text in visit.texts(".jobs tbody th")]


def test_it_is_for_everybody_on_every_screen_and_says_nothing_to_anybody_else(page, browser):
    for width in (WIDE, NARROW):
        for dark in (False, True):
            visit = browser.open(page.url + "/", width, dark=dark)
            overflow = visit.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{overflow} pixels stick out at {width}"
            assert visit.requests == [page.url + "/"]
            assert visit.complaints == []
            assert visit.violations() == [], f"{width} {'dark' if dark else 'light'}"
            back = visit.run("getComputedStyle(document.body).backgroundColor")
            assert (back == "rgb(255, 255, 255)") is not dark
            visit.close()


def test_what_is_wrong_comes_first_and_the_page_works_without_scripts(page, browser):
    visit = browser.open(page.url + "/", scripts=False)
    assert visit.texts(".summary h2") == ["8 of 18 jobs are wrong"]
    assert "1 of 2 projects cannot be read." in visit.texts(".summary p")[0]
    [refused] = visit.texts(".failure")
    assert refused.startswith("analytics") and "APIGW.0301" in refused and "What to do: check access key" in refused
    listed = names(visit)
    assert [name for name in listed if name in trouble.NAMES.values()] == list(trouble.NAMES.values())
    assert listed[:8] == list(trouble.NAMES.values())[:8], "what is wrong is above what is odd"
    states = visit.texts(".jobs td:nth-child(2) .badge:first-child")
    wrong = ["data differ", "failed", "timed out", "missed a run", "stuck waiting", "far too long", "stale", "unreachable"]
    assert states[:8] == wrong
    assert "What to do: check job_id" in visit.texts(".why")[1]

    strips = ["".join(strip.split()) for strip in visit.texts(".jobs .strip:not(:empty)")]
    # The words for those who cannot see the marks are in it, too, out of sight.
    assert len(strips) == 9 and strips[0].endswith("≠datadiffer") and strips[3].endswith("Mdue,neverstarted")
    first = visit.texts(".jobs tbody:nth-of-type(1) td")
    assert "TABLE 1204 → 1203" in first[3] and "consistent until 1 d" in first[3]

    visit.page.fill("#q", "SYNC payments")
    visit.page.select_option("#state", "failed")
    visit.follow("button")
    assert names(visit) == [trouble.NAMES["failed"]]
    assert visit.page.input_value("#q") == "SYNC payments" and visit.page.input_value("#state") == "failed"
    visit.follow("text=All jobs")
    assert len(names(visit)) == len(listed)
    visit.follow(".chips >> text=missed a run")
    assert names(visit) == [trouble.NAMES["missed"]]
    visit.follow("nav >> text=Metrics")
    assert "drs_project_up" in visit.page.content()


def test_hostile_names_stay_names(page, browser):
    visit = browser.open(page.url + "/?q=hostile")
    assert len(names(visit)) == len(trouble.HOSTILE)
    assert visit.complaints == [] and visit.requests == [page.url + "/?q=hostile"]
    assert visit.run("document.querySelectorAll('script, img, [onmouseover], [onfocus]').length") == 0
    assert trouble.HOSTILE["markup"] in visit.texts(".name")
    assert "\u202e" not in visit.page.content()
    assert max(map(len, visit.texts(".name"))) <= 121
    for width in (WIDE, NARROW):
        visit.page.set_viewport_size({"width": width, "height": 900})
        assert visit.run("document.documentElement.scrollWidth") <= width
    hostile = browser.open(page.url + '/?q="><script>alert(1)</script>&state=<b>&project=<i>&refresh=0')
    assert hostile.texts("[role=alert] li") == [
        "state=<b>: there is no such state",
        "refresh=0: seconds; 10, 30, 60 or 300",
        "project=<i>: no project is called so",
    ]
    assert hostile.run("document.querySelectorAll('script, main b, i').length") == 0


def test_it_may_do_next_to_nothing(page):
    headers = page.get("/?state=wrong").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy.pop("style-src").startswith("'sha256-")
    assert policy == {
        "default-src": "'none'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    refused = page.get("/?state=nothing")
    assert refused.status_code == 400 and "no such state" in refused.text
    for path in ("/-/docs/page.md", "/-/docs/metrics.md"):
        assert f'href="{path}"' in refused.text and page.get(path).text.startswith("# ")


@pytest.mark.timeout(300)
def test_it_is_quick_and_small_with_many_jobs(start_simulator, start_exporter):
    simulator = start_simulator(world="daily", jobs=2500)
    # The metrics of so many tasks are not the matter here.
    exporter = start_exporter("tasks_per_job: 0\n" + simulator.configuration_in_haste())
    unasked = lambda: "state=unasked" in exporter.get("/").text  # noqa: E731
    wait_for("readiness", exporter.is_ready, 150, exporter.story)
    wait_for("all of them known", lambda: not unasked())
    times = []
    for query in ("/", "/?q=orders&state=wrong", "/?page=50", "/"):
        start = time.monotonic()
        answer = exporter.get(query, Accept_Encoding="gzip")
        times.append(time.monotonic() - start)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert int(answer.headers["Content-Length"]) < MAX_ZIPPED_BYTES and len(answer.content) < MAX_BYTES, query
    # A tenth of this, on a machine with nothing else to do.
    assert min(times) < 1, times
    # Not all kinds of jobs that a project has can be compared, and so are discovered.
    pages = re.search(r"Page 1 of (\d+)", answer.text)
    assert pages is not None and int(pages.group(1)) > 90


def test_the_path_of_the_metrics_and_the_refresh_stay_with_every_link(simulator, start_exporter, browser):
    simulator.add_example()
    exporter = start_exporter(
        configuration(project(simulator, jobs=["163b98e8-6088-46c3-8b86-c18fea6jb502"])), "--web.telemetry-path=/drs"
    ).await_ready()
    visit = browser.open(exporter.url + "/?refresh=60")
    assert "refresh=60" in visit.page.get_attribute(".chips a", "href")
    visit.follow("button")
    assert visit.page.url.endswith("refresh=60")
    visit.follow("text=Stop")
    assert "refresh" not in visit.page.url
    visit.follow("nav >> text=Metrics")
    assert visit.page.url == exporter.url + "/drs"
