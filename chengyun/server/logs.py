"""A log that stays readable in an outage: what repeats is said a few times a minute, and then how often it was left out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

# Suggested values: so many lines of one kind pass in so many seconds.
PASS, WINDOW_S, KINDS = 5, 60.0, 1000


class Sparing(logging.Filter):
    """Lets the first lines of each kind pass; a kind is logger, level, text before its arguments, and exception type."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._seconds = seconds
        self._lock = threading.Lock()
        # kind: (when its window began, lines passed, lines left out)
        self._seen: dict[tuple[object, ...], tuple[float, int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        error = record.exc_info[0] if record.exc_info else None
        kind = (record.name, record.levelno, record.msg, error)
        now = self._seconds()
        with self._lock:
            began, passed, left_out = self._seen.get(kind, (now, 0, 0))
            if now - began >= WINDOW_S:
                began, passed = now, 0
            if passed >= PASS:
                self._seen[kind] = (began, passed, left_out + 1)
                return False
            if len(self._seen) >= KINDS and kind not in self._seen:
                self._seen.clear()
            self._seen[kind] = (began, passed + 1, 0)
        if left_out:
            record.msg = f"{record.getMessage()} ({left_out} more like it were not logged)"
            record.args = ()
        return True
