"""Shifts; pure."""

from __future__ import annotations

from chengyun.live.tape.following.said import Said, State, put


def shift(state: State, said: Said) -> set[str]:
    p = said.payload
    serving = {"state": "open", "opened_at": said.at, "closed_at": None, "overdue": False, "hand_over": None}
    match said.kind:
        case "shift.opened":
            state[said.subject] = serving
            return {said.subject}
        case "shift.drafted":
            return put(state, said.subject, state_="handing_over", hand_over=p["hand_over"])
        case "shift.overdue":
            return put(state, said.subject, overdue=True)
        case "shift.handed_over":
            state[f"shift:{p['to']}"] = serving
            return {f"shift:{p['to']}", *put(state, said.subject, state_="closed", closed_at=said.at)}
    return {said.subject} & state.keys()
