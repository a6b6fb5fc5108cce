"""What goes wrong for each alert, and how it is mended. docs/alert-incidents.md is made of this.

Each incident is a generator: it makes the incident, yields FIRED, mends it and yields RESOLVED. What else it yields is
a condition to wait for. All of them run side by side, so each has a job, a project or an exporter of its own.
"""

# Each adds its own to the list.
from . import exporter, questions, restarts, schedules, verdicts  # noqa: F401
from .listing import COMPANIONS, INCIDENTS

# Alerts without an incident here, and why.
WITHOUT_INCIDENT: dict[str, str] = {}

__all__ = ["COMPANIONS", "INCIDENTS", "WITHOUT_INCIDENT"]
