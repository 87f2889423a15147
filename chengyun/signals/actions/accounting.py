"""Everything that came in is counted, and what was not taken is set apart where somebody can look at it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from chengyun.kernel import journal
from chengyun.kernel.actor import system
from chengyun.signals import store
from chengyun.signals.logic import reasons
from chengyun.signals.logic.check import Taken
from chengyun.signals.logic.decode import Decoded, Fault

# Suggested: so many items of the quarantine stay per source and reason; older ones are counted as overflow.
QUARANTINE_KEEP = 1000
# Of one message at most so many faults are set apart one by one; the rest is one item that says how many.
FAULTS_PER_MESSAGE = 100
# The sender that cannot be named. No code of a source may look like it.
NOBODY = "?"
AUTOMATIC = system("signals")


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
    repeats: readings that another message had brought; quarantined: readings (or the whole message) set apart, `problems`
    says which and why."""

    accepted: int = 0
    late: int = 0
    duplicates: int = 0
    repeats: int = 0
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


def account(works: list[Work]) -> None:
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
        if receipt.repeats:
            counts[minute, source, reasons.DUPLICATE] += receipt.repeats
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
                actor=AUTOMATIC,
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
            (work.arrived_ms, source, fault.reason, clean(fault.stream, 80), fault.index, clean(fault.field, 40),
             clean(fault.detail, 300), digest, clean(excerpt, 300))
        )  # fmt: skip
    rest = work.faults[len(shown) :]
    if rest:
        tally = ", ".join(
            f"{reason} {number}" for reason, number in sorted(Counter(f.reason for f in rest).items())
        )
        detail = f"and {len(rest)} more readings of this message: {tally}"
        rows.append(
            (work.arrived_ms, source, rest[0].reason, "", rest[0].index, "", clean(detail, 300), digest, "")
        )
    return rows


def clean(text: str, size: int) -> str:
    """Text that every database takes: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:size]
