"""HTTP: areas, buildings, assets and what the grids govern, as pages or GeoJSON, each narrowed to the caller's scope."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from chengyun.district import actions, queries
from chengyun.district.logic import kinds
from chengyun.district.models import Area, Assessment, Asset, Building
from chengyun.kernel import clock
from chengyun.kernel.errors import Invalid
from chengyun.kernel.http import actor_of, command, page
from chengyun.kernel.i18n import T

router = Router(tags=["district"])


class DistrictOut(Schema):
    code: str
    name_zh: str
    name_en: str
    timezone: str
    crs: str
    centre: tuple[float, float]
    bbox: list[float]
    schematic: bool
    attribution: str
    note_zh: str
    note_en: str
    pack_hash: str


class AreaOut(Schema):
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent: str | None
    path: str
    level: int
    valid_from: date
    valid_to: date | None
    attrs: dict[str, Any]


class SurroundingOut(Schema):
    """An area by name: it is there, and nothing more is said of it."""

    code: str
    name_zh: str
    name_en: str
    kind: str


class BuildingOut(Schema):
    code: str
    name_zh: str
    name_en: str
    kind: str
    area: str
    floors: int | None
    height_m: float | None
    gross_area_m2: int | None
    attrs: dict[str, Any]


class AssetOut(Schema):
    code: str
    kind: str
    name_zh: str
    name_en: str
    area: str
    lon: float
    lat: float
    upstream: str | None
    in_service: bool
    attrs: dict[str, Any]


class ElementOut(Schema):
    area: str
    code: str
    name_zh: str
    name_en: str
    quantity: int
    unit: str
    department: str
    status: str


class AreaPage(Schema):
    items: list[AreaOut]
    next: str | None


class BuildingPage(Schema):
    items: list[BuildingOut]
    next: str | None


class AssetPage(Schema):
    items: list[AssetOut]
    next: str | None


class AssessmentIn(Schema):
    """`sha256` is that of the signed document, `signed_by` the code of a post; `valid_to` the first day it does not hold."""

    code: str
    topic: str
    title: str
    document: str
    sha256: str
    signed_by: str
    valid_from: date
    valid_to: date


class AssessmentOut(AssessmentIn):
    revoked_at: datetime | None
    revoked_reason: str
    in_force: bool


class AssessmentPage(Schema):
    items: list[AssessmentOut]
    next: str | None


class SwitchOut(Schema):
    """`code` and `valid_to` of the record that switches the topic on."""

    topic: str
    label: str
    on: bool
    code: str | None
    valid_to: date | None


class RevokeIn(Schema):
    reason: str


class ServiceIn(Schema):
    in_service: bool
    reason: str


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
        "note_zh",
        "note_en",
    )
    return {n: getattr(row, n) for n in (*names, "pack_hash")} | {"centre": (row.lon, row.lat)}


@router.get("/areas", response=AreaPage, summary="Areas, without their geometry, in the order of their codes")
def areas(
    request: HttpRequest, kind: list[str] = Query(default=[]), within: str | None = None,  # noqa: B008
    cursor: str | None = None, limit: int = 100,
) -> dict[str, Any]:  # fmt: skip
    found = queries.areas(request.user, kinds=_kinds(kind), top=within).select_related("parent")
    rows, after = page(found, cursor, limit, key="code")
    return {"items": [_area(row) for row in rows], "next": after}


@router.get("/areas.geojson", summary="Areas as one GeoJSON FeatureCollection")
def areas_geojson(
    request: HttpRequest, kind: list[str] = Query(default=[]), within: str | None = None,  # noqa: B008
) -> dict[str, Any]:  # fmt: skip
    found = queries.areas(request.user, kinds=_kinds(kind), top=within).order_by("level", "path")
    return queries.collection(queries.area_feature(row) for row in found)


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


@router.get("/buildings.geojson", summary="Buildings as one GeoJSON FeatureCollection")
def buildings_geojson(
    request: HttpRequest, kind: str | None = None, within: str | None = None
) -> dict[str, Any]:
    found = queries.buildings(request.user, kind=kind, top=within).order_by("code")
    return queries.collection(queries.building_feature(row) for row in found)


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


@router.get("/assets.geojson", summary="Assets as one GeoJSON FeatureCollection")
def assets_geojson(
    request: HttpRequest, kind: str | None = None, within: str | None = None
) -> dict[str, Any]:
    found = queries.assets(request.user, kind=kind, top=within).order_by("code")
    return queries.collection(queries.asset_feature(row) for row in found)


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


@router.get(
    "/switches",
    response=list[SwitchOut],
    summary="What an impact assessment switches on, and whether it is on",
)
def switches(request: HttpRequest) -> list[dict[str, Any]]:
    return queries.switches()


@router.get("/assessments", response=AssessmentPage, summary="Records of impact assessments, newest first")
def assessments(request: HttpRequest, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
    rows, after = page(queries.assessments(request.user), cursor, limit)
    return {"items": [_assessment(row) for row in rows], "next": after}


@router.post("/assessments", response=AssessmentOut, summary="Record an impact assessment that was signed")
@command
def record_assessment(request: HttpRequest, body: AssessmentIn) -> dict[str, Any]:
    return _assessment(actions.record_assessment(actor=actor_of(request), **body.model_dump()))


@router.post(
    "/assessments/{code}/revoke", response=AssessmentOut, summary="Revoke a record; cannot be undone"
)
@command
def revoke_assessment(request: HttpRequest, code: str, body: RevokeIn) -> dict[str, Any]:
    return _assessment(actions.revoke_assessment(actor=actor_of(request), code=code, reason=body.reason))


def _kinds(given: list[str]) -> list[str] | None:
    for kind in given:
        if kind not in kinds.AREA_KINDS:
            known = ", ".join(kinds.AREA_KINDS)
            raise Invalid(
                "unknown_kind", T(f"没有类别 {kind}", f"There is no kind {kind}"), field="kind", hint=known
            )
    return given or None


def _area(row: Area) -> dict[str, Any]:
    names = ("code", "name_zh", "name_en", "kind", "path", "level", "valid_from", "valid_to", "attrs")
    return {n: getattr(row, n) for n in names} | {"parent": row.parent.code if row.parent else None}


def _assessment(row: Assessment) -> dict[str, Any]:
    names = (*AssessmentIn.model_fields, "revoked_at", "revoked_reason")
    return {n: getattr(row, n) for n in names} | {"in_force": queries.holds_at(row, clock.now())}


def _building(row: Building) -> dict[str, Any]:
    feature = queries.building_feature(row)
    found: dict[str, Any] = feature["properties"]
    return found


def _asset(row: Asset) -> dict[str, Any]:
    feature = queries.asset_feature(row)
    found: dict[str, Any] = feature["properties"] | {"lon": row.lon, "lat": row.lat}
    return found
