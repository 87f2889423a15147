"""Reads of the district.

`root`, `area`, `within`, `locate` and `grounds` answer the platform itself. What a person gets to see goes through the
functions that take a user: an area outside the user's scope is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from django.db.models import Count, Max, Q, QuerySet
from shapely.geometry import shape

from chengyun.district.logic import kinds as kind_rules
from chengyun.district.models import Area, Asset, Building, GovernedElement, OverlayGrid, Settings
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


def living() -> Q:
    """Holds for areas that are valid today in the district's zone."""
    row = _places().settings
    today = clock.now().astimezone(ZoneInfo(row.timezone if row else "UTC")).date()
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))


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


def areas(user: Any, *, kinds: Iterable[str] | None = None, top: str | None = None) -> QuerySet[Area]:
    """The valid areas a user may see; `top` narrows to one area and below (by code)."""
    found = Area.objects.visible_to(user).filter(living())
    if kinds is not None:
        found = found.filter(kind__in=list(kinds))
    if top is not None:
        found = found.filter(path__startswith=visible_area(user, top).path)
    return found


def visible_area(user: Any, code: str) -> Area:
    """An area the user may see. Raises `NotFound` also for one that is there but out of scope."""
    found = Area.objects.visible_to(user).select_related("parent").filter(code=code).first()
    if found is None:
        raise NotFound("no_area", T(f"没有区域 {code}", f"There is no area {code}"), field="area")
    return found


def assets(user: Any, *, kind: str | None = None, top: str | None = None) -> QuerySet[Asset]:
    found = Asset.objects.visible_to(user).filter(valid_to=None).select_related("area", "upstream")
    if kind is not None:
        found = found.filter(kind=kind)
    if top is not None:
        found = found.filter(area__path__startswith=visible_area(user, top).path)
    return found


def visible_asset(user: Any, code: str) -> Asset:
    found = Asset.objects.visible_to(user).select_related("area", "upstream").filter(code=code).first()
    if found is None:
        raise NotFound("no_asset", T(f"没有设备 {code}", f"There is no asset {code}"), field="asset")
    return found


def buildings(user: Any, *, kind: str | None = None, top: str | None = None) -> QuerySet[Building]:
    found = Building.objects.visible_to(user).filter(valid_to=None).select_related("area")
    if kind is not None:
        found = found.filter(kind=kind)
    if top is not None:
        found = found.filter(area__path__startswith=visible_area(user, top).path)
    return found


def elements(user: Any, top: str) -> QuerySet[GovernedElement]:
    """The table of what a grid (and whatever lies below it) governs."""
    place = visible_area(user, top)
    found = GovernedElement.objects.visible_to(user).filter(valid_to=None, area__path__startswith=place.path)
    return found.select_related("area").order_by("area__path", "pk")


def map_features(
    user: Any, *, layers: Iterable[str] = ("areas", "buildings", "assets")
) -> dict[str, dict[str, Any]]:
    """GeoJSON FeatureCollections by layer, of what the user may see. Areas come from the top down: small ones lie above."""
    wanted = set(layers)
    found: dict[str, dict[str, Any]] = {}
    if "areas" in wanted:
        found["areas"] = collection(area_feature(a) for a in areas(user).order_by("level", "path"))
    if "buildings" in wanted:
        found["buildings"] = collection(building_feature(b) for b in buildings(user).order_by("code"))
    if "assets" in wanted:
        found["assets"] = collection(asset_feature(a) for a in assets(user).order_by("code"))
    return found


def collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def area_feature(row: Area) -> dict[str, Any]:
    names = {"code": row.code, "name_zh": row.name_zh, "name_en": row.name_en, "kind": row.kind}
    props = names | {"path": row.path, "level": row.level, "attrs": row.attrs}
    return {"type": "Feature", "id": row.pk, "geometry": row.geometry, "properties": props}


def building_feature(row: Building) -> dict[str, Any]:
    names = {
        "code": row.code,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "kind": row.kind,
        "area": row.area.code,
    }
    sizes = {
        "floors": row.floors,
        "height_m": row.height_m,
        "gross_area_m2": row.gross_area_m2,
        "attrs": row.attrs,
    }
    return {"type": "Feature", "id": row.pk, "geometry": row.geometry, "properties": names | sizes}


def asset_feature(row: Asset) -> dict[str, Any]:
    names = {
        "code": row.code,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "kind": row.kind,
        "area": row.area.code,
    }
    state = {
        "in_service": row.in_service,
        "upstream": row.upstream.code if row.upstream else None,
        "attrs": row.attrs,
    }
    point = {"type": "Point", "coordinates": [row.lon, row.lat]}
    return {"type": "Feature", "id": row.pk, "geometry": point, "properties": names | state}
