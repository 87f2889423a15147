"""Who and what is near: manned posts, positions where they may be seen, cameras."""

from __future__ import annotations

from math import cos, radians
from typing import Any

from chengyun.alerts import queries as alerts
from chengyun.alerts.logic import lifecycle
from chengyun.alerts.models import Alert
from chengyun.district import queries as district
from chengyun.district.logic.assessments import STAFF_POSITIONS
from chengyun.district.logic.distance import METRES_PER_DEGREE, metres
from chengyun.district.models import Asset
from chengyun.kernel import scope
from chengyun.kernel.actor import Actor
from chengyun.kernel.i18n import T
from chengyun.live.card.settings import settings
from chengyun.live.card.shapes import NearCamera, NearPosition, NearPost, Walking
from chengyun.live.desk.unit import person
from chengyun.people import directory
from chengyun.people import queries as people
from chengyun.people.positions import kept_for
from chengyun.people.queries.places import READ

# Somebody stands there: not a superior who answers for an empty post.
MANNED = ("on_duty", "standing")


def walking() -> Walking:
    pace = settings().walking
    return Walking(
        speed_m_s=pace.speed_m_s,
        detour=pace.detour,
        suggested=True,
        zh=f"按直线距离 × {pace.detour:g}、步行 {pace.speed_m_s:g} 米/秒估算（建议值）",
        en=f"straight line × {pace.detour:g} at {pace.speed_m_s:g} m/s on foot (suggested values)",
    )


def posts(seen: scope.Scope, viewer: Any, actor: Actor, lon: float, lat: float) -> list[NearPost]:
    """The nearest manned posts that the viewer may see, by the post's own place."""
    found = people.posts(seen).filter(in_service=True, lon__isnull=False, lat__isnull=False)
    rows: list[Any] = list(found)
    answers = people.accountable_many([row.pk for row in rows])
    manned = [row for row in rows if answers[row.pk].reason in MANNED]
    far = {row.pk: metres(lon, lat, row.lon, row.lat) for row in manned}
    nearest = sorted(manned, key=lambda row: (far[row.pk], row.code))[: settings().most.posts]
    return [
        NearPost(
            post=row.code,
            kind=row.kind,
            zh=row.name_zh,
            en=row.name_en,
            lon=row.lon,
            lat=row.lat,
            distance_m=round(far[row.pk]),
            walk_s=settings().walking.seconds(far[row.pk]),
            staff=person(answers[row.pk], viewer, actor),
        )
        for row in nearest
    ]


def positions(actor: Actor, lon: float, lat: float) -> list[NearPosition]:
    """Where posts on duty are now, nearest first; the reading itself asks everything that allows it."""
    by_code = directory.current().by_code
    found = []
    for row in people.positions(actor):
        far = metres(lon, lat, row.lon, row.lat)
        post = by_code.get(row.post)
        found.append(
            NearPosition(
                post=row.post,
                zh=post.name_zh if post else row.post,
                en=post.name_en if post else row.post,
                lon=row.lon,
                lat=row.lat,
                at=row.at,
                age_s=row.age_s,
                distance_m=round(far),
                walk_s=settings().walking.seconds(far),
            )
        )
    return sorted(found, key=lambda row: (row.distance_m, row.post))[: settings().most.posts]


def why_no_positions(actor: Actor, path: str) -> str | None:
    """Why positions of staff are not shown for a place; None where they are."""
    if not actor.may(READ, path):
        return T("您没有查看在岗位置的权限", "You may not see where staff on duty are")
    if district.assessed(STAFF_POSITIONS) is None:
        return T("尚无有效的个人信息保护影响评估", "No impact assessment covers the positions of staff")
    if kept_for(path) is None:
        return T("当前模式不使用在岗位置", "The mode in force uses no positions of staff")
    return None


def cameras(seen: scope.Scope, lon: float, lat: float) -> list[NearCamera]:
    """Cameras within the stated distance, nearest first, in service or not."""
    reach = settings().camera_range_m
    high = reach / METRES_PER_DEGREE
    wide = high / max(0.1, cos(radians(lat)))
    rows = Asset.objects.visible_to(seen).filter(
        kind="camera",
        valid_to=None,
        lon__range=(lon - wide, lon + wide),
        lat__range=(lat - high, lat + high),
    )
    far = [(metres(lon, lat, row.lon, row.lat), row) for row in rows]
    near = sorted((pair for pair in far if pair[0] <= reach), key=lambda pair: (pair[0], pair[1].code))
    shown = near[: settings().most.cameras]
    faulty = set(
        Alert.objects.visible_to(seen)
        .filter(
            asset__in=[row.pk for _, row in shown],
            state__in=lifecycle.ACTIVE_STATES,
            rule__code__in=alerts.watching_equipment(),
        )
        .values_list("asset_id", flat=True)
    )
    return [
        NearCamera(
            asset=row.code,
            zh=row.name_zh,
            en=row.name_en,
            lon=row.lon,
            lat=row.lat,
            distance_m=round(distance),
            in_service=row.in_service,
            faulty=row.pk in faulty,
        )
        for distance, row in shown
    ]
