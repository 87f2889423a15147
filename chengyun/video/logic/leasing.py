"""Who gets which camera.

A camera has one seat. Whoever holds it holds it until an instant; a heartbeat moves that instant on, silence does not.
What is free is what nobody holds any more. A worker keeps what it has, gives back what it may no longer look through, and
takes as many more as it has room for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

# Suggested values (建议值): three heartbeats may be lost; together with the others' next one a camera changes hands in 30 s.
LEASE_S = 24
BEAT_S = 6
MOST = 400  # cameras of one worker


@dataclass(frozen=True, slots=True)
class Seats:
    """Cameras by what they are to the worker that asks: `own` are its and still to be looked through, in a stable order;
    `free` may be taken by anybody."""

    own: Sequence[str]
    free: Sequence[str]


@dataclass(frozen=True, slots=True)
class Decision:
    keep: tuple[str, ...]
    take: tuple[str, ...]
    give_up: tuple[str, ...]


def decide(seats: Seats, *, room: int, has: Collection[str], leaving: bool) -> Decision:
    """`room`: how many more than it has (`has`) the worker can carry; below zero it has too many.

    Cameras that it owns and does not know of (it was started anew) count against its room like others.
    """
    if leaving:
        return Decision((), (), tuple(seats.own))
    most = max(0, min(MOST, len(set(has) & set(seats.own)) + room))
    known = [camera for camera in seats.own if camera in has]
    keep = tuple([*known, *(camera for camera in seats.own if camera not in has)][:most])
    take = tuple(seats.free[: most - len(keep)])
    return Decision(keep, take, tuple(camera for camera in seats.own if camera not in keep))
