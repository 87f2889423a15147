"""The processes of a worker: started, given cameras, started again when one dies."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from chengyun_vision.worker import child
from chengyun_vision.worker.child import Options
from chengyun_vision.worker.clock import Sync
from chengyun_vision.worker.questions import GONE, Answer

# A process that says nothing for so long hangs in a library. Suggested (建议值), seconds.
SILENT_S = 60.0


@dataclass(slots=True)
class Member:
    options: Options
    process: Any = None
    pipe: Connection | None = None
    ready: bool = False
    begun: float = 0.0
    heard: float = 0.0
    deaths: int = 0
    again: float = 0.0
    told: list[Any] = field(default_factory=list)  # the works it was given last
    stats: dict[str, Any] = field(default_factory=dict)


class Crew:
    """`orphans`: what earlier processes left open at these cameras. `picture(camera, jpeg)`: for whoever looks live.
    `tried(number, answer)`: what came of a question."""

    def __init__(
        self,
        options: Options,
        processes: int,
        *,
        orphans: Callable[[Sequence[str]], Mapping[str, list[Any]]],
        picture: Callable[[str, bytes], None],
        tried: Callable[[int, Answer], None],
        say: Callable[[str], None],
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self.members = [Member(replace(options, number=number)) for number in range(processes)]
        self._orphans, self._picture, self._tried, self._say = orphans, picture, tried, say
        self._seats: dict[str, int] = {}  # camera -> member
        self._works: dict[str, Any] = {}
        self._sync: Sync | None = None
        self.models: list[str] = []
        self.failed = ""  # why a process could not begin at all

    def start(self) -> None:
        for member in self.members:
            self._start(member)

    def hold(self, works: Mapping[str, Any]) -> None:
        """From now on these cameras and no others; each stays with its process."""
        self._works = dict(works)
        self._seats = {code: seat for code, seat in self._seats.items() if code in works}
        for code in works:
            if code not in self._seats:
                held = list(self._seats.values())
                self._seats[code] = min(range(len(self.members)), key=held.count)
        for member in self.members:
            self._give(member)

    def clock(self, sync: Sync) -> None:
        self._sync = sync
        self._send(("clock", sync))

    def watch(self, cameras: Sequence[str]) -> None:
        if cameras:
            self._send(("watch", list(cameras)))

    def attempt(self, number: int, camera: str, body: bytes) -> None:
        """Rules tried on what a camera saw; the answer comes to `tried`."""
        seat = self._seats.get(camera)
        if seat is None or not self.members[seat].ready:
            self._tried(number, GONE)
        else:
            self._post(self.members[seat], ("try", number, camera, body))

    @property
    def ready(self) -> bool:
        return all(member.ready for member in self.members)

    def tend(self, patience: float) -> None:
        """Hears what they say, for at most `patience` seconds, and starts again what has died."""
        pipes = {member.pipe: member for member in self.members if member.pipe is not None}
        if not pipes:
            time.sleep(patience)
        for pipe in wait(list(pipes), patience) if pipes else ():
            self._hear(pipes[pipe])  # type: ignore[index]
        now = time.monotonic()
        for member in self.members:
            silent = member.pipe is not None and now - member.heard > SILENT_S
            if silent:
                self._say(
                    f"process {member.options.number} has said nothing for {SILENT_S:.0f} s: it is ended"
                )
                member.process.kill()
                self._bury(member)
            if member.pipe is None and now >= member.again and not self.failed:
                self._start(member)

    def stop(self) -> None:
        for member in self.members:
            if member.process is not None:
                member.process.kill()  # all that it has to say is on disk
                member.process.join(5)

    # steps

    def _start(self, member: Member) -> None:
        here, there = self._context.Pipe()
        process = self._context.Process(
            target=child.main,
            args=(there, member.options),
            daemon=True,
            name=f"vision-{member.options.number}",
        )
        process.start()
        there.close()
        member.process, member.pipe, member.ready = process, here, False
        member.told, member.stats = [], {}
        member.begun = member.heard = time.monotonic()
        if self._sync is not None:
            here.send(("clock", self._sync))

    def _give(self, member: Member) -> None:
        mine = [work for code, work in self._works.items() if self._seats[code] == member.options.number]
        if not member.ready or mine == member.told or member.pipe is None:
            return
        known = {work["camera"]: work for work in member.told}
        fresh = [work["camera"] for work in mine if known.get(work["camera"]) != work]
        member.told = mine
        self._post(member, ("cameras", mine, self._orphans(fresh) if fresh else {}))

    def _hear(self, member: Member) -> None:
        try:
            while member.pipe is not None and member.pipe.poll(0):
                message = member.pipe.recv()
                member.heard = time.monotonic()
                match message:
                    case ("ready", models):
                        member.ready, self.models = True, models
                        self._give(member)
                    case ("stats", facts):
                        self._add(member, facts)
                    case ("picture", camera, jpeg):
                        self._picture(camera, jpeg)
                    case ("tried", number, answer):
                        self._tried(number, answer)
                    case ("failed", why):
                        self.failed = why
        except (EOFError, OSError):
            self._bury(member)

    def _bury(self, member: Member) -> None:
        if member.pipe is not None:
            member.pipe.close()
        if member.process is not None:
            member.process.join(5)
        # At once the first time, then with pauses, until one has lived for a while.
        member.deaths = 1 if time.monotonic() - member.begun > 60 else member.deaths + 1
        pause = 0.0 if member.deaths == 1 else min(30.0, 2.0**member.deaths)
        if not self.failed:
            code = member.process.exitcode if member.process is not None else None
            self._say(f"process {member.options.number} ended with {code}; starting it again")
        member.pipe, member.ready, member.again = None, False, time.monotonic() + pause

    def _add(self, member: Member, facts: dict[str, Any]) -> None:
        """Unseen seconds add up until the server has heard of them, and looks a second are of all that time."""
        waiting = {stat["camera"]: stat for stat in member.stats.get("cameras", ())}
        for stat in facts["cameras"]:
            before = waiting.get(stat["camera"])
            if before is not None:
                stat["fps"] = _over_both(before, stat)
                stat["over_s"] = min(86_400.0, round(stat["over_s"] + before["over_s"], 3))
                stat["unseen_s"] = min(stat["over_s"], round(stat["unseen_s"] + before["unseen_s"], 3))
        member.stats = facts

    def _send(self, message: tuple[Any, ...]) -> None:
        for member in self.members:
            self._post(member, message)

    def _post(self, member: Member, message: tuple[Any, ...]) -> None:
        if member.pipe is not None:
            try:
                member.pipe.send(message)
            except (OSError, ValueError):
                self._bury(member)


def _over_both(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Looks a second over two stretches together. Whoever looks every ten seconds does not look "never" in most of them."""
    over = float(one["over_s"] + other["over_s"])
    looks = one["fps"] * one["over_s"] + other["fps"] * other["over_s"]
    return round(looks / over, 2) if over > 0 else float(other["fps"])
