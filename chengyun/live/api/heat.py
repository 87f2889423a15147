"""The heat map of risk and of crowd density: places and numbers, never persons."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Schema

from chengyun.kernel import registry
from chengyun.live import heat
from chengyun.live.api.door import router


class HeatPoint(Schema):
    """`weight` 0 to 1 is what the map paints, `value` what it stands for in the answer's unit. `at`: the reading's time, or
    that of the newest thing counted here; `n` how many readings or things are in it."""

    lon: float
    lat: float
    weight: float
    value: float
    area: str
    asset: str | None
    n: int
    at: datetime


class HeatStep(Schema):
    """From this value on the map takes the next colour. `level` 4 (blue) to 1 (red)."""

    level: int
    value: float


class HeatCoverage(Schema):
    """Crowd: of `of` counters `counted` are in the map; `stale` have nothing new, `silent` never sent, `unplaced` lack an
    area in m2 or a place. Risk: `of` things in the time asked for, `unplaced` those without a place."""

    of: int
    counted: int
    stale: int
    silent: int
    unplaced: int


class HeatOut(Schema):
    """`scale` and `full` (the value at which `weight` is 1) are suggested values (建议值) unless `suggested` is false."""

    what: Literal["risk", "crowd"]
    at: datetime
    since: datetime | None
    unit: str
    source_zh: str
    source_en: str
    full: float
    scale: list[HeatStep]
    suggested: bool
    coverage: HeatCoverage
    points: list[HeatPoint]


@router.get(
    "/heat", response=HeatOut, summary="Weighted points of risk or of crowd density within one's areas"
)
def heat_map(
    request: HttpRequest,
    what: Literal["risk", "crowd"],
    hours: Annotated[int, Query(ge=1, le=heat.MAX_HOURS)] = 24,
) -> dict[str, Any]:
    """`risk`: alerts, incidents and hazard cases of the last `hours`. `crowd`: the newest count of each counter a square
    metre; `hours` means nothing there."""
    with registry.steady():
        return heat.crowd(request.user) if what == "crowd" else heat.risk(request.user, hours)
