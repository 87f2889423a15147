"""A night again: the same inputs, the same people, the same code, in virtual time, in one process.

Everything that could differ between two runs is tied down: ids come from the scenario's seed, timers fire in the order
(due, priority, id), and one thread does all of it. The same night gives the same head hash.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection

from chengyun.kernel import clock, ids, outbox, sealer, timers
from chengyun.live.scenario import Input, Scenario
from chengyun.live.scripted import Cast, Outcome, perform
from chengyun.signals import actions as signals

_SEAL_EVERY = 200


@dataclass
class Played:
    """What a run gave, beside what stands in the database."""

    wall_s: float = 0.0
    receipts: Counter[str] = field(default_factory=Counter)
    outcomes: list[Outcome] = field(default_factory=list)


@contextmanager
def fast_scratch() -> Iterator[None]:
    """A scratch database need not survive a power cut. Inside somebody's transaction SQLite refuses to hear of it."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    yield


def play(
    scenario: Scenario,
    *,
    load_district: Callable[[Path], None],
    rate: float | None = None,
    watch: Callable[[datetime], None] = lambda now: None,
) -> Played:
    """Play a scenario on the (empty, migrated) database of this process.

    `rate` None is as fast as possible, else so many times real time. `watch` is called whenever time has moved on.
    """
    started = time.perf_counter()
    played = Played()
    meta = scenario.meta
    with fast_scratch(), clock.use(clock.Virtual(meta.start)) as virtual, ids.seeded(meta.seed.encode()):
        load_district(scenario.district_folder)
        open_scene(scenario)
        cast = Cast(scenario.acts, folder=scenario.folder)
        _settle(cast)
        pace = _Pace(virtual.now(), rate)
        messages = scenario.inputs()
        following = next(messages, None)
        rounds = 0
        while True:
            due = timers.next_due()
            moments = [following.at if following else None, due, cast.next_at()]
            moment = min((m for m in moments if m is not None), default=meta.end)
            if moment > meta.end:
                break
            moment = max(moment, virtual.now())
            pace.wait_for(moment)
            virtual.advance_to(moment)
            if due is not None and due <= moment:
                while timers.fire_due():
                    pass
            while following is not None and following.at <= moment:
                played.receipts.update(_deliver(following))
                following = next(messages, None)
            cast.look()
            cast.act_until(moment)
            outbox.hand_off()
            cast.look()
            rounds += 1
            if rounds % _SEAL_EVERY == 0:
                sealer.seal_pending()
            watch(moment)
            if following is None and moment >= meta.end:
                break
        virtual.advance_to(max(meta.end, virtual.now()))
        _settle(cast)
        played.outcomes = cast.outcomes
    played.wall_s = time.perf_counter() - started
    return played


def open_scene(scenario: Scenario) -> None:
    """What holds when the curtain rises: rosters generated, a shift open, a mode declared."""
    for step in scenario.meta.opening:
        args = Cast([])._resolve(step.get("args", {}), None)
        perform(step["do"], step.get("who", "system"), args)


def _deliver(message: Input) -> dict[str, int]:
    receipt = signals.receive(
        source=message.source, body=message.body, form=message.form, key=message.key, arrived_at=message.at
    )
    return {
        name: value
        for name in ("accepted", "duplicates", "quarantined")
        if isinstance(value := getattr(receipt, name, None), int)
    }


def _settle(cast: Cast) -> None:
    """Finish what is due now: timers, acts, hand-offs, seals."""
    for _ in range(1000):
        cast.look()
        if not (timers.fire_due() + cast.act_until(clock.now()) + outbox.hand_off() + sealer.seal_pending()):
            return
    raise RuntimeError("the night finds no end: something keeps arming timers that are due at once")


class _Pace:
    """Holds a run back to `rate` times real time; no rate, no holding back."""

    def __init__(self, start: datetime, rate: float | None) -> None:
        self._start, self._rate, self._real = start, rate, time.monotonic()

    def wait_for(self, moment: datetime) -> None:
        if self._rate:
            due = self._real + (moment - self._start) / timedelta(seconds=1) / self._rate
            time.sleep(max(0.0, due - time.monotonic()))
