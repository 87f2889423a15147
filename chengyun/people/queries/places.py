"""Where those on duty are: the latest place of each, for as long as everything that allows it still holds.

Timers and handlers delete what is no longer allowed; a reader asks all the same questions again, so that a worker that is
late shows nobody a position it should not have.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from chengyun.district import queries as district
from chengyun.district.logic.assessments import STAFF_POSITIONS
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.kernel.i18n import both
from chengyun.people.models import POST_KINDS, Duty, Post, StaffPosition
from chengyun.people.positions import kept_for
from chengyun.people.queries.duty import Accountable, accountable_many, counting, holders
from chengyun.people.queries.seen import posts

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


@functools.cache
def kind_names() -> dict[str, tuple[str, str]]:
    """Kind of post -> its name in Chinese and in English."""
    return {code: both(label) for code, label in POST_KINDS}


def posts_on_map(user: Any) -> list[dict[str, Any]]:
    """The posts in service that have a place, within the user's scope, in a fixed number of queries. No person is named."""
    rows = list(
        posts(user)
        .filter(in_service=True, lon__isnull=False, lat__isnull=False)
        .defer("area__geometry", "area__attrs")
    )
    answers = accountable_many([row.pk for row in rows])
    return [_on_map(row, answers[row.pk]) for row in rows]


def _on_map(row: Post, found: Accountable) -> dict[str, Any]:
    kind_zh, kind_en = kind_names()[row.kind]
    return {
        "code": row.code,
        "kind": row.kind,
        "kind_zh": kind_zh,
        "kind_en": kind_en,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "area": row.area.code,
        "area_zh": row.area.name_zh,
        "area_en": row.area.name_en,
        "department": row.department.code if row.department else None,
        "lon": row.lon,
        "lat": row.lat,
        "manned": found.reason == "on_duty",
        "answers": None if found.staff is None else found.post.code,
    }


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
