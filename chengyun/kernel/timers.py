"""Everything that must happen later is a row here. Firing one and its effect are one transaction.

A timer that fails is tried again with growing pauses and stays visible with its error; `chengyun verify` names it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection

from chengyun.kernel import clock, deadlock, sql
from chengyun.kernel.canonical import dumps
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import attempt, require_write, wake_worker, write

Handler = Callable[[Timer], None]

_handlers: dict[str, Handler] = {}
# Kinds whose handlers take a turn that others hold while they arm or disarm such timers: it is taken before the rows are.
_turns: dict[str, Callable[[], None]] = {}
_log = logging.getLogger("chengyun.timers")

# Suggested values: a first retry after 5 s, then twice as long each time, at most 10 minutes apart.
RETRY_FIRST_S, RETRY_MAX_S = 5, 600


def on(kind: str, *, turn: Callable[[], None] | None = None) -> Callable[[Handler], Handler]:
    """Name the function that a kind of timer runs; there is exactly one.

    `turn` takes a lock until the end of the transaction, for a handler that needs it. Taken before the timer's row, as
    everybody else takes it, it cannot end in a deadlock with somebody who holds it and moves the timer.
    """

    def register(handler: Handler) -> Handler:
        if kind in _handlers and _handlers[kind].__qualname__ != handler.__qualname__:
            raise ValueError(f"timer kind {kind} has a handler already: {_handlers[kind].__qualname__}")
        _handlers[kind] = handler
        if turn is not None:
            _turns[kind] = turn
        return handler

    return register


def kinds() -> frozenset[str]:
    return frozenset(_handlers)


_ARM = (
    "INSERT INTO kernel_timer (due_at, priority, kind, subject, key, payload_text, cause, attempts, last_error, retry_at) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, 0, '', %s) "
    "ON CONFLICT (kind, subject, key) DO UPDATE SET due_at = excluded.due_at, priority = excluded.priority, "
    "payload_text = excluded.payload_text, cause = excluded.cause, attempts = 0, last_error = '', "
    "retry_at = excluded.retry_at"
)


_DUE = "SELECT kind FROM kernel_timer WHERE retry_at <= %s ORDER BY retry_at, priority, id LIMIT %s"


def arm(
    kind: str,
    *,
    due_at: datetime,
    subject: str,
    payload: dict[str, Any] | None = None,
    key: str = "",
    priority: int = 100,
    cause: int | None = None,
) -> None:
    """Arm a timer, or move it if `(kind, subject, key)` is armed already. Only inside `write()`."""
    arm_many([(kind, due_at, subject, payload, key, priority, cause)])


def arm_many(
    rows: list[tuple[str, datetime, str, dict[str, Any] | None, str, int, int | None]],
) -> None:
    """Arm several: rows of (kind, due_at, subject, payload, key, priority, cause)."""
    require_write("timers.arm")
    wake_worker()
    prepared = []
    for kind, due_at, subject, payload, key, priority, cause in rows:
        if kind not in _handlers:
            raise ValueError(f"timer kind {kind} has no handler; register one in the domain's handlers.py")
        due = sql.stored(due_at)
        prepared.append((due, priority, kind, subject, key, dumps(payload or {}).decode(), cause, due))
    with connection.cursor() as cursor:
        if len(prepared) == 1:
            # Most arm one. To PostgreSQL, one of many is dearer than one.
            cursor.execute(_ARM, prepared[0])
        else:
            cursor.executemany(_ARM, prepared)


def cancel(kind: str, *, subject: str, key: str | None = "") -> int:
    """Disarm; `key=None` disarms all keys of the subject. Returns how many there were.

    One that a worker is just firing is not waited for (the worker may be waiting for what this transaction holds): its
    handler looks under its own lock at what is true by then.
    """
    require_write("timers.cancel")
    condition, values = "kind = %s AND subject = %s", [kind, subject]
    if key is not None:
        condition, values = f"{condition} AND key = %s", [*values, key]
    if connection.features.has_select_for_update_skip_locked:
        free = f"SELECT id FROM kernel_timer WHERE {condition} FOR UPDATE SKIP LOCKED"
        condition = f"id = ANY(ARRAY({free}))"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM kernel_timer WHERE {condition}", values)
        return int(cursor.rowcount)


def next_due() -> datetime | None:
    """When the next timer wants to fire; None when none is armed."""
    return sql.moment(sql.scalar("SELECT retry_at FROM kernel_timer ORDER BY retry_at LIMIT 1"))


def fire_due(*, limit: int = 200) -> int:
    """Fire what is due, in the order (due, priority, id), in one transaction; returns how many were tried.

    Several workers may call this at once: rows are locked, and those another worker holds are skipped.
    """
    now = clock.now()
    waiting = _kinds_due(now, limit)
    if not waiting:
        return 0
    try:
        return _fire_batch(now, waiting, limit)
    except OperationalError as error:
        if not deadlock.is_deadlock(error):
            raise
        # It lost against a click or a reading. One at a time holds the fewest locks.
        return _fire_batch(now, waiting, 1)


def _kinds_due(now: datetime, limit: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [sql.stored(now), limit])
        return {kind for (kind,) in cursor.fetchall()}


def _fire_batch(now: datetime, waiting: set[str], limit: int) -> int:
    with write():
        for turn in dict.fromkeys(turn for kind, turn in _turns.items() if kind in waiting):
            turn()
        due = Timer.objects.filter(retry_at__lte=now).order_by("retry_at", "priority", "id")
        # What became due meanwhile and needs a turn that was not taken comes with the next batch.
        if without := [kind for kind in _turns if kind not in waiting]:
            due = due.exclude(kind__in=without)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        batch = list(due[:limit])
        for timer in batch:
            _fire(timer, now)
    return len(batch)


def _fire(timer: Timer, now: datetime) -> None:
    try:
        with attempt():
            # A handler earlier in this batch may have disarmed or moved this one.
            if _take(timer):
                _handlers[timer.kind](timer)
    except Exception as error:
        if deadlock.is_deadlock(error):
            raise
        _log.exception("timer %s for %s failed", timer.kind, timer.subject)
        pause = min(RETRY_FIRST_S * 2 ** min(timer.attempts, 10), RETRY_MAX_S)
        Timer.objects.filter(pk=timer.pk).update(
            attempts=min(timer.attempts + 1, 30_000),
            last_error=f"{type(error).__name__}: {error}"[:1000],
            retry_at=now + timedelta(seconds=pause),
        )


def _take(timer: Timer) -> bool:
    """Remove the row as it was read; False where it is gone or was moved meanwhile."""
    with connection.cursor() as cursor:
        retry_at = sql.stored(timer.retry_at)
        cursor.execute("DELETE FROM kernel_timer WHERE id = %s AND retry_at = %s", [timer.pk, retry_at])
        return bool(cursor.rowcount)
