"""What stands: mode and level here and in parts, today's matters, and what kind of day it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from chengyun.cases import catalogues
from chengyun.cases.logic.holidays import national_holiday
from chengyun.cases.logic.worktime import Calendar
from chengyun.district import queries as district
from chengyun.district.logic.kinds import OVERLAYS
from chengyun.district.models import Area
from chengyun.kernel import scope
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T, both
from chengyun.live.desk.shapes import DayKind, NamedPlace, StandingPosture, TodayOut
from chengyun.live.rows.shapes import Mode
from chengyun.live.story import MODES
from chengyun.people import directory
from chengyun.posture import queries as posture
from chengyun.posture.models import Declaration


def place_of(viewer: Any) -> Area:
    """What the viewer's desk is about: the district, or the largest part of it that is theirs."""
    root = district.root()
    if any(root.path.startswith(path) for path in scope.of(viewer).paths):
        return root
    mine = Area.objects.visible_to(viewer).defer("geometry", "attrs")
    found = min(mine, key=lambda row: (row.kind in OVERLAYS, row.path.count("/"), row.path), default=None)
    if found is None:
        raise NotFound("no_area", T("您名下没有区域", "No area is yours"))
    return found


def named(area: Area) -> NamedPlace:
    return NamedPlace(area=area.code, area_zh=area.name_zh, area_en=area.name_en)


def posture_of(viewer: Any, area: Area) -> StandingPosture:
    """What rules an area now. What was declared further up rules here too; its matter is for those who see up there."""
    found = posture.current(area)
    row = None
    if found.declaration is not None:
        row = posture.declarations(viewer).filter(pk=found.declaration).first()
    return standing(area, found, row)


def parts(viewer: Any, place: Area) -> list[StandingPosture]:
    """Other areas in which something is declared."""
    seen: dict[str, Area] = {}
    for row in posture.declarations(viewer, in_force=True):
        if row.area_id != place.pk:
            seen.setdefault(row.area.code, row.area)
    return [posture_of(viewer, seen[code]) for code in sorted(seen)]


def matters(viewer: Any) -> list[StandingPosture]:
    """Every declaration in force, oldest first: today's matters with their expected end."""
    rows = posture.declarations(viewer, in_force=True).order_by("since", "id")
    return [declared(row.area, row) for row in rows]


def declared(area: Area, row: Declaration) -> StandingPosture:
    """One declaration."""
    by = row.by_post or None
    return standing(area, posture.Posture(row.mode, row.level, row.since, by=by, declaration=row.pk), row)


def standing(area: Area, found: posture.Posture, row: Declaration | None) -> StandingPosture:
    """What rules an area; `row` is the declaration, for those who may see it."""
    zh, en = both(MODES[found.mode])
    # A declaration by somebody without a post is by a ref, which says nothing to a reader.
    post = directory.current().by_code.get(found.by or "")
    return StandingPosture(
        **named(area).model_dump(),
        mode=cast(Mode, found.mode),
        mode_zh=zh,
        mode_en=en,
        level=found.level,
        since=found.since,
        by=post.code if post else None,
        by_zh=post.name_zh if post else "",
        by_en=post.name_en if post else "",
        declaration=found.declaration,
        matter=row.matter if row else "",
        expected_end=row.expected_end if row else None,
    )


def today(at: datetime | None = None) -> TodayOut:
    """What kind of day it is, or was at a moment, by the district's calendar of now."""
    try:
        version = catalogues.current()
        calendar = catalogues.catalogue(version.pk, version.digest).calendar
    except NotFound:
        calendar = Calendar()
    day = district.today() if at is None else district.day_of(at)
    worked, certain = calendar.worked(day)
    holiday = None if worked else national_holiday(day)
    kind: DayKind
    if worked:
        kind, zh, en = ("workday", "工作日", "Working day")
        if day.weekday() >= 5:
            kind, zh, en = ("makeup_workday", "调休上班", "Working day (exchanged)")
    elif holiday is not None or day.weekday() < 5:
        kind, (zh, en) = "holiday", holiday or ("休息日", "Day off")
    else:
        kind, zh, en = ("weekend", "周末", "Weekend")
    return TodayOut(date=day, kind=kind, zh=zh, en=en, provisional=not certain)
