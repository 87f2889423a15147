"""The journal: at once the audit log and the live feed.

A domain declares its kinds in `entries.py`, records entries in `actions.py`, and hangs handlers on the kinds of lower
domains in `handlers.py`. An entry holds ids, codes, numbers and digests; names, phones and free text are refused here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from chengyun.kernel import clock, scope, sql, transaction
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import dumps
from chengyun.kernel.models import JournalEntry

Handler = Callable[[JournalEntry], None]

# Longer strings are free text, which does not belong here: keep it in an erasable row and record its digest.
MAX_STRING = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """A declared kind: `keys` maps each payload key to the type (or tuple of types) it may have; None allows null."""

    code: str
    label: Any
    keys: dict[str, tuple[type, ...]]


kinds: dict[str, Kind] = {}
_handlers: dict[str, list[Handler]] = defaultdict(list)


def declare(code: str, label: Any, keys: dict[str, Any] | None = None) -> Kind:
    """Declare a kind: `declare("alert.opened", T("报警产生", "Alert opened"), keys={"level": (int, None)})`."""
    shapes = {key: _types(shape) for key, shape in (keys or {}).items()}
    kind = Kind(code, label, shapes)
    if code in kinds and kinds[code].keys != shapes:
        raise ValueError(f"journal kind {code} is declared twice and differently")
    kinds[code] = kind
    return kind


def _types(shape: Any) -> tuple[type, ...]:
    options = shape if isinstance(shape, tuple) else (shape,)
    return tuple(type(None) if option is None else option for option in options)


def on(code: str) -> Callable[[Handler], Handler]:
    """Run a function for each entry of a kind, in the transaction that recorded it, after the action has finished."""

    def register(handler: Handler) -> Handler:
        _handlers[code].append(handler)
        return handler

    return register


def record(
    kind: str,
    *,
    subject: str,
    actor: Actor,
    area: str = "",
    payload: dict[str, Any] | None = None,
    cause: int | None = None,
    klass: str = scope.OPEN,
) -> JournalEntry:
    """Append an entry; only inside `write()`. Raises ValueError for an undeclared kind or key, or for free text."""
    transaction.require_write("journal.record")
    body = payload or {}
    _check(kind, body)
    at = clock.now()
    text = dumps(body).decode()
    entry = JournalEntry(
        at=at,
        area=area,
        klass=klass,
        actor=actor.ref,
        kind=kind,
        subject=subject,
        payload_text=text,
        cause_id=cause,
        content_hash=content_hash(at, area, klass, actor.ref, kind, subject, text, cause),
    )
    entry.id = _insert(entry)
    transaction.enqueue(entry)
    return entry


# One statement in place of the model's save: the journal takes an entry per action and this is its hot path.
_INSERT = (
    "INSERT INTO kernel_journalentry (at, area, klass, actor, kind, subject, payload_text, cause_id, content_hash) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)


def _insert(entry: JournalEntry) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                sql.stored(entry.at),
                entry.area,
                entry.klass,
                entry.actor,
                entry.kind,
                entry.subject,
                entry.payload_text,
                entry.cause_id,
                entry.content_hash,
            ],
        )
        return int(cursor.fetchone()[0])


def content_hash(
    at: datetime,
    area: str,
    klass: str,
    actor: str,
    kind: str,
    subject: str,
    payload_text: str,
    cause: int | None,
) -> str:
    """SHA-256 over everything an entry says; `at` to the microsecond in UTC."""
    head = dumps(
        [at.astimezone(UTC).isoformat(timespec="microseconds"), area, klass, actor, kind, subject, cause]
    )
    return sha256(head + b"\n" + payload_text.encode()).hexdigest()


def _check(kind: str, payload: dict[str, Any]) -> None:
    declared = kinds.get(kind)
    if declared is None:
        raise ValueError(f"journal kind {kind} is not declared; declare it in the domain's entries.py")
    for key, value in payload.items():
        allowed = declared.keys.get(key)
        if allowed is None:
            raise ValueError(
                f"{kind}: key {key!r} is not declared (declared: {', '.join(declared.keys) or 'none'})"
            )
        if not isinstance(value, allowed) and not (float in allowed and isinstance(value, int)):
            names = " or ".join(t.__name__ for t in allowed)
            raise ValueError(f"{kind}: {key} must be {names}, not {type(value).__name__}")
    for value in _strings(payload):
        if len(value) > MAX_STRING:
            raise ValueError(
                f"{kind}: a string of {len(value)} characters is free text; record its digest instead"
            )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)


def _dispatch(entry: JournalEntry) -> None:
    for handler in _handlers.get(entry.kind, ()):
        handler(entry)


transaction.set_dispatcher(_dispatch)


def last_id() -> int:
    """The number of the newest entry; 0 for an empty journal."""
    return int(sql.scalar("SELECT MAX(id) FROM kernel_journalentry") or 0)


def chain_to(entry_id: int) -> list[JournalEntry]:
    """The entry and what led to it, the first cause last. Stops at an entry without a cause."""
    chain: list[JournalEntry] = []
    current: int | None = entry_id
    while current is not None:
        entry = JournalEntry.objects.filter(pk=current).first()
        if entry is None:
            break
        chain.append(entry)
        current = entry.cause_id
    return chain
