"""The hook through which alerts judge readings, in the transaction that stores them.

A judge keeps what it knows in memory, and several processes take turns at ingest. So each judged batch carries two
tokens: `epoch_before`, what the database held, and `epoch`, what it will hold after the commit. A judge whose memory is
tied to another token than `epoch_before` must read its state anew. A rolled-back batch leaves its token nowhere, so memory
changed by it is never trusted again.
"""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from chengyun.kernel.transaction import require_write
from chengyun.signals import store
from chengyun.signals.logic.stream import Reading


@dataclass(slots=True)
class Batch:
    """`readings`: (stream, event time in ms since 1970 UTC, value, too late to be judged), in the order of arrival.

    `seen`: streams from which anything arrived, also late, which is what absence is judged by. `arrived_ms`: the newest
    arrival in the batch.
    """

    readings: list[Reading]
    arrived_ms: int
    epoch_before: str
    epoch: str
    sources: frozenset[str] = field(default_factory=frozenset)


Judge = Callable[[Batch], None]
_judges: list[Judge] = []
_counter = itertools.count(1)
_process: tuple[int, str] = (0, "")


def register(judge: Judge) -> Judge:
    """Have `judge(batch)` called for every batch stored. Registering the same function again changes nothing."""
    if judge not in _judges:
        _judges.append(judge)
    return judge


def unregister(judge: Judge) -> None:
    if judge in _judges:
        _judges.remove(judge)


def token() -> str:
    """A text that no other process and no other moment of this one makes. It reaches no journal entry."""
    global _process
    if _process[0] != os.getpid():
        _process = (os.getpid(), f"{socket.gethostname()[:24]}.{os.getpid()}.{time.monotonic_ns():x}")
    return f"{_process[1]}.{next(_counter):x}"


def lock() -> tuple[str, str]:
    """Take the turn to judge until the end of the transaction; returns (epoch before, epoch after).

    Whoever changes what judges keep in memory, outside of judging, calls this first in its own `write()`: a click that
    shelves an alert, a timer that ends a `for`. First, because the order of locks is: turn, then alerts.
    """
    require_write("judging.lock")
    after = token()
    return store.swap_judge_epoch(after), after


def judge(
    readings: list[Reading], arrived_ms: int, epoch_before: str, epoch: str, sources: frozenset[str]
) -> None:
    batch = Batch(readings, arrived_ms, epoch_before, epoch, sources)
    for each in _judges:
        each(batch)


def hold() -> None:
    """Take the turn without touching what judges remember: nobody stores a reading until this transaction ends."""
    require_write("judging.hold")
    store.hold_judge_epoch()
