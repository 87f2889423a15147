"""The district's time: the server's, which in a demonstration runs faster than this machine's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from chengyun_vision import steady

# By how much two clocks drift apart, seconds a second, until they are compared again. Suggested (建议值).
DRIFT = 1e-4


@dataclass(frozen=True, slots=True)
class Sync:
    """At `steady` (this machine's steady clock, the same in all its processes) the server said `now`, and its time runs
    `rate` times as fast. `unsure`: by how many seconds that may be wrong: half of what the answer took."""

    steady: float
    now: float
    rate: float
    unsure: float = 0.0


class District:
    """Never runs backwards. Before the server has spoken it is this machine's wall clock."""

    def __init__(
        self, steady: Callable[[], float] = time.monotonic, wall: Callable[[], float] = steady.wall
    ) -> None:
        self._steady, self._wall = steady, wall
        self.sync: Sync | None = None
        self._latest = float("-inf")

    def heard(self, now: float, asked: float, answered: float, rate: float = 1.0) -> Sync:
        """The server said `now` between two moments of the steady clock. A slow answer corrects what a fast one said only
        where the two cannot both be true."""
        middle, unsure = (asked + answered) / 2, (answered - asked) / 2
        known = self.sync
        if known is not None and rate == known.rate == 1.0:
            passed = middle - known.steady
            expected, trusted = known.now + passed, known.unsure + DRIFT * passed
            if trusted < unsure and abs(now - expected) <= trusted + unsure:
                return self.take(Sync(middle, expected, rate, trusted))
        return self.take(Sync(middle, now, rate, unsure))

    def take(self, sync: Sync) -> Sync:
        if self.sync is None:
            self._latest = float("-inf")
        self.sync = sync
        return sync

    def now(self) -> float:
        """Seconds since 1970 by the district's clock."""
        said = self.sync
        at = self._wall() if said is None else said.now + (self._steady() - said.steady) * said.rate
        self._latest = max(self._latest, at)
        return self._latest

    def surely(self) -> float:
        """What the server's clock shows at least: where its time runs fast, it may also stand still for a while."""
        said = self.sync
        if said is None or said.rate == 1.0:
            return self.now()
        return said.now + self._steady() - said.steady

    def of_wall(self, at: float) -> float:
        """A moment of this machine's wall clock as the district's."""
        said = self.sync
        if said is None:
            return at
        return said.now + (self._steady() - said.steady - (self._wall() - at)) * said.rate
