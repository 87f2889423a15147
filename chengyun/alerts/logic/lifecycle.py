"""The states of an alert after ISA-18.2.

Two facts make the state: does the condition hold, and has a person taken notice?

    state            condition  noticed   what may happen
    unacknowledged   holds      no        acknowledge -> acknowledged · clear -> cleared · worsen -> unacknowledged
    acknowledged     holds      yes       clear -> closed · worsen -> unacknowledged (re-alarm)
    cleared          gone       no        acknowledge -> closed · raise -> unacknowledged (re-alarm)
    closed           -          -         nothing; the next raise is a new alert

A judgement (研判) is noticing too: *true* acknowledges; *false*, *duplicate* and *nothing_to_do* close, and so does *true*
where the rule ends by judgement (a camera's event has no condition that goes away).

Beside the state, an alert may be hidden from the list for a stated reason. The most binding reason is shown:
out of service, suppressed by a cause, shelved until a set time.
"""

from __future__ import annotations

from typing import Literal

State = Literal["unacknowledged", "acknowledged", "cleared", "closed"]
Event = Literal["raise", "worsen", "ease", "clear", "acknowledge", "confirm", "dismiss", "release"]
Verdict = Literal["true", "false", "duplicate", "nothing_to_do"]

NEW: State = "unacknowledged"
OPEN_STATES: tuple[State, ...] = ("unacknowledged", "acknowledged", "cleared")
ACTIVE_STATES: tuple[State, ...] = ("unacknowledged", "acknowledged")
VERDICTS: tuple[Verdict, ...] = ("true", "false", "duplicate", "nothing_to_do")

_MOVES: dict[tuple[State, Event], State] = {
    ("unacknowledged", "worsen"): "unacknowledged",
    ("unacknowledged", "ease"): "unacknowledged",
    ("unacknowledged", "clear"): "cleared",
    ("unacknowledged", "acknowledge"): "acknowledged",
    ("unacknowledged", "confirm"): "acknowledged",
    ("unacknowledged", "dismiss"): "closed",
    ("unacknowledged", "release"): "unacknowledged",
    ("acknowledged", "worsen"): "unacknowledged",
    ("acknowledged", "ease"): "acknowledged",
    ("acknowledged", "clear"): "closed",
    ("acknowledged", "confirm"): "acknowledged",
    ("acknowledged", "dismiss"): "closed",
    ("acknowledged", "release"): "unacknowledged",
    ("cleared", "raise"): "unacknowledged",
    ("cleared", "acknowledge"): "closed",
    ("cleared", "confirm"): "closed",
    ("cleared", "dismiss"): "closed",
    ("cleared", "release"): "closed",
}


def move(state: State, event: Event) -> State | None:
    """The next state, or None where the event means nothing in this state."""
    return _MOVES.get((state, event))


def verdict_event(verdict: Verdict, ends: str) -> Event:
    """What a judgement does to the state; ``ends`` is the rule's ``condition`` or ``judgement``."""
    return "confirm" if verdict == "true" and ends == "condition" else "dismiss"


def hidden(*, out_of_service: bool, suppressed: bool, shelved: bool) -> str:
    """Why an open alert is not in the list of what needs a person; "" when it is."""
    if out_of_service:
        return "out_of_service"
    if suppressed:
        return "suppressed"
    return "shelved" if shelved else ""
