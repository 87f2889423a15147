"""Opening and reading in a thread, a watchdog outside it, and trying again with back-off.

A blocking open never blocks the camera's loop: the loop calls `take`, which looks at the clock, gives up on a reader that
says nothing, leaves it to its fate and starts another later.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from chengyun_vision.frames import Packet
from chengyun_vision.source.base import Facts, Notice, Source


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, all suggested values. `opening`: until the first packet. `reading`: between packets. `keyframe`: until the
    first keyframe. `first`, `most`: the shortest and the longest wait before the next attempt. `room`: bytes that may wait.
    """

    opening: float = 15.0
    reading: float = 10.0
    keyframe: float = 30.0
    first: float = 1.0
    most: float = 60.0
    room: int = 8_000_000


class Supervised:
    """One camera's stream that never gives up. `make`: a fresh, unopened source for each attempt."""

    def __init__(
        self,
        make: Callable[[], Source],
        patience: Patience | None = None,
        *,
        name: str = "",
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.facts: Facts | None = None
        raise NotImplementedError

    def take(self, most: int = 1000) -> list[Packet | Notice]:
        """What has come since, at most `most` items; never blocks. Runs the watchdog: call it at least once a second."""
        raise NotImplementedError

    def wait(self, seconds: float) -> bool:
        """Sleeps until something can be taken, at most so long; True when there is something."""
        raise NotImplementedError

    @property
    def over(self) -> bool:
        """A clip that does not loop came to its end and everything of it was taken."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends the reader; does not wait for one that hangs."""
        raise NotImplementedError
