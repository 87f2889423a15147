"""What every door leads to: messages become observations, are judged, counted, or set apart; one transaction a batch.

Nothing here is dropped: a reading is stored, or is the redelivery of a stored message and counted, or stands in the
quarantine with its place and reason. A door answers its sender after this has committed.
"""

from __future__ import annotations

import logging
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.db import InterfaceError, OperationalError

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.signals import judging, registry, store
from chengyun.signals.actions import balances
from chengyun.signals.logic import reasons, times
from chengyun.signals.logic.check import Taken, check, with_message
from chengyun.signals.logic.decode import MAX_BODY, Decoded, Fault, decode
from chengyun.signals.logic.stream import Reading, Row
from chengyun.signals.registry import Registry

_log = logging.getLogger("chengyun.signals")

# Suggested: so many items of the quarantine stay per source and reason; older ones are counted as overflow.
QUARANTINE_KEEP = 1000
# Of one message at most so many faults are set apart one by one; the rest is one item that says how many.
FAULTS_PER_MESSAGE = 100
MAX_KEY = 200
_PACK_ABOVE = 1024
# The sender that cannot be named. No code of a source may look like it.
NOBODY = "?"
_AUTOMATIC = system("signals")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came. `key` is the sender's id of it; without one its content (and `topic`) is the key.

    form: json, senml, or raw where nobody said which.
    """

    source: str
    body: bytes
    form: str = "json"
    key: str | None = None
    topic: str = ""
    arrived_at: datetime | None = None


@dataclass(slots=True)
class Receipt:
    """What became of a message. accepted: readings stored, `late` of them not judged; duplicates: 1 if it had come before;
    quarantined: readings (or the whole message) set apart, `problems` says which and why."""

    accepted: int = 0
    late: int = 0
    duplicates: int = 0
    quarantined: int = 0
    message_id: int | None = None
    problems: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Work:
    """A message on its way through; `faults` and `taken` fill up."""

    message: Message
    arrived_ms: int
    receipt: Receipt
    source_id: int | None = None
    key: bytes = b""
    decoded: Decoded | None = None
    faults: list[Fault] = field(default_factory=list)
    taken: Taken | None = None


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
                actor=_AUTOMATIC,
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
        _account([work])
        return work.receipt


def refuse_too_large(*, source: str, size: int) -> None:
    """Count and set apart a message that a door did not even read."""
    with write():
        work = Work(Message(source, b""), times.to_ms(clock.now()), Receipt())
        work.source_id = registry.current().sources.get(source)
        work.faults.append(
            Fault(None, "", reasons.TOO_LARGE, f"{size} bytes announced; a message has at most {MAX_BODY}")
        )
        _account([work])


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
        key = None if message.key is None else _clean(message.key, MAX_KEY)
        rows.append((work.arrived_ms, _clean(message.source, 60), message.form, key, int(packed), body))
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
        taken = check(
            work.decoded,
            known.streams,
            source_id=work.source_id,
            arrived_ms=work.arrived_ms,
            keep_ms=known.keep_ms,
            message_id=work.receipt.message_id,
            has_key=work.message.key is not None,
        )
        work.taken = taken
        work.faults.extend(taken.faults)
        work.receipt.accepted, work.receipt.late = len(taken.rows), taken.late
        rows += taken.rows
        readings += taken.readings
    if rows:
        sources = frozenset(
            work.message.source for work in works if work.taken is not None and work.taken.rows
        )
        _store(rows, readings, max(work.arrived_ms for work in works), known, sources, judged)
    _account(works)


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


def _store(
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


def _account(works: list[Work]) -> None:
    """Count everything, and set apart what was not taken."""
    counts: Counter[tuple[int, str, str]] = Counter()
    apart: list[store.QuarantineRow] = []
    trouble: dict[tuple[str, str], int] = {}
    for work in works:
        receipt, source = work.receipt, work.message.source if work.source_id is not None else NOBODY
        minute = work.arrived_ms // 60_000
        if receipt.accepted:
            counts[minute, source, reasons.ACCEPTED] += receipt.accepted
        if receipt.late:
            counts[minute, source, reasons.LATE] += receipt.late
        if receipt.duplicates:
            counts[minute, source, reasons.DUPLICATE] += 1
            continue
        if not work.faults:
            continue
        receipt.quarantined, receipt.problems = len(work.faults), work.faults
        for fault in work.faults:
            counts[minute, source, fault.reason] += 1
            trouble[source, fault.reason] = minute
        apart += _apart(work, source)
    for source, reason in sorted(trouble):
        if not store.counted_since(trouble[source, reason] - 60, source, reason):
            journal.record(
                "signals.trouble",
                subject=f"source:{source}",
                actor=_AUTOMATIC,
                payload={"source": source, "reason": reason},
            )
    if apart:
        gone = store.put_quarantine(apart, keep=QUARANTINE_KEEP)
        minute = max(work.arrived_ms for work in works) // 60_000
        for (source, _), number in gone.items():
            counts[minute, source, reasons.OVERFLOW] += number
    if counts:
        store.put_counts(counts)


def _apart(work: Work, source: str) -> list[store.QuarantineRow]:
    body = work.message.body
    digest = sha256(body).hexdigest()
    rows: list[store.QuarantineRow] = []
    shown = work.faults if len(work.faults) <= FAULTS_PER_MESSAGE else work.faults[: FAULTS_PER_MESSAGE - 1]
    for fault in shown:
        excerpt = body[:200].decode("utf-8", "replace") if fault.index is None else ""
        rows.append(
            (work.arrived_ms, source, fault.reason, _clean(fault.stream, 80), fault.index, _clean(fault.field, 40),
             _clean(fault.detail, 300), digest, _clean(excerpt, 300))
        )  # fmt: skip
    rest = work.faults[len(shown) :]
    if rest:
        tally = ", ".join(
            f"{reason} {number}" for reason, number in sorted(Counter(f.reason for f in rest).items())
        )
        detail = f"and {len(rest)} more readings of this message: {tally}"
        rows.append(
            (work.arrived_ms, source, rest[0].reason, "", rest[0].index, "", _clean(detail, 300), digest, "")
        )
    return rows


def _clean(text: str, size: int) -> str:
    """Text that every database takes: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:size]


def readings_by_hand(
    *, actor_ref: str, stream_code: str, at_ms: int, value: float, arrived_at: datetime, key: str
) -> Receipt:
    """Store one reading that a person entered; the caller has checked that they may. Only inside `write()`."""
    known = registry.current()
    stream = known.streams.get(stream_code)
    if stream is None:
        raise NotFound(
            "no_datastream",
            T(f"没有数据流 {stream_code}", f"There is no datastream {stream_code}"),
            field="ds",
        )
    arrived_ms = times.to_ms(arrived_at)
    decoded = Decoded([(stream_code, at_ms, value, None)], None, [])
    taken = check(decoded, known.streams, source_id=None, arrived_ms=arrived_ms, keep_ms=known.keep_ms)
    if taken.faults:
        fault = taken.faults[0]
        raise Invalid(
            fault.reason, T(f"读数未采用：{fault.reason}", f"Not taken: {fault.detail}"), field=fault.field
        )
    digest = sha256(f"hand\0{actor_ref}\0{key}".encode()).digest()
    pair = (stream.source_id, digest)
    message_id = store.claim([pair], arrived_ms).get(pair)
    if message_id is None:
        return Receipt(duplicates=1)
    _store(
        with_message(taken.rows, message_id),
        taken.readings,
        arrived_ms,
        known,
        frozenset({"hand"}),
        judged=True,
    )
    store.put_counts({(arrived_ms // 60_000, "hand", reasons.ACCEPTED): 1})
    return Receipt(accepted=1, late=taken.late, message_id=message_id)
