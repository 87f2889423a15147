"""What the map draws. Features are built once for each state of the registry and narrowed to the viewer's scope here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import shapely
from shapely.geometry import mapping, shape

from chengyun.district.logic import shapes
from chengyun.district.logic.kinds import AREA_KINDS
from chengyun.district.models import Area, Asset, BaseMap, Building
from chengyun.district.queries.places import living, settings, today
from chengyun.district.queries.seen import area_feature, asset_feature, building_feature, visible_area
from chengyun.kernel import registry, scope
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T

Detail = Literal["full", "map"]
EMPTY = b'{"type":"FeatureCollection","features":[]}'
# Suggested: a corner of less ground than this (in metres, squared) is not seen at any zoom of the map.
_SEEN_M = 2.0
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Drawn:
    """A feature as it travels. `path` is where it lies, for the scope."""

    kind: str
    path: str
    body: bytes


def narrowed(user: Any, drawn: Iterable[Drawn], kinds: Iterable[str] | None, top: str | None) -> bytes:
    """The FeatureCollection of those features that lie within the user's scope (and below the area `top`, by code)."""
    seen, wanted = scope.of(user), None if kinds is None else set(kinds)
    below = "/" if top is None else visible_area(user, top).path
    chosen = (
        one.body
        for one in drawn
        if (wanted is None or one.kind in wanted) and one.path.startswith(below) and seen.reaches(one.path)
    )
    return b'{"type":"FeatureCollection","features":[' + b",".join(chosen) + b"]}"


def drawn_areas(detail: Detail = "full") -> list[Drawn]:
    """All valid areas from the top down, so that small ones lie above. `map`: without corners that nobody sees."""
    return registry.cached(("district",), ("areas", detail, today()), lambda: _draw_areas(detail))


def drawn_buildings() -> list[Drawn]:
    return registry.cached(("district",), "buildings", _draw_buildings)


def drawn_assets() -> list[Drawn]:
    return registry.cached(("district",), "drawn assets", _draw_assets)


def label_points() -> dict[int, tuple[float, float]]:
    """Area id -> a point well inside its outline (lon, lat), unless nobody has drawn it. Shared: do not change it."""
    return registry.cached(("district",), "labels", _find_label_points)


def base_map() -> bytes:
    """Roads, water, green and the plain houses around: a drawing for everybody, nothing of it is governed."""
    return registry.cached(("district",), "base", _read_base)


def _read_base() -> bytes:
    row = BaseMap.objects.order_by("pk").first()
    return EMPTY if row is None else row.body.encode()


def floors(building: Building) -> list[tuple[float, float]]:
    """(metres above ground, height) of each floor from the ground up: the height divided evenly. Raises `NotFound`."""
    if not building.floors or not building.height_m:
        missing = "floors" if not building.floors else "height_m"
        raise NotFound(
            "no_floors",
            T(
                f"楼宇 {building.code} 没有登记{'层数' if missing == 'floors' else '高度'}",
                f"The building {building.code} has no {missing} on record",
            ),
            field=missing,
            hint=T("请在 buildings.geojson 中填写。", "Say it in buildings.geojson."),
        )
    each = building.height_m / building.floors
    return [(round(each * n, 2), round(each, 2)) for n in range(building.floors)]


def _frame() -> shapes.Frame:
    row = settings()
    return shapes.Frame(row.lon, row.lat)


def _find_label_points() -> dict[int, tuple[float, float]]:
    rows = list(Area.objects.exclude(geometry=None).order_by("pk").values_list("pk", "geometry"))
    if not rows:
        return {}
    frame, plans = _frame(), shapely.from_geojson([orjson.dumps(geometry) for _, geometry in rows])
    plans = [frame.plan(one) for one in plans]
    # The middle of the largest circle that fits: a ring's name stands on the ring, not in its hole.
    circles = shapely.maximum_inscribed_circle(plans, tolerance=1.0)
    middles = shapely.get_coordinates(shapely.get_point(circles, 0)).tolist()
    return {
        pk: (
            round(frame.lon + x / frame.per_lon, _DECIMALS),
            round(frame.lat + y / shapes.M_PER_LAT, _DECIMALS),
        )
        for (pk, _), (x, y) in zip(rows, middles, strict=True)
    }


def _draw_areas(detail: Detail) -> list[Drawn]:
    labels = label_points()
    rows = list(Area.objects.filter(living()).select_related("parent").order_by("level", "path"))
    if detail == "map":
        for kind in AREA_KINDS:
            _simplify([row for row in rows if row.kind == kind and row.geometry])
    found = []
    for row in rows:
        lx, ly = labels.get(row.pk, (None, None))
        feature = area_feature(row)
        feature["properties"] |= {"parent": row.parent.code if row.parent else None, "lx": lx, "ly": ly}
        found.append(Drawn(row.kind, row.path, orjson.dumps(feature)))
    return found


def _simplify(rows: list[Area]) -> None:
    """Leave out what nobody sees. Areas of one kind are simplified together, so that neighbours keep their common line."""
    if not rows:
        return
    frame = _frame()
    plans = [frame.plan(shape(row.geometry)) for row in rows]
    for row, before, after in zip(rows, plans, shapely.coverage_simplify(plans, _SEEN_M), strict=True):
        # A tiny area may come out as nothing: it keeps its own outline.
        if after.is_empty or not after.is_valid or after.area < 0.9 * before.area:
            continue
        row.geometry = _degrees(frame, after)


def _degrees(frame: shapes.Frame, plan: Any) -> dict[str, Any]:
    back = shapely.transform(plan, lambda xy: xy / (frame.per_lon, shapes.M_PER_LAT) + (frame.lon, frame.lat))
    rounded = shapely.transform(back, lambda xy: xy.round(_DECIMALS))
    found: dict[str, Any] = orjson.loads(orjson.dumps(mapping(rounded)))
    return found


def _draw_buildings() -> list[Drawn]:
    rows = (
        Building.objects.filter(valid_to=None).select_related("area").defer("area__geometry", "area__attrs")
    )
    return [Drawn(r.kind, r.area.path, orjson.dumps(building_feature(r))) for r in rows.order_by("code")]


def _draw_assets() -> list[Drawn]:
    rows = Asset.objects.filter(valid_to=None).select_related("area", "upstream")
    rows = rows.defer("area__geometry", "area__attrs").order_by("code")
    return [Drawn(r.kind, r.area.path, orjson.dumps(asset_feature(r))) for r in rows]
