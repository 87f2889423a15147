"""Continuous and working time: when a limit runs out, what has elapsed, and why.

`urgent_hour`, `urgent_day` (紧急工作时, 紧急工作日) and `minute`, `natural_day` run on through nights and holidays.
`work_hour` and `work_day` (工作时, 工作日) count only inside the working windows of working days; one working day is
eight working hours. Pauses are spans that do not count. All moments are aware datetimes; results are in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from chengyun.cases.logic.holidays import national_workday

CONTINUOUS: Mapping[str, timedelta] = {
    "minute": timedelta(minutes=1),
    "urgent_hour": timedelta(hours=1),
    "urgent_day": timedelta(days=1),
    "natural_day": timedelta(days=1),
}
WORKING: Mapping[str, timedelta] = {"work_hour": timedelta(hours=1), "work_day": timedelta(hours=8)}
UNITS = (*CONTINUOUS, *WORKING)

# 08:00-12:00 and 14:00-18:00, as minutes of the local day.
DEFAULT_WINDOWS = ((480, 720), (840, 1080))
# A limit longer than this in calendar days is a mistake, not a deadline.
_FURTHEST_DAYS = 4000

Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Limit:
    """So much time of a unit: `Limit(2, "urgent_hour")`."""

    amount: float
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unit {self.unit!r} is not known; use one of {', '.join(UNITS)}")
        if not self.amount > 0:
            raise ValueError(f"a limit is more than nothing, not {self.amount}")

    @property
    def working(self) -> bool:
        return self.unit in WORKING

    @property
    def length(self) -> timedelta:
        """How much counted time it is."""
        return (WORKING.get(self.unit) or CONTINUOUS[self.unit]) * self.amount

    def times(self, factor: float) -> Limit:
        return Limit(self.amount * factor, self.unit)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working windows in a zone. `days` says of single days whether they are worked, before the national table does."""

    zone: str = "Asia/Shanghai"
    windows: tuple[tuple[int, int], ...] = DEFAULT_WINDOWS
    days: Mapping[date, bool] = field(default_factory=dict)
    table: Callable[[date], bool | None] = national_workday

    def worked(self, day: date) -> tuple[bool, bool]:
        """(whether the day is worked, whether that is certain). Without a table: Monday to Friday, not certain."""
        if day in self.days:
            return self.days[day], True
        known = self.table(day)
        return (day.weekday() < 5, False) if known is None else (known, True)


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit runs out: `at` is None while an open pause holds it. Provisional: a year's holidays are not known."""

    at: datetime | None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the explanation. `kind`: counting, paused, or off (outside working time)."""

    starts_at: datetime
    ends_at: datetime
    kind: str

    @property
    def counted(self) -> timedelta:
        return self.ends_at - self.starts_at if self.kind == "counting" else timedelta(0)


def due(start: datetime, limit: Limit, pauses: Iterable[Pause] = (), calendar: Calendar | None = None) -> Due:
    """When `limit`, started at `start`, has run out."""
    if limit.unit in CONTINUOUS and not pauses:
        return Due(start.astimezone(UTC) + limit.length)
    left, certain = limit.length, True
    for begin, end, sure in _counting(start, limit, list(pauses), calendar or Calendar()):
        certain = certain and sure
        if end is None or end - begin >= left:
            return Due(begin + left, not certain)
        left -= end - begin
    return Due(None, not certain)


def elapsed(
    start: datetime,
    until: datetime,
    limit: Limit,
    pauses: Iterable[Pause] = (),
    calendar: Calendar | None = None,
) -> timedelta:
    """How much time of the limit's kind was counted from `start` to `until`."""
    total = timedelta(0)
    for begin, end, _ in _counting(start, limit, list(pauses), calendar or Calendar()):
        if begin >= until:
            break
        total += min(end, until) - begin if end is not None else until - begin
    return total


def explain(
    start: datetime,
    until: datetime,
    limit: Limit,
    pauses: Iterable[Pause] = (),
    calendar: Calendar | None = None,
) -> list[Span]:
    """The stretches from `start` to `until`, without gap: what counted, what was paused, what was outside working time."""
    held = _merged(list(pauses))
    spans: list[Span] = []
    at = start.astimezone(UTC)
    until = until.astimezone(UTC)
    for begin, end, _ in _counting(start, limit, held, calendar or Calendar()):
        if begin >= until:
            break
        spans.extend(_idle(at, begin, held))
        stop = min(end, until) if end is not None else until
        if spans and spans[-1].kind == "counting" and spans[-1].ends_at == begin:
            begin = spans.pop().starts_at
        spans.append(Span(begin, stop, "counting"))
        at = stop
    spans.extend(_idle(at, until, held))
    return spans


def _idle(begin: datetime, end: datetime, held: Sequence[Pause]) -> Iterator[Span]:
    """The gap as stretches that were paused and stretches that were off."""
    at = begin
    for pause, resume in held:
        stop = resume or end
        if stop <= at or pause >= end:
            continue
        if pause > at:
            yield Span(at, pause, "off")
            at = pause
        yield Span(at, min(stop, end), "paused")
        at = min(stop, end)
    if at < end:
        yield Span(at, end, "off")


def _counting(
    start: datetime, limit: Limit, pauses: Sequence[Pause], calendar: Calendar
) -> Iterator[tuple[datetime, datetime | None, bool]]:
    """Stretches that count, in order, pauses cut out; an end of None means for ever."""
    held = _merged(pauses)
    start = start.astimezone(UTC)
    if limit.working:
        windows = _windows(start, calendar)
    else:
        windows = iter([(start, None, True)])
    for begin, end, sure in windows:
        at = begin
        open_ended = False
        for pause, resume in held:
            if resume is not None and resume <= at:
                continue
            if end is not None and pause >= end:
                break
            if pause > at:
                yield at, pause, sure
            if resume is None:
                return
            at = resume
            if end is not None and at >= end:
                open_ended = True
                break
        if not open_ended and (end is None or at < end):
            yield at, end, sure


def _merged(pauses: Sequence[Pause]) -> list[Pause]:
    """Sorted and without overlap, so that a stretch paused twice is cut out once."""
    merged: list[Pause] = []
    for begin, end in sorted(pauses, key=lambda p: (p[0], p[1] is None, p[1] or p[0])):
        if end is not None and end <= begin:
            continue
        if merged and (merged[-1][1] is None or begin <= merged[-1][1]):
            before = merged[-1]
            last = None if before[1] is None or end is None else max(before[1], end)
            merged[-1] = (before[0], last)
        else:
            merged.append((begin, end))
    return merged


def _windows(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime | None, bool]]:
    zone = _zone(calendar.zone)
    day = start.astimezone(zone).date()
    sure = True
    for _ in range(_FURTHEST_DAYS):
        worked, certain = calendar.worked(day)
        # A free day that may turn out to be worked makes everything after it uncertain too.
        sure = sure and certain
        if worked:
            for opens, closes in calendar.windows:
                begin, end = _moment(day, opens, zone), _moment(day, closes, zone)
                if end > start:
                    yield max(begin, start), end, sure
        day += timedelta(days=1)
    raise ValueError(f"no working time within {_FURTHEST_DAYS} days; check the calendar's days and windows")


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute >= 1440:
        day, minute = day + timedelta(days=1), minute - 1440
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
