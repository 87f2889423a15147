"""Alerts: the list, one of them, and what a person does with it. Commands take an Idempotency-Key."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema

from chengyun.alerts import actions, queries
from chengyun.alerts.api.door import router
from chengyun.alerts.logic.flood import FLOOD_PER_OPERATOR
from chengyun.alerts.models import VERDICTS, Alert
from chengyun.kernel.http import actor_of, command, page
from chengyun.kernel.i18n import both

AlertState = Literal["unacknowledged", "acknowledged", "cleared", "closed"]
Verdict = Literal["true", "false", "duplicate", "nothing_to_do"]


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
    state: AlertState
    hidden: Literal["", "shelved", "suppressed", "out_of_service"]
    camera: bool
    verdict: Verdict | None
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


class ChatterOut(Schema):
    rule: str
    subject: str
    raises: int


class FloodOut(Schema):
    """`alarms` in the latest ten minutes; `per_operator` of them per manned seat, `flood` above `limit`; `stale` stand for
    more than a day."""

    alarms: int
    operators: int
    per_operator: float
    peak_per_operator: float
    limit: float
    flood: bool
    chattering: list[ChatterOut]
    stale: int


class PrecisionOut(Schema):
    """Of what people judged true or false. `precision` is null where nothing was judged."""

    rule: str
    name_zh: str
    name_en: str
    asset: str | None
    judged: int
    true: int
    precision: float | None


class ReasonOut(Schema):
    code: str
    zh: str
    en: str


class ReasonsOut(Schema):
    """What may be chosen when an alarm is paused or a point taken out of service. Spans in minutes; suggested ones."""

    shelve: list[ReasonOut]
    service: list[ReasonOut]
    verdicts: list[ReasonOut]
    shelve_minutes: list[int]
    shelve_most_minutes: int


class JudgeIn(Schema):
    verdict: Verdict
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
    queue: Literal["to_judge", "to_acknowledge"] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> AlertPage:
    rows = queries.alerts(
        request.user, state=state, level=level, rule=rule, incident=incident, area=area, hidden=hidden
    )
    if queue is not None:
        rows = queries.in_queue(rows, queue)
    items, following = page(rows, cursor, limit)
    return AlertPage(items=[shown(row) for row in items], next=following)


@router.get(
    "/figures/flood",
    response=FloodOut,
    summary="Is the alarm system well: alarms per operator, chattering, stale",
)
def get_flood(request: HttpRequest, hours: int = 24) -> dict[str, Any]:
    found = queries.flood(request.user, hours=max(1, min(hours, 168)))
    chattering = [(*what.split("|", 1), raises) for what, raises in found["chattering"]]
    return found | {
        "limit": FLOOD_PER_OPERATOR,
        "chattering": [
            {"rule": rule, "subject": subject, "raises": raises} for rule, subject, raises in chattering
        ],
    }


@router.get(
    "/figures/precision",
    response=list[PrecisionOut],
    summary="Measured precision per rule and device, from what people judged",
)
def get_precision(request: HttpRequest) -> list[dict[str, Any]]:
    return queries.precision(request.user)


@router.get(
    "/reasons", response=ReasonsOut, summary="Preset reasons for shelving and for taking out of service"
)
def get_reasons(request: HttpRequest) -> dict[str, Any]:
    return {
        "shelve": _worded(actions.SHELVE_REASONS.items()),
        "service": _worded(actions.SERVICE_REASONS.items()),
        "verdicts": _worded(VERDICTS),
        "shelve_minutes": list(actions.SHELVE_MINUTES),
        "shelve_most_minutes": int(actions.SHELVE_MAX.total_seconds() // 60),
    }


def _worded(texts: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    worded = [(code, both(text)) for code, text in texts]
    return [{"code": code, "zh": zh, "en": en} for code, (zh, en) in worded]


@router.get("/{int:alert_id}", response=AlertOut)
def get_alert(request: HttpRequest, alert_id: int) -> AlertOut:
    return shown(queries.alert(request.user, alert_id))


@router.post("/{int:alert_id}/acknowledge", response=AlertOut, summary="A person has noticed")
@command
def acknowledge_alert(request: HttpRequest, alert_id: int) -> AlertOut:
    queries.alert(request.user, alert_id)
    return _fresh(request, actions.acknowledge(actor=actor_of(request), alert_id=alert_id))


@router.post(
    "/{int:alert_id}/judge", response=AlertOut, summary="研判: true, false, duplicate or nothing to do"
)
@command
def judge_alert(request: HttpRequest, alert_id: int, body: JudgeIn) -> AlertOut:
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
def shelve_alert(request: HttpRequest, alert_id: int, body: ShelveIn) -> AlertOut:
    queries.alert(request.user, alert_id)
    return _fresh(
        request,
        actions.shelve(actor=actor_of(request), alert_id=alert_id, reason=body.reason, until=body.until),
    )


@router.post("/{int:alert_id}/unshelve", response=AlertOut, summary="End the shelving early")
@command
def unshelve_alert(request: HttpRequest, alert_id: int) -> AlertOut:
    queries.alert(request.user, alert_id)
    return _fresh(request, actions.unshelve(actor=actor_of(request), alert_id=alert_id))


def _fresh(request: HttpRequest, row: Alert) -> AlertOut:
    return shown(queries.alert(request.user, row.pk))
