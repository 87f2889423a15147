"""Everything that must happen later is a row here. Firing one and its effect are one transaction.

A timer that fails is tried again with growing pauses and stays visible with its error; `chengyun verify` names it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from chengyun.kernel import clock, sql
from chengyun.kernel.canonical import dumps
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import attempt, require_write, wake_worker, write

Handler = Callable[[Timer], None]

_handlers: dict[str, Handler] = {}
_log = logging.getLogger("chengyun.timers")

# Suggested values: a first retry after 5 s, then twice as long each time, at most 10 minutes apart.
RETRY_FIRST_S, RETRY_MAX_S = 5, 600


def on(kind: str) -> Callable[[Handler], Handler]:
    """Name the function that a kind of timer runs; there is exactly one."""

    def register(handler: Handler) -> Handler:
        if kind in _handlers and _handlers[kind].__qualname__ != handler.__qualname__:
            raise ValueError(f"timer kind {kind} has a handler already: {_handlers[kind].__qualname__}")
        _handlers[kind] = handler
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
        cursor.executemany(_ARM, prepared)


def cancel(kind: str, *, subject: str, key: str | None = "") -> int:
    """Disarm; `key=None` disarms all keys of the subject. Returns how many there were."""
    require_write("timers.cancel")
    with connection.cursor() as cursor:
        if key is None:
            cursor.execute("DELETE FROM kernel_timer WHERE kind = %s AND subject = %s", [kind, subject])
        else:
            cursor.execute(
                "DELETE FROM kernel_timer WHERE kind = %s AND subject = %s AND key = %s", [kind, subject, key]
            )
        return int(cursor.rowcount)


def next_due() -> datetime | None:
    """When the next timer wants to fire; None when none is armed."""
    return sql.moment(sql.scalar("SELECT retry_at FROM kernel_timer ORDER BY retry_at LIMIT 1"))


def fire_due(*, limit: int = 200) -> int:
    """Fire what is due, in the order (due, priority, id), in one transaction; returns how many were tried.

    Several workers may call this at once: rows are locked, and those another worker holds are skipped.
    """
    now = clock.now()
    first = next_due()
    if first is None or first > now:
        return 0
    with write():
        due = Timer.objects.filter(retry_at__lte=now).order_by("retry_at", "priority", "id")
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
