"""Who worked on cases, and which of their clocks ran, at any moment: spans that the tables keep, beside the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chengyun.cases import catalogues
from chengyun.cases.models import Assignment, Case
from chengyun.cases.queries.spans import Clocks
from chengyun.kernel import sql
from chengyun.live.rows.cases import posts


class Casework:
    """Read once for some cases; `fields` then answers for any moment."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._names = {code: (zh, en) for code, zh, en in posts().values()}
        self._states: dict[int, Any] = {}
        self._assigned: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        self._clocks = Clocks(numbers)
        for part in sql.parts(numbers):
            self._read(part)

    def _read(self, part: Sequence[int]) -> None:
        versions = Case.objects.filter(pk__in=part).values_list("pk", "workflow_id", "workflow__digest")
        for pk, flow, digest in versions:
            self._states[pk] = catalogues.workflow(flow, digest).states
        given = ("case_id", "role", "post__code", "post__department__code", "starts_at", "ends_at")
        for case, *span in (
            Assignment.objects.filter(case_id__in=part).order_by("starts_at", "id").values_list(*given)
        ):
            self._assigned[case].append(tuple(span))

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
            "due_at": self._due(number, now),
        }

    def _due(self, number: int, now: dict[str, Any]) -> datetime | None:
        """The running clock that would have run out next; None where none ran, or one of them was provisional."""
        running = [clock for clock in self._clocks.at(number, now["at"], now["noticed"]) if clock.runs]
        if any(clock.provisional for clock in running):
            return None
        return min((clock.due_at for clock in running if clock.due_at is not None), default=None)
