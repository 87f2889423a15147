"""One stream: what waits to be written to it, and when it is too slow."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from chengyun.live.stream import frames
from chengyun.live.stream.backlog import Backlog
from chengyun.live.stream.following import Told
from chengyun.server.front.gate import Admitted

# Suggested: ten seconds of ten thousand changing points, and half a minute without taking anything. Beyond either the
# connection is dropped; the client comes back and resumes, or takes a new snapshot.
MAX_WAITING, MAX_STILL_S = 4 * 1024 * 1024, 30.0


class Viewer:
    """`seq` is the last entry it was given or rightly not given. Frames are shared with others: only references wait here.

    `drop` cuts the connection.
    """

    def __init__(self, admitted: Admitted, seq: int, drop: Callable[[], None]) -> None:
        self.admitted, self.seq, self._drop = admitted, seq, drop
        self.sight = admitted.sight
        self.gen = generation(admitted)
        self.has_values = False
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._ready = asyncio.Event()
        self._ended = self._writing = False
        self._moved = time.monotonic()

    def put(self, frame: bytes) -> None:
        """Have a frame written when the client takes it. One too many, or too long, drops the connection instead."""
        if self._ended:
            return
        if not self._waiting and not self._writing:
            self._moved = time.monotonic()
        still = time.monotonic() - self._moved
        if self._size + len(frame) > MAX_WAITING or still > MAX_STILL_S:
            self._waiting.clear()
            self._ended = True
            self._drop()
        else:
            self._waiting.append(frame)
            self._size += len(frame)
        self._ready.set()

    def give(self, seq: int, frame: bytes | None) -> None:
        """An entry, or that one is hidden from it; nothing where it had that one already."""
        if seq <= self.seq:
            return
        self.seq = seq
        if frame is not None:
            self.put(frame)

    def end(self, name: str, reason: str) -> None:
        """The last event: `reset` or `bye`."""
        self.put(frames.event(name, frames.json({"reason": reason})))
        self.close()

    def close(self) -> None:
        """End without a word: the client comes back and goes on where it was."""
        self._ended = True
        self._ready.set()

    async def write_to(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Write what waits, as it comes, until the stream ends."""
        while True:
            while self._waiting:
                frame = self._waiting.popleft()
                self._size -= len(frame)
                self._writing = True
                await write(frame)
                self._writing, self._moved = False, time.monotonic()
            if self._ended:
                return
            self._ready.clear()
            await self._ready.wait()


def generation(admitted: Admitted) -> str:
    """As `live.stream.sight.generation`, of what is in hand."""
    return f"{admitted.journal}{admitted.sight.digest}"


def resumes(backlog: Backlog, admitted: Admitted, mark: str) -> tuple[int, list[Told]] | str:
    """From which number a stream goes on and what it has missed, or why it cannot (`gen`, `gap`, `ahead`).

    Without a mark it begins with what happens from now on.
    """
    if not mark:
        return backlog.seq, []
    parsed = frames.parse_mark(mark)
    if parsed is None or parsed[0] != generation(admitted):
        return "gen"
    seq = parsed[1]
    if seq > max(admitted.head, backlog.seq):
        return "ahead"
    missed = backlog.since(seq)
    if missed is None:
        return "gap"
    if any(told.renames for told in missed):
        return "names"
    return seq, missed
