"""Which numbers and words a rule takes, with their limits. Every default is suggested (建议值) and may be overridden."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chengyun_vision.problem import Problem


@dataclass(frozen=True, slots=True)
class Number:
    default: float
    low: float = 0.0
    high: float = math.inf
    whole: bool = False

    def read(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Problem(f"应为数字,而不是 {value!r}。", f"a number is wanted, not {value!r}.")
        if self.whole and value != int(value):
            raise Problem(f"应为整数,而不是 {value!r}。", f"a whole number is wanted, not {value!r}.")
        if not self.low <= value <= self.high:
            raise Problem(
                f"{value} 超出范围 {self.low:g} 到 {self.high:g}。",
                f"{value} is outside {self.low:g} to {self.high:g}.",
            )
        return float(value)


@dataclass(frozen=True, slots=True)
class Flag:
    default: bool = False

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Problem(
                f"应为 true 或 false,而不是 {value!r}。", f"true or false is wanted, not {value!r}."
            )
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    default: str
    of: tuple[str, ...]

    def read(self, value: Any) -> str:
        if value not in self.of:
            raise Problem(
                f"应为 {'、'.join(self.of)} 之一,而不是 {value!r}。",
                f"one of {', '.join(self.of)} is wanted, not {value!r}.",
            )
        return str(value)


Param = Number | Flag | Choice
Value = float | bool | str

# What every primitive takes.
COMMON: Mapping[str, Param] = {
    "cadence": Number(0.0, 0, 86_400),  # seconds between two looks of this rule; 0 takes every look
    "hold_on": Number(0.0, 0, 86_400),
    "hold_off": Number(0.0, 0, 86_400),
    "flicker": Number(1.0, 0, 3_600),
    "unseen_after": Number(10.0, 1, 86_400),
    "min_height": Number(0.0, 0, 1),  # of a box, as a share of the picture's height
    "min_area": Number(0.0, 0, 1),  # of a box, as a share of the picture
    "min_score": Number(0.0, 0, 1),  # beyond what the model's manifest asks for
    "severity": Number(4, 1, 4, whole=True),  # 1 is the gravest, as alerts count
    "evidence": Choice("new", ("none", "new", "new_and_end", "sequence")),
    "report": Number(60.0, 1, 3_600),  # seconds between two readings
}


def read(known: Mapping[str, Param], given: Mapping[str, Any], where: str) -> dict[str, Value]:
    """All parameters with their values: the given ones checked, the others by default. Raises `Problem` naming the key."""
    for key in given:
        if key not in known:
            raise Problem(
                f"不认识的参数 {key}。", f"there is no such key; known: {', '.join(sorted(known))}.",
                where=f"{where}: {key}",
            )  # fmt: skip
    found: dict[str, Value] = {}
    for key, param in known.items():
        try:
            found[key] = param.read(given[key]) if key in given else param.default
        except Problem as problem:
            raise problem.at(f"{where}: {key}") from None
    return found
