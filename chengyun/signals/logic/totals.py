"""A total over several streams, with what it does not know. Silent streams make it a lower bound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Total:
    """`value` adds up the `known` of `of` streams that have a fresh value; `oldest_age_s` is the age of the oldest of them.

    With `complete` False the value is a lower bound: it may raise an alarm, and must never clear one.
    """

    value: float
    known: int
    of: int
    oldest_age_s: float | None

    @property
    def complete(self) -> bool:
        return self.of > 0 and self.known == self.of

    def __str__(self) -> str:
        bound = "" if self.complete else "≥ "
        return f"{bound}{self.value:g} ({self.known}/{self.of})"


def add_up(latest: Iterable[tuple[int | None, float, int]], *, at_ms: int) -> Total:
    """latest: (event time in ms or None where nothing is known, value, ms after which it is stale or 0 for never)."""
    value, known, count, oldest = 0.0, 0, 0, None
    for seen_ms, reading, stale_ms in latest:
        count += 1
        if seen_ms is None or (stale_ms and at_ms - seen_ms > stale_ms):
            continue
        value += reading
        known += 1
        oldest = seen_ms if oldest is None else min(oldest, seen_ms)
    return Total(value, known, count, None if oldest is None else max(0, at_ms - oldest) / 1000)
