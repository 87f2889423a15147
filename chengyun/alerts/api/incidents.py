"""Incidents: alerts with one cause in one place."""

from datetime import datetime
from typing import Any, Literal, cast

from django.http import HttpRequest
from ninja import Schema

from chengyun.alerts import actions, queries
from chengyun.alerts.api.door import router
from chengyun.alerts.models import Incident
from chengyun.kernel.http import actor_of, command, page


class IncidentOut(Schema):
    id: int
    cause: str
    name_zh: str
    name_en: str
    area: str
    level: int
    peak: int
    state: Literal["open", "closed"]
    alerts: int
    opened_at: datetime
    closed_at: datetime | None
    entry: int | None


class IncidentPage(Schema):
    items: list[IncidentOut]
    next: str | None


class AcknowledgedOut(Schema):
    """The alerts that nobody had noticed before."""

    acknowledged: list[int]


class RegroupIn(Schema):
    alerts: list[int]


def shown(row: Incident) -> IncidentOut:
    return IncidentOut(
        id=row.pk,
        cause=row.cause_key,
        name_zh=row.name_zh,
        name_en=row.name_en,
        area=row.area.code,
        level=row.level,
        peak=row.peak,
        state=cast(Literal["open", "closed"], row.state),
        alerts=row.alert_count,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        entry=row.entry,
    )


@router.get("/incidents", response=IncidentPage, summary="Incidents, newest first: one cause in one place")
def list_incidents(
    request: HttpRequest, open_only: bool = True, cursor: str | None = None, limit: int = 100
) -> IncidentPage:
    items, following = page(queries.incidents(request.user, open_only=open_only), cursor, limit)
    return IncidentPage(items=[shown(row) for row in items], next=following)


@router.get("/incidents/{int:incident_id}", response=IncidentOut)
def get_incident(request: HttpRequest, incident_id: int) -> IncidentOut:
    return shown(queries.incident(request.user, incident_id))


@router.post(
    "/incidents/{int:incident_id}/acknowledge",
    response=AcknowledgedOut,
    summary="Notice all alerts of an incident",
)
@command
def acknowledge_incident(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    queries.incident(request.user, incident_id)
    rows = actions.acknowledge_incident(actor=actor_of(request), incident_id=incident_id)
    return {"acknowledged": [row.pk for row in rows]}


@router.post(
    "/incidents/{int:incident_id}/regroup", response=IncidentOut, summary="Move alerts into this incident"
)
@command
def regroup_incident(request: HttpRequest, incident_id: int, body: RegroupIn) -> IncidentOut:
    for alert_id in body.alerts:
        queries.alert(request.user, alert_id)
    queries.incident(request.user, incident_id)
    return shown(actions.regroup(actor=actor_of(request), alert_ids=body.alerts, incident_id=incident_id))
