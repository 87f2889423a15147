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
