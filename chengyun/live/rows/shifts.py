"""Rows of shifts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chengyun.kernel import sql
from chengyun.live.rows.places import grounds
from chengyun.live.rows.shapes import ShiftRow
from chengyun.people.models import Shift

_PLAIN = ("id", "code", "state", "starts_at", "ends_at", "opened_at", "closed_at", "overdue_since")


def shifts(numbers: Iterable[int]) -> Iterator[ShiftRow]:
    areas = grounds()
    for part in sql.parts(list(numbers)):
        rows = Shift.objects.filter(pk__in=part).order_by("pk")
        for row in rows.values(*_PLAIN, "area_id", "pattern__code", "hand_over__id"):
            yield ShiftRow(
                **{name: row[name] for name in _PLAIN},
                **areas[row["area_id"]].fields(),
                klass="open",
                open=row["state"] in Shift.RUNNING,
                pattern=row["pattern__code"],
                hand_over=row["hand_over__id"],
            )
