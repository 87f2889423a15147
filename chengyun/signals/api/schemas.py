"""What the HTTP doors of signals take and answer."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema


class ReadingProblem(Schema):
    index: int | None
    field: str
    reason: str
    detail: str
    datastream: str


class ReceiptOut(Schema):
    """`duplicates` is 1 when the whole message had come before; then nothing was stored again. `repeats` counts readings
    that another message had brought."""

    accepted: int
    late: int
    duplicates: int
    repeats: int
    quarantined: int
    problems: list[ReadingProblem]


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


class StreamServiceIn(Schema):
    in_service: bool
    reason: str


class ClearIn(Schema):
    source: str
    reason: str


class IntakeOut(Schema):
    """`n` readings of a source met with `what`."""

    source: str
    what: str
    n: int


class EnteredOut(Schema):
    accepted: int
    late: int


class BaselineOut(Schema):
    datastream: str
    value: float


class StreamServiceOut(Schema):
    datastream: str
    in_service: bool


class RemovedOut(Schema):
    removed: int
