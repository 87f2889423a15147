"""What is followed, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

State = dict[str, dict[str, Any]]


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


def put(state: State, subject: str, *, state_: str | None = None, **values: Any) -> set[str]:
    """Change some fields of a subject, if it is there; returns it if it was."""
    row = state.get(subject)
    if row is None:
        return set()
    row |= values if state_ is None else {"state": state_, **values}
    return {subject}
