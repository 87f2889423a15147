"""Puts the journal's entries into one unbroken chain, and checks it.

Entries are written by many transactions at once and never wait for each other; one sealer gives them their numbers
afterwards. Whoever follows the journal reads the seal's `seq`, and so misses no entry that was committed late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from chengyun.kernel import doorbell, sql
from chengyun.kernel.journal import content_hash
from chengyun.kernel.models import JournalEntry, JournalSeal, Unsealed
from chengyun.kernel.transaction import write

GENESIS = "0" * 64
# Names the sealers' turn among the advisory locks of the database.
_TURN = 0x5EA1


def waits() -> bool:
    """Whether any committed entry has no seal yet; asking takes no lock."""
    return sql.scalar("SELECT 1 FROM kernel_unsealed LIMIT 1") is not None


_WAITING = (
    "SELECT e.id, e.content_hash FROM kernel_unsealed u JOIN kernel_journalentry e ON e.id = u.entry_id "
    "ORDER BY u.entry_id LIMIT %s"
)
_LAST = "SELECT seq, chain_hash FROM kernel_journalseal ORDER BY seq DESC LIMIT 1"


def seal_pending(limit: int = 5000) -> int:
    """Seal up to `limit` waiting entries in the order of their ids; returns how many, 0 where another sealer is at it.

    One at a time: on SQLite the write transaction sees to it, on PostgreSQL an advisory lock. Were that to fail, both would
    write the same `seq` and the second transaction fails as a whole.
    """
    if not waits():
        return 0
    with write():
        if connection.vendor == "postgresql" and not sql.scalar(f"SELECT pg_try_advisory_xact_lock({_TURN})"):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, [limit])
            entries = cursor.fetchall()
            seq, previous = head()
            for part in sql.parts(entries):
                seals: list[Any] = []
                for entry_id, digest in part:
                    seq, previous = seq + 1, link(previous, digest)
                    seals += (seq, entry_id, previous)
                rows = ", ".join(["(%s, %s, %s)"] * len(part))
                cursor.execute(
                    f"INSERT INTO kernel_journalseal (seq, entry_id, chain_hash) VALUES {rows}", seals
                )
                done = seals[1::3]
                cursor.execute(f"DELETE FROM kernel_unsealed WHERE entry_id IN ({sql.marks(done)})", done)
        transaction.on_commit(doorbell.ring_followers)
    return len(entries)


def link(previous: str, digest: str) -> str:
    """h(n) = H(h(n-1) + content_hash(n))."""
    return sha256(f"{previous}{digest}".encode()).hexdigest()


def head() -> tuple[int, str]:
    """The number and hash of the last seal; (0, genesis) for an empty journal."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        last = cursor.fetchone()
    return last or (0, GENESIS)


def waiting() -> tuple[int, datetime | None]:
    """How many committed entries no seal has yet, and when the oldest of them was recorded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(e.at) FROM kernel_unsealed u JOIN kernel_journalentry e ON e.id = u.entry_id"
        )
        count, oldest = cursor.fetchone()
    return int(count), sql.moment(oldest)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`entries` counts those whose seal was recomputed; what still waits for its seal is not among them."""

    entries: int
    ok: bool
    fault: str | None
    head_hash: str


def check() -> ChainReport:
    """Recompute every hash. The fault names the first number at which the chain breaks, and how."""
    expected, previous, count = 1, GENESIS, 0
    seals = JournalSeal.objects.select_related("entry").order_by("seq")
    for seal in seals.iterator(chunk_size=2000):
        entry = seal.entry
        if seal.seq != expected:
            return ChainReport(count, False, f"seal {expected} is missing", previous)
        digest = _digest(entry)
        if digest != entry.content_hash:
            return ChainReport(count, False, f"entry {entry.id} (seal {seal.seq}) was altered", previous)
        if link(previous, digest) != seal.chain_hash:
            return ChainReport(count, False, f"seal {seal.seq} does not follow from the one before", previous)
        expected, previous, count = expected + 1, seal.chain_hash, count + 1
    # What waits is not in the chain yet, and could be altered before it is.
    for unsealed in Unsealed.objects.select_related("entry").order_by("entry_id").iterator(chunk_size=2000):
        if _digest(unsealed.entry) != unsealed.entry.content_hash:
            return ChainReport(
                count, False, f"entry {unsealed.entry_id} (not sealed yet) was altered", previous
            )
    # One statement, so that it sees one state: a sealer may be at work meanwhile.
    lost = sql.scalar(
        "SELECT count(*) FROM kernel_journalentry e "
        "WHERE NOT EXISTS (SELECT 1 FROM kernel_journalseal s WHERE s.entry_id = e.id) "
        "AND NOT EXISTS (SELECT 1 FROM kernel_unsealed u WHERE u.entry_id = e.id)"
    )
    if lost:
        return ChainReport(count, False, f"{lost} entries are neither sealed nor waiting", previous)
    return ChainReport(count, True, None, previous)


def _digest(entry: JournalEntry) -> str:
    return content_hash(
        entry.at,
        entry.area,
        entry.klass,
        entry.actor,
        entry.kind,
        entry.subject,
        entry.payload_text,
        entry.cause_id,
    )
