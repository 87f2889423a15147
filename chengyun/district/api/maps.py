"""The files that the map draws: areas, buildings, assets, the base map, and the floors of one building.

Each carries an ETag made of the registry's state, the viewer's scope and the question, so that a browser that has it asks
again for next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query

from chengyun.district import queries
from chengyun.district.api.door import kinds_of, router
from chengyun.district.api.geojson import (
    AreaCollection,
    AssetCollection,
    BaseCollection,
    BuildingCollection,
    FloorsOut,
)
from chengyun.district.queries.maps import Detail
from chengyun.kernel import registry, scope
from chengyun.kernel.http import kept_by_browser

# Raise it when the form of these answers changes: browsers then forget the copies they have.
FORM = 1


@router.get("/areas.geojson", response=AreaCollection, summary="Areas as one GeoJSON FeatureCollection")
def areas_geojson(
    request: HttpRequest,
    kind: list[str] = Query(default=[]),  # noqa: B008
    within: str | None = None,
    detail: Detail = "full",
) -> HttpResponse:
    """`kind` may be repeated or hold several after commas. `detail=map` leaves out corners that nobody sees."""
    kinds = kinds_of(kind)
    return _map_file(
        request,
        ["areas", sorted(kinds or []), within, detail, queries.today().isoformat()],
        lambda: queries.narrowed(request.user, queries.drawn_areas(detail), kinds, within),
    )


@router.get(
    "/buildings.geojson", response=BuildingCollection, summary="Buildings as one GeoJSON FeatureCollection"
)
def buildings_geojson(
    request: HttpRequest, kind: str | None = None, within: str | None = None
) -> HttpResponse:
    chosen = [kind] if kind else None
    return _map_file(
        request,
        ["buildings", kind, within],
        lambda: queries.narrowed(request.user, queries.drawn_buildings(), chosen, within),
    )


@router.get("/assets.geojson", response=AssetCollection, summary="Assets as one GeoJSON FeatureCollection")
def assets_geojson(
    request: HttpRequest,
    kind: list[str] = Query(default=[]),  # noqa: B008
    within: str | None = None,
) -> HttpResponse:
    """`kind` may be repeated or hold several after commas; an unknown kind has no assets."""
    kinds = [one for text in kind for one in text.split(",") if one] or None
    return _map_file(
        request,
        ["assets", sorted(kinds or []), within],
        lambda: queries.narrowed(request.user, queries.drawn_assets(), kinds, within),
    )


@router.get(
    "/base.geojson",
    response=BaseCollection,
    summary="The base map: roads, water, green and plain houses, for everybody who is logged in",
)
def base_geojson(request: HttpRequest) -> HttpResponse:
    """Nothing of it is governed and nothing of it is about anybody: it is not narrowed to a scope."""
    return _map_file(request, ["base"], queries.base_map)


@router.get(
    "/buildings/{code}/floors", response=FloorsOut, summary="The floors of a building, from the ground up"
)
def building_floors(request: HttpRequest, code: str) -> dict[str, Any]:
    row = queries.visible_building(request.user, code)
    found = [
        {"number": n, "base_m": base, "height_m": height, "use": None, "tenant": None}
        for n, (base, height) in enumerate(queries.floors(row), 1)
    ]
    names = {"code": row.code, "name_zh": row.name_zh, "name_en": row.name_en}
    return names | {"height_m": row.height_m, "even": True, "floors": found}


def _map_file(request: HttpRequest, asked: list[Any], build: Callable[[], bytes]) -> HttpResponse:
    with registry.steady():
        # The state is read before the rows: a copy may be newer than its tag says, never older.
        state = registry.state("district")
        tag = None if state is None else [FORM, state, scope.of(request.user).paths, asked]
        return kept_by_browser(request, tag, build)
