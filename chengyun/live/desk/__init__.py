"""The first minute at the desk: who leads, what stands, what waits for a person, what cannot be seen.

Everything is within the viewer's sight: what lies outside is not there, and a total never counts it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.kernel import clock, registry, scope
from chengyun.kernel.actor import Actor
from chengyun.live.desk import blind, health, past, queueing, shifts, standing, unit
from chengyun.live.desk.shapes import DeskOut, QueuesOut
from chengyun.live.picture import STANDING
from chengyun.live.rows.posture import proposals, responses, warnings

__all__ = ["first_minute", "queues"]


@registry.steady()
def first_minute(viewer: Any, actor: Actor, at: datetime | None = None) -> DeskOut:
    """All that somebody who sits down has to know, as of now, or as of a moment that has passed."""
    if at is not None:
        return past.first_minute(viewer, actor, at)
    # What one may see is looked up once; whose cases and hand-overs one has to work on goes by the log-in itself.
    seen = scope.of(viewer)
    place = standing.place_of(seen)
    directory = unit.look(seen, viewer, actor)
    shift = shifts.running(seen, place)
    dark, more = blind.blind(seen)
    return DeskOut(
        now=clock.now(),
        place=standing.named(place),
        shift=shifts.out(shift),
        next_shift=shifts.following(shift),
        leads=[directory[code] for code in unit.leading(directory, place)],
        posture=standing.posture_of(seen, place),
        parts=standing.parts(seen, place),
        proposals=list(proposals(numbers("proposal", seen))),
        warnings=list(warnings(numbers("warning", seen))),
        responses=list(responses(numbers("response", seen))),
        today=standing.today(),
        matters=standing.matters(seen),
        queues=queueing.queues(viewer, actor),
        blind=dark,
        blind_more=more,
        phones=unit.phones(directory),
        hand_over=shifts.hand_over(viewer, actor, shift, directory),
        seal=health.seal(),
        intake=health.intake(seen, actor),
    )


def numbers(kind: str, seen: scope.Scope) -> list[int]:
    """What stands of one kind, as in the snapshot."""
    return list(STANDING[kind](seen).select_related(None).order_by("pk").values_list("pk", flat=True))


@registry.steady()
def queues(viewer: Any, actor: Actor, at: datetime | None = None) -> QueuesOut:
    """What waits for a person, for a badge that is asked for often; or what waited at a moment."""
    if at is not None:
        return QueuesOut(now=at, queues=past.queues(viewer, at))
    return QueuesOut(now=clock.now(), queues=queueing.queues(viewer, actor))
