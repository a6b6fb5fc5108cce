"""Attacks over HTTP/2, frame by frame, and what a password check can be made to cost. Ordinary scrapes go on."""

from __future__ import annotations

import base64
import signal
import socket
import ssl
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ResponseReceived, StreamEnded, StreamReset
from hpack import Encoder
from support.exporter import Exporter
from support.pki import Authority
from support.trouble import memory_bytes
from test_web_config import HASH, PASSWORD, Site, curl, port

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
