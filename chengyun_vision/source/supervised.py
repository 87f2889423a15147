"""Opening and reading in a thread, a watchdog outside it, and trying again with back-off.

A blocking open never blocks the camera's loop: the loop calls `take`, which looks at the clock, gives up on a reader that
says nothing, leaves it to its fate and starts another later.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from chengyun_vision import steady
from chengyun_vision.frames import Packet
from chengyun_vision.source.backoff import Backoff
from chengyun_vision.source.base import Cause, Facts, Notice, Source, SourceError
from chengyun_vision.source.timeline import TICK

Item = Packet | Notice

# Readers that hang inside a library and cannot be ended; with so many of one camera left behind, no further one is started.
MOST_STUCK = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, all suggested values. `opening`: until the first packet. `reading`: between packets. `keyframe`: until the
    first keyframe. `first`, `most`: the shortest and the longest wait before the next attempt. `room`: bytes that may wait
    to be taken.
    """

    opening: float = 15.0
    reading: float = 10.0
    keyframe: float = 30.0
    first: float = 1.0
    most: float = 60.0
    room: int = 8_000_000


class _None:
    """What an address is that is none."""

    facts: Facts | None = None
    live = True

    def open(self) -> Iterator[Item]:
        raise SourceError("not_found")

    def close(self) -> None: ...


class _Reader:
    """One attempt: its thread, what it has read, and how it ended."""

    def __init__(
        self, source: Source, room: int, now: Callable[[], float], wake: threading.Event | None
    ) -> None:
        self.source = source
        self.changed = threading.Condition()
        self.items: deque[tuple[float, Item]] = deque()  # with when each came
        self.error: SourceError | None = None
        self.begun = self.heard = now()
        self.opened: float | None = None
        self.keyframe: float | None = None
        self._closed = False
        self._room, self._waiting, self._lost = room, 0, 0
        self._now, self._wake = now, wake
        self.thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for item in self.source.open():
                if not self._put(item):
                    break
            self._end(SourceError("ended"))
        except SourceError as error:
            self._end(error)
        except Exception:  # a library's surprise is a broken stream, never the end of the worker
            self._end(SourceError("codec"))

    def _put(self, item: Item) -> bool:
        with self.changed:
            self.heard = self._now()
            if isinstance(item, Packet):
                if self.opened is None:
                    self.opened = self.heard
                    self.items.append((self.heard, Notice(item.at, "opened", facts=self.source.facts)))
                if item.keyframe:
                    self.keyframe = self.heard
                if not self._make_room(item):
                    return not self._closed
                self._waiting += item.size
            self.items.append((self.heard, item))
            self._say()
            return not self._closed

    def _make_room(self, packet: Packet) -> bool:
        """Clips wait for their reader; a live stream lets go of all that waits and goes on at the next keyframe."""
        if not self.source.live:
            while self._waiting > self._room and not self._closed:
                self.changed.wait()
            self.heard = self._now()
            return not self._closed
        if self._waiting > self._room or self._lost:
            if not packet.keyframe or self._waiting > self._room:
                self._let_go()
                self._lost += not packet.keyframe
            if not packet.keyframe:
                return False
            self.items.append((self.heard, Notice(packet.at, "dropped", detail=str(self._lost))))
            self._lost = 0
        return True

    def _let_go(self) -> None:
        """All waiting packets; of words that some were dropped one will do."""
        kept: deque[tuple[float, Item]] = deque()
        for came, item in self.items:
            if isinstance(item, Packet):
                self._lost += 1
            elif item.kind == "dropped":
                self._lost += int(item.detail)
            else:
                kept.append((came, item))
        self.items, self._waiting = kept, 0

    def _end(self, error: SourceError) -> None:
        # Its traceback holds this reader and all that it read, in a circle: memory that nobody would let go of for long.
        error.__context__ = error.__traceback__ = None
        with self.changed:
            self.error = error
            self._say()

    def _say(self) -> None:
        self.changed.notify_all()
        if self._wake:
            self._wake.set()

    def take(self, most: int) -> list[tuple[float, Item]]:
        with self.changed:
            taken = [self.items.popleft() for _ in range(min(most, len(self.items)))]
            self._waiting -= sum(item.size for _, item in taken if isinstance(item, Packet))
            self.changed.notify_all()
            return taken

    def close(self) -> None:
        with self.changed:
            self._closed = True
            self.changed.notify_all()
        self.source.close()


class Supervised:
    """One camera's stream that never gives up. `make`: a fresh, unopened source for each attempt. `wake`: set whenever
    something can be taken; one for all the cameras of a worker.
    """

    def __init__(
        self,
        make: Callable[[], Source],
        patience: Patience | None = None,
        *,
        wake: threading.Event | None = None,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = steady.wall,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.facts: Facts | None = None
        self.over = False  # a clip that does not loop came to its end, and everything of it was taken
        self.attempts = 0
        self.came = now()  # when the last item that was taken had come, by the steady clock
        self._make = make
        self._patience = patience or Patience()
        self._wake, self._now, self._wall, self._jitter = wake, now, wall, jitter
        self._backoff = Backoff(self._patience.first, self._patience.most)
        self._reader: _Reader | None = None
        self._stuck: list[_Reader] = []
        self._again = now()
        self._last: float | None = None  # the latest `at` given out
        self._shift = 0.0
        self._closed = False

    def take(self, most: int = 1000) -> list[Item]:
        """What has come since, at most `most` items; never blocks. Runs the watchdog: call it at least once a second."""
        if self.over or self._closed:
            return []
        if self._reader is None:
            return self._begin()
        reader = self._reader
        found = reader.take(most)
        taken = [self._timed(item) for _, item in found]
        if found:
            self.came = found[-1][0]
        if len(taken) == most:
            return taken
        cause = self._trouble(reader)
        if cause:
            taken.append(self._lost(reader, cause))
        return taken

    def wait(self, seconds: float) -> bool:
        """Sleeps until something can be taken, at most so long; True when there is something."""
        reader = self._reader
        if reader is None:
            time.sleep(max(0.0, min(seconds, self._again - self._now())))
            return False
        with reader.changed:
            return reader.changed.wait_for(lambda: bool(reader.items) or reader.error is not None, seconds)

    def close(self) -> None:
        """Ends the reader; does not wait for one that hangs."""
        self._closed = True
        if self._reader:
            self._reader.close()

    def _begin(self) -> list[Item]:
        self._stuck = [reader for reader in self._stuck if reader.thread.is_alive()]
        if self._now() < self._again or len(self._stuck) >= MOST_STUCK:
            return []
        self.attempts += 1
        self._shift = 0.0
        try:
            made = self._make()
        except Exception:  # an address that nobody can make sense of is a camera that is not there
            made = _None()
        self._reader = _Reader(made, self._patience.room, self._now, self._wake)
        return []

    def _trouble(self, reader: _Reader) -> Cause | None:
        """What is wrong with the reader, if anything. Called when all that it had was taken."""
        with reader.changed:
            if reader.items:
                return None
            if reader.error:
                return reader.error.cause
            now = self._now()
            if reader.opened is None:
                return "timeout" if now - reader.heard > self._patience.opening else None
            if now - reader.heard > self._patience.reading:
                return "timeout"
            since = reader.keyframe if reader.keyframe is not None else reader.opened
            return "no_keyframes" if now - since > self._patience.keyframe else None

    def _lost(self, reader: _Reader, cause: Cause) -> Notice:
        reader.close()
        self._reader = None
        if reader.error is None:
            self._stuck.append(reader)
        at = self._wall() if reader.source.live or self._last is None else self._last
        at = at if self._last is None else max(at, self._last)
        if not reader.source.live:
            self.over = True
            return Notice(at, "lost", cause, str(reader.error or ""))
        lasted = 0.0 if reader.opened is None else reader.heard - reader.opened
        wait = self._backoff.wait(cause, lasted, self._jitter())
        self._again = self._now() + wait
        detail = str(reader.error or SourceError(cause))
        return Notice(at, "lost", cause, detail)

    def _timed(self, item: Item) -> Item:
        """`at` grows from connection to connection, also where the wall clock was set back between them."""
        if isinstance(item, Notice) and item.kind == "opened":
            self.facts = item.facts
            self._shift = 0.0 if self._last is None else max(0.0, self._last + TICK - item.at)
        if self._shift:
            item = replace(item, at=item.at + self._shift)
        self._last = item.at if self._last is None else max(self._last, item.at)
        return item
