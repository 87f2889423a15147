"""Recorded nights over HTTP, for those with `replay.run`: which there are, how it stood then, what happened from there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from chengyun.kernel.errors import Invalid
from chengyun.kernel.http import actor_of
from chengyun.kernel.i18n import T
from chengyun.kernel.moments import LOOK_BACK, within
from chengyun.live.api.door import router
from chengyun.live.stream import frames as wire
from chengyun.live.tape import events, frames, nights
from chengyun.live.tape.shapes import NightsOut, TapeEventsOut, TapeOut, TapeStateOut


@router.get("/nights", response=NightsOut, summary="Stretches of time that can be replayed, newest first")
def get_nights(request: HttpRequest, limit: int = 60) -> NightsOut:
    _allowed(request)
    return nights.nights(request.user, max(1, min(limit, 400)))


@router.get(
    "/tape/state", response=TapeStateOut, summary="What stood at a moment, in the shape of the snapshot"
)
def get_tape_state(request: HttpRequest, at: datetime) -> HttpResponse:
    _allowed(request)
    return _json(frames.state(request.user, within(at, "at")))


@router.get("/tape", response=TapeOut, summary="What happened from a moment on: a piece of the tape")
def get_tape(
    request: HttpRequest, since: datetime, until: datetime, step_s: int | None = None
) -> HttpResponse:
    _allowed(request)
    first, last = _span(since, until)
    step = None if step_s is None else max(1, min(step_s, 3600))
    return _json(frames.piece(request.user, first, last, step))


@router.get("/tape/events", response=TapeEventsOut, summary="Moments to jump to, oldest first")
def get_tape_events(request: HttpRequest, since: datetime, until: datetime) -> TapeEventsOut:
    _allowed(request)
    first, last = _span(since, until)
    return events.events(request.user, first, last)


def _json(body: dict[str, Any]) -> HttpResponse:
    """Thousands of rows: they have their shape already, and checking each of them again would take most of the time."""
    return HttpResponse(wire.json(body), content_type="application/json")


def _allowed(request: HttpRequest) -> None:
    actor_of(request).require(LOOK_BACK)


def _span(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    first, last = within(since, "since"), within(until, "until")
    if first > last:
        raise Invalid(
            "bad_span", T("开始时间晚于结束时间", "The time begins after its end"), field="until",
            hint=T("请交换两个时间。", "Swap the two times."),
        )  # fmt: skip
    return first, last
