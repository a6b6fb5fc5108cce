"""A peer: the series of a file by the official Python client, from a collector that has them ready.

Usage: python_client.py PORT FILE
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.parser import text_string_to_metric_families


class Ready:
    """Hands out families that are made already: less than any real exporter of this kind has to do."""

    def __init__(self, text: str) -> None:
        self._families = list(text_string_to_metric_families(text))

    def collect(self):
        return self._families


registry = CollectorRegistry()
registry.register(Ready(Path(sys.argv[2]).read_text()))
start_http_server(int(sys.argv[1]), "127.0.0.1", registry)
threading.Event().wait()
