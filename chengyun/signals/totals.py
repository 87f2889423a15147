"""Totals over an area, with their coverage. With a silent counter a total is a lower bound of what is there."""

from __future__ import annotations

from datetime import datetime

from chengyun.district import queries as district
from chengyun.district.models import Area
from chengyun.kernel import clock
from chengyun.signals import registry, store
from chengyun.signals.logic import times
from chengyun.signals.logic.stream import Stream
from chengyun.signals.logic.totals import Total, add_up

__all__ = ["Total", "streams_of", "total"]


def streams_of(area: Area, quantity: str) -> list[Stream]:
    """The streams of a quantity in an area (for a ring or a beat: in the grids it covers) that are in service."""
    grounds = tuple(district.grounds(area))
    found = registry.current().by_quantity.get(quantity, ())
    return [stream for stream in found if stream.off is None and stream.area_path.startswith(grounds)]


def total(area: Area, quantity: str, at: datetime | None = None) -> Total:
    """Add up the newest fresh values of a quantity over an area.

    A value is fresh for three intervals of its stream (suggested). `at` in the past gives the total as it stood then, from
    what had arrived within a minute of it.
    """
    return total_of(streams_of(area, quantity), at)


def total_of(streams: list[Stream], at: datetime | None = None) -> Total:
    """The same over given streams."""
    now_ms = times.to_ms(clock.now())
    at_ms = now_ms if at is None else times.to_ms(at)
    ids = [stream.id for stream in streams]
    if at_ms >= now_ms:
        newest = store.latest(ids)
    else:
        back = max((stream.stale_ms for stream in streams), default=0) // 60_000 + 1
        newest = store.latest_as_of(ids, at_ms, back)
    seen = [(newest.get(stream.id), stream.stale_ms) for stream in streams]
    return add_up(
        [(found[0] if found else None, found[1] if found else 0.0, stale) for found, stale in seen],
        at_ms=at_ms,
    )
