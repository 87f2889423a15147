"""What a viewer gets to see of areas, buildings and assets: what lies outside their scope is not there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from chengyun.district.models import Area, Asset, Building, GovernedElement, OverlayGrid
from chengyun.district.queries.places import living
from chengyun.kernel import scope
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T


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


def surroundings(user: Any) -> QuerySet[Area]:
    """What a viewer's own areas lie in: those above them, and the rings, scenes and beats that touch them, top down.

    Context, to be told by name alone. None of it becomes visible by that: every other query stays within the scope, and no
    filter takes one of these for its top.
    """
    paths = scope.of(user).paths
    above, over = Q(pk=None), Q(pk=None)
    for path in paths:
        steps = path.strip("/").split("/")
        own_and_above = ["/" + "/".join(steps[: n + 1]) + "/" for n in range(len(steps))]
        above |= Q(path__in=own_and_above)
        over |= Q(grid__path__in=own_and_above) | Q(grid__path__startswith=path)
    touching = OverlayGrid.objects.filter(over).values("overlay_id")
    found = Area.objects.filter(living()).filter(above | Q(pk__in=touching))
    return found.exclude(pk__in=Area.objects.visible_to(user).values("pk")).order_by("level", "path")


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


def visible_building(user: Any, code: str) -> Building:
    """A building the user may see. Raises `NotFound` also for one that is there but out of scope."""
    found = Building.objects.visible_to(user).filter(valid_to=None, code=code).first()
    if found is None:
        raise NotFound("no_building", T(f"没有楼宇 {code}", f"There is no building {code}"), field="code")
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
