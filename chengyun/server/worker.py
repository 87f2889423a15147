"""The worker: timers, outbox and seal, in one loop. Several may run; rows are claimed, so nothing happens twice."""

from __future__ import annotations

import contextlib
import itertools
import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from chengyun.alerts import actions as alerts
from chengyun.kernel import clock, doorbell, outbox, sealer, timers
from chengyun.kernel.actor import system
from chengyun.kernel.models import OutboxItem
from chengyun.kernel.transaction import write
from chengyun.server.time import install_stored_clock

# The longest nap when nobody rings. Entries must be sealed within 50 ms even if a ring was lost.
NAP_S = 0.04
# What can wait a moment (seals, notes of what was handed off) is done this often, in the transaction of the next claim.
GATHER_S = 0.02
# Claimed at once; more wait for the next round.
BATCH = 100
_log = logging.getLogger("chengyun.worker")


class Courier:
    """Hands off beside the rounds, in a thread of its own: a receiver that takes its time holds up no timer and no seal."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._pool = ThreadPoolExecutor(1, "courier")
        self._way: Future[outbox.Handed] | None = None
        self._wake, self._awaited, self._stopping = wake, False, False

    def away(self) -> bool:
        """Whether a batch is on its way; if so, the worker is woken when the courier is back."""
        if self._way is None or self._way.done():
            return False
        self._awaited = True
        return True

    def take(self, batch: list[OutboxItem]) -> None:
        self._awaited = False
        self._way = self._pool.submit(self._carry, batch)

    def back(self) -> outbox.Handed:
        """What became of the last batch, once."""
        if self._way is None or not self._way.done():
            return outbox.Handed()
        handed, self._way = self._way.result(), None
        return handed

    def stop(self) -> None:
        """Wait for the item that is on its way; the rest of its batch goes when the lease has run out."""
        self._stopping = True
        self._pool.shutdown()

    def _carry(self, batch: list[OutboxItem]) -> outbox.Handed:
        handed = outbox.Handed()
        try:
            # This thread has a connection of its own, which an outage may have left broken.
            connection.close_if_unusable_or_obsolete()
            outbox.deliver(itertools.takewhile(lambda _: not self._stopping, batch), into=handed)
        finally:
            if self._stopping:
                connection.close()
            if self._awaited:
                self._wake()
        return handed


class Worker:
    """One worker's rounds. A round writes once: it claims what is next, now and then notes what was handed off, and seals.

    Every commit costs a turn (on SQLite, everybody's), so the fewer the sooner. What was handed off is noted a moment later;
    of a worker that dies before, the lease runs out and the item goes again.
    """

    def __init__(self, courier: Courier | None = None) -> None:
        self._courier = courier
        self._handed = outbox.Handed()
        self._tidied = 0.0
        self._more = False

    def turn(self, *, patient: bool = False) -> int:
        """One round; returns how much was done. A `patient` one leaves for later what can wait for company."""
        fired = timers.fire_due()
        claims = not (self._courier and self._courier.away()) and outbox.waits()
        if self._courier:
            self._handed += self._courier.back()
        ripe = not patient or time.monotonic() - self._tidied >= GATHER_S
        if not claims and not (ripe and (self._handed or sealer.waits())):
            return fired
        # Lost with the power, all three are done again to the same end: receivers know a repeat, the chain has one order.
        sealed = 0
        with write(redoable=True):
            if ripe:
                outbox.note(self._handed)
                sealed = sealer.seal_pending()
            batch = outbox.claim(limit=BATCH) if claims else []
        done = fired + sealed + len(batch)
        if ripe:
            done += len(self._handed)
            self._handed, self._tidied = outbox.Handed(), time.monotonic()
        self._more = len(batch) == BATCH and self._courier is None
        if self._courier is None:
            outbox.deliver(batch, into=self._handed)
        elif batch:
            self._courier.take(batch)
        return done

    def finish(self) -> None:
        """Note what is not noted yet, before the end."""
        if self._courier:
            self._courier.stop()
            self._handed += self._courier.back()
        if self._handed:
            with write():
                outbox.note(self._handed)
            self._handed = outbox.Handed()

    def nap(self) -> float:
        """Real seconds until there may be something to do even if nobody rings."""
        if self._more:
            return 0.0
        gathering = GATHER_S - (time.monotonic() - self._tidied)
        longest = gathering if gathering > 0 else NAP_S
        due = timers.next_due()
        if due is None:
            return longest
        current = clock.current()
        if isinstance(current, clock.Scaled):
            ahead = current.real_seconds_until(due)
        else:
            ahead = (due - clock.now()).total_seconds()
        return min(longest, max(ahead, 0.0))


def run_until_idle(limit: int = 10_000) -> None:
    """Turn until nothing is due: for replays and tests, where time stands still meanwhile."""
    worker = Worker()
    for _ in range(limit):
        if not worker.turn():
            return
    raise RuntimeError("the worker finds no end: timers keep arming timers that are due at once")


def main(slot: int = 0) -> int:
    """Run until SIGTERM or SIGINT. Workers of one machine have different slots, so that each can be woken."""
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    bell = doorbell.Listener(slot)
    worker = Worker(Courier(bell.poke))
    has_clock, trouble = False, 0
    try:
        while not stopping:
            try:
                if not has_clock:
                    install_stored_clock()
                    has_clock = True
                # Before any timer: after an outage nobody must take the platform's silence for a sensor's.
                if alerts.sign_due():
                    alerts.sign(actor=system("worker"))
                worker.turn(patient=True)
                nap = worker.nap()
                trouble = 0
            except (OperationalError, InterfaceError) as error:
                # The database is away or its disk is full: say so once a while, and try again when it may be back.
                trouble += 1
                if trouble in (1, 10) or trouble % 100 == 0:
                    _log.error("the database does not answer (attempt %s): %s", trouble, error)
                connection.close()
                close_old_connections()
                bell.wait(min(0.1 * trouble, 2.0))
                continue
            bell.wait(nap)
    finally:
        bell.close()
        with contextlib.suppress(OperationalError, InterfaceError):
            worker.finish()
    return 0
