"""Clocks as they stood at any moment: from the spans that the tables keep. Read once for some cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chengyun.cases import catalogues
from chengyun.cases.logic.worktime import Limit, due
from chengyun.cases.models import Case, Clock, ClockPause, Extension
from chengyun.kernel import sql
from chengyun.kernel.models import JournalEntry

# A pause of a clock that went on counting as running; the others lie between a stop and its going on.
HELD = "suspended"


@dataclass(frozen=True, slots=True)
class Stood:
    """A clock at a moment. `row` is the clock as it is now; of it only what never changes may be used."""

    row: Clock
    due_at: datetime | None
    provisional: bool
    stopped_at: datetime | None
    paused: bool
    breached_at: datetime | None
    exempt: bool
    extra: int
    pauses: tuple[tuple[datetime, datetime | None], ...]

    @property
    def runs(self) -> bool:
        return self.stopped_at is None and not self.paused


class Clocks:
    """The clocks of some cases."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._calendars: dict[int, Any] = {}
        self._rows: dict[int, list[Clock]] = defaultdict(list)
        self._pauses: dict[int, list[ClockPause]] = defaultdict(list)
        self._granted: dict[int, list[datetime]] = defaultdict(list)
        # (case, clock) -> when an appeal was granted.
        self._exempt: dict[tuple[int, str], datetime] = {}
        for part in sql.parts(numbers):
            self._read(part)

    def _read(self, part: Sequence[int]) -> None:
        versions = Case.objects.filter(pk__in=part).values_list("pk", "catalogue_id", "catalogue__digest")
        for pk, catalogue, digest in versions:
            self._calendars[pk] = catalogues.catalogue(catalogue, digest).calendar
        for row in Clock.objects.filter(case_id__in=part).order_by("id"):
            self._rows[row.case_id].append(row)
        for pause in ClockPause.objects.filter(clock__case_id__in=part).order_by("id"):
            self._pauses[pause.clock_id].append(pause)
        longer = Extension.objects.filter(case_id__in=part, what="extension", state="granted")
        for case, decided in longer.exclude(decided_at=None).values_list("case_id", "decided_at"):
            self._granted[case].append(decided)
        spared = {f"case:{row.case_id}" for pk in part for row in self._rows[pk] if row.exempt}
        if spared:
            for entry in JournalEntry.objects.filter(subject__in=spared, kind="case.appealed").order_by("id"):
                said = entry.payload
                if said["event"] == "second_review" and said["granted"]:
                    self._exempt[int(entry.subject[5:]), said["clock"]] = entry.at

    def at(self, number: int, moment: datetime, noticed: Collection[datetime]) -> list[Stood]:
        """Those of a case that had been started. `noticed`: since when leaders knew, for the clocks that wait for that."""
        return [
            self._stood(row, moment)
            for row in self._rows[number]
            if row.started_at <= moment and ("notice" not in row.policy or row.started_at in noticed)
        ]

    def _stood(self, row: Clock, at: datetime) -> Stood:
        pauses = self._pauses[row.pk]
        stopped = row.stopped_at if row.stopped_at is not None and row.stopped_at <= at else None
        # A clock that stopped and ran on later has a pause over the time between: it did not run in it.
        stopped = next((p.starts_at for p in pauses if p.reason != HELD and _in(p, at)), stopped)
        counted = tuple(
            (p.starts_at, p.ends_at if p.ends_at is not None and p.ends_at <= at else None)
            for p in pauses
            if p.starts_at <= at and (p.reason == HELD or not _in(p, at))
        )
        since = sum(decided > at for decided in self._granted[row.case_id]) if row.overall else 0
        extra = row.extra - since
        due_at, provisional = row.due_at, row.provisional
        if since or counted != tuple((p.starts_at, p.ends_at) for p in pauses):
            limit = Limit(row.policy["amount"] * (1 + extra), row.policy["unit"])
            found = due(row.started_at, limit, list(counted), self._calendars[row.case_id])
            due_at, provisional = found.at, found.provisional
        return Stood(
            row=row,
            due_at=due_at,
            provisional=provisional,
            stopped_at=stopped,
            paused=any(end is None for _, end in counted),
            breached_at=row.breached_at if row.breached_at is not None and row.breached_at <= at else None,
            exempt=row.exempt and self._exempt.get((row.case_id, row.name), at) <= at,
            extra=extra,
            pauses=counted,
        )


def _in(pause: ClockPause, at: datetime) -> bool:
    return pause.starts_at <= at and (pause.ends_at is None or pause.ends_at > at)
