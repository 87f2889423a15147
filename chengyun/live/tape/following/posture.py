"""Proposals, declarations, spoken decisions, official signals, the government's responses; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chengyun.live.tape.following.said import Said, State, put

_MAX_EVIDENCE = 50
OPEN_PROPOSAL = ("open", "asked", "approved")


def posture(state: State, said: Said) -> set[str]:
    known = _POSTURE.get(said.kind)
    return known(state, said) if known else set()


def _proposed(state: State, said: Said) -> set[str]:
    p = said.payload
    state[said.subject] = {
        "state": p["state"], "evidence": p["evidence"][:_MAX_EVIDENCE], "times": 1, "asked": None, "asked_at": None,
        "alarms": 0, "closed_at": None if p["state"] in OPEN_PROPOSAL else said.at,
    }  # fmt: skip
    return {said.subject}


def _evidence(state: State, said: Said) -> set[str]:
    row, p = state.get(said.subject), said.payload
    if row is None:
        return set()
    fresh = [ref for ref in p["evidence"] if ref not in row["evidence"]]
    row["evidence"], row["times"] = [*row["evidence"], *fresh][:_MAX_EVIDENCE], p["times"]
    return {said.subject}


def _asked(state: State, said: Said) -> set[str]:
    return put(state, said.subject, state_="asked", asked=said.payload["leader"], asked_at=said.at)


def _approved(state: State, said: Said) -> set[str]:
    p = said.payload
    state[said.subject] = {
        "state": "open", "purpose": p["purpose"], "proposal": p["proposal"], "declaration": p["declaration"],
        "overdue_at": None, "expired_at": None, "settled_at": None,
    }  # fmt: skip
    touched = {said.subject}
    if p["purpose"] == "declare":
        touched |= put(state, f"proposal:{p['proposal']}", state_="approved")
    return touched


def _declared(state: State, said: Said) -> set[str]:
    p = said.payload
    lowered = said.kind == "posture.downgraded"
    earlier = state.get(f"declaration:{p.get('follows')}")
    if lowered:
        # The lower level goes on for as long as was expected of the higher one, or is overdue from its start.
        expected = max(earlier["expected_end"], said.at) if earlier else None
    else:
        expected = datetime.fromisoformat(p["expected_end"])
    state[said.subject] = {"expected_end": expected, "ended_at": None, "ended": ""}
    touched = {said.subject}
    if earlier is not None:
        touched |= put(
            state, f"declaration:{p['follows']}", ended_at=said.at, ended="lowered" if lowered else "raised"
        )
    if not lowered:
        touched |= put(state, f"approval:{p['approval']}", declaration=p["declaration"])
        touched |= _close(state, f"proposal:{p['proposal']}", "declared", said.at)
    return touched


def _close(state: State, proposal: str, how: str, at: datetime) -> set[str]:
    """A proposal is settled. A spoken approval of it that nobody declared on is spent with it."""
    touched = put(state, proposal, state_=how, closed_at=at)
    for subject in [name for name in state if name.startswith("approval:")]:
        row = state[subject]
        unused = row["purpose"] == "declare" and row["declaration"] is None and row["expired_at"] is None
        if unused and row["state"] != "denied" and f"proposal:{row['proposal']}" == proposal:
            touched |= put(state, subject, expired_at=at)
    return touched


def _lapse(state: State, proposal: int | None, leader: str) -> set[str]:
    """What was approved no longer is: the proposal goes back to the leader."""
    return put(state, f"proposal:{proposal}", state_="asked", asked=leader)


def _denied(state: State, said: Said) -> set[str]:
    row = state.get(said.subject)
    touched = put(state, said.subject, state_="denied", settled_at=said.at)
    if row is not None and row["expired_at"] is None:
        proposal = state.get(f"proposal:{row['proposal']}")
        if proposal is not None and proposal["state"] == "approved":
            touched |= _lapse(state, row["proposal"], said.payload["leader"])
    return touched


def _expired(state: State, said: Said) -> set[str]:
    touched = put(state, said.subject, expired_at=said.at)
    return touched | _lapse(state, said.payload["proposal"], said.payload["leader"])


def _overdue(state: State, said: Said) -> set[str]:
    row = state.get(said.subject)
    return put(state, said.subject, overdue_at=(row["overdue_at"] or said.at)) if row else set()


_POSTURE: dict[str, Callable[[State, Said], set[str]]] = {
    "posture.proposed": _proposed,
    "posture.evidence": _evidence,
    "posture.asked": _asked,
    "posture.approved": _approved,
    "posture.declared": _declared,
    "posture.downgraded": _declared,
    "posture.denied": _denied,
    "posture.approval_expired": _expired,
    "posture.countersign_overdue": _overdue,
    "posture.countersigned": lambda s, e: put(s, e.subject, state_="signed", settled_at=e.at),
    "posture.superseded": lambda s, e: _close(s, e.subject, "superseded", e.at),
    "posture.declined": lambda s, e: _close(s, e.subject, "declined", e.at),
    "posture.undecided": lambda s, e: put(s, e.subject, alarms=e.payload["alarms"]),
    "posture.ended": lambda s, e: put(s, e.subject, ended_at=e.at, ended="ended"),
    "posture.extended": lambda s, e: put(
        s, e.subject, expected_end=datetime.fromisoformat(e.payload["expected_end"])
    ),
}


def warning(state: State, said: Said) -> set[str]:
    p = said.payload
    if said.kind == "warning.received":
        state[said.subject] = {
            "state": "open", "alarms": 0, "declaration": None, "decided_at": None, "lifted_at": None,
        }  # fmt: skip
    row = state.get(said.subject)
    if row is None:
        return set()
    if said.kind == "warning.decided":
        row |= {"state": "decided", "decided_at": said.at, "declaration": p["declaration"]}
    elif said.kind == "warning.lifted":
        row |= {"lifted_at": said.at, "state": "lifted" if row["state"] == "open" else row["state"]}
    elif said.kind == "warning.undecided":
        row["alarms"] = p["alarms"]
    return {said.subject}


def response(state: State, said: Said) -> set[str]:
    if said.kind == "response.recorded":
        state[said.subject] = {"ended_at": None}
        return {said.subject}
    return put(state, said.subject, ended_at=datetime.fromisoformat(said.payload["ended_at"]))
