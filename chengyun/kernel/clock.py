"""The only clock. Real in production, virtual in tests and replays, stored and scaled in a demonstration.

Business code asks `now()`. Nothing else in the package may read the wall clock: a test scans for it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar


class Clock(Protocol):
    def now(self) -> datetime: ...


C = TypeVar("C", bound=Clock)


class Real:
    """The machine's clock, which never runs backwards within one process.

    An operator or NTP may set the machine's clock back. Deadlines and the journal must not see time turn round, and what
    is due must not wait until the machine's clock has caught up: silence would go unnoticed meanwhile. So after a step back
    time runs on from where it was, a little slower than real time (`CATCH_UP`), until the machine's clock is ahead again.
    A process that starts meanwhile takes the machine's clock as it finds it.
    """

    CATCH_UP = 0.9  # suggested: a step back of one minute is worked off in ten

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._lap = time.monotonic()
        self._turn = threading.Lock()

    def now(self) -> datetime:
        with self._turn:
            current, lap = wall(), time.monotonic()
            if current < self._latest:
                current = self._latest + timedelta(seconds=(lap - self._lap) * self.CATCH_UP)
            self._latest, self._lap = current, lap
            return current


class Virtual:
    """A clock that moves when told to. Going back is refused."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a virtual clock starts at an aware datetime")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance_to(self, moment: datetime) -> None:
        if moment < self._now:
            raise ValueError(
                f"time does not run backwards: {moment.isoformat()} is before {self._now.isoformat()}"
            )
        self._now = moment.astimezone(UTC)

    def advance(self, *, seconds: float) -> None:
        self.advance_to(self._now + timedelta(seconds=seconds))


class Scaled:
    """Virtual time that runs `rate` times as fast as real time from a pair of moments that belong together.

    Before `real0` it stands still at `virtual0`, so that processes can start up first. `limit` says how far it may go for
    now (None: as far as it likes): where the inputs of a night come slower than its time, time waits for them.
    """

    def __init__(
        self,
        *,
        real0: datetime,
        virtual0: datetime,
        rate: float,
        limit: Callable[[], datetime] | None = None,
    ) -> None:
        self._real0, self._virtual0, self._rate, self._limit = real0, virtual0, rate, limit

    @property
    def rate(self) -> float:
        return self._rate

    def now(self) -> datetime:
        free = self._virtual0 + max(wall() - self._real0, timedelta(0)) * self._rate
        return free if self._limit is None else min(free, self._limit())

    def real_seconds_until(self, moment: datetime) -> float:
        """Real seconds to wait until this clock shows `moment`; negative when it is past."""
        return (moment - self.now()).total_seconds() / self._rate


def wall() -> datetime:
    """The machine's own time, for keep-alives, log-ins and measuring; never for a district's business."""
    return datetime.fromtimestamp(time.time(), UTC)


_clock: Clock = Real()


def now() -> datetime:
    """The time of the district, aware, in UTC."""
    return _clock.now()


def current() -> Clock:
    return _clock


def rate() -> float:
    """How many times as fast as real time the district's time runs; 0 where it moves only when told to."""
    if isinstance(_clock, Scaled):
        return _clock.rate
    return 0.0 if isinstance(_clock, Virtual) else 1.0


def install(clock: Clock) -> None:
    """Make `clock` this process's clock for good, as a server process does at its start."""
    global _clock
    _clock = clock


@contextlib.contextmanager
def use(clock: C) -> Iterator[C]:
    """Install `clock` for a block: `with use(Virtual(start)) as v: v.advance(seconds=60)`."""
    before = _clock
    install(clock)
    try:
        yield clock
    finally:
        install(before)
