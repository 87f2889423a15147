"""What people read of signals, and the few things they enter by hand; each narrowed to what they may see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from chengyun.district import queries as district
from chengyun.kernel import clock
from chengyun.kernel.errors import Invalid
from chengyun.kernel.http import actor_of, command, page
from chengyun.kernel.i18n import T
from chengyun.signals import actions, queries, totals, vocabulary
from chengyun.signals.api.schemas import (
    BaselineIn,
    BaselineOut,
    ClearIn,
    DatastreamOut,
    DatastreamPage,
    EnteredOut,
    IntakeOut,
    MinuteOut,
    ObservationOut,
    QuantityOut,
    QuarantinePage,
    ReadingIn,
    RemovedOut,
    StreamServiceIn,
    StreamServiceOut,
    TotalOut,
)
from chengyun.signals.logic import times
from chengyun.signals.models import Datastream

router = Router(tags=["signals"])


@router.get("/quantities", response=list[QuantityOut], summary="The closed vocabulary")
def list_quantities(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "code": q.code,
            "name_zh": q.zh,
            "name_en": q.en,
            "unit": q.unit,
            "nature": q.nature,
            "min": q.min,
            "max": q.max,
        }
        for q in vocabulary.quantities().values()
    ]


@router.get("/datastreams", response=DatastreamPage, summary="Datastreams with their latest value")
def list_datastreams(
    request: HttpRequest,
    quantity: str | None = None,
    area: str | None = None,
    asset: str | None = None,
    cursor: str | None = None,
    limit: int = Query(100, le=500),
) -> dict[str, Any]:
    _may_read(request)
    rows = queries.datastreams(request.user)
    if quantity:
        rows = rows.filter(quantity=quantity)
    if area:
        rows = rows.filter(area__path__startswith=district.visible_area(request.user, area).path)
    if asset:
        rows = rows.filter(asset__code=asset)
    items, following = page(rows, cursor, limit, key="id")
    return {"items": [_stream(row) for row in items], "next": following}


@router.get("/datastreams/{code}", response=DatastreamOut, summary="One datastream")
def get_datastream(request: HttpRequest, code: str) -> dict[str, Any]:
    _may_read(request)
    return _stream(queries.datastream(request.user, code))


@router.get(
    "/datastreams/{code}/observations",
    response=list[ObservationOut],
    summary="Single observations, newest first",
)
def list_observations(
    request: HttpRequest,
    code: str,
    until: datetime | None = None,
    since: datetime | None = None,
    limit: int = Query(500, le=5000),
) -> list[dict[str, Any]]:
    """`until` (exclusive, default now) is the cursor: ask again with the `at` of the last item."""
    _may_read(request)
    until = until or clock.now() + timedelta(milliseconds=1)
    since = since or until - timedelta(hours=1)
    _aware(since, until)
    rows = queries.observations(request.user, code, since=since, until=until)
    return [
        {
            "at": times.from_ms(row.at_ms),
            "value": row.value,
            "arrived_at": times.from_ms(row.arrived_ms),
            "late": bool(row.late),
        }
        for row in rows[:limit]
    ]


@router.get(
    "/datastreams/{code}/minutes", response=list[MinuteOut], summary="Figures per minute, oldest first"
)
def list_minutes(
    request: HttpRequest, code: str, since: datetime, until: datetime, limit: int = Query(1440, le=10_080)
) -> list[dict[str, Any]]:
    _may_read(request)
    _aware(since, until)
    rows = queries.minute_figures(request.user, code, since=since, until=until)[:limit]
    return [
        {
            "at": times.from_ms(row.minute * 60_000),
            "n": row.n,
            "min": row.min,
            "max": row.max,
            "mean": row.sum / row.n,
            "last": row.last,
        }
        for row in rows
    ]


@router.get("/totals", response=TotalOut, summary="A total over an area, with its coverage")
def get_total(request: HttpRequest, area: str, quantity: str, at: datetime | None = None) -> dict[str, Any]:
    _may_read(request)
    if at is not None:
        _aware(at)
    place = district.visible_area(request.user, area)
    if quantity not in vocabulary.quantities():
        raise Invalid(
            "no_quantity", T(f"没有物理量 {quantity}", f"There is no quantity {quantity}"), field="quantity"
        )
    found = totals.total(place, quantity, at)
    return {
        "area": area,
        "quantity": quantity,
        "at": at or clock.now(),
        "value": found.value,
        "known": found.known,
        "of": found.of,
        "complete": found.complete,
        "oldest_age_s": found.oldest_age_s,
    }


@router.get("/quarantine", response=QuarantinePage, summary="What was not taken, and why")
def list_quarantine(
    request: HttpRequest,
    source: str | None = None,
    reason: str | None = None,
    cursor: str | None = None,
    limit: int = Query(100, le=500),
) -> dict[str, Any]:
    actor_of(request).require("signal.quarantine")
    rows = queries.quarantine()
    if source:
        rows = rows.filter(source=source)
    if reason:
        rows = rows.filter(reason=reason)
    items, following = page(rows, cursor, limit)
    return {
        "items": [{**_plain(row), "arrived_at": times.from_ms(row.arrived_ms)} for row in items],
        "next": following,
    }


@router.get("/intake", response=list[IntakeOut], summary="What each source's readings met with")
def list_intake(request: HttpRequest, minutes: int = Query(60, ge=1, le=44_640)) -> list[dict[str, Any]]:
    actor_of(request).require("signal.quarantine")
    return queries.intake(clock.now() - timedelta(minutes=minutes))


@router.post("/readings", response=EnteredOut, summary="Enter a reading by hand")
@command
def enter_reading(request: HttpRequest, body: ReadingIn) -> dict[str, Any]:
    if body.at is not None:
        _aware(body.at)
    receipt = actions.enter_reading(
        actor_of(request), datastream=body.datastream, value=body.value, at=body.at, reason=body.reason
    )
    return {"accepted": receipt.accepted, "late": receipt.late}


@router.post("/baselines", response=BaselineOut, summary="Set the baseline of an in-out balance")
@command
def set_baseline(request: HttpRequest, body: BaselineIn) -> dict[str, Any]:
    if body.at is not None:
        _aware(body.at)
    row = actions.set_baseline(
        actor_of(request), datastream=body.datastream, value=body.value, at=body.at, reason=body.reason
    )
    return {"datastream": body.datastream, "value": row.value}


@router.post(
    "/datastreams/{code}/service",
    response=StreamServiceOut,
    summary="Take a datastream out of service, or put it back",
)
@command
def set_stream_service(request: HttpRequest, code: str, body: StreamServiceIn) -> dict[str, Any]:
    row = actions.set_service(
        actor_of(request), datastream=code, in_service=body.in_service, reason=body.reason
    )
    return {"datastream": code, "in_service": row.in_service}


@router.post(
    "/quarantine/clear",
    response=RemovedOut,
    summary="Remove quarantined items that somebody has looked at",
)
@command
def clear_quarantine(request: HttpRequest, body: ClearIn) -> dict[str, Any]:
    return {"removed": actions.clear_quarantine(actor_of(request), source=body.source, reason=body.reason)}


def _may_read(request: HttpRequest) -> None:
    actor_of(request).require("signal.read")


def _aware(*moments: datetime) -> None:
    for moment in moments:
        if moment.tzinfo is None:
            raise Invalid("bad_time", T("时间须带时区", "A time needs its offset from UTC"))


def _stream(row: Datastream) -> dict[str, Any]:
    known = vocabulary.quantities().get(row.quantity)
    newest = getattr(row, "latest", None)
    latest = None
    if newest is not None:
        now_ms = times.to_ms(clock.now())
        age = max(0, now_ms - newest.at_ms) / 1000
        latest = {
            "at": times.from_ms(newest.at_ms),
            "value": newest.value,
            "age_s": age,
            "silent_s": max(0, now_ms - newest.arrived_ms) / 1000,
            "stale": row.every_s > 0 and age > 3 * row.every_s,
        }
    return {
        "id": row.pk,
        "code": row.code,
        "quantity": row.quantity,
        "unit": known.unit if known else "",
        "area": row.area.code,
        "asset": row.asset.code if row.asset else None,
        "source": row.source.code,
        "every_s": row.every_s,
        "in_service": row.in_service,
        "latest": latest,
    }


def _plain(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.fields}
