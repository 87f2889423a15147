"""The shape of the first minute: what somebody who sits down at the desk has to know."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Schema

from chengyun.live.rows.shapes import Mode, ProposalRow, ResponseRow, WarningRow
from chengyun.people.shapes import AnswerReason, PersonOut, PostKind

QueueCode = Literal[
    "to_judge",
    "to_acknowledge",
    "to_file",
    "to_dispatch",
    "to_sign",
    "to_check",
    "to_close",
    "to_call_back",
    "due_soon",
    "overdue",
    "messages_unanswered",
    "proposals_undecided",
    "warnings_undecided",
    "approvals_to_countersign",
]


QueueAbout = Literal["alert", "case", "message", "proposal", "warning", "approval"]
QueueList = Literal[
    "/api/alerts",
    "/api/cases",
    "/api/messages/inbox",
    "/api/posture/proposals",
    "/api/posture/warnings",
    "/api/posture/approvals",
]


class NamedPlace(Schema):
    area: str
    area_zh: str
    area_en: str


class QueueOut(Schema):
    """`oldest` is since when the oldest has waited; for `due_soon` and `overdue` it is the earliest deadline. `list` and
    `query` open the same things as a list. `count` is null where nobody knows it any more, of a moment that has passed."""

    code: QueueCode
    zh: str
    en: str
    about: QueueAbout
    count: int | None
    oldest: datetime | None
    list: QueueList
    query: dict[str, str]


class QueuesOut(Schema):
    now: datetime
    queues: list[QueueOut]


class DeskShift(Schema):
    """The shift that runs, or that is to come next. `starts_at` and `ends_at` are the plan."""

    id: int
    code: str
    zh: str
    en: str
    state: Literal["planned", "open", "handing_over", "closed"]
    starts_at: datetime
    ends_at: datetime
    overdue_since: datetime | None


class DeskPost(Schema):
    """A post and who answers for it now. `staff` carries a name and a phone only where the reader may read them."""

    post: str
    kind: PostKind
    zh: str
    en: str
    area: str
    department: str | None
    department_zh: str
    department_en: str
    answers: str
    answers_zh: str
    answers_en: str
    staff: PersonOut | None
    reason: AnswerReason
    why_zh: str
    why_en: str


class StandingPosture(NamedPlace):
    """Mode and level of a place. `by` is the post that declared it; null in plain normal mode."""

    mode: Mode
    mode_zh: str
    mode_en: str
    level: int | None
    since: datetime | None
    by: str | None
    by_zh: str
    by_en: str
    declaration: int | None
    matter: str
    expected_end: datetime | None


DayKind = Literal["workday", "weekend", "holiday", "makeup_workday"]
BlindWhy = Literal["silent", "out_of_service", "fault"]


class TodayOut(Schema):
    """`provisional`: the calendar does not know this year's holidays yet."""

    date: date
    kind: DayKind
    zh: str
    en: str
    provisional: bool


class BlindOut(NamedPlace):
    """Something that the platform cannot see with. `coverage_have` of `coverage_of` streams of `quantity` still report in
    `coverage_area`, the smallest area around it that has several: what it leaves blind. Null where it has no datastream."""

    asset: str | None
    subject: str
    kind: str | None
    zh: str
    en: str
    lon: float | None
    lat: float | None
    why: BlindWhy
    why_zh: str
    why_en: str
    since: datetime | None
    alert: int | None
    quantity: str | None
    quantity_zh: str
    quantity_en: str
    coverage_area: str | None
    coverage_area_zh: str
    coverage_area_en: str
    coverage_have: int | None
    coverage_of: int | None


class HandOverDesk(Schema):
    """The end of the running shift. `hand_over` is the record, once it is drafted; `mine` the sides the reader may sign now,
    `waits_for` the posts whose signature is missing."""

    state: Literal["not_drafted", "drafted", "done"]
    hand_over: int | None
    drafted_at: datetime | None
    signed_out_at: datetime | None
    signed_in_at: datetime | None
    waits_for: list[DeskPost]
    mine: list[Literal["out", "in"]]
    deadline: datetime
    overdue_since: datetime | None
    may_draft: bool


class SealOut(Schema):
    """The latest seal of the journal: that it is young is the proof that the platform lives."""

    seq: int
    at: datetime | None
    age_s: float | None


class SourceHealth(Schema):
    """`readings` taken in the latest whole minutes of `IntakeHealth.minutes`; `fresh` of `streams` in service have a value
    that is not stale. `silent`: it should send, and nothing came within three intervals of any of its streams."""

    source: str
    zh: str
    en: str
    readings: int
    refused: int
    streams: int
    fresh: int
    silent: bool
    last_at: datetime | None
    age_s: float | None


class IntakeHealth(Schema):
    minutes: int
    readings_per_minute: float
    sources: list[SourceHealth]


class DeskOut(Schema):
    """All of the first minute. What nobody knows is null, never zero. `blind` holds the gravest, `blind_more` how many more
    there are; `intake` is null for those who may not read the whole district's signals.

    Of a moment that has passed (`now`), `seal` and `intake` are null, and nobody has anything to sign: those are of now."""

    now: datetime
    place: NamedPlace
    shift: DeskShift | None
    next_shift: DeskShift | None
    leads: list[DeskPost]
    posture: StandingPosture
    parts: list[StandingPosture]
    proposals: list[ProposalRow]
    warnings: list[WarningRow]
    responses: list[ResponseRow]
    today: TodayOut
    matters: list[StandingPosture]
    queues: list[QueueOut]
    blind: list[BlindOut]
    blind_more: int
    phones: list[DeskPost]
    hand_over: HandOverDesk | None
    seal: SealOut | None
    intake: IntakeHealth | None
