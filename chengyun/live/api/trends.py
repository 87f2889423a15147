"""Series of figures: people present, and what crosses the lines of the rings."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from chengyun.kernel.http import actor_of
from chengyun.kernel.moments import moment
from chengyun.live.api.door import router
from chengyun.live.figures import trends
from chengyun.live.figures.shapes import TrendsOut


@router.get("/trends", response=TrendsOut, summary="People present with coverage, and flows through lines")
def get_trends(
    request: HttpRequest,
    area: str | None = None,
    quantity: str = "people_present",
    since: datetime | None = None,
    until: datetime | None = None,
    step: int | None = None,
) -> TrendsOut:
    """`step` in seconds, in whole minutes; chosen so that a line has at most 240 steps where it is left out. `until` in the
    past shows what was known then and nothing later."""
    return trends.trends(
        request.user,
        actor_of(request),
        area=area,
        quantity=quantity,
        since=moment(since, "since"),
        until=moment(until, "until"),
        step_s=step,
    )
