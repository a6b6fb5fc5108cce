"""Facts of the simulated cloud, and the API's words."""

from __future__ import annotations

import time
from datetime import UTC, datetime

# The simulated account: lets nobody in anywhere.
DOMAIN = "simulated-account"
USER = "simulated-user"
PASSWORD = "simulated-password"
ACCESS_KEY = "SIMULATEDACCESSKEY00"
SECRET_KEY = "simulated-secret-key-that-opens-nothing0"

# Its projects: name -> (id, region).
PROJECTS = {
    "payments": ("5237e10fe9aa4ad5b16b6a5245248314", "ap-southeast-1"),
    "analytics": ("9c1f6e0a7b5d4c3f8e2a1d0b6f4c7e35", "eu-west-101"),
}

# The ids of the API text's example.
JOB = "163b98e8-6088-46c3-8b86-c18fea6jb502"
TASK = "118d1bdc-b3c8-48a0-af77-3400da6e9291"

ENDED = ("SUCCESSFUL", "FAILED", "CANCELLED", "TIMEOUT_INTERRUPT")
STATUSES = ("RUNNING", "WAITING_FOR_RUNNING", *ENDED, "FULL_DOING", "INCRE_DOING", "UNKNOWN")


def now() -> int:
    """The time in whole seconds."""
    return int(time.time())


def written(seconds: float) -> str:
    """A time as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> float:
    """The opposite of `written`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
