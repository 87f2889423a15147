"""Alerts: the list, one of them, and what a person does with it. Commands take an Idempotency-Key."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema

from chengyun.alerts import actions, queries
from chengyun.alerts.api.door import router
from chengyun.alerts.models import Alert
from chengyun.kernel.http import actor_of, command, page


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


class JudgeIn(Schema):
    verdict: Literal["true", "false", "duplicate", "nothing_to_do"]
    duplicate_of: int | None = None


class ShelveIn(Schema):
    reason: str
    until: datetime


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


def _fresh(request: HttpRequest, row: Alert) -> AlertOut:
    return shown(queries.alert(request.user, row.pk))
