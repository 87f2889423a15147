"""All about one incident, and why one alert is there."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from chengyun.kernel.http import actor_of
from chengyun.kernel.moments import moment
from chengyun.live import card
from chengyun.live.api.door import router
from chengyun.live.card.shapes import AlertDetailOut, CardOut


@router.get(
    "/incidents/{int:number}/card",
    response=CardOut,
    summary="One incident, one card: trend, why, who is near, what may be done",
)
def get_card(request: HttpRequest, number: int, at: datetime | None = None) -> CardOut:
    return card.incident(request.user, actor_of(request), number, at=moment(at, "at"))


@router.get(
    "/alerts/{int:number}/card", response=AlertDetailOut, summary="One alert: its trend and why it is there"
)
def get_alert_card(request: HttpRequest, number: int, at: datetime | None = None) -> AlertDetailOut:
    return card.alert(request.user, actor_of(request), number, at=moment(at, "at"))
