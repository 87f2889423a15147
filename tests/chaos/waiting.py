"""The one place where tests wait for a real process: for a condition, never for a length of time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_LOOK_EVERY_S = 0.02
_never = threading.Event()


def until(
    found: Callable[[], T],
    what: str,
    *,
    within_s: float = 30.0,
    meanwhile: Callable[[], object] = lambda: None,
) -> T:
    """Look until `found()` is true and return it; AssertionError with `what` when the deadline has passed.

    `meanwhile` runs between two looks (a supervisor tends its children there).
    """
    deadline = time.monotonic() + within_s
    while True:
        meanwhile()
        seen = found()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:.0f} s for: {what}")
        _never.wait(_LOOK_EVERY_S)


def let_pass(seconds: float) -> None:
    """Let real time pass, where the length of it is what a test is about (a moment inside a request, an outage)."""
    _never.wait(seconds)
