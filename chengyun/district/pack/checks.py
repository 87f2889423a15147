"""What only the whole pack can get wrong: codes twice, parents that are missing, shapes in the wrong place."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pydantic import ValidationError

from chengyun.district.logic import kinds, shapes
from chengyun.district.pack.data import AreaData, AssetData, DistrictData
from chengyun.district.pack.rows import CameraAttrs, DistrictFile
from chengyun.kernel.packs import Pack

AREAS, BUILDINGS, ELEMENTS = "areas.geojson", "buildings.geojson", "elements.csv"


def check(pack: Pack, data: DistrictData, district: DistrictFile) -> None:
    """Put every problem on the pack; fill in the areas' paths."""
    checks = _Checks(pack, data, district)
    checks.codes()
    checks.tree()
    checks.area_shapes()
    checks.overlays()
    checks.buildings()
    checks.assets()
    checks.upstream()
    checks.elements()


class _Checks:
    """One pass over a pack. `home` holds each area by code, `plans` its shape in metres."""

    def __init__(self, pack: Pack, data: DistrictData, district: DistrictFile) -> None:
        self.pack, self.data, self.district = pack, data, district
        self.frame, self.box = shapes.Frame(*district.centre), shapes.Box(*district.bbox)
        self.tolerance = district.tolerance_m
        self.home: dict[str, AreaData] = {}
        self.plans: dict[str, Any] = {}

    def codes(self) -> None:
        for area in self.data.areas:
            first = self.home.setdefault(area.props.code, area)
            if first is not area:
                self.pack.problem(AREAS, area.where, "code", f"{area.props.code} is taken by {first.where}")
        roots = [a for a in self.home.values() if a.props.kind == kinds.DISTRICT]
        for extra in roots[1:]:
            reason = f"a pack holds one district; {roots[0].props.code} is one already"
            self.pack.problem(AREAS, extra.where, "kind", reason)
        code = self.district.code
        if not roots and self.data.areas_whole:
            self.pack.problem(AREAS, "-", "kind", f"no area of kind district; it carries the code {code}")
        if roots and roots[0].props.code != code:
            self.pack.problem(AREAS, roots[0].where, "code", f"district.yaml calls the district {code}")

    def area_is_there(self, file: str, where: str, field: str, code: str) -> bool:
        # A feature that could not be read has its own problem; to call it missing as well would mislead.
        if code not in self.home and self.data.areas_whole:
            self.pack.problem(file, where, field, f"there is no area {code}")
        return code in self.home

    def tree(self) -> None:
        for area in self.data.areas:
            props = area.props
            if props.parent and self.area_is_there(AREAS, area.where, "parent", props.parent):
                wrong = kinds.wrong_parent(props.kind, self.home[props.parent].props.kind)
                if wrong:
                    self.pack.problem(AREAS, area.where, "parent", wrong)
            for code in props.grids:
                if not self.area_is_there(AREAS, area.where, "grids", code):
                    continue
                kind = self.home[code].props.kind
                if kind not in kinds.GRIDS:
                    self.pack.problem(AREAS, area.where, "grids", f"{code} is a {kind}, not a grid")
            area.path = self.path(area)
            if len(area.path) > 255:
                self.pack.problem(
                    AREAS, area.where, "code", f"the path {area.path[:60]}... is longer than 255 characters"
                )

    def path(self, area: AreaData) -> str:
        codes: list[str] = []
        at: AreaData | None = area
        while at is not None and at.props.code not in codes:
            codes.append(at.props.code)
            at = self.home.get(at.props.parent) if at.props.parent else None
        return "/" + "".join(f"{code}/" for code in reversed(codes))

    def shape(self, file: str, where: str, geometry: dict[str, Any]) -> Any:
        """The shape in metres, or None and a problem."""
        try:
            return self.frame.plan(shapes.polygon(geometry, self.box))
        except shapes.BadShape as error:
            self.pack.problem(file, where, "geometry", str(error))
            return None

    def area_shapes(self) -> None:
        for area in self.data.areas:
            shape = self.shape(AREAS, area.where, area.geometry) if area.geometry is not None else None
            if shape is not None and self.home[area.props.code] is area:
                self.plans[area.props.code] = shape
        siblings: dict[tuple[str | None, str], list[AreaData]] = defaultdict(list)
        within = f"(tolerance {self.tolerance:g} m)"
        for code, plan in self.plans.items():
            area = self.home[code]
            up = self.plans.get(area.props.parent or "")
            out = shapes.sticks_out(plan, up, self.tolerance) if up is not None else 0
            if out > 0:
                reason = f"reaches outside its parent {area.props.parent} by {out:.0f} m2 {within}"
                self.pack.problem(AREAS, area.where, "geometry", reason)
            if area.props.kind in kinds.GRIDS and area.props.valid_to is None:
                siblings[area.props.parent, area.props.kind].append(area)
        for group in siblings.values():
            for i, j, common in shapes.overlaps([self.plans[a.props.code] for a in group], self.tolerance):
                reason = f"overlaps its neighbour {group[i].props.code} by {common:.0f} m2 {within}"
                self.pack.problem(AREAS, group[j].where, "geometry", reason)

    def overlays(self) -> None:
        """Totals over an overlay are totals over its grids: one that lies mostly elsewhere would make them wrong."""
        for code, shape in self.plans.items():
            area = self.home[code]
            for grid in area.props.grids:
                share = shapes.share_inside(self.plans[grid], shape) if grid in self.plans else 1.0
                if share < 0.5:
                    reason = f"{grid} lies mostly outside ({share:.0%} inside); name finer grids"
                    self.pack.problem(AREAS, area.where, "grids", reason)

    def far_from(self, code: str, shape: Any) -> bool:
        """Whether something lies outside an area; False where the area has no shape to tell by."""
        home = self.plans.get(code)
        return home is not None and bool(home.distance(shape) > self.tolerance)

    def buildings(self) -> None:
        seen: dict[str, str] = {}
        for building in self.data.buildings:
            props, where = building.props, building.where
            if props.code in seen:
                self.pack.problem(BUILDINGS, where, "code", f"{props.code} is taken by {seen[props.code]}")
            seen.setdefault(props.code, where)
            self.area_is_there(BUILDINGS, where, "area", props.area)
            if building.geometry is None:
                self.pack.problem(BUILDINGS, where, "geometry", "a building needs a Polygon or MultiPolygon")
                continue
            shape = self.shape(BUILDINGS, where, building.geometry)
            # Real buildings straddle drawn lines: one lies in an area when its middle does.
            if shape is not None and self.far_from(props.area, shape.representative_point()):
                self.pack.problem(BUILDINGS, where, "area", f"the building stands outside {props.area}")

    def assets(self) -> None:
        seen: dict[str, AssetData] = {}
        for asset in self.data.assets:
            row, where = asset.row, asset.name
            first = seen.setdefault(row.code, asset)
            if first is not asset:
                self.pack.problem(
                    asset.file, where, "code", f"{row.code} is taken by {first.file} {first.where}"
                )
            if row.kind not in kinds.ASSET_KINDS:
                reason = f"unknown kind {row.kind[:40]!r}; known: {', '.join(kinds.ASSET_KINDS)}"
                self.pack.problem(asset.file, where, "kind", reason)
            if row.kind == "camera":
                self.camera(asset)
            if not self.box.holds(row.lon, row.lat):
                swapped = "; are lon and lat swapped?" if self.box.holds(row.lat, row.lon) else ""
                reason = f"{row.lon}, {row.lat} lies outside the district's bbox {self.box}{swapped}"
                self.pack.problem(asset.file, where, "lon", reason)
            elif self.area_is_there(asset.file, where, "area", row.area):
                if self.far_from(row.area, self.frame.point(row.lon, row.lat)):
                    self.pack.problem(
                        asset.file, where, "area", f"{row.lon}, {row.lat} lies outside {row.area}"
                    )

    def camera(self, asset: AssetData) -> None:
        try:
            camera = CameraAttrs.model_validate(asset.row.attrs)
        except ValidationError as error:
            for item in error.errors(include_url=False, include_context=False):
                field = "attrs." + ".".join(map(str, item["loc"]))
                self.pack.problem(asset.file, asset.name, field, f"a camera needs this: {item['msg']}")
            # A forbidden place is said even when other things are missing.
            place = kinds.forbidden_place(str(asset.row.attrs.get("place", "")))
            if place:
                self.pack.problem(asset.file, asset.name, "attrs.place", place)
            return
        for field, reason in kinds.camera_refused(
            place=camera.place, legal_basis=camera.legal_basis, retention_days=camera.retention_days
        ):
            self.pack.problem(asset.file, asset.name, field, reason)

    def upstream(self) -> None:
        assets = {a.row.code: a for a in self.data.assets}
        fine: set[str] = set()
        for code, asset in assets.items():
            up = asset.row.upstream
            if up and up not in assets and self.data.assets_whole:
                self.pack.problem(asset.file, asset.name, "upstream", f"there is no asset {up}")
            trail: list[str] = []
            at: str | None = code
            while at and at in assets and at not in fine:
                if at in trail:
                    chain = " <- ".join([*trail[trail.index(at) :], at])
                    self.pack.problem(
                        assets[at].file, assets[at].name, "upstream", f"depends on itself: {chain[:200]}"
                    )
                    break
                trail.append(at)
                at = assets[at].row.upstream
            fine.update(trail)

    def elements(self) -> None:
        seen: dict[tuple[str, str], str] = {}
        for row, where in self.data.elements:
            self.area_is_there(ELEMENTS, where, "area", row.area)
            key = (row.area, row.code)
            if key in seen:
                self.pack.problem(
                    ELEMENTS, where, "code", f"{row.code} of {row.area} is already on {seen[key]}"
                )
            seen.setdefault(key, where)
