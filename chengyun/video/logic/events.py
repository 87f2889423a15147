"""Words about one event as one row: they may come twice, late, or in the wrong order.

first word     any of new, update, end makes the event; `end` first: it is over, and what comes later only fills in
a later word   start: the earliest said; peak and unseen: the most; end: what the `end` said
a stale word   older than the latest, or the same again: changes nothing but start, peak and unseen
after `end`    nothing opens it again
after `lost`   its own worker is back: a word that is newer counts again
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

Word = Literal["new", "update", "end"]
State = Literal["new", "update", "end", "lost"]
OPEN: tuple[State, ...] = ("new", "update")
_RANK = {"new": 0, "update": 1, "end": 2}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an event. `said_at`: the latest word's own time."""

    state: State
    start: datetime
    end: datetime | None
    peak: float
    unseen_s: float
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """`turned`: "open" or "ended" where the state of the place may have changed by it; "" otherwise."""

    known: Known
    changed: bool
    turned: Literal["", "open", "ended"]


def merge(before: Known | None, state: Word, said: Known) -> Merged:
    """`said` is what the word says by itself, its `state` the word."""
    if before is None:
        ended = state == "end"
        return Merged(replace(said, end=said.end if ended else None), True, "ended" if ended else "open")
    now = replace(
        before,
        start=min(before.start, said.start),
        peak=max(before.peak, said.peak),
        unseen_s=max(before.unseen_s, said.unseen_s),
    )
    turned: Literal["", "open", "ended"] = ""
    if before.state == "end":
        pass
    elif state == "end":
        now, turned = (
            replace(now, state="end", end=said.end, said_at=max(before.said_at, said.said_at)),
            "ended",
        )
    elif before.state == "lost":
        if said.said_at > before.said_at:
            now, turned = replace(now, state=state, said_at=said.said_at), "open"
    elif said.said_at > before.said_at or _RANK[state] > _RANK[before.state]:
        now = replace(now, state=state, said_at=max(before.said_at, said.said_at))
    return Merged(now, now != before, turned)
