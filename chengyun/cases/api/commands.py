"""What is done to cases: reported, moved, joined, given evidence. Commands take an Idempotency-Key."""

from typing import Any

from django.http import FileResponse, HttpRequest

from chengyun.cases import actions, queries
from chengyun.cases.actions.reporting import possible_duplicates
from chengyun.cases.api.door import router, seen, state_of, visible
from chengyun.cases.shapes import CaseStateOut, EvidenceAdded, MoveIn, ReportedOut, ReportIn
from chengyun.district import queries as district
from chengyun.district.logic.distance import middle
from chengyun.district.models import Area, Asset, Building
from chengyun.kernel.errors import Invalid
from chengyun.kernel.http import actor_of, command
from chengyun.kernel.i18n import T


@router.post("", response=ReportedOut)
@command
def report_case(request: HttpRequest, body: ReportIn) -> Any:
    """Report a case. Of a point the smallest grid that holds it is taken; an asset or a building brings its own."""
    area, lon, lat = _place(request, body)
    given = body.model_dump(exclude={"area", "asset", "building", "lon", "lat"})
    case = actions.report(actor=actor_of(request), area=area, lon=lon, lat=lat, **given)
    joined = case.reports > 1
    return state_of(request, case.pk) | {
        "joined": joined,
        "possible_duplicates": [] if joined else visible(request, possible_duplicates(case)),
    }


def _place(request: HttpRequest, body: ReportIn) -> tuple[Area | str, float | None, float | None]:
    """(area, lon, lat) of a report: what is said exactly goes before what follows from something else."""
    lon, lat = body.lon, body.lat
    if body.area is not None:
        return body.area, lon, lat
    if body.asset is not None:
        thing = Asset.objects.visible_to(request.user).select_related("area").filter(code=body.asset).first()
        if thing is None:
            raise _no_such("asset", body.asset)
        return thing.area, thing.lon if lon is None else lon, thing.lat if lat is None else lat
    if body.building is not None:
        house = (
            Building.objects.visible_to(request.user)
            .select_related("area")
            .filter(code=body.building)
            .first()
        )
        if house is None:
            raise _no_such("building", body.building)
        if lon is None or lat is None:
            lon, lat = middle(house.geometry)
        return house.area, lon, lat
    if lon is None or lat is None:
        raise Invalid(
            "place_needed",
            T("请提供位置", "Say where: area, asset, building, or lon and lat"),
            field="area",
        )
    place = district.locate(lon, lat)
    if place is None:
        raise Invalid(
            "outside",
            T("位置不在辖区内", "That point lies outside the district"),
            field="lon",
            hint=T("请核对坐标（WGS-84）。", "Check the coordinates (WGS-84)."),
        )
    return place, lon, lat


def _no_such(what: str, code: str) -> Invalid:
    return Invalid(
        f"no_{what}",
        T(f"没有 {code}，或不在您的范围内", f"There is no {what} {code}, or not within your areas"),
        field=what,
    )


@router.post("/{int:case_id}/move", response=CaseStateOut)
@command
def move_case(request: HttpRequest, case_id: int, body: MoveIn) -> Any:
    """Do a verb of the case's workflow."""
    seen(request, case_id)
    args = body.model_dump(exclude={"verb"}, exclude_none=True)
    actions.move(actor=actor_of(request), case_id=case_id, verb=body.verb, **args)
    return state_of(request, case_id)


@router.post("/{int:case_id}/join", response=CaseStateOut)
@command
def join_case(request: HttpRequest, case_id: int, body: ReportIn) -> Any:
    """Reported again: counted and linked, no new case. Of the body only description, reporter and alert_ids matter."""
    seen(request, case_id)
    reporter = body.reporter.model_dump() if body.reporter else None
    actions.join(
        actor=actor_of(request),
        case_id=case_id,
        source=body.source,
        description=body.description,
        reporter=reporter,
        alert_ids=body.alert_ids,
    )
    return state_of(request, case_id)


@router.post("/{int:case_id}/evidence", response=EvidenceAdded)
@command
def add_evidence(request: HttpRequest, case_id: int, kind: str, origin: str | None = None) -> Any:
    """Add a file as the raw body of the request; what it is is found from its content. `origin`: staff, citizen, drone."""
    seen(request, case_id)
    row = actions.add_evidence(
        actor=actor_of(request), case_id=case_id, kind=kind, content=request.body, origin=origin
    )
    return {
        "ref": row.ref,
        "kind": row.kind,
        "media_type": row.media_type,
        "origin": row.origin,
        "size": row.size,
        "sha256": row.sha256,
    }


@router.get("/evidence/{ref}")
def get_evidence_file(request: HttpRequest, ref: str) -> Any:
    """A file of a case the reader may see."""
    row, path = queries.evidence_file(request.user, ref)
    actor_of(request).require("case.read", row.case.area.path)
    response = FileResponse(
        path.open("rb"), content_type=row.media_type, as_attachment=True, filename=row.ref
    )
    response["Cache-Control"] = "private, no-store"
    return response
