"""What comes back, by place and by kind."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpRequest

from chengyun.kernel.moments import moment
from chengyun.live.api.door import router
from chengyun.live.figures import recurrence
from chengyun.live.figures.shapes import RecurrenceOut


@router.get(
    "/recurrence", response=RecurrenceOut, summary="What recurs, beside the period before and last year's"
)
def get_recurrence(
    request: HttpRequest,
    since: datetime,
    until: datetime,
    group: Literal["place", "kind", "both"] = "both",
    limit: int = 100,
) -> RecurrenceOut:
    """Counts of things in places; of persons there is none."""
    first, last = moment(since, "since"), moment(until, "until")
    assert first is not None and last is not None
    return recurrence.recurrence(request.user, first, last, group=group, limit=max(1, min(limit, 500)))
