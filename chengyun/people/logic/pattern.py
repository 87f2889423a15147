"""From a shift pattern to stretches of duty.

A pattern says which shifts a day has and which team serves the n-th of them. Occurrence numbers count from
`starts_on`, so that the same stretch gets the same team however often, and in whatever range, it is generated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class ShiftTime:
    """A shift of the day in minutes after midnight, wall clock. `ends` beyond 1440 runs into the next day."""

    code: str
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """`teams[k]` maps post code to the person's ref; `weekdays` holds 0 (Monday) to 6."""

    starts_on: date
    shifts: tuple[ShiftTime, ...]
    teams: tuple[Mapping[str, str], ...]
    weekdays: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One shift on one day: UTC from (inclusive) to (exclusive), and who stands where."""

    number: int
    code: str
    starts_at: datetime
    ends_at: datetime
    team: Mapping[str, str]


def minutes(text: str) -> int:
    """`"08:30"` -> 510; `"24:00"` -> 1440. ValueError for anything else."""
    hours, _, rest = text.partition(":")
    if not (hours.isdigit() and rest.isdigit() and len(hours) <= 2 and len(rest) == 2):
        raise ValueError(f"not a time of day: {text!r}")
    value = int(hours) * 60 + int(rest)
    if int(rest) > 59 or value > DAY_MINUTES:
        raise ValueError(f"not a time of day: {text!r}")
    return value


def shift_time(code: str, begins: str, ends: str) -> ShiftTime:
    """A shift from two wall-clock texts; an end at or before the beginning is on the next day."""
    first, last = minutes(begins), minutes(ends)
    if first == DAY_MINUTES:
        raise ValueError("a shift begins before 24:00")
    return ShiftTime(code, first, last if last > first else last + DAY_MINUTES)


def expand(pattern: Pattern, first: date, days: int, zone: ZoneInfo) -> Iterator[Occurrence]:
    """Occurrences whose shift begins on `first` or one of the `days - 1` days after it, in order of time."""
    for offset in range(days):
        day = first + timedelta(days=offset)
        if day < pattern.starts_on or day.weekday() not in pattern.weekdays:
            continue
        for index, shift in enumerate(pattern.shifts):
            number = (day - pattern.starts_on).days * len(pattern.shifts) + index
            yield Occurrence(
                number,
                shift.code,
                _moment(day, shift.begins, zone),
                _moment(day, shift.ends, zone),
                pattern.teams[number % len(pattern.teams)],
            )


def _moment(day: date, after_midnight: int, zone: ZoneInfo) -> datetime:
    whole, rest = divmod(after_midnight, DAY_MINUTES)
    wall = datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=zone) + timedelta(days=whole)
    return wall.astimezone(UTC)


def gap_in_the_day(shifts: Sequence[ShiftTime]) -> str | None:
    """Why these shifts do not follow one another round the clock, or None when they do."""
    if not shifts:
        return "no shift"
    ordered = list(shifts)
    if ordered != sorted(ordered, key=lambda shift: shift.begins):
        return "shifts are not in order of their beginning"
    for here, after in zip(ordered, ordered[1:], strict=False):
        if here.ends != after.begins:
            return f"{here.code} ends when {after.code} does not begin"
    if ordered[-1].ends - DAY_MINUTES != ordered[0].begins:
        return f"{ordered[-1].code} ends when {ordered[0].code} does not begin"
    return None


def same_person_twice(pattern: Pattern, posts: frozenset[str]) -> str | None:
    """A ref that holds one of `posts` in two shifts running, who could not sign in after signing out; else None."""
    rounds = len(pattern.teams)
    for k in range(rounds):
        here, after = pattern.teams[k], pattern.teams[(k + 1) % rounds]
        out = {here[post] for post in posts if post in here}
        into = {after[post] for post in posts if post in after}
        if out and into and len(out | into) == 1:
            return next(iter(out))
    return None
