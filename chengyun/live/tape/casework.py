"""Who worked on cases, and which of their clocks ran, at any moment: spans that the tables keep, beside the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chengyun.cases import catalogues
from chengyun.cases.logic.worktime import Limit, due
from chengyun.cases.models import Assignment, Case, Clock, ClockPause, Extension
from chengyun.kernel import sql
from chengyun.live.rows.cases import posts

Span = tuple[datetime, datetime | None]


class Casework:
    """Read once for some cases; `fields` then answers for any moment."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._names = {code: (zh, en) for code, zh, en in posts().values()}
        self._states: dict[int, Any] = {}
        self._calendars: dict[int, Any] = {}
        self._assigned: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        self._clocks: dict[int, list[Clock]] = defaultdict(list)
        self._pauses: dict[int, list[Span]] = defaultdict(list)
        self._granted: dict[int, list[datetime]] = defaultdict(list)
        for part in sql.parts(numbers):
            self._read(part)

    def _read(self, part: Sequence[int]) -> None:
        versions = ("pk", "workflow_id", "workflow__digest", "catalogue_id", "catalogue__digest")
        for pk, flow, digest, catalogue, other in Case.objects.filter(pk__in=part).values_list(*versions):
            self._states[pk] = catalogues.workflow(flow, digest).states
            self._calendars[pk] = catalogues.catalogue(catalogue, other).calendar
        given = ("case_id", "role", "post__code", "post__department__code", "starts_at", "ends_at")
        for case, *span in (
            Assignment.objects.filter(case_id__in=part).order_by("starts_at", "id").values_list(*given)
        ):
            self._assigned[case].append(tuple(span))
        for row in Clock.objects.filter(case_id__in=part).order_by("id"):
            self._clocks[row.case_id].append(row)
        for pause in ClockPause.objects.filter(clock__case_id__in=part).order_by("id"):
            self._pauses[pause.clock_id].append((pause.starts_at, pause.ends_at))
        longer = Extension.objects.filter(case_id__in=part, what="extension", state="granted")
        for case, decided in longer.exclude(decided_at=None).values_list("case_id", "decided_at"):
            self._granted[case].append(decided)

    def fields(self, number: int, now: dict[str, Any]) -> dict[str, Any]:
        """What a row says of them when the journal says `now` of the case."""
        at, code = now["at"], now["post"] or ""
        state = self._states[number][now["state"]]
        zh, en = self._names.get(code, ("", ""))
        spans = [span for span in self._assigned[number] if span[3] <= at]
        leads = [span for span in spans if span[0] == "lead"]
        return {
            "state_zh": state.zh,
            "state_en": state.en,
            "post": code,
            "post_zh": zh,
            "post_en": en,
            "assigned": sorted({span[1] for span in spans if span[4] is None or span[4] > at}),
            "department": leads[-1][2] if leads else None,
            "due_at": self._due(number, at, now["noticed"]),
        }

    def _due(self, number: int, at: datetime, noticed: Sequence[datetime]) -> datetime | None:
        """The running clock that would have run out next; None where none ran, or one of them was provisional."""
        found = []
        for row in self._clocks[number]:
            if row.started_at > at or ("notice" in row.policy and row.started_at not in noticed):
                continue
            pauses = self._pauses[row.pk]
            # A clock that stopped and ran on later has a pause over the time between: it did not run in it.
            if (row.stopped_at is not None and row.stopped_at <= at) or _within(pauses, at):
                continue
            if row.provisional:
                return None
            found.append(self._runs_out(row, pauses, at))
        return min((moment for moment in found if moment is not None), default=None)

    def _runs_out(self, row: Clock, pauses: Sequence[Span], at: datetime) -> datetime | None:
        """When a clock was due as things stood at a moment: without what was granted and paused since."""
        since = sum(decided > at for decided in self._granted[row.case_id]) if row.overall else 0
        past = [pause for pause in pauses if pause[0] <= at]
        if not since and len(past) == len(pauses):
            return row.due_at
        limit = Limit(row.policy["amount"] * (1 + row.extra - since), row.policy["unit"])
        return due(row.started_at, limit, past, self._calendars[row.case_id]).at


def _within(pauses: Sequence[Span], at: datetime) -> bool:
    return any(begin <= at and (end is None or end > at) for begin, end in pauses)
