"""When a rule looks: times of day on days of the week, in the district's time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from chengyun_vision.problem import Problem

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Schedule:
    """`days`: 0 is Monday. `spans`: from, to; a span that ends before it starts runs on into the next day, and belongs to
    the day on which it starts. A span whose ends are equal is the whole day."""

    days: frozenset[int] = frozenset(range(7))
    spans: tuple[tuple[time, time], ...] = ()

    def open(self, moment: datetime) -> bool:
        """Whether it looks then. `moment` stands in the district's zone."""
        if not self.spans:
            return moment.weekday() in self.days
        now, today = moment.time(), moment.weekday()
        for start, end in self.spans:
            if start < end:
                held = today in self.days and start <= now < end
            else:
                held = (today in self.days and now >= start) or ((today - 1) % 7 in self.days and now < end)
            if held:
                return True
        return False


ALWAYS = Schedule()


def read(given: Any, where: str) -> Schedule:
    """`{days: [mon, sat], times: ["08:00-20:00", "22:00-02:00"]}`, either may be left out. Raises `Problem`."""
    if not isinstance(given, Mapping) or not set(given) <= {"days", "times"}:
        raise Problem("应只含 days 与 times。", "days and times are wanted, nothing else.", where=where)
    days, times = given.get("days", list(DAYS)), given.get("times", [])
    if not isinstance(days, list) or not days or not all(day in DAYS for day in days):
        raise Problem(
            f"days 应为 {'、'.join(DAYS)} 的列表。",
            f"a list of {', '.join(DAYS)} is wanted.",
            where=f"{where}: days",
        )
    if not isinstance(times, list):
        raise Problem(
            "times 应为列表。", 'a list such as ["08:00-20:00"] is wanted.', where=f"{where}: times"
        )
    spans = tuple(_span(text, f"{where}: times") for text in times)
    return Schedule(frozenset(DAYS.index(day) for day in days), spans)


def _span(text: Any, where: str) -> tuple[time, time]:
    try:
        start, end = str(text).split("-")
        return _time(start), _time(end)
    except ValueError:
        raise Problem(
            f"{text!r} 不是时段。", f'{text!r} is no span of time such as "08:00-20:00".', where=where
        ) from None


def _time(text: str) -> time:
    hour, minute = text.strip().split(":")
    if (int(hour), int(minute)) == (24, 0):
        return _MIDNIGHT
    return time(int(hour), int(minute))
