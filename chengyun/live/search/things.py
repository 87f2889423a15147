"""Everything the search knows but cases: areas, the base map's names, buildings, posts, assets, in this order."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import orjson
from shapely.geometry import shape

from chengyun.district import queries as district
from chengyun.district.logic.kinds import AREA_KINDS, ASSET_KINDS
from chengyun.district.models import Area, Asset, Building
from chengyun.kernel.i18n import both
from chengyun.live.search.index import Thing
from chengyun.people import queries as people
from chengyun.people.models import Post

_BUILDINGS = {"tower": ("塔楼", "Tower"), "landmark": ("地标", "Landmark")}
_BASE = {
    "road": ("道路", "Road"),
    "water": ("水域", "Water"),
    "green": ("绿地", "Green"),
    "block": ("建筑", "Building"),
}
_DEFERRED = ("area__geometry", "area__attrs")


@functools.cache
def _kinds() -> dict[str, tuple[str, str]]:
    return {code: both(label) for code, label in {**AREA_KINDS, **ASSET_KINDS}.items()}


def things() -> list[Thing]:
    return [*_areas(), *_base(), *_buildings(), *_posts(), *_assets()]


def _areas() -> Iterator[Thing]:
    rows = Area.objects.filter(district.living()).select_related("parent")
    for row in rows.defer("geometry", "attrs", "parent__geometry", "parent__attrs").order_by("level", "code"):
        above = row.parent or row
        yield _thing("area", row.kind, _kinds()[row.kind], row, row.path, above, _label(row.pk))


def _base() -> Iterator[Thing]:
    """Roads, water and parks that have a name: they belong to nobody, and are there for all."""
    root, seen = district.root(), set()
    for feature in orjson.loads(district.base_map())["features"]:
        props = feature["properties"]
        if "name_zh" not in props or (props["kind"], props["name_zh"]) in seen:
            continue
        seen.add((props["kind"], props["name_zh"]))
        drawn = shape(feature["geometry"])
        at = (
            drawn.interpolate(0.5, normalized=True)
            if props["kind"] == "road"
            else drawn.representative_point()
        )
        yield Thing(
            "place", props["kind"], *_BASE[props["kind"]], props.get("code", ""), props["name_zh"], props["name_en"],
            "", root.code, root.name_zh, root.name_en, round(at.x, 6), round(at.y, 6),
        )  # fmt: skip


def _buildings() -> Iterator[Thing]:
    rows = Building.objects.filter(valid_to=None).select_related("area").defer(*_DEFERRED)
    for row in rows.order_by("code"):
        middle = shape(row.geometry).representative_point()
        label = _BUILDINGS.get(row.kind, ("楼宇", "Building"))
        yield _thing(
            "building",
            row.kind,
            label,
            row,
            row.area.path,
            row.area,
            (round(middle.x, 6), round(middle.y, 6)),
        )


def _posts() -> Iterator[Thing]:
    rows = Post.objects.filter(in_service=True).select_related("area").defer(*_DEFERRED)
    for row in rows.order_by("code"):
        at = (row.lon, row.lat) if row.lon is not None else _label(row.area_id)
        yield _thing("post", row.kind, people.kind_names()[row.kind], row, row.area.path, row.area, at)


def _assets() -> Iterator[Thing]:
    rows = Asset.objects.filter(valid_to=None).select_related("area").defer(*_DEFERRED, "attrs")
    for row in rows.order_by("code"):
        yield _thing("asset", row.kind, _kinds()[row.kind], row, row.area.path, row.area, (row.lon, row.lat))


def _label(area_id: int) -> tuple[float | None, float | None]:
    return district.label_points().get(area_id, (None, None))


def _thing(
    kind: str,
    sub: str,
    label: tuple[str, str],
    row: Any,
    path: str,
    area: Area,
    at: tuple[float | None, float | None],
) -> Thing:
    """`area` is where it lies: of an area the one above it."""
    return Thing(
        kind,
        sub,
        *label,
        row.code,
        row.name_zh,
        row.name_en,
        path,
        area.code,
        area.name_zh,
        area.name_en,
        *at,
    )
