"""Readings as of then, and what changed step by step: from single observations while they are kept, else from the minutes.

A reading counts from its arrival on, as it did on the screen of that night: what was late then is late here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from chengyun.live.tape.shapes import ColumnsOut, KeptOut
from chengyun.signals import store
from chengyun.signals.logic import times
from chengyun.signals.models import Datastream, Latest

From = Literal["observations", "minutes", "none"]
# What a console shows after a jump was newer than this; later than that a reading does not arrive either.
BACK_MINUTES = 60
# A reading that comes later than this is shown by the next one.
LATE_MINUTES = 15
# More readings than this make a piece too large to load at once: it ends earlier.
MAX_READINGS = 40_000


def visible(viewer: Any) -> frozenset[int]:
    """The datastreams within a viewer's areas and classes."""
    return frozenset(Datastream.objects.visible_to(viewer).values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Kept:
    """Minutes (since 1970) of which something is kept."""

    observations: tuple[int, int] | None
    minutes: tuple[int, int] | None

    def source(self, at: datetime, until: datetime | None = None) -> From:
        """What a stretch is shown from."""
        first, last = times.to_ms(at) // 60_000, times.to_ms(until or at) // 60_000
        if (
            self.observations
            and self.observations[0] <= first
            and first <= self.observations[1] + BACK_MINUTES
        ):
            return "observations"
        if self.minutes and self.minutes[0] <= last and first <= self.minutes[1] + BACK_MINUTES:
            return "minutes"
        # A stretch that began before the first reading, and reaches into what is kept.
        if self.observations and first <= self.observations[1] and last >= self.observations[0]:
            return "observations"
        return "none"

    def within(self, since: datetime, until: datetime) -> KeptOut:
        """What of a stretch is kept."""
        first, last = times.to_ms(since) // 60_000, times.to_ms(until) // 60_000
        spans = [_overlap(span, first, last) for span in (self.observations, self.minutes)]
        return KeptOut(
            observations_since=spans[0][0],
            observations_until=spans[0][1],
            minutes_since=spans[1][0],
            minutes_until=spans[1][1],
        )


def _overlap(span: tuple[int, int] | None, first: int, last: int) -> tuple[datetime | None, datetime | None]:
    if span is None or span[1] < first or span[0] > last:
        return None, None
    return times.from_ms(max(span[0], first) * 60_000), times.from_ms((min(span[1], last) + 1) * 60_000)


def kept(viewer: Any) -> Kept:
    """What is kept. Of figures by the minute a few streams speak for all: they are kept and forgotten together."""
    few = Latest.objects.visible_to(viewer).order_by("pk").values_list("pk", flat=True)[:20]
    return Kept(store.kept_minutes(), store.span_of_minutes(list(few)))


def at_moment(viewer: Any, at: datetime) -> tuple[From, ColumnsOut]:
    """The newest value of each datastream that had arrived in the hour before a moment."""
    streams, source = visible(viewer), kept(viewer).source(at)
    now = times.to_ms(at)
    first = now // 60_000 - BACK_MINUTES
    newest: dict[int, tuple[float, int]] = {}
    if source == "observations":
        newest = {s: (v, seen) for s, seen, v, _ in store.newest_by(first, now) if s in streams}
    elif source == "minutes":
        # The figure of a minute is there once the minute is over.
        for stream, minute, value in store.last_of_minutes(streams, first, now // 60_000 - 1):
            newest[stream] = (value, minute * 60_000)
    return source, columns(newest)


def columns(values: dict[int, tuple[float, int]]) -> ColumnsOut:
    ids = sorted(values)
    return ColumnsOut(ids=ids, value=[values[i][0] for i in ids], at_ms=[values[i][1] for i in ids])


def step_for(since: datetime, until: datetime) -> int:
    """Seconds between two frames of values: 10 for half an hour, 30 for three hours, 60 for longer. Suggested (建议值)."""
    span = until - since
    return 10 if span <= timedelta(minutes=30) else 30 if span <= timedelta(hours=3) else 60


def steps(
    viewer: Any, since: datetime, until: datetime, step_s: int
) -> tuple[From, datetime, list[tuple[datetime, ColumnsOut]]]:
    """(source, where it ends, [(moment, values that changed since the moment before)]) in (since, until].

    It ends earlier than asked for where there are more readings than one piece should hold.
    """
    streams, source = visible(viewer), kept(viewer).source(since, until)
    start, end, step = times.to_ms(since), times.to_ms(until), step_s * 1000
    if source == "none" or end <= start:
        return source, until, []
    if source == "observations":
        first = start // 60_000
        known = {s: (v, at) for s, at, v, _ in store.newest_by(first - LATE_MINUTES, start) if s in streams}
        came = [row for row in store.arriving(first - LATE_MINUTES, start, end, step) if row[0] in streams]
        if len(came) > MAX_READINGS:
            # The last whole step that fits.
            fits = (came[MAX_READINGS][3] - start - 1) // step
            end = start + max(1, fits) * step
            came = [row for row in came if row[3] <= end]
    else:
        step = max(step, 60_000)
        first = start // 60_000
        known = {s: (v, m * 60_000) for s, m, v in store.last_of_minutes(streams, first - 1, first - 1)}
        rows = store.last_of_minutes(streams, first, end // 60_000 - 1)
        came = [(s, m * 60_000, v, (m + 1) * 60_000) for s, m, v in rows]
        came = [row for row in came if start < row[3] <= end]
    found: dict[int, dict[int, tuple[float, int]]] = {}
    for stream, seen, value, arrived in came:
        before = known.get(stream)
        if before is not None and (seen < before[1] or (value, seen) == before):
            continue
        known[stream] = (value, seen)
        moment = min(end, start + -(-(arrived - start) // step) * step)
        found.setdefault(moment, {})[stream] = (value, seen)
    return source, times.from_ms(end), [(times.from_ms(at), columns(found[at])) for at in sorted(found)]
