"""Series of many streams at once, in one statement a batch: what a chart reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chengyun.signals.store.engine import chunks, run

Minute = tuple[int, int, int, float, float, float, float]


def minutes(stream_ids: Sequence[int], first: int, before: int) -> Iterator[Minute]:
    """(stream id, minute, n, min, max, sum, last) of the roll-up in [first, before)."""
    for part in chunks(stream_ids):
        marks = ", ".join(["%s"] * len(part))
        yield from run(
            "SELECT stream_id, minute, n, min, max, sum, last FROM signals_minutefigure "
            f"WHERE stream_id IN ({marks}) AND minute >= %s AND minute < %s",
            [*part, first, before],
        )


def readings(stream_ids: Sequence[int], first: int, until_ms: int) -> Iterator[tuple[int, int, float]]:
    """(stream id, minute, value) of observations from minute `first` on, before `until_ms`, in the order of events."""
    wanted = list(range(first, until_ms // 60_000 + 1))
    if not wanted:
        return
    named = ", ".join(["%s"] * len(wanted))
    for part in chunks(stream_ids):
        marks = ", ".join(["%s"] * len(part))
        # Naming the minutes makes each a short look-up in the key.
        yield from run(
            f"SELECT stream_id, minute, value FROM signals_observation WHERE minute IN ({named}) "
            f"AND stream_id IN ({marks}) AND at_ms < %s ORDER BY at_ms, message, idx",
            [*wanted, *part, until_ms],
        )
