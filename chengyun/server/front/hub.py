"""Follows the seal and the latest values, once for all viewers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from chengyun.kernel import clock, doorbell, sealer
from chengyun.live.stream import following, frames, values
from chengyun.live.stream.backlog import KEPT, Backlog
from chengyun.live.stream.following import Told
from chengyun.live.stream.sight import Sight
from chengyun.server.front.gate import Admitted, Gate
from chengyun.server.front.viewer import Viewer, resumes

P = ParamSpec("P")
V = TypeVar("V")

# Real seconds. Looked at without a ring (several machines on one database ring only their own); asked again whether
# viewers may still see what they see; a sign of life; until a seal that does not come counts as standing still.
POLL_S, SWEEP_S, PING_S, STILL_S = 0.1, 5.0, 15, 5
AWAY = (OperationalError, InterfaceError)
_log = logging.getLogger("chengyun.front")

Group = tuple[Sight, tuple[str, ...]]


class Hub:
    """The open streams, and what they are fed from. Its methods run in the loop; the database is asked in two threads."""

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()
        self.backlog = Backlog(0)
        # Grows when rights may have changed: what was found out before is found out again.
        self.turn = 0
        self.ready = False
        self._gate, self._values = Gate(), values.Values()
        self._reader, self._doorkeeper = ThreadPoolExecutor(1, "reader"), ThreadPoolExecutor(1, "gate")
        self._rung = asyncio.Event()
        # What cannot be asked just now, and for how many seconds entries have waited for a seal.
        self._unanswered: set[str] = set()
        self._unsealed_s = 0

    @property
    def stalled(self) -> bool:
        """Whether the streams stand still although things may be happening."""
        return bool(self._unanswered) or self._unsealed_s >= STILL_S

    # -- viewers

    async def admit(self, session: str, asked: str) -> Admitted | None:
        """Who a session is and what it may see, as of now. Raises what the database raises, and NotFound."""
        while True:
            turn = self.turn
            admitted = await self._ask(self._doorkeeper, self._gate.admit, session, asked)
            if turn == self.turn:
                return admitted

    def join(self, admitted: Admitted, mark: str, drop: Callable[[], None]) -> Viewer:
        """A new stream. It goes on after `mark`, or says why it cannot and ends."""
        found = resumes(self.backlog, admitted, mark)
        if isinstance(found, str):
            viewer = Viewer(admitted, self.backlog.seq, drop)
            viewer.end("reset", found)
            return viewer
        seq, missed = found
        viewer = Viewer(admitted, seq, drop)
        hello = {"gen": viewer.gen, "seq": seq, "now": clock.now(), "rate": clock.rate()}
        viewer.put(b"retry: 2000\n" + frames.event("hello", frames.json(hello)))
        for told in missed:
            viewer.give(told.seq, told.frame(viewer.sight, viewer.gen))
        self.viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)

    def streams_of(self, user: int) -> int:
        return sum(viewer.admitted.user == user for viewer in self.viewers)

    # -- what they are fed from

    async def run(self) -> None:
        """Feed the streams until cancelled. Ends with an error only for what is nobody's outage."""
        bell = doorbell.follower()
        loop = asyncio.get_running_loop()

        def heard() -> None:
            bell.clear()
            self._rung.set()

        loop.add_reader(bell.fileno(), heard)
        try:
            await self._begin()
            async with asyncio.TaskGroup() as tasks:
                for work in (self._follow, self._tick, self._watch):
                    tasks.create_task(work())
        finally:
            loop.remove_reader(bell.fileno())
            bell.close()
            for pool in (self._reader, self._doorkeeper):
                pool.shutdown(wait=False, cancel_futures=True)

    async def _begin(self) -> None:
        """Take up the seal where it ends, with what is kept for those who come back after a restart."""
        while (head := await self._read(_head)) is None:
            await asyncio.sleep(0.5)
        self.backlog = Backlog(max(0, head - KEPT))
        while self.backlog.seq < head:
            self.backlog.add(await self._read(following.after, self.backlog.seq) or ())
        self.ready = True

    async def _follow(self) -> None:
        while True:
            self._rung.clear()
            entries = await self._read(following.after, self.backlog.seq)
            if entries:
                await self._deliver(entries)
                continue
            # After a failure not at once again, however often somebody rings.
            if entries is None:
                await asyncio.sleep(0.5)
            try:
                await asyncio.wait_for(self._rung.wait(), POLL_S if self.viewers else 1.0)
            except TimeoutError:
                pass

    async def _deliver(self, entries: Sequence[Told]) -> None:
        if any(told.rights for told in entries):
            # Nobody gets an entry that lies behind the loss of the right to it.
            self.turn += 1
            while not await self._sweep():
                await asyncio.sleep(0.5)
        self.backlog.add(entries)
        for told in entries:
            made: dict[tuple[Sight, str], bytes | None] = {}
            for viewer in self.viewers:
                if viewer.seq >= told.seq:
                    continue
                if told.renames:
                    viewer.end("reset", "names")
                    continue
                key = (viewer.sight, viewer.gen)
                if key not in made:
                    made[key] = told.frame(*key)
                viewer.give(told.seq, made[key])

    async def _tick(self) -> None:
        """Each second: the time, the values that are new; now and then a sign of life."""
        loop = asyncio.get_running_loop()
        due, count = loop.time(), 0
        while True:
            due = max(due + 1.0, loop.time())
            await asyncio.sleep(due - loop.time())
            count += 1
            if not self.viewers:
                continue
            fed: set[Viewer] = set()
            wanted = {_group(viewer) for viewer in self.viewers if viewer.admitted.paths}
            fresh = {
                _group(viewer) for viewer in self.viewers if viewer.admitted.paths and not viewer.has_values
            }
            seen = await self._read(self._look, wanted, fresh)
            for viewer in self.viewers if seen else ():
                part, whole = seen.get(_group(viewer), (None, None)) if seen else (None, None)
                frame = part if viewer.has_values else whole
                if frame is not None:
                    viewer.put(frame)
                    viewer.has_values = True
                    fed.add(viewer)
            now = {"now": clock.now(), "seq": self.backlog.seq, "rate": clock.rate(), "stalled": self.stalled}
            told = frames.event("time", frames.json(now))
            for viewer in self.viewers:
                if viewer not in fed or self.stalled:
                    viewer.put(told)
                if count % PING_S == 0:
                    viewer.put(frames.PING)

    def _look(self, wanted: set[Group], fresh: set[Group]) -> dict[Group, tuple[bytes | None, bytes | None]]:
        """In the reader's thread: for each group of viewers the values that are new, and all of them for those just come."""
        self._mind_the_seal()
        if not wanted:
            return {}
        new, now = self._values.look(), clock.now()
        found: dict[Group, tuple[bytes | None, bytes | None]] = {}
        for group in wanted:
            among = self._values.within(*group)
            part = values.shown(new, among)
            whole = values.shown(self._values.known, among) if group in fresh else None
            found[group] = (
                values.frame(now, self.backlog.seq, part) if part else None,
                values.frame(now, self.backlog.seq, whole) if whole is not None else None,
            )
        return found

    def _mind_the_seal(self) -> None:
        """Entries that nobody seals are news that nobody gets."""
        self._unsealed_s = (
            self._unsealed_s + 1 if sealer.waits() and sealer.head()[0] <= self.backlog.seq else 0
        )

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await self._sweep()

    async def _sweep(self) -> bool:
        """End the streams of those whose session is over or who may see something else by now; False if nobody knows."""
        if not self.viewers:
            return True
        open_ones = [(v.admitted.session, v.admitted.user, v.sight) for v in self.viewers]
        try:
            ended = await self._ask(self._doorkeeper, self._gate.changed, open_ones)
        except AWAY:
            return False
        for viewer in [v for v in self.viewers if v.admitted.session in ended]:
            viewer.end("bye", ended[viewer.admitted.session])
            self.viewers.discard(viewer)
        return True

    # -- the database

    async def _read(self, question: Callable[P, V], *args: P.args, **more: P.kwargs) -> V | None:
        """Ask in the reader's thread; None while the database is away."""
        try:
            found = await self._ask(self._reader, question, *args, **more)
        except AWAY as error:
            if not self._unanswered:
                _log.error("the database does not answer; streams wait: %s", error)
            self._unanswered.add(question.__qualname__)
            return None
        self._unanswered.discard(question.__qualname__)
        return found

    async def _ask(
        self, pool: ThreadPoolExecutor, question: Callable[P, V], *args: P.args, **more: P.kwargs
    ) -> V:
        return await asyncio.get_running_loop().run_in_executor(pool, lambda: _asked(question, *args, **more))


def _asked(question: Callable[P, V], *args: P.args, **more: P.kwargs) -> V:
    """In a thread, whose connection an outage may have left broken."""
    connection.close_if_unusable_or_obsolete()
    try:
        return question(*args, **more)
    except AWAY:
        connection.close()
        raise


def _head() -> int:
    clock.now()  # the installation's clock is found here, where the database may be asked
    return sealer.head()[0]


def _group(viewer: Viewer) -> Group:
    return (viewer.sight, viewer.admitted.paths)
