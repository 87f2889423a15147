"""The shape of series and of what recurs. Columns run side by side; null is "nothing is known", never zero."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema


class Series(Schema):
    """Step `i` is [since + i * step_s, since + (i + 1) * step_s). `have` of `of` datastreams had a value in it; a sum with
    `have` < `of` is a lower bound. `mean` is the mean of the step (of a total: the sum of the means)."""

    since: datetime
    until: datetime
    step_s: int
    of: int
    have: list[int]
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]


class QuantityBrief(Schema):
    quantity: str
    quantity_zh: str
    quantity_en: str
    unit: str


class SourceAge(Schema):
    """Where the figures come from, and how old the newest of each is."""

    source: str
    zh: str
    en: str
    streams: int
    newest_at: datetime | None
    age_s: float | None


class TotalSeries(QuantityBrief):
    """A quantity added up over an area. `latest` is as of `until`, with its own coverage; null without any value."""

    area: str
    area_zh: str
    area_en: str
    series: Series
    latest: float | None
    latest_at: datetime | None
    latest_have: int
    latest_of: int
    lower_bound: bool


class LineFlow(Schema):
    """One line: the mean flow in and out of it in each step, in `unit` of its ring. Null where the line said nothing."""

    asset: str
    zh: str
    en: str
    has_in: bool
    has_out: bool
    inward: list[float | None]
    outward: list[float | None]


class RingFlow(Schema):
    """What crosses the lines of a ring (gates, metro exits): the mean flow in each step over all lines that had data
    (`have_*` of `of_*`), in `unit`, and in `total_*` how many that comes to since the start. With lines missing both are
    lower bounds. Never people present: that is another quantity."""

    area: str
    area_zh: str
    area_en: str
    unit: str
    of_in: int
    of_out: int
    have_in: list[int]
    have_out: list[int]
    inward: list[float | None]
    outward: list[float | None]
    total_in: list[float | None]
    total_out: list[float | None]
    lines: list[LineFlow]


class Forecast(Schema):
    """A forecast of the total: the middle and the band it lies in with the stated probability."""

    made_at: datetime
    model: str
    probability: float
    at: list[datetime]
    low: list[float]
    middle: list[float]
    high: list[float]


class TrendsOut(Schema):
    now: datetime
    since: datetime
    until: datetime
    step_s: int
    people: TotalSeries
    flows: list[RingFlow]
    forecast: Forecast | None
    sources: list[SourceAge]


class PeriodOut(Schema):
    """A span that is counted, and whether there are any records of it at all."""

    since: datetime
    until: datetime
    known: bool


class CountOut(Schema):
    """`now` in the period, `before` in the one before it (环比), `last_year` in the same one a year ago (同比). Changes are
    shares (0.5 is half as many again); null where that period has no records, or had none of these."""

    now: int
    before: int | None
    last_year: int | None
    change: float | None
    change_year: float | None


class RecurringRow(Schema):
    """What came back in one place, of one kind, or both. `propose`: enough to think of a special campaign, and why."""

    area: str | None
    area_zh: str
    area_en: str
    lon: float | None
    lat: float | None
    kind: str | None
    kind_zh: str
    kind_en: str
    cases: CountOut
    alerts: CountOut | None
    propose: bool
    why_zh: str
    why_en: str


class CampaignRule(Schema):
    """When a special campaign is proposed: at least `least` cases, and at least `rise` more than before (or nothing known of
    before). `suggested`: a suggested value, to be settled by the district."""

    least: int
    rise: float
    suggested: bool
    zh: str
    en: str


class RecurrenceOut(Schema):
    group: Literal["place", "kind", "both"]
    now: PeriodOut
    before: PeriodOut
    last_year: PeriodOut
    rule: CampaignRule
    rows: list[RecurringRow]
    more: bool
