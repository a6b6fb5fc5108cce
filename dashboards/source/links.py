"""The ways from one dashboard to the other, to runbooks and to the manual."""

from __future__ import annotations

import rules
from grafana import link, to

TAG = "drs-exporter"
OVERVIEW, JOB, EXPORTER = "drs-overview", "drs-job", "drs-exporter"

# The rules' alerts, those of a project or of no job among them.
ALERTS = 'alertname=~"Drs.+", project=~"$project|", job_id=~"$job|"'

# From a row of a table that has these two columns.
JOB_LINK = link(
    "Open the job",
    f"/d/{JOB}/{JOB}?${{datasource:queryparam}}&var-project=${{__data.fields.project:percentencode}}"
    "&var-job=${__data.fields.job_id:percentencode}&${__url_time_range}",
)


def runbook(column: str) -> dict:
    return link("Open the runbook", f"{rules.runbooks()}${{__data.fields.{column}}}.md", new_tab=True)


def head(*dashboards: str) -> list[dict]:
    """The links at a dashboard's head; only what the other one has, too, goes along."""
    titles = {OVERVIEW: "Fleet", JOB: "One job", EXPORTER: "Exporter"}
    # The job's dashboard shows one project: it is not told of a choice of several.
    kept = {OVERVIEW: "&${project:queryparam}", JOB: "", EXPORTER: "&${project:queryparam}"}
    return [
        *(to(titles[name], f"/d/{name}/{name}?${{datasource:queryparam}}{kept[name]}") for name in dashboards),
        to("Runbooks", rules.runbooks(), page=True),
    ]
