"""What a clock is started with, kept with it for good: limit, posture, when to warn, whom to tell when it has run out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chengyun.cases.logic.worktime import Limit

# Suggested values (建议值), used where the catalogue file says nothing: warn when a quarter of the limit is left;
# tell the next rung at the breach, then after half and after the whole of the limit once more.
WARN_LEFT = 0.25
RUNGS = (0.0, 0.5, 1.0)


def bent(limit: Limit, terms: Mapping[str, Any]) -> Limit:
    """A limit under a posture: `{"factor": 0.5}`, or `{"minutes": n}`, which never makes it longer."""
    if "minutes" in terms:
        wanted = Limit(float(terms["minutes"]), "minute")
        return wanted if limit.working or wanted.length < limit.length else limit
    factor = float(terms.get("factor", 1))
    return limit.times(factor) if factor != 1 else limit


def snapshot(
    limit: Limit,
    base: Limit,
    *,
    source: str,
    mode: str,
    level: int | None,
    policy: str,
    warn_left: float = WARN_LEFT,
    rungs: Sequence[float] = RUNGS,
) -> dict[str, Any]:
    """What is stored with a clock. Plain JSON."""
    return {
        "amount": limit.amount,
        "unit": limit.unit,
        "base": [base.amount, base.unit],
        "source": source,
        "mode": mode,
        "level": level,
        "posture": policy[:12],
        "warn": warn_left,
        "rungs": list(rungs),
    }


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is due about a clock: `warning`, `breach` (rung 0), or `escalation` with its rung."""

    at: datetime
    kind: str
    rung: int = 0


def events(
    policy: Mapping[str, Any], warn_at: datetime | None, due_at: datetime, length: timedelta
) -> list[Event]:
    """All that a running clock will ask for, in order. `length` is the limit's counted time, for the later rungs."""
    found = [Event(warn_at, "warning")] if warn_at is not None and warn_at < due_at else []
    for rung, share in enumerate(policy["rungs"]):
        found.append(Event(due_at + length * share, "escalation" if rung else "breach", rung))
    return found
