"""The first minute at the desk, and what waits for whom."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from chengyun.kernel.http import actor_of
from chengyun.kernel.moments import past
from chengyun.live import desk
from chengyun.live.api.door import router
from chengyun.live.desk.shapes import DeskOut, QueuesOut


@router.get(
    "/desk",
    response=DeskOut,
    summary="The first minute: who leads, what stands, what waits, what is blind; `at` for how it stood then",
)
def get_desk(request: HttpRequest, at: datetime | None = None) -> DeskOut:
    actor = actor_of(request)
    return desk.first_minute(request.user, actor, past(actor, at))


@router.get(
    "/queues",
    response=QueuesOut,
    summary="What waits for a person, since when, and how to list it; `at` for how it stood then",
)
def get_queues(request: HttpRequest, at: datetime | None = None) -> QueuesOut:
    actor = actor_of(request)
    return desk.queues(request.user, actor, past(actor, at))
