"""What several dashboards show in the same words and colours."""

from __future__ import annotations

from grafana import CALM, CRITICAL, GOOD, NEUTRAL, WARNING, words
from promql import STATUSES, URGENCY

STATUS_COLORS = dict(
    zip(
        STATUSES,
        (GOOD, CALM, "light-blue", "super-light-blue", "yellow", "purple", WARNING, CRITICAL, NEUTRAL),
        strict=True,
    )
)
# The numbers of `promql.status_number`, as words.
STATUS_WORDS = words({number: (status, STATUS_COLORS[status]) for number, status in enumerate(STATUSES, 1)})
VERDICT_WORDS = words({1: ("consistent", GOOD), 0: ("differs", CRITICAL)})
UP_WORDS = words({1: ("yes", GOOD), 0: ("no", CRITICAL)})
# The ranks of `promql.ranked`, as words.
SEVERITY_WORDS = words(
    {
        URGENCY["critical"]: ("critical", CRITICAL),
        URGENCY["warning"]: ("warning", WARNING),
        URGENCY["info"]: ("info", CALM),
    }
)
