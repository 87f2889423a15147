"""From entries to what they changed, one function per family; pure.

`follow(state, said)` brings `state` up to one entry and says which subjects it changed. A state maps a subject (`alert:12`)
to what the journal alone says of it; facts that never change (names, place, rule) are no business of the journal's and are
not in it. Applied to all entries about a subject, and to those about what it is linked with (see standing.py), it gives
what the tables showed at that number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

State = dict[str, dict[str, Any]]
# Verbs whose `post` is that of a co-handler: the case stays with whom it is.
JOINING = frozenset({"join", "whistle"})
_MAX_EVIDENCE = 50
_OPEN_PROPOSAL = ("open", "asked", "approved")


@dataclass(frozen=True, slots=True)
class Said:
    """One sealed entry."""

    seq: int
    id: int
    at: datetime
    kind: str
    subject: str
    area: str
    klass: str
    actor: str
    cause: int | None
    payload: dict[str, Any]


def follow(state: State, said: Said, *, joining: Collection[str] = JOINING) -> set[str]:
    """Apply one entry; returns the subjects whose rows it changed. `joining`: verbs that add a co-handler."""
    family = said.kind.partition(".")[0]
    if family == "case":
        return _case(state, said, joining)
    known = _FAMILIES.get(family)
    return known(state, said) if known else set()


def hidden(alert: dict[str, Any]) -> str:
    """Why an alert is not among the alarms; the most binding reason."""
    if alert["out"]:
        return "out_of_service"
    if alert["suppressed"]:
        return "suppressed"
    return "shelved" if alert["shelved_until"] else ""


def loud(alert: dict[str, Any]) -> bool:
    """Nobody has noticed it, and nothing hides it."""
    return alert["state"] in ("unacknowledged", "cleared") and not hidden(alert)


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
            return row["state"] in _OPEN_PROPOSAL
        case "warning":
            return bool(row["state"] != "lifted")
        case "shift":
            return row["state"] in ("open", "handing_over")
    return row["ended_at"] is None


# --- alerts and incidents

_JUDGED = ("alert.opened", "alert.reopened", "alert.worsened", "alert.eased", "alert.cleared")


def _alert(state: State, said: Said) -> set[str]:
    p = said.payload
    if p.get("alert") is None or (said.kind != "alert.opened" and said.subject not in state):
        return set()
    if said.kind == "alert.opened":
        state[said.subject] = _opened(p)
        _join(state, p.get("incident"), said, p["level"])
    alert = state[said.subject]
    before = alert["state"]
    if said.kind in _JUDGED:
        _judged_by_rule(alert, said)
    else:
        _judged_by_people(state, alert, said)
    if alert["state"] == "closed" and before != "closed":
        alert["closed_at"] = said.at
    return {said.subject, *_incidents_of(alert, p)}


def _opened(p: dict[str, Any]) -> dict[str, Any]:
    return {
        "state": "unacknowledged", "level": p["level"], "peak": p["level"], "raises": 1, "verdict": None, "out": False,
        "suppressed": p.get("hidden") == "suppressed", "suppressed_by": None, "shelved_until": None, "shelve_reason": "",
        "acknowledged_at": None, "cleared_at": None, "closed_at": None, "incident": p.get("incident"),
    }  # fmt: skip


def _judged_by_rule(alert: dict[str, Any], said: Said) -> None:
    p, kind = said.payload, said.kind
    alert |= {name: p[name] for name in ("measure", "have", "of", "raises") if name in p}
    if kind == "alert.cleared":
        alert["state"], alert["cleared_at"] = p["state"], said.at
        return
    level = p["level"] if p.get("level") is not None else alert["level"]
    if kind in ("alert.reopened", "alert.worsened"):
        alert["state"], alert["acknowledged_at"] = "unacknowledged", None
    if kind == "alert.reopened":
        alert["cleared_at"] = None
    if level < alert["level"] and level <= 2:
        alert["suppressed"], alert["suppressed_by"] = False, None
    alert["level"], alert["peak"] = level, min(alert["peak"], level)


def _judged_by_people(state: State, alert: dict[str, Any], said: Said) -> None:
    p = said.payload
    alert["state"] = p.get("state", alert["state"])
    match said.kind:
        case "alert.acknowledged":
            alert["acknowledged_at"] = said.at
        case "alert.judged":
            alert["verdict"] = p["verdict"]
            alert["acknowledged_at"] = alert["acknowledged_at"] or said.at
        case "alert.shelved":
            alert["shelved_until"], alert["shelve_reason"] = datetime.fromisoformat(p["until"]), p["reason"]
        case "alert.unshelved":
            alert["shelved_until"] = None
            if alert["state"] == "unacknowledged":
                alert["acknowledged_at"] = None
        case "alert.suppressed":
            alert["suppressed"], alert["suppressed_by"] = True, p["by"]
        case "alert.released":
            alert["suppressed"], alert["suppressed_by"] = False, None
        case "alert.out_of_service" | "alert.back_in_service":
            alert["out"] = said.kind == "alert.out_of_service"
        case "alert.regrouped":
            _leave(state, p.get("before"), said)
            _join(state, p["incident"], said, alert["level"])
            alert["incident"] = p["incident"]


def _incidents_of(alert: dict[str, Any], p: dict[str, Any]) -> set[str]:
    named = {alert["incident"], p.get("before") if "incident" in p and "level" not in p else None}
    return {f"incident:{number}" for number in named if number is not None}


def _join(state: State, incident: int | None, said: Said, level: int) -> None:
    if incident is None:
        return
    # The first alert of an incident comes just before the entry that opens it.
    new = {"state": "open", "level": level, "peak": level, "alerts": 0, "members": set(), "closed_at": None}
    row = state.setdefault(f"incident:{incident}", new)
    row["alerts"] += 1
    row["members"].add(said.subject)


def _leave(state: State, incident: int | None, said: Said) -> None:
    row = state.get(f"incident:{incident}")
    if row is not None:
        row["members"].discard(said.subject)
        row["alerts"] -= row["state"] == "open"


def _incident(state: State, said: Said) -> set[str]:
    row = state.get(said.subject)
    if row is None:
        return set()
    level = said.payload["level"]
    row["level"], row["peak"] = level, min(row["peak"], level)
    if said.kind == "incident.opened":
        row["peak"] = level
    if said.kind == "incident.closed":
        row["state"], row["closed_at"] = "closed", said.at
    return {said.subject}


# --- cases


def _case(state: State, said: Said, joining: Collection[str]) -> set[str]:
    p = said.payload
    if said.kind == "case.reported":
        state[said.subject] = {
            "state": p["to"], "post": p["post"], "condition": p.get("condition") or "", "reports": 1, "returns": 0,
            "closed_at": None, "merged_into": None, "took": 0,
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
    elif said.kind == "case.moved":
        touched |= _moved(state, case, said, joining)
    return touched


def _moved(state: State, case: dict[str, Any], said: Said, joining: Collection[str]) -> set[str]:
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


# --- posture


def _posture(state: State, said: Said) -> set[str]:
    known = _POSTURE.get(said.kind)
    return known(state, said) if known else set()


def _proposed(state: State, said: Said) -> set[str]:
    p = said.payload
    state[said.subject] = {
        "state": p["state"], "evidence": p["evidence"][:_MAX_EVIDENCE], "times": 1, "asked": None, "asked_at": None,
        "alarms": 0, "closed_at": None if p["state"] in _OPEN_PROPOSAL else said.at,
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
    return _set(
        state, said.subject, state_="asked", asked=said.payload["leader"], asked_at=said.at
    )


def _approved(state: State, said: Said) -> set[str]:
    p = said.payload
    state[said.subject] = {
        "state": "open", "purpose": p["purpose"], "proposal": p["proposal"], "declaration": p["declaration"],
        "overdue_at": None, "expired_at": None, "settled_at": None,
    }  # fmt: skip
    touched = {said.subject}
    if p["purpose"] == "declare":
        touched |= _set(state, f"proposal:{p['proposal']}", state_="approved")
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
        touched |= _set(
            state, f"declaration:{p['follows']}", ended_at=said.at, ended="lowered" if lowered else "raised"
        )
    if not lowered:
        touched |= _set(state, f"approval:{p['approval']}", declaration=p["declaration"])
        touched |= _close(state, f"proposal:{p['proposal']}", "declared", said.at)
    return touched


def _close(state: State, proposal: str, how: str, at: datetime) -> set[str]:
    """A proposal is settled. A spoken approval of it that nobody declared on is spent with it."""
    touched = _set(state, proposal, state_=how, closed_at=at)
    for subject in [name for name in state if name.startswith("approval:")]:
        row = state[subject]
        unused = row["purpose"] == "declare" and row["declaration"] is None and row["expired_at"] is None
        if unused and row["state"] != "denied" and f"proposal:{row['proposal']}" == proposal:
            touched |= _set(state, subject, expired_at=at)
    return touched


def _lapse(state: State, proposal: int | None, leader: str) -> set[str]:
    """What was approved no longer is: the proposal goes back to the leader."""
    return _set(state, f"proposal:{proposal}", state_="asked", asked=leader)


def _denied(state: State, said: Said) -> set[str]:
    row = state.get(said.subject)
    touched = _set(state, said.subject, state_="denied", settled_at=said.at)
    if row is not None and row["expired_at"] is None:
        proposal = state.get(f"proposal:{row['proposal']}")
        if proposal is not None and proposal["state"] == "approved":
            touched |= _lapse(state, row["proposal"], said.payload["leader"])
    return touched


def _expired(state: State, said: Said) -> set[str]:
    touched = _set(state, said.subject, expired_at=said.at)
    return touched | _lapse(state, said.payload["proposal"], said.payload["leader"])


def _overdue(state: State, said: Said) -> set[str]:
    row = state.get(said.subject)
    return _set(state, said.subject, overdue_at=(row["overdue_at"] or said.at)) if row else set()


def _set(state: State, subject: str, *, state_: str | None = None, **values: Any) -> set[str]:
    row = state.get(subject)
    if row is None:
        return set()
    row |= values if state_ is None else {"state": state_, **values}
    return {subject}


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
    "posture.countersigned": lambda s, e: _set(s, e.subject, state_="signed", settled_at=e.at),
    "posture.superseded": lambda s, e: _close(s, e.subject, "superseded", e.at),
    "posture.declined": lambda s, e: _close(s, e.subject, "declined", e.at),
    "posture.undecided": lambda s, e: _set(s, e.subject, alarms=e.payload["alarms"]),
    "posture.ended": lambda s, e: _set(s, e.subject, ended_at=e.at, ended="ended"),
    "posture.extended": lambda s, e: _set(
        s, e.subject, expected_end=datetime.fromisoformat(e.payload["expected_end"])
    ),
}


def _warning(state: State, said: Said) -> set[str]:
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


def _response(state: State, said: Said) -> set[str]:
    if said.kind == "response.recorded":
        state[said.subject] = {"ended_at": None}
        return {said.subject}
    return _set(state, said.subject, ended_at=datetime.fromisoformat(said.payload["ended_at"]))


# --- shifts


def _shift(state: State, said: Said) -> set[str]:
    p = said.payload
    serving = {"state": "open", "opened_at": said.at, "closed_at": None, "overdue": False, "hand_over": None}
    match said.kind:
        case "shift.opened":
            state[said.subject] = serving
            return {said.subject}
        case "shift.drafted":
            return _set(state, said.subject, state_="handing_over", hand_over=p["hand_over"])
        case "shift.overdue":
            return _set(state, said.subject, overdue=True)
        case "shift.handed_over":
            state[f"shift:{p['to']}"] = serving
            return {f"shift:{p['to']}", *_set(state, said.subject, state_="closed", closed_at=said.at)}
    return {said.subject} & state.keys()


_FAMILIES: dict[str, Callable[[State, Said], set[str]]] = {
    "alert": _alert,
    "incident": _incident,
    "posture": _posture,
    "warning": _warning,
    "response": _response,
    "shift": _shift,
}
