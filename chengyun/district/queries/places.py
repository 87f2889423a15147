"""Where things are, for the platform itself: nothing here is narrowed to a viewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from django.db.models import Count, Max, Q, QuerySet
from shapely.geometry import shape

from chengyun.district.logic import kinds as kind_rules
from chengyun.district.models import Area, Asset, OverlayGrid, Settings
from chengyun.kernel import clock, registry
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T


@dataclass(frozen=True, slots=True)
class Place:
    """Where an asset stands, and the code of what feeds it."""

    id: int
    area_id: int
    path: str
    upstream: str | None


@dataclass(frozen=True, slots=True)
class _Places:
    """All areas, also those that have ended, without their outlines. Shared: hand out copies."""

    settings: Settings | None
    root: Area | None
    by_code: dict[str, Area]
    by_path: dict[str, Area]
    by_id: dict[int, Area]


def _places() -> _Places:
    return registry.cached(("district",), "places", _read_places)


def _read_places() -> _Places:
    rows = list(Area.objects.defer("geometry").order_by("pk"))
    return _Places(
        Settings.objects.order_by("pk").first(),
        next((row for row in rows if row.kind == kind_rules.DISTRICT), None),
        {row.code: row for row in rows},
        {row.path: row for row in rows},
        {row.pk: row for row in rows},
    )


def settings() -> Settings:
    """The district of this database. Raises `NotFound` while none is loaded."""
    row = _settings()
    if row is None:
        raise NotFound(
            "no_district",
            T("尚未载入辖区", "No district is loaded"),
            hint=T("请运行 chengyun init --district 目录。", "Run: chengyun init --district DIR"),
        )
    return row


def _settings() -> Settings | None:
    row = _places().settings
    return None if row is None else registry.copy_of(row)


def zone() -> ZoneInfo:
    """The district's time zone."""
    return ZoneInfo(settings().timezone)


def root() -> Area:
    """The area of kind district. Raises `NotFound` while none is loaded."""
    found = _places().root
    if found is None:
        settings()  # says what to do
        raise NotFound("no_district", T("尚未载入辖区", "No district is loaded"))
    return registry.copy_of(found)


def area(code: str) -> Area:
    """An area by code, also one that has ended. Raises `NotFound`."""
    found = _places().by_code.get(code)
    if found is None:
        raise NotFound("no_area", T(f"没有区域 {code}", f"There is no area {code}"), field="area")
    return registry.copy_of(found)


def area_at(path: str) -> Area | None:
    """An area by its path, also one that has ended."""
    found = _places().by_path.get(path)
    return None if found is None else registry.copy_of(found)


def area_of(area_id: int) -> Area:
    """An area by its number. Raises `Area.DoesNotExist`."""
    found = _places().by_id.get(area_id)
    return Area.objects.get(pk=area_id) if found is None else registry.copy_of(found)


def asset_places() -> dict[str, Place]:
    """Every asset by code: where it stands and what feeds it. Shared: do not change it."""
    return registry.cached(("district",), "assets", _read_assets)


def _read_assets() -> dict[str, Place]:
    rows = Asset.objects.values_list("code", "pk", "area_id", "area__path", "upstream__code")
    return {code: Place(pk, area_id, path, upstream) for code, pk, area_id, path, upstream in rows}


def asset(code: str) -> Asset:
    """An asset by code. Raises `NotFound`."""
    found = Asset.objects.select_related("area").filter(code=code).first()
    if found is None:
        raise NotFound("no_asset", T(f"没有设备 {code}", f"There is no asset {code}"), field="asset")
    return found


def day_of(moment: datetime) -> date:
    """The day of an instant in the district's zone; in UTC while no district is loaded."""
    row = _places().settings
    return moment.astimezone(ZoneInfo(row.timezone if row else "UTC")).date()


def first_moment(day: date) -> datetime:
    """The instant at which a day begins in the district's zone."""
    row = _places().settings
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(row.timezone if row else "UTC"))


def today() -> date:
    """Today in the district's zone."""
    return day_of(clock.now())


def living() -> Q:
    """Holds for areas that are valid today in the district's zone."""
    day = today()
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


def within(top: Area, kinds: Iterable[str] | None = None) -> QuerySet[Area]:
    """The areas below `top` in the tree and itself, valid today, in the order of their paths."""
    found = Area.objects.filter(living(), path__startswith=top.path)
    if kinds is not None:
        found = found.filter(kind__in=list(kinds))
    return found.order_by("path")


def grounds(of: Area) -> list[str]:
    """The tree paths an area stands for: its own, or for a ring or a beat those of the grids it covers.

    Use it to add up over a ring: whatever lies at a path that begins with one of these lies in the ring.
    """
    if of.kind not in kind_rules.OVERLAYS:
        return [of.path]
    covered = (
        OverlayGrid.objects.filter(overlay=of).order_by("grid__path").values_list("grid__path", flat=True)
    )
    return list(covered) or [of.path]


def overlays_of(place: Area, kinds: Iterable[str] = kind_rules.OVERLAYS) -> QuerySet[Area]:
    """The rings, scenes and beats that cover a grid or one of those above it."""
    steps = place.path.strip("/").split("/")
    paths = ["/" + "/".join(steps[: n + 1]) + "/" for n in range(len(steps))]
    return (
        Area.objects.filter(living(), kind__in=list(kinds), covers__grid__path__in=paths)
        .distinct()
        .order_by("path")
    )


def locate(lon: float, lat: float, kinds: Iterable[str] = kind_rules.LEAVES) -> Area | None:
    """The smallest valid area of these kinds that holds a point (WGS-84 degrees); None outside all of them."""
    index = _index()
    wanted = set(kinds)
    hits = [int(n) for n in index.tree.query(shapely.Point(lon, lat), predicate="intersects")]
    codes = [index.codes[n] for n in sorted(hits, key=lambda n: (index.sizes[n], index.codes[n]))]
    if not codes:
        return None
    found = {a.code: a for a in Area.objects.filter(living(), code__in=codes, kind__in=wanted)}
    return next((found[code] for code in codes if code in found), None)


class _Index:
    """All shapes in a tree; rebuilt when the district was loaded anew."""

    def __init__(self, key: tuple[Any, ...]) -> None:
        self.key = key
        rows = list(Area.objects.exclude(geometry=None).order_by("code").values_list("code", "geometry"))
        shapes = [shape(geometry) for _, geometry in rows]
        self.codes = [code for code, _ in rows]
        self.sizes = [shape.area for shape in shapes]
        self.tree = shapely.STRtree(shapes)


_latest: _Index | None = None


def _index() -> _Index:
    global _latest
    pack = Settings.objects.order_by("pk").values_list("pack_hash", flat=True).first()
    count = Area.objects.aggregate(n=Count("pk"), last=Max("pk"))
    key = (pack, count["n"], count["last"])
    if _latest is None or _latest.key != key:
        _latest = _Index(key)
    return _latest
