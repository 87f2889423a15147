"""A worker: holds the lease, hands its cameras to its processes, tells the server how they are.

What it holds it may look through until the lease ends, counted from before it asked; then it stops by itself, because by
then somebody else may have begun.
"""

from __future__ import annotations

import os
import queue
import random
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chengyun_vision.worker import budget
from chengyun_vision.worker.child import Options
from chengyun_vision.worker.clock import District
from chengyun_vision.worker.crew import Crew
from chengyun_vision.worker.ledger import Ledger
from chengyun_vision.worker.live import LiveServer, Pictures
from chengyun_vision.worker.platform import Answer, Away, Platform
from chengyun_vision.worker.questions import Questions
from chengyun_vision.worker.sender import Sender
from chengyun_vision.worker.spool import Spool

# Suggested values (建议值), seconds.
FIRST_S, MOST_S, FLUSH_S = 1.0, 10.0, 5.0
# In a demonstration whose time runs fast the clocks are compared more often.
FAST_S = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`alone`: for how many seconds after its lease it looks on while the server is away at all; above 0 only where no
    other worker could take its cameras. `most`: cameras."""

    server: str
    name: str
    folder: Path
    processes: int = 1
    share: float = 0.85
    most: int = 400
    models: tuple[str, ...] = ()
    copyleft: bool = False
    alone: float = 0.0
    zone: str = "Asia/Shanghai"
    live_host: str = "127.0.0.1"
    live_port: int = 0
    address: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a heartbeat brought. `until`: of the steady clock."""

    works: dict[str, Any]
    until: float
    pause: float
    sent: bool = True  # the statistics were heard


class Worker:
    def __init__(self, plan: Plan, token: str, say: Callable[[str], None]) -> None:
        self.plan, self._say = plan, say
        self._platform = Platform(plan.server, token)
        self.session = secrets.token_hex(12)
        self.district = District()
        self._spool = Spool(plan.folder / "spool")
        self._ledger = Ledger(plan.folder / "open.json", self._spool)
        self._sender = Sender(
            self._spool,
            self._platform,
            plan.name,
            now=self.district.surely,
            heard=self._ledger.heard,
            say=say,
        )
        self._pictures, self._questions = Pictures(self.district.now), Questions()
        self._live = LiveServer(plan.live_host, plan.live_port, self._pictures, self._questions)
        port = self._live.server_address[1]
        self._address = plan.address or f"http://{plan.live_host}:{port}"
        self.crew = Crew(
            Options(0, plan.folder / "spool", plan.models, plan.copyleft, plan.share, plan.zone),
            plan.processes,
            orphans=lambda cameras: self._ledger.open_at(cameras, self.district.now()),
            picture=self._pictures.put,
            tried=self._questions.answer,
            say=say,
        )
        self.works: dict[str, Any] = {}
        self._until = 0.0
        self._failing = False
        self._answers: queue.SimpleQueue[Held | None] = queue.SimpleQueue()
        self._ask: dict[str, Any] = {}
        self._due = threading.Event()
        self._stop = threading.Event()

    def stop(self) -> None:
        self._stop.set()
        self._due.set()

    def run(self) -> int:
        """Until `stop`. 0, or 2 where it could not begin."""
        self._live.start()
        self.crew.start()
        threads = [
            threading.Thread(target=self._sender.run, name="sender", daemon=True),
            threading.Thread(target=self._beat, name="lease", daemon=True),
        ]
        begun = False
        watched = 0.0
        try:
            while not self._stop.is_set():
                self.crew.tend(0.1)
                if self.crew.failed:
                    self._say(self.crew.failed)
                    return 2
                if not begun and self.crew.ready:
                    begun = True
                    self._ask = self._question()
                    for thread in threads:
                        thread.start()
                self._apply()
                for question in self._questions.waiting():
                    self.crew.attempt(*question)
                if begun:
                    self._ask = self._question()
                if time.monotonic() - watched > 1.0:
                    watched = time.monotonic()
                    self.crew.watch(self._pictures.watched())
            return 0
        finally:
            self._leave(begun)

    # the lease, in its own thread: a slow server holds up no camera

    def _beat(self) -> None:
        failures = 0
        while not self._stop.is_set():
            ask, asked = self._ask, time.monotonic()
            try:
                held = self._taken(self._platform.lease(self.plan.name, ask), asked)
            except (Away, KeyError, TypeError, ValueError) as error:  # an answer that is none is no answer
                failures += 1
                if failures == 1:
                    self._say(f"the lease cannot be renewed: {error}; trying again")
                self._failing = True
                wait = min(MOST_S, FIRST_S * 2.0 ** min(failures - 1, 8)) * (0.5 + random.random() / 2)
            else:
                if failures:
                    self._say("the lease is renewed again")
                failures, self._failing = 0, False
                self._answers.put(held)
                wait = held.pause
            self._due.wait(wait)
            self._due.clear()

    def _taken(self, answer: Answer, asked: float) -> Held:
        if not answer.ok:
            raise Away(f"HTTP {answer.status}: {answer.why}")
        body, answered = answer.body, time.monotonic()
        now = datetime.fromisoformat(body["now"].replace("Z", "+00:00")).timestamp()
        sync = self.district.heard(now, asked, answered, float(body.get("rate") or 1.0))
        self._pictures.key = body["key"]
        works = {work["camera"]: work for work in body["cameras"]}
        pause = min(float(body["renew_s"]), FAST_S) if sync.rate != 1.0 else float(body["renew_s"])
        if not works:
            pause = min(pause, 2.0)
        return Held(works, asked + float(body["lease_s"]), pause)

    def _question(self) -> dict[str, Any]:
        facts = [member.stats for member in self.crew.members if member.stats]
        cores = sum(fact["load"] for fact in facts)
        degraded = any(fact["degraded"] for fact in facts)
        stats = [stat for fact in facts for stat in fact["cameras"] if stat["camera"] in self.works]
        problems = {key: text for fact in facts for key, text in fact["problems"].items()}
        return {
            "session": self.session,
            "room": budget.room(
                limit=self.plan.most,
                processes=self.plan.processes,
                cameras=len(self.works),
                cores=cores,
                degraded=degraded,
                share=0.8 * self.plan.share,
            ),
            "has": sorted(self.works),
            "address": self._address,
            "version": self.plan.version,
            "cores": float(self.plan.processes),
            "load": round(cores, 3),
            "models": self.crew.models[:100],
            "stats": stats[:1000],
            "problems": problems,
        }

    def _apply(self) -> None:
        """What the lease says now, and that it says nothing any more."""
        while not self._answers.empty():
            held = self._answers.get()
            assert held is not None
            self._until = held.until
            # The district's time first: a camera counts from the moment at which it is taken.
            if self.district.sync is not None:
                self.crew.clock(self.district.sync)
            self._change(held.works)
            for member in self.crew.members:  # what was said is said once
                for stat in member.stats.get("cameras", ()):
                    stat["over_s"] = stat["unseen_s"] = 0.0
        alone = self.plan.alone if self._failing else 0.0
        if self.works and time.monotonic() > self._until + alone:
            self._say("the lease has run out: no camera is looked through until it is renewed")
            self._change({})

    def _change(self, works: Mapping[str, Any]) -> None:
        more, fewer = sorted(set(works) - set(self.works)), sorted(set(self.works) - set(works))
        if more:
            self._say(f"{len(more)} cameras more: {_few(more)}")
        if fewer:
            self._say(f"{len(fewer)} cameras fewer: {_few(fewer)}")
        if works != self.works:
            self.works = dict(works)
            self.crew.hold(self.works)

    def _leave(self, begun: bool) -> None:
        self._live.stop()
        self.crew.stop()
        if not begun:
            return
        ends = time.monotonic() + FLUSH_S
        while self._spool.names() and time.monotonic() < ends and not self._sender.away:
            time.sleep(0.1)
        self._sender.stop()
        try:
            self._platform.lease(
                self.plan.name, {**self._question(), "leaving": True, "room": 0, "stats": []}
            )
        except Away:
            pass  # the lease ends by itself


def _few(codes: Sequence[str]) -> str:
    return ", ".join(codes[:6]) + (" ..." if len(codes) > 6 else "")


def processes() -> int:
    """One a core."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
