"""The shape of one incident's card: everything about it on one page."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema

from chengyun.live.figures.shapes import QuantityBrief, Series
from chengyun.live.rows.shapes import AlertRow, CaseRow, IncidentRow, Mode
from chengyun.people.shapes import PersonOut, PostKind


class ThresholdLine(Schema):
    """A line to draw. `in_force`: it holds now; the others would hold in `mode` at `mode_level`."""

    rule: str
    name_zh: str
    name_en: str
    level: int
    set: float | None
    clear: float | None
    below: bool
    in_force: bool
    mode: Mode
    mode_level: int | None
    source: str


class CardSeries(QuantityBrief):
    """One signal of the incident: a datastream, or a total over an area. `stale`: the newest value is too old to go by."""

    key: str
    kind: Literal["datastream", "total"]
    zh: str
    en: str
    area: str
    alerts: list[int]
    series: Series
    latest: float | None
    latest_at: datetime | None
    age_s: float | None
    stale: bool
    thresholds: list[ThresholdLine]


class ObservationBrief(Schema):
    """A value that was judged."""

    datastream: str
    at: datetime
    value: float
    unit: str


class WhyLine(Schema):
    """One sentence of the chain, oldest first; `observations` are what an alert's entry holds of what was judged."""

    entry: int
    at: datetime
    kind: str
    subject: str
    depth: int
    zh: str
    en: str
    observations: list[ObservationBrief]


class Walking(Schema):
    """How distance becomes minutes: a straight line, longer by `detour`, at `speed_m_s`. Suggested values."""

    speed_m_s: float
    detour: float
    suggested: bool
    zh: str
    en: str


class NearPost(Schema):
    """A manned post near the incident. `lon`, `lat` are the post's own place, not a person's."""

    post: str
    kind: PostKind
    zh: str
    en: str
    lon: float
    lat: float
    distance_m: int
    walk_s: int
    staff: PersonOut | None


class NearPosition(Schema):
    """Where a post on duty is now, where that may be seen."""

    post: str
    zh: str
    en: str
    lon: float
    lat: float
    at: datetime
    age_s: int
    distance_m: int
    walk_s: int


class NearCamera(Schema):
    """A camera close enough to see the place. `faulty`: an alert says that it is offline or silent."""

    asset: str
    zh: str
    en: str
    lon: float
    lat: float
    distance_m: int
    in_service: bool
    faulty: bool


class ClosingOut(Schema):
    """Under what condition a case of a kind may be closed."""

    kind: str
    kind_zh: str
    kind_en: str
    condition: str
    filing_zh: str
    filing_en: str
    closing_zh: str
    closing_en: str
    limit_zh: str
    limit_en: str


class MeasureBrief(Schema):
    """`declared`: it was ordered with what is in force there now."""

    code: str
    zh: str
    en: str
    declared: bool


class PlanOut(Schema):
    """What the district's data says to do. `plan` is null: no plan is loaded."""

    plan: int | None
    closing: list[ClosingOut]
    measures: list[MeasureBrief]


class CaseChoice(Schema):
    """A kind of case that fits; `condition` where the rule names one."""

    kind: str
    kind_zh: str
    kind_en: str
    condition: str | None
    by_rule: bool


class CallChoice(Schema):
    post: str
    zh: str
    en: str
    why_zh: str
    why_en: str
    staff: PersonOut | None


Action = Literal["acknowledge", "judge", "shelve", "report", "dispatch", "call"]


class ActionOut(Schema):
    """What the reader may do with it. `targets`: the alerts or cases that it would touch. Refused: why, and what to do."""

    action: Action
    zh: str
    en: str
    allowed: bool
    code: str | None
    reason: str | None
    hint: str | None
    targets: list[int]


class ShelvePreset(Schema):
    code: str
    zh: str
    en: str


class CardOut(Schema):
    """One incident as of `at`: rows and what may be done are of now, series and sentences end at `at`."""

    now: datetime
    at: datetime
    incident: IncidentRow
    alerts: list[AlertRow]
    trends: list[CardSeries]
    why: list[WhyLine]
    walking: Walking
    posts: list[NearPost]
    positions: list[NearPosition]
    positions_shown: bool
    positions_why_zh: str
    positions_why_en: str
    cameras: list[NearCamera]
    camera_range_m: int
    plan: PlanOut
    cases: list[CaseRow]
    actions: list[ActionOut]
    shelve_reasons: list[ShelvePreset]
    shelve_minutes: list[int]
    shelve_most_minutes: int
    report_as: list[CaseChoice]
    call: list[CallChoice]


class AlertDetailOut(Schema):
    """One alert with the sentences that led to it."""

    alert: AlertRow
    why: list[WhyLine]
    trends: list[CardSeries]
    actions: list[ActionOut]
