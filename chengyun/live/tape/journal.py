"""The journal by moment and by subject. A moment becomes a number of the seal once; everything else goes by number."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Q

from chengyun.kernel import scope, sealer, sql
from chengyun.kernel.models import JournalSeal
from chengyun.live.tape.following import Said

_AT = "SELECT e.at FROM kernel_journalseal s JOIN kernel_journalentry e ON e.id = s.entry_id WHERE s.seq = %s"
_COLUMNS = (
    "seq", "entry_id", "entry__at", "entry__kind", "entry__subject", "entry__area", "entry__klass", "entry__actor",
    "entry__cause_id", "entry__payload_text",
)  # fmt: skip


def moment_of(seq: int) -> datetime | None:
    """When the entry of a number was recorded; None where there is no such number."""
    return sql.moment(sql.scalar(_AT, (seq,)))


def position(at: datetime) -> int:
    """The number of the last entry that had happened by a moment, found by halving: numbers are dense and run with time.

    Entries of two transactions at once may be out of order by milliseconds. Halving stays monotonic then as well: a later
    moment never has a smaller number.
    """
    low, high = 0, sealer.head()[0]
    while low < high:
        middle = (low + high + 1) // 2
        found = moment_of(middle)
        if found is not None and found <= at:
            low = middle
        else:
            high = middle - 1
    return low


def between(after: int, upto: int, limit: int | None = None, kinds: Collection[str] = ()) -> list[Said]:
    """The entries with numbers in (after, upto], in order; at most `limit`."""
    found = JournalSeal.objects.filter(seq__gt=after, seq__lte=upto)
    if kinds:
        found = found.filter(entry__kind__in=kinds)
    rows = found.order_by("seq").values_list(*_COLUMNS)
    return [_said(row) for row in (rows if limit is None else rows[:limit])]


def about(subjects: Iterable[str], upto: int) -> list[Said]:
    """Every entry about some subjects up to a number, in the order of numbers."""
    found: list[Said] = []
    for part in sql.parts(sorted(subjects)):
        rows = JournalSeal.objects.filter(entry__subject__in=part, seq__lte=upto)
        found += [_said(row) for row in rows.values_list(*_COLUMNS)]
    return sorted(found, key=lambda said: said.seq)


def count(after: int, upto: int, viewer: scope.Scope) -> int:
    """How many entries in (after, upto] a viewer's areas and classes cover."""
    if viewer.everything and viewer.classes >= scope.ALL.classes:
        return upto - after
    where = scope.condition(viewer, area="entry__area", klass="entry__klass")
    if where is None:
        return 0
    return JournalSeal.objects.filter(Q(seq__gt=after, seq__lte=upto) & where).count()


def _said(row: tuple[Any, ...]) -> Said:
    seq, number, at, kind, subject, area, klass, actor, cause, payload = row
    return Said(seq, number, at, kind, subject, area, klass, actor, cause, orjson.loads(payload))
