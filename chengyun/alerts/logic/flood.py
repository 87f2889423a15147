"""Is the alarm system itself well? Figures after the practice of ISA-18.2 and EEMUA 191; the limits are suggested values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

WINDOW_MS = 600_000
FLOOD_PER_OPERATOR = 10  # more new alarms than this in 10 minutes per operator is a flood
CHATTER_RAISES, CHATTER_MS = 3, 60_000  # the same alarm three times in a minute chatters
STALE_MS = 24 * 3_600_000  # an alarm that stands a whole day tells nobody anything


@dataclass(frozen=True, slots=True)
class Flood:
    """``per_operator``: alarms per operator in the latest ten minutes; ``peak`` the worst ten minutes seen."""

    alarms: int
    per_operator: float
    peak_per_operator: float
    flood: bool
    chattering: tuple[tuple[str, int], ...]
    stale: int


def figures(
    raises: Iterable[tuple[int, str]], standing_since: Iterable[int], *, now: int, operators: int
) -> Flood:
    """``raises``: (ms, rule|subject) of every alarm announced; ``standing_since``: when active alerts were opened (ms)."""
    seats = max(1, operators)
    times = sorted(raises)
    latest = sum(1 for at, _ in times if now - WINDOW_MS < at <= now)
    peak, start = 0, 0
    for end, (at, _) in enumerate(times):
        while times[start][0] <= at - WINDOW_MS:
            start += 1
        peak = max(peak, end - start + 1)
    return Flood(
        alarms=latest,
        per_operator=latest / seats,
        peak_per_operator=peak / seats,
        flood=latest / seats > FLOOD_PER_OPERATOR,
        chattering=chattering(times),
        stale=sum(1 for since in standing_since if now - since >= STALE_MS),
    )


def chattering(times: list[tuple[int, str]]) -> tuple[tuple[str, int], ...]:
    """(rule|subject, raises) of what was raised too often in too short a time, the worst first."""
    per: dict[str, list[int]] = {}
    for at, what in times:
        per.setdefault(what, []).append(at)
    worst: Counter[str] = Counter()
    for what, ats in per.items():
        if any(b - a <= CHATTER_MS for a, b in zip(ats, ats[CHATTER_RAISES - 1 :], strict=False)):
            worst[what] = len(ats)
    return tuple(sorted(worst.items(), key=lambda item: (-item[1], item[0])))
