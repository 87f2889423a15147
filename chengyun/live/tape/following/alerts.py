"""Alerts, and the incidents that they make up; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.live.tape.following.said import Said, State


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


_JUDGED = ("alert.opened", "alert.reopened", "alert.worsened", "alert.eased", "alert.cleared")


def alert(state: State, said: Said) -> set[str]:
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
    alert["threshold"] = p.get("set")
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


def incident(state: State, said: Said) -> set[str]:
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
