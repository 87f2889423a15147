"""One incident, one card."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.kernel.actor import Actor
from chengyun.live.card.shapes import AlertDetailOut, CardOut


def incident(viewer: Any, actor: Actor, incident_id: int, *, at: datetime | None) -> CardOut:
    raise NotImplementedError


def alert(viewer: Any, actor: Actor, alert_id: int, *, at: datetime | None) -> AlertDetailOut:
    raise NotImplementedError
