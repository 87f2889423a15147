"""Moments as they come in an address."""

from __future__ import annotations

from datetime import datetime

from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T


def moment(value: datetime | None, field: str) -> datetime | None:
    """The moment itself, which has to say its offset."""
    if value is not None and value.tzinfo is None:
        raise Invalid(
            "bad_moment",
            T("时间须带时区", "A time needs its offset from UTC"),
            field=field,
            hint=T("例如 2023-12-31T18:00:00+08:00。", "Write 2023-12-31T18:00:00+08:00."),
        )
    return value
