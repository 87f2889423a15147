"""HTTP: alerts and incidents, and what a person does with them. Commands take an Idempotency-Key."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from chengyun.alerts import actions, queries
from chengyun.alerts.models import Alert, Incident, Rule
from chengyun.kernel.http import actor_of, command, page

router = Router(tags=["alerts"])


class AlertOut(Schema):
    id: int
    rule: str
    name_zh: str
    name_en: str
    version: int
    subject: str
    area: str
    asset: str | None
    incident: int | None
    level: int
    peak: int
    state: str
    hidden: str
    camera: bool
    verdict: str | None
    since: datetime
    opened_at: datetime
    last_at: datetime
    cleared_at: datetime | None
    closed_at: datetime | None
    acknowledged_at: datetime | None
    shelved_until: datetime | None
    shelve_reason: str
    suppressed_by: int | None
    count: int
    raises: int
    measure: float | None
    have: int
    of: int
    entry: int | None


class AlertPage(Schema):
    items: list[AlertOut]
    next: str | None


class IncidentOut(Schema):
    id: int
    cause: str
    name_zh: str
    name_en: str
    area: str
    level: int
    peak: int
    state: str
    alerts: int
    opened_at: datetime
    closed_at: datetime | None
    entry: int | None


class IncidentPage(Schema):
    items: list[IncidentOut]
    next: str | None


class RuleOut(Schema):
    code: str
    name_zh: str
    name_en: str
    version: int | None
    problem: str
    retired: bool
    body: dict[str, Any] | None


class RuleIn(Schema):
    """`rule` is what a rule file holds for one rule, as JSON; docs/add-a-rule.md describes it."""

    rule: dict[str, Any]


class JudgeIn(Schema):
    verdict: Literal["true", "false", "duplicate", "nothing_to_do"]
    duplicate_of: int | None = None


class ShelveIn(Schema):
    reason: str
    until: datetime


class RegroupIn(Schema):
    alerts: list[int]


class ServiceIn(Schema):
    rule: str
    subject: str
    area: str
    reason: str


class BackIn(Schema):
    rule: str
    subject: str


def shown(row: Alert) -> AlertOut:
    return AlertOut(
        id=row.pk,
        rule=row.rule.code,
        name_zh=row.rule.name_zh,
        name_en=row.rule.name_en,
        version=row.version.number,
        subject=row.subject,
        area=row.area.code,
        asset=row.asset.code if row.asset else None,
        incident=row.incident_id,
        suppressed_by=row.suppressed_by_id,
        **{name: getattr(row, name) for name in _PLAIN},
    )


_PLAIN = (
    "level", "peak", "state", "hidden", "camera", "verdict", "since", "opened_at", "last_at", "cleared_at", "closed_at",
    "acknowledged_at", "shelved_until", "shelve_reason", "count", "raises", "measure", "have", "of", "entry",
)  # fmt: skip


def shown_incident(row: Incident) -> IncidentOut:
    return IncidentOut(
        id=row.pk,
        cause=row.cause_key,
        name_zh=row.name_zh,
        name_en=row.name_en,
        area=row.area.code,
        level=row.level,
        peak=row.peak,
        state=row.state,
        alerts=row.alert_count,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        entry=row.entry,
    )


def shown_rule(row: Rule) -> RuleOut:
    return RuleOut(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        version=row.current.number if row.current else None,
        problem=row.problem,
        retired=row.retired,
        body=row.current.body if row.current else None,
    )


@router.get("", response=AlertPage, summary="Alerts, newest first; open ones unless a state is named")
def list_alerts(
    request: HttpRequest,
    state: str | None = None,
    level: int | None = None,
    rule: str | None = None,
    incident: int | None = None,
    area: str | None = None,
    hidden: bool | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> AlertPage:
    rows = queries.alerts(
        request.user, state=state, level=level, rule=rule, incident=incident, area=area, hidden=hidden
    )
    items, following = page(rows, cursor, limit)
    return AlertPage(items=[shown(row) for row in items], next=following)


@router.get("/figures/flood", summary="Is the alarm system well: alarms per operator, chattering, stale")
def get_flood(request: HttpRequest, hours: int = 24) -> dict[str, Any]:
    return queries.flood(request.user, hours=max(1, min(hours, 168)))


@router.get("/figures/precision", summary="Measured precision per rule and device, from what people judged")
def get_precision(request: HttpRequest) -> list[dict[str, Any]]:
    return queries.precision(request.user)


@router.get("/reasons", summary="Preset reasons for shelving and for taking out of service")
def get_reasons(request: HttpRequest) -> dict[str, dict[str, str]]:
    return {
        "shelve": {code: str(text) for code, text in actions.SHELVE_REASONS.items()},
        "service": {code: str(text) for code, text in actions.SERVICE_REASONS.items()},
    }


@router.get("/{int:alert_id}", response=AlertOut)
def get_alert(request: HttpRequest, alert_id: int) -> AlertOut:
    return shown(queries.alert(request.user, alert_id))


@router.post("/{int:alert_id}/acknowledge", response=AlertOut, summary="A person has noticed")
@command
def acknowledge(request: HttpRequest, alert_id: int) -> AlertOut:
    queries.alert(request.user, alert_id)
    return _fresh(request, actions.acknowledge(actor=actor_of(request), alert_id=alert_id))


@router.post(
    "/{int:alert_id}/judge", response=AlertOut, summary="研判: true, false, duplicate or nothing to do"
)
@command
def judge(request: HttpRequest, alert_id: int, body: JudgeIn) -> AlertOut:
    queries.alert(request.user, alert_id)
    if body.duplicate_of is not None:
        queries.alert(request.user, body.duplicate_of)
    return _fresh(
        request,
        actions.judge(
            actor=actor_of(request), alert_id=alert_id, verdict=body.verdict, duplicate_of=body.duplicate_of
        ),
    )


@router.post("/{int:alert_id}/shelve", response=AlertOut, summary="暂停告警, with a preset reason and an end")
@command
def shelve(request: HttpRequest, alert_id: int, body: ShelveIn) -> AlertOut:
    queries.alert(request.user, alert_id)
    return _fresh(
        request,
        actions.shelve(actor=actor_of(request), alert_id=alert_id, reason=body.reason, until=body.until),
    )


@router.post("/{int:alert_id}/unshelve", response=AlertOut, summary="End the shelving early")
@command
def unshelve(request: HttpRequest, alert_id: int) -> AlertOut:
    queries.alert(request.user, alert_id)
    return _fresh(request, actions.unshelve(actor=actor_of(request), alert_id=alert_id))


@router.get("/incidents", response=IncidentPage, summary="Incidents, newest first: one cause in one place")
def list_incidents(
    request: HttpRequest, open_only: bool = True, cursor: str | None = None, limit: int = 100
) -> IncidentPage:
    items, following = page(queries.incidents(request.user, open_only=open_only), cursor, limit)
    return IncidentPage(items=[shown_incident(row) for row in items], next=following)


@router.get("/incidents/{int:incident_id}", response=IncidentOut)
def get_incident(request: HttpRequest, incident_id: int) -> IncidentOut:
    return shown_incident(queries.incident(request.user, incident_id))


@router.post("/incidents/{int:incident_id}/acknowledge", summary="Notice all alerts of an incident")
@command
def acknowledge_incident(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    queries.incident(request.user, incident_id)
    rows = actions.acknowledge_incident(actor=actor_of(request), incident_id=incident_id)
    return {"acknowledged": [row.pk for row in rows]}


@router.post(
    "/incidents/{int:incident_id}/regroup", response=IncidentOut, summary="Move alerts into this incident"
)
@command
def regroup(request: HttpRequest, incident_id: int, body: RegroupIn) -> IncidentOut:
    for alert_id in body.alerts:
        queries.alert(request.user, alert_id)
    queries.incident(request.user, incident_id)
    return shown_incident(
        actions.regroup(actor=actor_of(request), alert_ids=body.alerts, incident_id=incident_id)
    )


@router.get("/rules", response=list[RuleOut], summary="All rules, with what is wrong with them")
def list_rules(request: HttpRequest) -> list[RuleOut]:
    return [shown_rule(row) for row in queries.rules(request.user)]


@router.post("/rules", response=RuleOut, summary="Store a rule as its next version")
@command
def set_rule(request: HttpRequest, body: RuleIn) -> RuleOut:
    return shown_rule(actions.set_rule(actor=actor_of(request), body=body.rule))


@router.get("/out-of-service", summary="Points that somebody took out of service")
def list_out_of_service(request: HttpRequest) -> list[dict[str, Any]]:
    rows = queries.out_of_service(request.user)
    return [
        {"rule": r.rule.code, "subject": r.subject, "area": r.area.code, "reason": r.reason, "since": r.since}
        for r in rows
    ]


@router.post("/out-of-service", summary="Take a rule out of service for one subject")
@command
def take_out(request: HttpRequest, body: ServiceIn) -> dict[str, Any]:
    row = actions.take_out_of_service(actor=actor_of(request), **body.model_dump())
    return {"rule": body.rule, "subject": body.subject, "since": row.since}


@router.post("/out-of-service/end", summary="Put it back in service")
@command
def put_back(request: HttpRequest, body: BackIn) -> dict[str, Any]:
    row = actions.back_in_service(actor=actor_of(request), rule=body.rule, subject=body.subject)
    return {"rule": body.rule, "subject": body.subject, "ended_at": row.ended_at}


def _fresh(request: HttpRequest, row: Alert) -> AlertOut:
    return shown(queries.alert(request.user, row.pk))
