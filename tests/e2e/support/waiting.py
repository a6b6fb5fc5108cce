"""Waiting for a thing itself, never for a time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# For what comes at once where a machine has nothing else to do. Those that run the tests have: where time itself is what
# was promised, a test says so with a bound of its own.
ROOM_SECONDS = 60.0
# Between two looks. Short enough not to matter in any test, long enough not to load the machine.
LOOK_EVERY_SECONDS = 0.05


def wait_for(
    what: str,
    look: Callable[[], T],
    seconds: float = ROOM_SECONDS,
    story: Callable[[], str] = lambda: "",
) -> T:
    """Looks until `look` gives something true, and returns it.

    An AssertionError inside `look` counts as "not yet", and so is the last one that is told of. After `seconds` the
    test fails, saying what was waited for and `story()`: logs, pages, whatever tells why.
    """
    end = time.monotonic() + seconds
    last: object = None
    while True:
        try:
            last = look()
            if last:
                return last
        except AssertionError as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for: {what}\nlast seen: {last}\n{story()}")
        time.sleep(LOOK_EVERY_SECONDS)


def hold_for(seconds: float, what: str, look: Callable[[], object], story: Callable[[], str] = lambda: "") -> None:
    """Looks again and again for `seconds` and fails at the first look that gives something false.

    For what must NOT happen: there a length of time is the thing itself.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not look():
            raise AssertionError(f"did not hold for {seconds} s: {what}\n{story()}")
        time.sleep(LOOK_EVERY_SECONDS)


def hold_until(
    what: str,
    look: Callable[[], object],
    until: Callable[[], object],
    seconds: float = ROOM_SECONDS,
    story: Callable[[], str] = lambda: "",
) -> None:
    """The same, but until something has come to pass, and not for a time: a slow machine needs longer for as much."""
    end = time.monotonic() + seconds
    is_over = False
    while not is_over:
        # Once more after it has come to pass.
        is_over = bool(until())
        if not look():
            raise AssertionError(f"did not hold: {what}\n{story()}")
        if not is_over and time.monotonic() > end:
            raise AssertionError(f"held for {seconds} s in vain, since what was waited for did not come: {what}\n{story()}")
        time.sleep(LOOK_EVERY_SECONDS)
