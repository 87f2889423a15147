"""Moments as they come in an address."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime

from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T

# Whoever may play a recorded night may ask how things stood.
LOOK_BACK = "replay.run"
_EXAMPLE = T("例如 2023-12-31T18:00:00+08:00。", "Write 2023-12-31T18:00:00+08:00.")


def moment(value: datetime | None, field: str) -> datetime | None:
    """The moment itself, which has to say its offset."""
    if value is not None and value.tzinfo is None:
        raise Invalid(
            "bad_moment",
            T("时间须带时区", "A time needs its offset from UTC"),
            field=field,
            hint=_EXAMPLE,
        )
    return value


def within(value: datetime, field: str) -> datetime:
    """A moment that can be counted with: at the edges of the calendar an hour more, or another offset, cannot be held."""
    if value.year in (MINYEAR, MAXYEAR):
        raise Invalid(
            "bad_moment", T("没有这样的时间", "There is no such moment here"), field=field, hint=_EXAMPLE
        )
    found = moment(value, field)
    assert found is not None
    return found


def past(actor: Actor, value: datetime | None, field: str = "at") -> datetime | None:
    """A moment of which is asked how things stood then; None where none is given: as they stand.

    NotAllowed without the right that a replay needs; Invalid for a moment that is yet to come.
    """
    if value is None:
        return None
    actor.require(LOOK_BACK)
    found = within(value, field)
    if found > clock.now():
        raise Invalid(
            "not_yet",
            T("该时间尚未到来", "That moment is yet to come"),
            field=field,
            hint=T("请给出过去的时间。", "Give a moment that has passed."),
        )
    return found
