"""What every door leads to: messages become observations, are judged, counted, or set apart; one transaction a batch.

Nothing here is dropped: a reading is stored, or was stored before (the message came again, or another one brought it) and
is counted, or stands in the quarantine with its place and reason. A door answers its sender after this has committed.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from django.db import InterfaceError, OperationalError

from chengyun.kernel import clock, deadlock, journal
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.signals import judging, registry, store
from chengyun.signals.actions import balances, repeats
from chengyun.signals.actions.accounting import AUTOMATIC, Message, Receipt, Work, account, clean
from chengyun.signals.logic import reasons, times
from chengyun.signals.logic.check import check
from chengyun.signals.logic.decode import MAX_BODY, Decoded, Fault, decode
from chengyun.signals.logic.stream import Reading, Row
from chengyun.signals.registry import Registry

_log = logging.getLogger("chengyun.signals")

MAX_KEY = 200
_PACK_ABOVE = 1024


def receive(
    *,
    source: str,
    body: bytes,
    form: str = "json",
    key: str | None = None,
    topic: str = "",
    arrived_at: datetime | None = None,
) -> Receipt:
    """Take in one message."""
    return receive_many([Message(source, body, form, key, topic, arrived_at)])[0]


@deadlock.again
def receive_many(messages: Sequence[Message], *, judged: bool = True) -> list[Receipt]:
    """Take in messages in their order, in one transaction. Raises only for a database that cannot write, or a judge."""
    with write():
        return _receive(messages, judged)


def take(messages: Sequence[Message]) -> list[Receipt]:
    """The same for doors, where one bad message must not hold up the others behind it.

    If judging fails, the messages go one by one; the one at fault is stored unjudged, which the journal says; one that
    even the database refuses is set apart. A database that is away raises, and nothing was taken.
    """
    try:
        return receive_many(messages)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _log.exception("a batch of %s messages failed; taking them one by one", len(messages))
    return [_take_alone(message) for message in messages]


def _take_alone(message: Message) -> Receipt:
    try:
        return receive_many([message])[0]
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        failed = type(error).__name__
    try:
        with write():
            receipt = _receive([message], judged=False)[0]
            journal.record(
                "signals.unjudged",
                subject=f"source:{message.source}"[:80],
                actor=AUTOMATIC,
                payload={
                    "source": message.source[:60],
                    "error": failed,
                    "digest": sha256(message.body).hexdigest(),
                },
            )
            return receipt
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        detail = f"the database refused it: {type(error).__name__}"
    with write():
        work = Work(message, arrival_ms(message), Receipt())
        work.faults.append(Fault(None, "", reasons.REJECTED_BY_STORE, detail))
        account([work])
        return work.receipt


@deadlock.again
def refuse(*, source: str, fault: Fault, body: bytes = b"") -> None:
    """Count and set apart a message that a door could not even read: too large, or packed in a way it cannot unpack."""
    with write():
        work = Work(Message(source, body), times.to_ms(clock.now()), Receipt())
        work.source_id = registry.current().sources.get(source)
        work.faults.append(fault)
        account([work])


@deadlock.again
def ingest(
    *,
    source: str,
    readings: Iterable[tuple[str, datetime | str | int, float, str | None]],
    message_key: str,
    arrived_at: datetime | None = None,
) -> Receipt:
    """Take in readings that are already apart: (datastream code, event time, value, unit or None)."""
    raw = [
        (code, times.to_ms(at) if isinstance(at, datetime) else at, v, unit) for code, at, v, unit in readings
    ]
    message = Message(source, b"", "json", message_key, "", arrived_at)
    with write():
        work = Work(message, arrival_ms(message), Receipt(), decoded=Decoded(raw, None, []))
        process([work], registry.current(), judged=True)
        return work.receipt


def arrival_ms(message: Message) -> int:
    return times.to_ms(message.arrived_at or clock.now())


def _receive(messages: Sequence[Message], judged: bool) -> list[Receipt]:
    now_ms = times.to_ms(clock.now())
    works = []
    for message in messages:
        if message.key is not None and len(message.key) > MAX_KEY:
            raise Invalid(
                "bad_key", T("消息编号过长", "The message id is longer than 200 characters"), field="key"
            )
        arrived = now_ms if message.arrived_at is None else times.to_ms(message.arrived_at)
        works.append(Work(message, arrived, Receipt()))
    known = registry.current()
    if known.input_log:
        _log_input(works)
    process(works, known, judged=judged)
    return [work.receipt for work in works]


def _log_input(works: list[Work]) -> None:
    rows = []
    for work in works:
        message = work.message
        body = message.body
        if len(body) > MAX_BODY:
            continue  # its digest stands in the quarantine
        packed = len(body) > _PACK_ABOVE
        if packed:
            body = zlib.compress(body, 1)
        key = None if message.key is None else clean(message.key, MAX_KEY)
        rows.append((work.arrived_ms, clean(message.source, 60), message.form, key, int(packed), body))
    if rows:
        store.put_input(rows)


def process(works: list[Work], known: Registry, *, judged: bool) -> None:
    for work in works:
        _open(work, known)
    _claim(works)
    rows: list[Row] = []
    readings: list[Reading] = []
    for work in works:
        if work.decoded is None or work.receipt.message_id is None:
            continue
        work.taken = check(
            work.decoded,
            known.streams,
            source_id=work.source_id,
            arrived_ms=work.arrived_ms,
            keep_ms=known.keep_ms,
            message_id=work.receipt.message_id,
            has_key=work.message.key is not None,
        )
        work.faults.extend(work.taken.faults)
    repeats.take_out(works)
    for work in works:
        if work.taken is not None:
            work.receipt.accepted, work.receipt.late = len(work.taken.rows), work.taken.late
            rows += work.taken.rows
            readings += work.taken.readings
    if rows:
        sources = frozenset(
            work.message.source for work in works if work.taken is not None and work.taken.rows
        )
        store_taken(rows, readings, max(work.arrived_ms for work in works), known, sources, judged)
    account(works)


def _open(work: Work, known: Registry) -> None:
    """Find the sender and read the message; whatever is wrong with it as a whole leaves `decoded` empty."""
    message = work.message
    work.source_id = known.sources.get(message.source)
    if work.source_id is None or message.source in known.retired:
        why = "there is no such source" if work.source_id is None else "the source is out of service"
        work.source_id, work.decoded = None, None
        work.faults.append(Fault(None, "source", reasons.UNKNOWN_SOURCE, why))
        return
    if work.decoded is None:
        decoded = decode(message.body, message.form)
        whole = [fault for fault in decoded.faults if fault.index is None]
        if whole:
            work.faults += whole
            return
        work.decoded = decoded
    if message.key is not None:
        work.key = sha256(b"key\0" + message.key.encode("utf-8", "surrogatepass")).digest()
    else:
        topic = message.topic.encode("utf-8", "surrogatepass")
        work.key = sha256(b"content\0" + topic + b"\0" + message.body).digest()


def _claim(works: list[Work]) -> None:
    """Give each new message its id; one whose key was seen before, also within this batch, is a duplicate."""
    first: dict[tuple[int, bytes], Work] = {}
    for work in works:
        if work.decoded is None or work.source_id is None:
            continue
        if (work.source_id, work.key) in first:
            work.receipt.duplicates = 1
        else:
            first[work.source_id, work.key] = work
    if not first:
        return
    ids = store.claim(list(first), max(work.arrived_ms for work in first.values()))
    for pair, work in first.items():
        work.receipt.message_id = ids.get(pair)
        if work.receipt.message_id is None:
            work.receipt.duplicates = 1


def store_taken(
    rows: list[Row],
    readings: list[Reading],
    arrived_ms: int,
    known: Registry,
    sources: frozenset[str],
    judged: bool,
) -> None:
    # The order of locks, the same for all: messages, observations, then the turn to judge and what is guarded by it.
    minutes = {row[0] for row in rows}
    store.put_observations(rows)
    before, after = judging.lock()
    if known.balances:
        derived_rows, derived = balances.feed(rows, readings, known)
        if derived_rows:
            store.put_observations(derived_rows)
            rows, readings = rows + derived_rows, readings + derived
            minutes |= {row[0] for row in derived_rows}
    newest: dict[int, tuple[int, float, int]] = {}
    for _, stream_id, at_ms, message_id, _, value, _, _ in rows:
        found = newest.get(stream_id)
        if found is None or at_ms >= found[0]:
            newest[stream_id] = (at_ms, value, message_id)
    store.put_latest(newest, arrived_ms)
    store.mark_minutes(minutes)
    if judged:
        judging.judge(readings, arrived_ms, before, after, sources)
