"""The life of a proposal: which verb it may take in which state.

open  --ask-->  asked  --approve-->  approved  --declare-->  declared
  approved  --lapse-->  asked   (the leader denies it, or nobody used it in time: the leader is to be asked again)
  any open state --declare--> declared   (by somebody with the authority)
  any open state --decline--> declined
  any open state --supersede--> superseded   (the same or a higher level was declared meanwhile)
"""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    ASK = "ask"
    APPROVE = "approve"
    LAPSE = "lapse"
    DECLARE = "declare"
    DECLINE = "decline"
    SUPERSEDE = "supersede"


OPEN: tuple[str, ...] = ("open", "asked", "approved")
CLOSED: tuple[str, ...] = ("declared", "declined", "superseded")

_NEXT: dict[tuple[str, Step], str] = {
    ("open", Step.ASK): "asked",
    ("asked", Step.ASK): "asked",
    ("open", Step.APPROVE): "approved",
    ("asked", Step.APPROVE): "approved",
    ("approved", Step.LAPSE): "asked",
    **{(state, Step.DECLARE): "declared" for state in OPEN},
    **{(state, Step.DECLINE): "declined" for state in OPEN},
    **{(state, Step.SUPERSEDE): "superseded" for state in OPEN},
}


def after(state: str, step: Step) -> str | None:
    """The state after the step, or None when it is not allowed now."""
    return _NEXT.get((state, step))


def allowed(state: str) -> tuple[Step, ...]:
    """Steps that a proposal in `state` may take."""
    return tuple(step for step in Step if (state, step) in _NEXT)
