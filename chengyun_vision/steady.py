"""The time by which a process stamps what it sees."""

from __future__ import annotations

import time

_BEGAN = time.time() - time.monotonic()


def wall() -> float:
    """Seconds since 1970 by the machine's clock as it stood when this process began, carried on by its steady clock: where
    the machine's clock is set, nothing that goes on ends and nothing happens twice. The server is told its own time.
    """
    return _BEGAN + time.monotonic()
