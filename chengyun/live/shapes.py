"""The shape of overview, chain and journal over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import JsonValue

from chengyun.cases.shapes import CaseSummary

Mode = Literal["normal", "holiday", "major_event", "emergency"]


class PeopleOut(Schema):
    """`lower_bound`: not all counters report. `value` is null where none does."""

    value: float | None
    lower_bound: bool
    with_data: int
    of: int
    at: datetime | None
    limit: float | None


class OverviewAlert(Schema):
    id: int
    level: int
    title: str
    subject: str
    place: str
    state: Literal["unacknowledged", "acknowledged", "cleared", "closed"]
    state_label: str
    unacknowledged: bool
    since: datetime
    incident: int | None


class StoryLine(Schema):
    id: int
    at: datetime
    text: str


class OverviewOut(Schema):
    now: datetime
    place: str
    people: PeopleOut
    mode: Mode
    mode_label: str
    level: int | None
    proposal: str
    alerts: list[OverviewAlert]
    alert_count: int
    alerts_hidden: int
    incident_count: int
    cases: list[CaseSummary]
    case_count: int
    case_counts: list[tuple[str, int]]
    story: list[StoryLine]


class ChainStep(Schema):
    """`depth`: how far from the thing that was asked about. `text_*` is the entry in one sentence."""

    depth: int
    entry: int
    at: datetime
    kind: str
    label: str
    text_zh: str
    text_en: str
    subject: str
    actor: str
    area: str
    payload: dict[str, JsonValue]
    cause: int | None


class ChainOut(Schema):
    steps: list[ChainStep]


class JournalOut(Schema):
    id: int
    at: datetime
    kind: str
    label_zh: str
    label_en: str
    text_zh: str
    text_en: str
    subject: str
    area: str
    actor: str
    payload: dict[str, JsonValue]
    cause: int | None


class JournalPage(Schema):
    items: list[JournalOut]
    next: str | None
