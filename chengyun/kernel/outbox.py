"""What must leave the platform: written with its cause, handed off after the commit, at least once.

A hand-off takes a lease first, so that two workers do not both send, and a worker that dies lets go after `LEASE_S`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection

from chengyun.kernel import clock, sql
from chengyun.kernel.canonical import dumps
from chengyun.kernel.models import OutboxItem
from chengyun.kernel.transaction import require_write, wake_worker, write

Handler = Callable[[OutboxItem], None]

_handlers: dict[str, Handler] = {}
_log = logging.getLogger("chengyun.outbox")

# Suggested values.
LEASE_S, RETRY_FIRST_S, RETRY_MAX_S = 60, 2, 300


def on(topic: str) -> Callable[[Handler], Handler]:
    """Name the function that hands a topic's items off. It raises to have the item tried again."""

    def register(handler: Handler) -> Handler:
        _handlers[topic] = handler
        return handler

    return register


_PUT = (
    "INSERT INTO kernel_outboxitem (at, topic, subject, payload_text, cause, next_at, attempts, last_error) "
    "VALUES (%s, %s, %s, %s, %s, %s, 0, '')"
)


_WAITS = "SELECT 1 FROM kernel_outboxitem WHERE handed_at IS NULL AND next_at <= %s LIMIT 1"


def put(topic: str, *, payload: dict[str, Any], subject: str, cause: int | None = None) -> None:
    """Leave an item to be handed off after the commit. Only inside `write()`."""
    put_many([(topic, payload, subject, cause)])


def put_many(rows: list[tuple[str, dict[str, Any], str, int | None]]) -> None:
    """Several at once: rows of (topic, payload, subject, cause)."""
    require_write("outbox.put")
    wake_worker()
    now = sql.stored(clock.now())
    with connection.cursor() as cursor:
        cursor.executemany(
            _PUT,
            [
                (now, topic, subject, dumps(payload).decode(), cause, now)
                for topic, payload, subject, cause in rows
            ],
        )


def hand_off(*, limit: int = 100) -> int:
    """Hand off what waits; returns how many were tried. A failure is kept with its reason and tried again later."""
    now = clock.now()
    waiting = OutboxItem.objects.filter(handed_at=None, next_at__lte=now).order_by("next_at", "id")
    if sql.scalar(_WAITS, (sql.stored(now),)) is None:
        return 0
    with write():
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        batch = list(waiting[:limit])
        OutboxItem.objects.filter(pk__in=[item.pk for item in batch]).update(
            next_at=now + timedelta(seconds=LEASE_S)
        )
    done, failed = [], []
    for item in batch:
        try:
            _handlers[item.topic](item)
            done.append(item.pk)
        except Exception as error:
            _log.warning("hand-off of %s for %s failed: %s", item.topic, item.subject, error)
            failed.append((item, f"{type(error).__name__}: {error}"[:1000]))
    with write():
        finished = clock.now()
        OutboxItem.objects.filter(pk__in=done).update(handed_at=finished)
        for item, reason in failed:
            pause = min(RETRY_FIRST_S * 2 ** min(item.attempts, 10), RETRY_MAX_S)
            OutboxItem.objects.filter(pk=item.pk).update(
                attempts=min(item.attempts + 1, 30_000),
                last_error=reason,
                next_at=finished + timedelta(seconds=pause),
            )
    return len(batch)
