"""HTTP: cases, their verbs, evidence, the catalogue, figures of departments. Commands take an Idempotency-Key."""

from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import Router

from chengyun.cases import actions, catalogues, queries
from chengyun.cases.actions.moving import allowed
from chengyun.cases.actions.reporting import possible_duplicates
from chengyun.cases.logic.catalogue import walk
from chengyun.cases.models import Case, Clock, Supervision
from chengyun.cases.shapes import (
    CasePage,
    DepartmentOut,
    MoveIn,
    ReasonIn,
    ReplyIn,
    ReportIn,
    ReviewIn,
    SuperviseIn,
)
from chengyun.district import queries as district
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.http import actor_of, command, page
from chengyun.kernel.i18n import T

router = Router(tags=["cases"])


def _seen(request: HttpRequest, case_id: int) -> Case:
    return queries.visible_case(request.user, case_id)


def _row(request: HttpRequest, case_id: int) -> dict[str, Any]:
    """The case as it now is; only its state where a verb has taken it out of the actor's own sight."""
    found = queries.cases(request.user).filter(pk=case_id).first()
    if found is None:
        state = Case.objects.values_list("state", flat=True).get(pk=case_id)
        return {"id": case_id, "state": state}
    return queries.summary(found)


@router.get("", response=CasePage)
def list_cases(
    request: HttpRequest,
    open: bool | None = None,
    state: str | None = None,
    kind: str | None = None,
    area: str | None = None,
    post: str | None = None,
    overdue: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Any:
    """Cases, newest first. `area` narrows to an area and below, `post` to what a post answers for."""
    rows = queries.cases(request.user)
    if open is not None:
        rows = rows.filter(is_open=open)
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    if area:
        rows = rows.filter(area__path__startswith=district.visible_area(request.user, area).path)
    if post:
        rows = rows.filter(accountable_post__code=post)
    if overdue is not None:
        broken = Clock.objects.exclude(breached_at=None).filter(exempt=False).values("case_id")
        rows = rows.filter(pk__in=broken) if overdue else rows.exclude(pk__in=broken)
    items, after = page(rows, cursor, limit)
    return {"items": [queries.summary(row) for row in items], "next": after}


@router.post("", response=dict)
@command
def report(request: HttpRequest, body: ReportIn) -> Any:
    """Report a case. Without `area` the smallest grid that holds the point is taken."""
    place: Any = body.area
    if place is None:
        if body.lon is None or body.lat is None:
            raise Invalid("place_needed", T("请提供位置", "Say where: area, or lon and lat"), field="area")
        place = district.locate(body.lon, body.lat)
        if place is None:
            raise Invalid(
                "outside",
                T("位置不在辖区内", "That point lies outside the district"),
                field="lon",
                hint=T("请核对坐标（WGS-84）。", "Check the coordinates (WGS-84)."),
            )
    given = body.model_dump(exclude={"area"})
    case = actions.report(actor=actor_of(request), area=place, **given)
    found = _row(request, case.pk)
    return found | {
        "possible_duplicates": [] if case.reports > 1 else _visible(request, possible_duplicates(case))
    }


def _visible(request: HttpRequest, ids: list[int]) -> list[int]:
    return list(queries.cases(request.user).filter(pk__in=ids).order_by("id").values_list("id", flat=True))


@router.get("/catalogue", response=list[dict])
def catalogue(request: HttpRequest) -> Any:
    """Kinds and conditions in force, in the reader's language."""
    version = catalogues.current()
    found = catalogues.catalogue(version.pk, version.digest)
    return [
        {
            "kind": kind.code,
            "name": str(T(*kind.name)),
            "condition": condition.code,
            "filing": str(T(*condition.filing)),
            "closing": str(T(*condition.closing)),
            "limit": [condition.limit.amount, condition.limit.unit],
            "urgent": kind.urgent,
            "evidence": list(condition.evidence),
        }
        for kind, condition in walk(found)
    ]


@router.get("/evaluation", response=list[DepartmentOut])
def evaluation(request: HttpRequest, since: datetime, until: datetime) -> Any:
    """Rates of departments, each with numerator and denominator. There are no figures of persons."""
    if since.tzinfo is None or until.tzinfo is None or since >= until:
        raise Invalid(
            "bad_period", T("时间段不正确", "since comes before until, both with an offset"), field="since"
        )
    return queries.departments(request.user, since, until)


@router.get("/evidence/{ref}")
def evidence_file(request: HttpRequest, ref: str) -> Any:
    """A file of a case the reader may see."""
    row, path = queries.evidence_file(request.user, ref)
    actor_of(request).require("case.read", row.case.area.path)
    response = FileResponse(
        path.open("rb"), content_type=row.media_type, as_attachment=True, filename=row.ref
    )
    response["Cache-Control"] = "private, no-store"
    return response


@router.get("/clocks/{clock_id}/why", response=dict)
def why_due(request: HttpRequest, clock_id: int) -> Any:
    """Why a deadline is what it is, stretch by stretch."""
    row = Clock.objects.filter(pk=clock_id, case_id__in=queries.cases(request.user).values("pk")).first()
    if row is None:
        raise NotFound("no_clock", T("没有该时钟", "There is no such clock"))
    return queries.why_due(row)


@router.get("/{int:case_id}", response=dict)
def detail(request: HttpRequest, case_id: int) -> Any:
    """All of a case, and every verb that leads on from here: open to this reader, or why not and what to do."""
    case = _seen(request, case_id)
    return queries.detail(case) | {
        "verbs": allowed(case, actor_of(request)),
        "held": queries.holder_times(case),
        "possible_duplicates": _visible(request, possible_duplicates(case)) if case.is_open else [],
    }


@router.post("/{int:case_id}/move", response=dict)
@command
def move(request: HttpRequest, case_id: int, body: MoveIn) -> Any:
    """Do a verb of the case's workflow."""
    _seen(request, case_id)
    args = body.model_dump(exclude={"verb"}, exclude_none=True)
    actions.move(actor=actor_of(request), case_id=case_id, verb=body.verb, **args)
    return _row(request, case_id)


@router.post("/{int:case_id}/join", response=dict)
@command
def join(request: HttpRequest, case_id: int, body: ReportIn) -> Any:
    """Reported again: counted and linked, no new case. Of the body only description, reporter and alert_ids matter."""
    _seen(request, case_id)
    reporter = body.reporter.model_dump() if body.reporter else None
    actions.join(
        actor=actor_of(request),
        case_id=case_id,
        source=body.source,
        description=body.description,
        reporter=reporter,
        alert_ids=body.alert_ids,
    )
    return _row(request, case_id)


@router.post("/{int:case_id}/evidence", response=dict)
@command
def add_evidence(request: HttpRequest, case_id: int, kind: str, origin: str | None = None) -> Any:
    """Add a file as the raw body of the request; what it is is found from its content. `origin`: staff, citizen, drone."""
    _seen(request, case_id)
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


@router.post("/{int:case_id}/remind", response=dict)
@command
def remind(request: HttpRequest, case_id: int, body: ReasonIn) -> Any:
    """催办."""
    _seen(request, case_id)
    return {"id": actions.remind(actor=actor_of(request), case_id=case_id, reason=body.reason).pk}


@router.post("/{int:case_id}/second-sign", response=dict)
@command
def second_sign(request: HttpRequest, case_id: int, body: ReasonIn) -> Any:
    """Sign as the second person."""
    _seen(request, case_id)
    return {"id": actions.second_sign(actor=actor_of(request), case_id=case_id, reason=body.reason).pk}


@router.post("/{int:case_id}/supervise", response=dict)
@command
def supervise(request: HttpRequest, case_id: int, body: SuperviseIn) -> Any:
    """督办."""
    _seen(request, case_id)
    row = actions.supervise(actor=actor_of(request), case_id=case_id, **body.model_dump())
    return {"id": row.pk, "state": row.state, "reply_by": row.reply_by}


def _supervision(request: HttpRequest, supervision_id: int) -> None:
    row = Supervision.objects.filter(pk=supervision_id).first()
    if row is None:
        raise NotFound("no_supervision", T("没有该督办", "There is no such supervision"))
    _seen(request, row.case_id)


@router.post("/supervisions/{int:supervision_id}/reply", response=dict)
@command
def reply_supervision(request: HttpRequest, supervision_id: int, body: ReplyIn) -> Any:
    _supervision(request, supervision_id)
    row = actions.reply_supervision(actor=actor_of(request), supervision_id=supervision_id, text=body.text)
    return {"id": row.pk, "state": row.state}


@router.post("/supervisions/{int:supervision_id}/end", response=dict)
@command
def end_supervision(request: HttpRequest, supervision_id: int, body: ReasonIn) -> Any:
    """Only by its issuer."""
    _supervision(request, supervision_id)
    row = actions.end_supervision(actor=actor_of(request), supervision_id=supervision_id, reason=body.reason)
    return {"id": row.pk, "state": row.state}


@router.post("/{int:case_id}/appeal", response=dict)
@command
def appeal(request: HttpRequest, case_id: int, body: ReasonIn) -> Any:
    """超时申诉: the department's, once, after closing."""
    _seen(request, case_id)
    row = actions.appeal(actor=actor_of(request), case_id=case_id, reason=body.reason)
    return {"id": row.pk, "state": row.state}


@router.post("/{int:case_id}/appeals/{int:appeal_id}/review", response=dict)
@command
def review_appeal(request: HttpRequest, case_id: int, appeal_id: int, body: ReviewIn) -> Any:
    """One of two reviews."""
    case = _seen(request, case_id)
    if not case.appeals.filter(pk=appeal_id).exists():
        raise NotFound("no_appeal", T("没有该申诉", "There is no such appeal"))
    row = actions.review_appeal(
        actor=actor_of(request), appeal_id=appeal_id, granted=body.granted, reason=body.reason
    )
    return {"id": row.pk, "state": row.state}
