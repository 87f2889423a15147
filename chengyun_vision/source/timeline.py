"""One growing time per camera, whatever its timestamps do. Pure."""

from __future__ import annotations

import math

# Suggested values, in seconds. A clip may pause this long (a picture a minute is still a clip) and reorder this far.
PAUSE = 60.0
REORDER = 2.0
# A camera's clock that runs this far from our own between two packets has been set.
DRIFT = 5.0
TICK = 0.001
# By how much a packet may lengthen the delay that is believed: it follows a slower network within seconds.
CREEP = 0.005
# Seconds that no clock of a camera shows: a stamp beyond is no time.
ABSURD = 1e10


class ClipTime:
    """Time stamps of a file -> seconds since its first picture. `step`: seconds to go on by when one is broken.

    Pictures stored out of order keep their own times, so within REORDER the result may go back; beyond, it grows. A stamp
    that says again what the one before said is none.
    """

    def __init__(self, start: float | None = None, step: float = 0.04) -> None:
        self.step = step
        self.high = -step  # the latest time given out
        self._zero = start  # the stamp that is second 0
        self._offset = 0.0
        self._before: float | None = None

    def stamp(self, pts: float | None) -> tuple[float, float]:
        """(time of the packet, seconds by which the stamps broke; 0.0 when they did not)."""
        before, self._before = self._before, pts
        if pts is None or not abs(pts) < ABSURD or pts == before:
            return self._take(self.high + self.step), 0.0
        if self._zero is None:
            self._zero = pts
        at = pts - self._zero + self._offset
        apart = at - self.high
        if -REORDER <= apart <= PAUSE and (at >= 0 or self.high < 0):
            return self._take(max(0.0, at)), 0.0
        self._offset -= apart - self.step
        return self._take(self.high + self.step), apart

    def wrap(self) -> None:
        """The clip begins again: the next stamp is its first, and follows what was given out."""
        self._offset = self.high + self.step
        self._before = None

    def _take(self, at: float) -> float:
        self.high = max(self.high, at)
        return at


class LiveTime:
    """Arrival -> wall clock of the machine, by its steady clock: an hour set on the wall clock moves nothing until the next
    connection. The stamps of the camera take the jitter of the network out of it, and tell when its clock jumped; a clock
    that stands tells nothing.
    """

    def __init__(self, wall: float, now: float) -> None:
        """`wall`: seconds of the wall clock; `now`: of the steady one, at the same moment."""
        self._ahead = wall - now
        self._last = -math.inf
        self._lag: float | None = None  # of the arrival behind the stamp, at its least lately
        self._before: float | None = None

    def stamp(self, pts: float | None, now: float) -> tuple[float, float]:
        """(time, never later than its arrival, always growing; seconds by which the camera's clock jumped against ours, 0.0
        when it did not). `pts`: seconds of the camera's clock.
        """
        broken, at = 0.0, now
        before, self._before = self._before, pts
        if pts is not None and abs(pts) < ABSURD and pts != before:
            lag = now - pts
            if self._lag is not None and abs(self._lag - lag) > DRIFT:
                broken, self._lag = self._lag - lag, None
            self._lag = lag if self._lag is None else min(lag, self._lag + CREEP)
            at = pts + self._lag
        at = max(at + self._ahead, self._last + TICK)
        self._last = at
        return at, broken
