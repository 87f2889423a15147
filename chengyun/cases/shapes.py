"""What goes in and out over HTTP."""

from datetime import datetime

from ninja import Field, Schema


class CaseRow(Schema):
    id: int
    title: str
    kind: str
    kind_label: str
    condition: str | None
    state: str
    state_label: str
    open: bool
    area: str
    lon: float | None
    lat: float | None
    source: str
    urgent: bool
    post: str
    department: str | None
    reported_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    reports: int
    returns: int
    incident: int | None


class CasePage(Schema):
    items: list[CaseRow]
    next: str | None


class ReporterIn(Schema):
    name: str = Field("", max_length=60)
    phone: str = Field("", max_length=30)


class ReportIn(Schema):
    kind: str
    area: str | None = None
    condition: str | None = None
    source: str = "person"
    source_ref: str = Field("", max_length=80)
    description: str = ""
    reporter: ReporterIn | None = None
    lon: float | None = None
    lat: float | None = None
    alert_ids: list[int] = []


class MoveIn(Schema):
    """Each verb uses a few of these; `GET /cases/{id}` says which verbs there are and why one is not open now."""

    verb: str
    reason: str | None = None
    ok: bool | None = None
    post: str | None = None
    until: datetime | None = None
    into: int | None = None
    alert_ids: list[int] | None = None
    condition: str | None = None
    description: str | None = None


class ReasonIn(Schema):
    reason: str = ""


class SuperviseIn(Schema):
    level: str
    reply_by: datetime
    reason: str


class ReplyIn(Schema):
    text: str


class ReviewIn(Schema):
    granted: bool
    reason: str


class RateOut(Schema):
    code: str
    numerator: int
    denominator: int
    value: float | None


class DepartmentOut(Schema):
    department: str
    rates: list[RateOut]
