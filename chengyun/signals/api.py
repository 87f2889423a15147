"""HTTP: the door for devices (a batch a request, answered after the commit), and what people read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.security import HttpBearer

from chengyun.district import queries as district
from chengyun.kernel import clock
from chengyun.kernel.errors import Invalid, TooLarge
from chengyun.kernel.http import actor_of, command, page, problem, storage_failure
from chengyun.kernel.i18n import T
from chengyun.signals import actions, queries, totals, vocabulary
from chengyun.signals.actions import Message
from chengyun.signals.logic import reasons, times
from chengyun.signals.logic.decode import MAX_BODY
from chengyun.signals.models import Datastream

router = Router(tags=["signals"])

_SENML = ("application/senml+json", "application/sensml+json")


class SourceKey(HttpBearer):
    """`Authorization: Bearer cy_...`, issued with `chengyun token SOURCE`."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        return queries.source_of_token(token)


class Problem(Schema):
    index: int | None
    field: str
    reason: str
    detail: str
    datastream: str


class ReceiptOut(Schema):
    """`duplicates` is 1 when the whole message had come before; then nothing was stored again."""

    accepted: int
    late: int
    duplicates: int
    quarantined: int
    problems: list[Problem]


@router.post("/observations", auth=SourceKey(), response=ReceiptOut, summary="Send observations")
def send(request: HttpRequest) -> HttpResponse:
    """One message: `{"observations": [{"ds", "at", "v", "u"}, ...]}`, or SenML (RFC 8428) as application/senml+json.

    `X-Message-Id` (or `Idempotency-Key`) is the message's id: sent again, it is seen as the same. 200 means stored; a
    message that cannot be read at all is answered 400 and set apart; 413 names the limit; 503 means nothing was taken, send
    it again.
    """
    source: str = request.auth  # type: ignore[attr-defined]
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit():
        return problem(411, "length_required", str(T("请提供 Content-Length", "Send Content-Length")))
    too_large = int(length) > MAX_BODY
    key = request.headers.get("X-Message-Id") or request.headers.get("Idempotency-Key") or None
    if key is not None and len(key) > 200:
        raise Invalid(
            "bad_key",
            T("消息编号过长", "The message id is longer than 200 characters"),
            field="X-Message-Id",
        )
    content_type = (request.content_type or "").lower()
    form = "senml" if content_type in _SENML else "raw"
    try:
        if too_large:
            # Its body is not read: what stands in the quarantine is that it came, and how large it said to be.
            actions.refuse_too_large(source=source, size=int(length))
            raise TooLarge(
                "too_large",
                T(
                    f"消息不得超过 {MAX_BODY} 字节",
                    f"A message has at most {MAX_BODY} bytes; this has {length}",
                ),
                hint=T("请分成几批发送。", "Send it in several batches."),
            )
        receipt = actions.take([Message(source, request.body, form, key)])[0]
    except (OperationalError, InterfaceError) as error:
        raise storage_failure(error) from error
    whole = next((fault for fault in receipt.problems if fault.index is None), None)
    if whole is not None:
        status = 413 if whole.reason in (reasons.TOO_LARGE, reasons.TOO_MANY) else 400
        if whole.reason == reasons.UNKNOWN_SOURCE:
            status = 403
        return problem(status, whole.reason, whole.detail, field=whole.field or None)
    body = {
        "accepted": receipt.accepted,
        "late": receipt.late,
        "duplicates": receipt.duplicates,
        "quarantined": receipt.quarantined,
        "problems": [
            {
                "index": f.index,
                "field": f.field,
                "reason": f.reason,
                "detail": f.detail,
                "datastream": f.stream,
            }
            for f in receipt.problems[:100]
        ],
    }
    return HttpResponse(orjson.dumps(body), content_type="application/json")


class QuantityOut(Schema):
    code: str
    name_zh: str
    name_en: str
    unit: str
    nature: str
    min: float
    max: float


class LatestOut(Schema):
    """`age_s` counts from the event, `silent_s` from the last arrival of anything; `stale`: no longer says what is."""

    at: datetime
    value: float
    age_s: float
    silent_s: float
    stale: bool


class DatastreamOut(Schema):
    id: int
    code: str
    quantity: str
    unit: str
    area: str
    asset: str | None
    source: str
    every_s: int
    in_service: bool
    latest: LatestOut | None


class DatastreamPage(Schema):
    items: list[DatastreamOut]
    next: str | None


class ObservationOut(Schema):
    at: datetime
    value: float
    arrived_at: datetime
    late: bool


class MinuteOut(Schema):
    at: datetime
    n: int
    min: float
    max: float
    mean: float
    last: float


class TotalOut(Schema):
    """With `complete` false, `value` is a lower bound: `known` of `of` streams have a fresh value."""

    area: str
    quantity: str
    at: datetime
    value: float
    known: int
    of: int
    complete: bool
    oldest_age_s: float | None


class QuarantineOut(Schema):
    id: int
    arrived_at: datetime
    source: str
    reason: str
    stream: str
    idx: int | None
    field: str
    detail: str
    digest: str
    excerpt: str


class QuarantinePage(Schema):
    items: list[QuarantineOut]
    next: str | None


class ReadingIn(Schema):
    datastream: str
    value: float
    at: datetime | None = None
    reason: str = ""


class BaselineIn(ReadingIn):
    pass


class ServiceIn(Schema):
    in_service: bool
    reason: str


class ClearIn(Schema):
    source: str
    reason: str


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


@router.get("/intake", response=list[dict[str, Any]], summary="What each source's readings met with")
def list_intake(request: HttpRequest, minutes: int = Query(60, ge=1, le=44_640)) -> list[dict[str, Any]]:
    actor_of(request).require("signal.quarantine")
    return queries.intake(clock.now() - timedelta(minutes=minutes))


@router.post("/readings", summary="Enter a reading by hand")
@command
def enter_reading(request: HttpRequest, body: ReadingIn) -> dict[str, Any]:
    if body.at is not None:
        _aware(body.at)
    receipt = actions.enter_reading(
        actor_of(request), datastream=body.datastream, value=body.value, at=body.at, reason=body.reason
    )
    return {"accepted": receipt.accepted, "late": receipt.late}


@router.post("/baselines", summary="Set the baseline of an in-out balance")
@command
def set_baseline(request: HttpRequest, body: BaselineIn) -> dict[str, Any]:
    if body.at is not None:
        _aware(body.at)
    row = actions.set_baseline(
        actor_of(request), datastream=body.datastream, value=body.value, at=body.at, reason=body.reason
    )
    return {"datastream": body.datastream, "value": row.value}


@router.post("/datastreams/{code}/service", summary="Take a datastream out of service, or put it back")
@command
def set_service(request: HttpRequest, code: str, body: ServiceIn) -> dict[str, Any]:
    row = actions.set_service(
        actor_of(request), datastream=code, in_service=body.in_service, reason=body.reason
    )
    return {"datastream": code, "in_service": row.in_service}


@router.post("/quarantine/clear", summary="Remove quarantined items that somebody has looked at")
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
