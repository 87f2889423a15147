"""What higher domains know and this one has to ask: which alerts an open case needs, and whether a task is somebody's.

They register here, as judges of readings do with signals.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

Holder = Callable[[Collection[int]], set[int]]
Reason = Callable[[Any, str, str], bool]

_holders: list[Holder] = []
_reasons: dict[str, Reason] = {}


def holds(holder: Holder) -> Holder:
    """`holder(alert ids)` says which of them something open needs: pictures of these stay."""
    if holder not in _holders:
        _holders.append(holder)
    return holder


def held(alerts: Collection[int]) -> set[int]:
    """The alerts that something open needs."""
    return {pk for holder in _holders for pk in holder(alerts)} if alerts else set()


def reason(kind: str) -> Callable[[Reason], Reason]:
    """`check(user, ref, area path)`: whether this is open and theirs to see, and so a reason to look at a camera there."""

    def register(check: Reason) -> Reason:
        _reasons[kind] = check
        return check

    return register


def reasons() -> tuple[str, ...]:
    return tuple(_reasons)


def stands(kind: str, user: Any, ref: str, area: str) -> bool:
    """Whether a reason of this kind stands. Raises KeyError for a kind that nobody registered."""
    return _reasons[kind](user, ref, area)
