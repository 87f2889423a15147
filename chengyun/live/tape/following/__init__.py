"""From entries to what they changed, a module per family; pure.

`follow(state, said)` brings `state` up to one entry and says which subjects it changed. A state maps a subject (`alert:12`)
to what the journal alone says of it; facts that never change (names, place, rule) are no business of the journal's and are
not in it. Applied to all entries about a subject, and to those about what it is linked with (see standing.py), it gives
what the tables showed at that number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from chengyun.cases.logic.following import follow as case
from chengyun.live.tape.following.alerts import alert, hidden, incident, loud
from chengyun.live.tape.following.posture import OPEN_PROPOSAL, posture, response, warning
from chengyun.live.tape.following.said import Said, State
from chengyun.live.tape.following.shifts import shift

__all__ = ["JOINING", "Said", "State", "follow", "hidden", "is_open", "loud"]

# Verbs of the standard workflow whose `post` is that of a co-handler: the case stays with whom it is.
JOINING = frozenset({"join", "whistle"})

_FAMILIES: dict[str, Callable[[State, Said], set[str]]] = {
    "alert": alert,
    "incident": incident,
    "posture": posture,
    "warning": warning,
    "response": response,
    "shift": shift,
}


def follow(state: State, said: Said, *, joining: Collection[str] = JOINING) -> set[str]:
    """Apply one entry; returns the subjects whose rows it changed. `joining`: verbs that add a co-handler."""
    family = said.kind.partition(".")[0]
    if family == "case":
        return case(state, said, joining)
    known = _FAMILIES.get(family)
    return known(state, said) if known else set()


def is_open(kind: str, row: dict[str, Any]) -> bool:
    """Whether it still stood; the same question that a live row answers with `open`."""
    match kind:
        case "alert":
            return bool(row["state"] != "closed")
        case "incident" | "approval":
            return bool(row["state"] == "open")
        case "case":
            return row["post"] is not None
        case "proposal":
            return row["state"] in OPEN_PROPOSAL
        case "warning":
            return row["lifted_at"] is None
        case "shift":
            return row["state"] in ("open", "handing_over")
    return row["ended_at"] is None
