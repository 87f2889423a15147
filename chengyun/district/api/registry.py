"""Areas, buildings, assets and what the grids govern, as pages and details, each narrowed to the caller's scope."""

from typing import Any

from django.http import HttpRequest
from ninja import Query

from chengyun.district import actions, queries
from chengyun.district.api.door import kinds_of, router
from chengyun.district.api.shapes import (
    AreaOut,
    AreaPage,
    AssetOut,
    AssetPage,
    BuildingPage,
    DistrictOut,
    ElementOut,
    ServiceIn,
    SurroundingOut,
)
from chengyun.district.logic import kinds
from chengyun.district.models import Area, Asset, Building
from chengyun.kernel.http import actor_of, command, page


@router.get("/", response=DistrictOut, summary="The district of this installation")
def district(request: HttpRequest) -> dict[str, Any]:
    row = queries.settings()
    names = (
        "code",
        "name_zh",
        "name_en",
        "timezone",
        "crs",
        "bbox",
        "schematic",
        "attribution",
        "map_approval",
        "note_zh",
        "note_en",
    )
    return {n: getattr(row, n) for n in (*names, "pack_hash")} | {"centre": (row.lon, row.lat)}


@router.get("/areas", response=AreaPage, summary="Areas, without their geometry, in the order of their codes")
def areas(
    request: HttpRequest, kind: list[str] = Query(default=[]), within: str | None = None,  # noqa: B008
    cursor: str | None = None, limit: int = 100,
) -> dict[str, Any]:  # fmt: skip
    found = queries.areas(request.user, kinds=kinds_of(kind), top=within).select_related("parent")
    rows, after = page(found, cursor, limit, key="code")
    return {"items": [_area(row) for row in rows], "next": after}


@router.get(
    "/surroundings",
    response=list[SurroundingOut],
    summary="What one's own areas lie in: areas above and rings, scenes and beats over them, by name alone",
)
def surroundings(request: HttpRequest) -> list[dict[str, Any]]:
    names = ("code", "name_zh", "name_en", "kind")
    return list(queries.surroundings(request.user).values(*names))


@router.get("/areas/{code}", response=AreaOut)
def one_area(request: HttpRequest, code: str) -> dict[str, Any]:
    return _area(queries.visible_area(request.user, code))


@router.get(
    "/areas/{code}/elements", response=list[ElementOut], summary="What a grid governs (治理要素一览表)"
)
def elements(request: HttpRequest, code: str) -> list[dict[str, Any]]:
    names = ("code", "name_zh", "name_en", "quantity", "unit", "department", "status")
    return [
        {n: getattr(e, n) for n in names} | {"area": e.area.code}
        for e in queries.elements(request.user, code)
    ]


@router.get("/buildings", response=BuildingPage)
def buildings(
    request: HttpRequest,
    kind: str | None = None,
    within: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    rows, after = page(queries.buildings(request.user, kind=kind, top=within), cursor, limit, key="code")
    return {"items": [_building(row) for row in rows], "next": after}


@router.get("/assets", response=AssetPage)
def assets(
    request: HttpRequest,
    kind: str | None = None,
    within: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    rows, after = page(queries.assets(request.user, kind=kind, top=within), cursor, limit, key="code")
    return {"items": [_asset(row) for row in rows], "next": after}


@router.get("/assets/{code}", response=AssetOut)
def one_asset(request: HttpRequest, code: str) -> dict[str, Any]:
    return _asset(queries.visible_asset(request.user, code))


@router.post(
    "/assets/{code}/service", response=AssetOut, summary="Take an asset out of service or put it back"
)
@command
def service(request: HttpRequest, code: str, body: ServiceIn) -> dict[str, Any]:
    queries.visible_asset(request.user, code)
    row = actions.set_in_service(
        actor=actor_of(request), code=code, in_service=body.in_service, reason=body.reason
    )
    return _asset(row)


@router.get(
    "/locate", response=list[AreaOut], summary="The smallest grid that holds a point, and its overlays"
)
def locate(request: HttpRequest, lon: float, lat: float) -> list[dict[str, Any]]:
    found = queries.locate(lon, lat, kinds.GRIDS)
    places = [found, *queries.overlays_of(found)] if found else []
    seen = (
        {a.code: a for a in queries.areas(request.user) if a.code in {p.code for p in places}}
        if places
        else {}
    )
    return [_area(seen[p.code]) for p in places if p.code in seen]


def _area(row: Area) -> dict[str, Any]:
    names = ("code", "name_zh", "name_en", "kind", "path", "level", "valid_from", "valid_to", "attrs")
    return {n: getattr(row, n) for n in names} | {"parent": row.parent.code if row.parent else None}


def _building(row: Building) -> dict[str, Any]:
    feature = queries.building_feature(row)
    found: dict[str, Any] = feature["properties"]
    return found


def _asset(row: Asset) -> dict[str, Any]:
    feature = queries.asset_feature(row)
    found: dict[str, Any] = feature["properties"] | {"lon": row.lon, "lat": row.lat}
    return found
