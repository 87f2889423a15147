"""The worker: timers, outbox and seal, in one loop. Several may run; rows are claimed, so nothing happens twice."""

from __future__ import annotations

import logging
import signal
from types import FrameType

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from chengyun.kernel import clock, doorbell, outbox, sealer, timers
from chengyun.server.time import install_stored_clock

# The longest nap when nobody rings. Entries must be sealed within 50 ms even if a ring was lost.
NAP_S = 0.04
_log = logging.getLogger("chengyun.worker")


def turn() -> int:
    """One round; returns how much was done."""
    return timers.fire_due() + outbox.hand_off() + sealer.seal_pending()


def run_until_idle(limit: int = 10_000) -> None:
    """Turn until nothing is due: for replays and tests, where time stands still meanwhile."""
    for _ in range(limit):
        if not turn():
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
    has_clock, trouble = False, 0
    try:
        while not stopping:
            try:
                if not has_clock:
                    install_stored_clock()
                    has_clock = True
                nap = 0.0 if turn() else _nap()
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
            if nap:
                bell.wait(nap)
    finally:
        bell.close()
    return 0


def _nap() -> float:
    due = timers.next_due()
    current = clock.current()
    if due is None:
        return NAP_S
    if isinstance(current, clock.Scaled):
        return min(NAP_S, max(current.real_seconds_until(due), 0.001))
    return min(NAP_S, max((due - clock.now()).total_seconds(), 0.001))
