"""Open cases that a report may be about, so that the second report of a thing joins the first."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from chengyun.cases.queries.lists import cases, summary
from chengyun.district import queries as district
from chengyun.district.logic.distance import metres
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T

# Suggested value (建议值): about as far as two callers may place the same thing apart.
NEAR_M = 200
# More open cases of one kind than this in one place is not a list anybody reads.
_LOOKED_AT = 200


def like(
    user: Any, kind: str, *, area: str | None, lon: float | None, lat: float | None, limit: int
) -> list[dict[str, Any]]:
    """Open cases of a kind in an area or within `NEAR_M` of a point, nearest first, then newest."""
    point = (lon, lat) if lon is not None and lat is not None else None
    if area is None and point is None:
        raise Invalid("place_needed", T("请提供位置", "Say where: area, or lon and lat"), field="area")
    place = district.visible_area(user, area) if area is not None else None
    where = Q()
    if place is not None:
        where |= Q(area__path__startswith=place.path)
    if point is not None:
        grid = district.locate(*point)
        # A degree of latitude is the longer one here, so this box holds the circle.
        wide = NEAR_M / 60_000
        where |= Q(
            lon__range=(point[0] - wide, point[0] + wide), lat__range=(point[1] - wide, point[1] + wide)
        )
        if grid is not None:
            # A case that names no point is about all of its grid, or of the ring around it.
            around = [grid.pk, *district.overlays_of(grid).values_list("pk", flat=True)]
            where |= Q(lon=None, area_id__in=around)
    found = []
    for row in cases(user).filter(where, kind=kind, is_open=True).order_by("-id")[:_LOOKED_AT]:
        far = None
        if point is not None and row.lon is not None and row.lat is not None:
            far = round(metres(*point, row.lon, row.lat))
            if far > NEAR_M and (place is None or not row.area.path.startswith(place.path)):
                continue
        found.append(summary(row) | {"distance_m": far})
    found.sort(key=lambda row: (row["distance_m"] is None, row["distance_m"] or 0))
    return found[:limit]
