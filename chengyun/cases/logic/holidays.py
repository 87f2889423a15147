"""The national holiday table, with its exchanged working days (调休). It is published a year at a time."""

from __future__ import annotations

from datetime import date

import chinese_calendar


def national_workday(day: date) -> bool | None:
    """Whether a day is a working day in China; None for a year whose table is not known yet."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def national_holiday(day: date) -> tuple[str, str] | None:
    """The holiday that a day off belongs to, in both languages; None for a plain day, and for a year not known yet."""
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return None
    return (chinese_calendar.Holiday(name).chinese, str(name)) if off and name else None
