"""The first minute at the desk, and what waits for whom."""

from __future__ import annotations

from django.http import HttpRequest

from chengyun.kernel.http import actor_of
from chengyun.live import desk
from chengyun.live.api.door import router
from chengyun.live.desk.shapes import DeskOut, QueuesOut


@router.get(
    "/desk", response=DeskOut, summary="The first minute: who leads, what stands, what waits, what is blind"
)
def get_desk(request: HttpRequest) -> DeskOut:
    return desk.first_minute(request.user, actor_of(request))


@router.get("/queues", response=QueuesOut, summary="What waits for a person, since when, and how to list it")
def get_queues(request: HttpRequest) -> QueuesOut:
    return desk.queues(request.user, actor_of(request))
