"""What must leave the platform: written with its cause, handed off after the commit, at least once.

A hand-off takes a lease first, so that two workers do not both send, and a worker that dies lets go after `LEASE_S`. So it
has three steps: claim, deliver, note. Only the first and the last are transactions, and a worker puts the last of one batch
into the first of the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


def waits() -> bool:
    """Whether anything is due to be handed off; asking takes no lock."""
    return sql.scalar(_WAITS, (sql.stored(clock.now()),)) is not None


_FIELDS = ["id", "topic", "subject", "payload_text", "cause", "attempts"]
_NEXT = (
    f"SELECT {', '.join(_FIELDS)} FROM kernel_outboxitem WHERE handed_at IS NULL AND next_at <= %s "
    "ORDER BY next_at, id LIMIT %s"
)
_LEASE = "UPDATE kernel_outboxitem SET next_at = %s WHERE id = %s"
_DONE = "UPDATE kernel_outboxitem SET handed_at = %s WHERE id = %s"
_FAILED = "UPDATE kernel_outboxitem SET attempts = %s, last_error = %s, next_at = %s WHERE id = %s"


def claim(*, limit: int = 100) -> list[OutboxItem]:
    """Take a lease on what is due, oldest first. Only inside `write()`; hand it off after the commit."""
    require_write("outbox.claim")
    now = clock.now()
    until = now + timedelta(seconds=LEASE_S)
    skip = " FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT + skip, [sql.stored(now), limit])
        batch = [OutboxItem.from_db(connection.alias, _FIELDS, row) for row in cursor.fetchall()]
        for item in batch:
            item.next_at = until
        lease = sql.stored(until)
        cursor.executemany(_LEASE, [(lease, item.pk) for item in batch])
    return batch


@dataclass(slots=True)
class Handed:
    """What became of items that were handed off: when it was done, or when and why it failed."""

    done: list[tuple[OutboxItem, datetime]] = field(default_factory=list)
    failed: list[tuple[OutboxItem, datetime, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.done) + len(self.failed)

    def __iadd__(self, other: Handed) -> Handed:
        self.done += other.done
        self.failed += other.failed
        return self


def deliver(batch: Iterable[OutboxItem], *, into: Handed) -> None:
    """Hand off what was claimed, outside any transaction; never raises. What outlives its lease waits for the next claim."""
    for item in batch:
        if clock.now() >= item.next_at:
            break
        try:
            _handlers[item.topic](item)
            into.done.append((item, clock.now()))
        except Exception as error:
            _log.warning("hand-off of %s for %s failed: %s", item.topic, item.subject, error)
            into.failed.append((item, clock.now(), f"{type(error).__name__}: {error}"[:1000]))


def note(handed: Handed) -> None:
    """Write down what became of a batch. Only inside `write()`. Until then a repeat is possible: at least once."""
    require_write("outbox.note")
    done = [(sql.stored(at), item.pk) for item, at in handed.done]
    failed = []
    for item, at, reason in handed.failed:
        pause = min(RETRY_FIRST_S * 2 ** min(item.attempts, 10), RETRY_MAX_S)
        again = sql.stored(at + timedelta(seconds=pause))
        failed.append((min(item.attempts + 1, 30_000), reason, again, item.pk))
    with connection.cursor() as cursor:
        if done:
            cursor.executemany(_DONE, done)
        if failed:
            cursor.executemany(_FAILED, failed)


def hand_off(*, limit: int = 100) -> int:
    """Claim, hand off and note what waits, in one go; returns how many were tried. The worker does it in its own rounds."""
    if not waits():
        return 0
    with write():
        batch = claim(limit=limit)
    handed = Handed()
    deliver(batch, into=handed)
    with write():
        note(handed)
    return len(batch)
