"""Where positions of staff are allowed at all: a question that the posture of a place answers.

Posture lies above people, so it fills the gate (`set_gate`, in its handlers). While nobody has, the gate is shut.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

Gate = Callable[[str], timedelta | None]


def _shut(path: str) -> timedelta | None:
    return None


_gate: Gate = _shut


def set_gate(gate: Gate) -> None:
    """`gate(area path)` is how long a position may be kept there at most, in the mode in force; None: none may be sent."""
    global _gate
    _gate = gate


def kept_for(path: str) -> timedelta | None:
    """How long a position may be kept in an area now; None where the mode in force allows none."""
    return _gate(path)
