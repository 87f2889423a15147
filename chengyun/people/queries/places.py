"""Where those on duty are: the latest place of each, for as long as everything that allows it still holds.

Timers and handlers delete what is no longer allowed; a reader asks all the same questions again, so that a worker that is
late shows nobody a position it should not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from chengyun.district import queries as district
from chengyun.district.logic.assessments import STAFF_POSITIONS
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.people.models import Duty, StaffPosition
from chengyun.people.positions import kept_for
from chengyun.people.queries.duty import counting, holders

READ = "position.read"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the post is that somebody serves at. Of the person nothing is said."""

    post: str
    area: str
    lon: float
    lat: float
    at: datetime
    age_s: int


def positions(viewer: Actor) -> list[Position]:
    """The posts on duty whose place is known, within the areas where the viewer may read positions; by code of the post."""
    reach = Q()
    for path, _ in viewer.grants:
        if viewer.may(READ, path):
            reach |= Q(duty__post__area__path__startswith=path)
    if not reach:
        return []
    return _standing(StaffPosition.objects.visible_to(viewer.user).filter(reach))


def own_position(viewer: Actor) -> list[Position]:
    """What is kept of oneself, for each post one serves at: nobody needs a permission to see that."""
    return _standing(StaffPosition.objects.filter(duty__staff__ref=viewer.ref))


def stands(rows: Any, now: datetime) -> list[StaffPosition]:
    """Those rows that may still be kept: fresh, on duty, in a mode that allows it, assessed."""
    if district.assessed(STAFF_POSITIONS, now) is None:
        return []
    serving = Duty.objects.filter(counting(now))
    found = rows.filter(duty__in=serving, expires_at__gt=now).select_related("duty__post__area")
    kept = [row for row in found.order_by("duty__post__code", "pk") if kept_for(row.duty.post.area.path)]
    holding = holders(now, [row.duty.post_id for row in kept])
    return [row for row in kept if holding.get(row.duty.post_id) == row.duty.staff_id]


def _standing(rows: Any) -> list[Position]:
    now = clock.now()
    return [
        Position(
            row.duty.post.code,
            row.duty.post.area.code,
            row.lon,
            row.lat,
            row.at,
            int((now - row.at).total_seconds()),
        )
        for row in stands(rows, now)
    ]
