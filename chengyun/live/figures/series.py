"""Minute figures as series: of one datastream with its gaps, and added up over many with their coverage.

The roll-up is a minute behind, so the newest minutes are read from the observations themselves. Nothing after `until` is
read: a replay that stands at a moment shows what was known of it then, but for readings that came late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.live.figures.shapes import Series
from chengyun.signals import store
from chengyun.signals.logic import times
from chengyun.signals.logic.stream import Stream

# Suggested: as many points as a chart of this width can show.
MOST_STEPS = 240
STEPS_S = (60, 120, 300, 600, 900, 1800, 3600)
LONGEST = timedelta(hours=48)
# The roll-up may be this many minutes behind.
_BEHIND = 3

# minute -> (n, min, max, sum, last)
Figures = dict[int, tuple[int, float, float, float, float]]


@dataclass(frozen=True, slots=True)
class Frame:
    """The steps of a series: `steps` of `step` whole minutes from minute `first`; `until_ms` may end it within one."""

    first: int
    step: int
    steps: int
    until_ms: int

    @property
    def last(self) -> int:
        """The minute after the last step."""
        return self.first + self.step * self.steps

    def of(self, minute: int) -> int:
        return (minute - self.first) // self.step


def frame(since: datetime, until: datetime, step_s: int | None) -> Frame:
    """Steps over [since, until], begun at a whole step. Raises Invalid for a span or a step that cannot be drawn."""
    if since >= until or until - since > LONGEST:
        raise Invalid(
            "bad_period",
            T("时间段不正确，最长 48 小时", "since comes before until, at most 48 hours before"),
            field="since",
        )
    span_s = (until - since).total_seconds()
    if step_s is None:
        step_s = next((step for step in STEPS_S if span_s / step <= MOST_STEPS), STEPS_S[-1])
    if step_s < 60 or step_s % 60 or span_s / step_s > MOST_STEPS + 1:
        raise Invalid(
            "bad_step",
            T("步长不正确", "A step is whole minutes, and there are at most 240 of them"),
            field="step",
            hint=T("可省略 step，由平台选择。", "Leave step out to have one chosen."),
        )
    step = step_s // 60
    # What is said of this very moment belongs to it.
    until_ms = times.to_ms(until) + 1
    first = times.to_ms(since) // 60_000 // step * step
    return Frame(first, step, -(-(-(-until_ms // 60_000) - first) // step), until_ms)


def read(streams: Sequence[Stream], over: Frame, *, before: int = 0) -> dict[int, Figures]:
    """Figures of each stream by minute, from `before` minutes before the frame. A stream without any is left out."""
    found: dict[int, Figures] = {}
    ids = [stream.id for stream in streams]
    whole = over.until_ms // 60_000
    for stream, minute, *figures in store.minutes(ids, over.first - before, whole):
        found.setdefault(stream, {})[minute] = tuple(figures)  # type: ignore[assignment]
    fresh: dict[tuple[int, int], list[float]] = {}
    for stream, minute, value in store.readings(
        ids, max(over.first - before, whole - _BEHIND), over.until_ms
    ):
        fresh.setdefault((stream, minute), []).append(value)
    for (stream, minute), values in fresh.items():
        found.setdefault(stream, {})[minute] = (
            len(values),
            min(values),
            max(values),
            sum(values),
            values[-1],
        )
    return found


def single(figures: Figures, over: Frame) -> Series:
    """The series of one datastream; null where it said nothing."""
    count = [0] * over.steps
    total = [0.0] * over.steps
    low: list[float | None] = [None] * over.steps
    high: list[float | None] = [None] * over.steps
    for minute, (n, least, most, added, _) in figures.items():
        step = over.of(minute)
        if not 0 <= step < over.steps:
            continue
        count[step] += n
        total[step] += added
        kept_low, kept_high = low[step], high[step]
        low[step] = least if kept_low is None else min(kept_low, least)
        high[step] = most if kept_high is None else max(kept_high, most)
    mean = [round(added / n, 4) if n else None for added, n in zip(total, count, strict=True)]
    return shaped(over, 1, [int(n > 0) for n in count], low, high, mean)


def added_up(streams: Sequence[Stream], figures: dict[int, Figures], over: Frame) -> Series:
    """A sum over streams, minute by minute as `signals.totals` adds up: a value counts for three intervals. Of the minutes
    of a step those with the best coverage say what the step was."""
    minutes = over.step * over.steps
    have, value = [0] * minutes, [0.0] * minutes
    ended = (over.until_ms - 1) // 60_000 - over.first
    for stream in streams:
        mine = figures.get(stream.id)
        if not mine:
            continue
        reach = max(1, stream.stale_ms // 60_000) if stream.stale_ms else minutes
        newest, last = None, 0.0
        for minute in sorted(minute for minute in mine if minute < over.first):
            newest, last = minute - over.first, mine[minute][4]
        for offset in range(min(minutes, ended + 1)):
            here = mine.get(over.first + offset)
            if here is not None:
                newest, last = offset, here[4]
            if newest is not None and offset - newest < reach:
                have[offset] += 1
                value[offset] += last
    return _best(over, len(streams), have, value)


def _best(over: Frame, of: int, have: list[int], value: list[float]) -> Series:
    best: list[int] = []
    low: list[float | None] = []
    high: list[float | None] = []
    mean: list[float | None] = []
    for step in range(over.steps):
        span = range(step * over.step, (step + 1) * over.step)
        most = max((have[minute] for minute in span), default=0)
        best.append(most)
        values = [value[minute] for minute in span if have[minute] == most] if most else []
        low.append(min(values, default=None))
        high.append(max(values, default=None))
        mean.append(round(sum(values) / len(values), 4) if values else None)
    return shaped(over, of, best, low, high, mean)


def shaped(
    over: Frame,
    of: int,
    have: list[int],
    low: list[float | None],
    high: list[float | None],
    mean: list[float | None],
) -> Series:
    return Series(
        since=times.from_ms(over.first * 60_000),
        until=times.from_ms(over.until_ms - 1),
        step_s=over.step * 60,
        of=of,
        have=have,
        min=low,
        max=high,
        mean=mean,
    )


def reach_back(streams: Iterable[Stream]) -> int:
    """How many minutes before a frame a value may still count in it."""
    return max((stream.stale_ms // 60_000 for stream in streams), default=0)
