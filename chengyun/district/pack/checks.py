"""What only the whole pack can get wrong: codes twice, parents that are missing, shapes in the wrong place."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pydantic import ValidationError

from chengyun.district.logic import kinds, shapes
from chengyun.district.pack.data import AreaData, AssetData, DistrictData
from chengyun.district.pack.rows import CameraAttrs, DistrictFile
from chengyun.kernel.packs import Pack

AREAS, BUILDINGS = "areas.geojson", "buildings.geojson"


def check(pack: Pack, data: DistrictData, district: DistrictFile) -> None:
    """Put every problem on the pack; fill in the areas' paths."""
    frame, box = shapes.Frame(*district.centre), shapes.Box(*district.bbox)
    areas = _areas_by_code(pack, data, district)
    _tree(pack, data, areas, district)
    plans = _area_shapes(pack, data, areas, frame, box, district.tolerance_m)
    _buildings(pack, data, areas, plans, frame, box, district.tolerance_m)
    _assets(pack, data, areas, plans, frame, box, district.tolerance_m)
    _elements(pack, data, areas)


def _areas_by_code(pack: Pack, data: DistrictData, district: DistrictFile) -> dict[str, AreaData]:
    areas: dict[str, AreaData] = {}
    for area in data.areas:
        code = area.props.code
        if code in areas:
            pack.problem(AREAS, area.where, "code", f"{code} is taken by {areas[code].where}")
        else:
            areas[code] = area
    roots = [a for a in areas.values() if a.props.kind == kinds.DISTRICT]
    for extra in roots[1:]:
        pack.problem(
            AREAS, extra.where, "kind", f"a pack holds one district; {roots[0].props.code} is one already"
        )
    if not roots:
        pack.problem(AREAS, "-", "kind", f"no area of kind district; it carries the code {district.code}")
    elif roots[0].props.code != district.code:
        pack.problem(AREAS, roots[0].where, "code", f"district.yaml calls the district {district.code}")
    return areas


def _tree(pack: Pack, data: DistrictData, areas: dict[str, AreaData], district: DistrictFile) -> None:
    for area in data.areas:
        props = area.props
        parent = areas.get(props.parent) if props.parent else None
        if props.parent and parent is None:
            pack.problem(AREAS, area.where, "parent", f"there is no area {props.parent}")
        elif parent is not None:
            wrong = kinds.wrong_parent(props.kind, parent.props.kind)
            if wrong:
                pack.problem(AREAS, area.where, "parent", wrong)
        for code in props.grids:
            if code not in areas:
                pack.problem(AREAS, area.where, "grids", f"there is no area {code}")
            elif areas[code].props.kind not in kinds.GRIDS:
                pack.problem(AREAS, area.where, "grids", f"{code} is a {areas[code].props.kind}, not a grid")
        area.path = _path(area, areas)
        if len(area.path) > 255:
            pack.problem(
                AREAS,
                area.where,
                "code",
                "the path from the district down to here is longer than 255 characters",
            )


def _path(area: AreaData, areas: dict[str, AreaData]) -> str:
    codes: list[str] = []
    at: AreaData | None = area
    while at is not None and at.props.code not in codes:
        codes.append(at.props.code)
        at = areas.get(at.props.parent) if at.props.parent else None
    return "/" + "".join(f"{code}/" for code in reversed(codes))


def _area_shapes(
    pack: Pack,
    data: DistrictData,
    areas: dict[str, AreaData],
    frame: shapes.Frame,
    box: shapes.Box,
    tolerance: float,
) -> dict[str, Any]:
    """Shapes in metres by area code, checked against parents and siblings."""
    plans: dict[str, Any] = {}
    for area in data.areas:
        if area.geometry is None:
            continue
        try:
            shape = shapes.polygon(area.geometry, box)
        except shapes.BadShape as error:
            pack.problem(AREAS, area.where, "geometry", str(error))
            continue
        if areas[area.props.code] is area:
            plans[area.props.code] = frame.plan(shape)
    siblings: dict[tuple[str | None, str], list[AreaData]] = defaultdict(list)
    for code, plan in plans.items():
        area = areas[code]
        up = areas.get(area.props.parent or "")
        if up is not None and up.props.code in plans:
            out = shapes.sticks_out(plan, plans[up.props.code], tolerance)
            if out > 0:
                reason = (
                    f"reaches outside its parent {up.props.code} by {out:.0f} m2 (tolerance {tolerance:g} m)"
                )
                pack.problem(AREAS, area.where, "geometry", reason)
        if area.props.kind in kinds.GRIDS and area.props.valid_to is None:
            siblings[area.props.parent, area.props.kind].append(area)
    for group in siblings.values():
        for i, j, common in shapes.overlaps([plans[a.props.code] for a in group], tolerance):
            reason = (
                f"overlaps its neighbour {group[i].props.code} by {common:.0f} m2 (tolerance {tolerance:g} m)"
            )
            pack.problem(AREAS, group[j].where, "geometry", reason)
    return plans


def _buildings(
    pack: Pack, data: DistrictData, areas: dict[str, AreaData], plans: dict[str, Any],
    frame: shapes.Frame, box: shapes.Box, tolerance: float,
) -> None:  # fmt: skip
    seen: dict[str, str] = {}
    for building in data.buildings:
        props, where = building.props, building.where
        if props.code in seen:
            pack.problem(BUILDINGS, where, "code", f"{props.code} is taken by {seen[props.code]}")
        seen.setdefault(props.code, where)
        if props.area not in areas:
            pack.problem(BUILDINGS, where, "area", f"there is no area {props.area}")
        if building.geometry is None:
            pack.problem(BUILDINGS, where, "geometry", "a building needs a Polygon or MultiPolygon")
            continue
        try:
            shape = frame.plan(shapes.polygon(building.geometry, box))
        except shapes.BadShape as error:
            pack.problem(BUILDINGS, where, "geometry", str(error))
            continue
        # Real buildings straddle drawn lines: one lies in an area when its middle does.
        home = plans.get(props.area)
        if home is not None and home.distance(shape.representative_point()) > tolerance:
            pack.problem(BUILDINGS, where, "area", f"the building stands outside {props.area}")


def _assets(
    pack: Pack, data: DistrictData, areas: dict[str, AreaData], plans: dict[str, Any],
    frame: shapes.Frame, box: shapes.Box, tolerance: float,
) -> None:  # fmt: skip
    assets: dict[str, AssetData] = {}
    for asset in data.assets:
        row = asset.row
        where = f"{asset.where} ({row.code})"
        if row.code in assets:
            first = assets[row.code]
            pack.problem(asset.file, where, "code", f"{row.code} is taken by {first.file} {first.where}")
        assets.setdefault(row.code, asset)
        if row.kind not in kinds.ASSET_KINDS:
            known = ", ".join(kinds.ASSET_KINDS)
            pack.problem(asset.file, where, "kind", f"unknown kind {row.kind[:40]!r}; known: {known}")
        if row.kind == "camera":
            _camera(pack, asset, where)
        if not box.holds(row.lon, row.lat):
            swapped = "; are lon and lat swapped?" if box.holds(row.lat, row.lon) else ""
            pack.problem(
                asset.file,
                where,
                "lon",
                f"{row.lon}, {row.lat} lies outside the district's bbox {box}{swapped}",
            )
        elif row.area not in areas:
            pack.problem(asset.file, where, "area", f"there is no area {row.area}")
        else:
            home = plans.get(row.area)
            if home is not None and home.distance(frame.point(row.lon, row.lat)) > tolerance:
                pack.problem(asset.file, where, "area", f"{row.lon}, {row.lat} lies outside {row.area}")
    for asset in data.assets:
        if asset.row.upstream and asset.row.upstream not in assets:
            pack.problem(
                asset.file,
                f"{asset.where} ({asset.row.code})",
                "upstream",
                f"there is no asset {asset.row.upstream}",
            )
    _loops(pack, assets)


def _camera(pack: Pack, asset: AssetData, where: str) -> None:
    try:
        camera = CameraAttrs.model_validate(asset.row.attrs)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            pack.problem(
                asset.file,
                where,
                "attrs." + ".".join(map(str, item["loc"])),
                f"a camera needs this: {item['msg']}",
            )
        # A forbidden place is said even when other things are missing.
        place = kinds.forbidden_place(str(asset.row.attrs.get("place", "")))
        if place:
            pack.problem(asset.file, where, "attrs.place", place)
        return
    for field, reason in kinds.camera_refused(
        place=camera.place, legal_basis=camera.legal_basis, retention_days=camera.retention_days
    ):
        pack.problem(asset.file, where, field, reason)


def _loops(pack: Pack, assets: dict[str, AssetData]) -> None:
    fine: set[str] = set()
    for code in assets:
        trail: list[str] = []
        at: str | None = code
        while at and at in assets and at not in fine:
            if at in trail:
                asset = assets[at]
                chain = " <- ".join([*trail[trail.index(at) :], at])
                pack.problem(
                    asset.file, f"{asset.where} ({at})", "upstream", f"depends on itself: {chain[:200]}"
                )
                break
            trail.append(at)
            at = assets[at].row.upstream
        fine.update(trail)


def _elements(pack: Pack, data: DistrictData, areas: dict[str, AreaData]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for row, where in data.elements:
        if row.area not in areas:
            pack.problem("elements.csv", where, "area", f"there is no area {row.area}")
        key = (row.area, row.code)
        if key in seen:
            pack.problem("elements.csv", where, "code", f"{row.code} of {row.area} is already on {seen[key]}")
        seen.setdefault(key, where)
