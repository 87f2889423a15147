"""How an effect is named."""

from __future__ import annotations

from collections.abc import Callable

from chengyun.cases.actions.core import Work

EFFECTS: dict[str, Callable[[Work], None]] = {}


def effect(name: str) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    def register(function: Callable[[Work], None]) -> Callable[[Work], None]:
        EFFECTS[name] = function
        return function

    return register
