"""Makes threads of a running program stand still, from outside, as a debugger does."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path


PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, thread: int) -> None:
    if _libc.ptrace(request, thread, None, None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"ptrace {request} of {thread}: {os.strerror(error)}")


class Frozen:
    """The threads of `pid` whose name begins with `name` stand still; all others go on."""

    def __init__(self, pid: int, name: str) -> None:
        tasks = Path(f"/proc/{pid}/task")
        named = [int(task.name) for task in tasks.iterdir() if (task / "comm").read_text().startswith(name)]
        assert named, f"no thread is called {name}"
        self._threads = named
        for thread in named:
            _ptrace(PTRACE_SEIZE, thread)
            _ptrace(PTRACE_INTERRUPT, thread)
            os.waitpid(thread, WALL)
        status = [(tasks / str(thread) / "status").read_text() for thread in named]
        assert all("tracing stop" in text for text in status)

    def release(self) -> None:
        for thread in self._threads:
            _ptrace(PTRACE_DETACH, thread)
        self._threads = []

    def stop(self) -> None:
        if self._threads:
            self.release()
