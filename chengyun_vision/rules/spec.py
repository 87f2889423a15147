"""A rule as data, checked: which primitive looks where, at what, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chengyun_vision.geometry import WHOLE, Line, Zone
from chengyun_vision.rules.params import Value
from chengyun_vision.rules.schedule import ALWAYS, Schedule


@dataclass(frozen=True, slots=True)
class Spec:
    """`values`: all parameters of the primitive. `quantities`: role -> code of the platform's vocabulary; the roles are
    `level` (how much there is now), `state` (it holds), `in` and `out` (a minute), `up` and `tampered` (of the camera).
    """

    code: str
    primitive: str
    zh: str
    en: str
    purpose: str
    values: Mapping[str, Value]
    classes: frozenset[str] = frozenset()
    zone: Zone = WHOLE
    line: Line | None = None
    schedule: Schedule = ALWAYS
    quantities: Mapping[str, str] = field(default_factory=dict)
    preset: str = ""

    def number(self, key: str, otherwise: float | None = None) -> float:
        """`otherwise`: for what not every primitive takes."""
        value = self.values[key] if otherwise is None else self.values.get(key, otherwise)
        assert isinstance(value, int | float)
        return float(value)

    def flag(self, key: str) -> bool:
        return self.values[key] is True

    def word(self, key: str) -> str:
        return str(self.values[key])

    @property
    def place(self) -> str:
        """What events call the place: the line's code for a line, the zone's otherwise."""
        return self.line.code if self.line else self.zone.code
