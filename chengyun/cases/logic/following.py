"""What the journal says of cases, entry by entry; pure.

A state maps a subject (`case:12`) to what the journal alone says of it. What only tables keep (who worked on it, which
clocks ran) is no business of this.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol

State = dict[str, dict[str, Any]]


class Told(Protocol):
    """An entry of the journal, in whatever form it was read."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def payload(self) -> dict[str, Any]: ...


def follow(state: State, said: Told, joining: Collection[str]) -> set[str]:
    """Bring `state` up to one entry about a case; returns the subjects it changed. `joining`: verbs that add a co-handler,
    whose `post` is that of the co-handler: the case stays with whom it is."""
    p = said.payload
    if said.kind == "case.reported":
        state[said.subject] = {
            "state": p["to"], "post": p["post"], "condition": p.get("condition") or "", "reports": 1, "returns": 0,
            "closed_at": None, "merged_into": None, "took": 0, "noticed": [],
        }  # fmt: skip
    case = state.get(said.subject)
    if case is None:
        return set()
    # What clocks ran and who worked on it is asked of the tables as of this moment.
    case["at"] = said.at
    touched = {said.subject}
    if said.kind == "case.joined":
        case["reports"] = p["reports"]
    elif said.kind == "case.reassigned":
        case["post"] = p["post"]
    elif said.kind == "case.notice":
        # Clocks may run from a moment before this entry, but nobody saw them run before it.
        case["noticed"].append(datetime.fromisoformat(p["at"]))
    elif said.kind == "case.moved":
        touched |= _moved(state, case, said, joining)
    return touched


def _moved(state: State, case: dict[str, Any], said: Told, joining: Collection[str]) -> set[str]:
    p = said.payload
    case["state"] = p["to"]
    if p.get("condition"):
        case["condition"] = p["condition"]
    if p.get("returns") is not None:
        case["returns"] = p["returns"]
    if "post" in p and p["verb"] not in joining:
        # A case that closes has nobody any more, and the entry says so; one that opens again has somebody.
        if p["post"] is None:
            case["closed_at"] = said.at
        elif case["post"] is None:
            case["closed_at"] = None
        case["post"] = p["post"]
    if p.get("other") is None:
        return set()
    other = f"case:{p['other']}"
    merging = case["post"] is None
    if merging:
        case["merged_into"], case["took"] = p["other"], p.get("reports") or 0
    else:
        case["merged_into"] = None
    if other in state:
        state[other]["reports"] += case["took"] if merging else -case["took"]
    return {other}
