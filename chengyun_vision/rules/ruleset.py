"""The rules of one camera together: each within its schedule, all with one look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from chengyun_vision.frames import Event, Look, Reading
from chengyun_vision.rules.base import Rule
from chengyun_vision.rules.primitives import PRIMITIVES
from chengyun_vision.rules.spec import Spec


class Ruleset:
    """`new_id`: a fresh event id, unique over all cameras. `wall`: the district's time of a look; without it (a clip of
    unknown day) every schedule is open."""

    def __init__(
        self,
        specs: Sequence[Spec],
        new_id: Callable[[], str],
        wall: Callable[[float], datetime] | None = None,
    ) -> None:
        self.rules: list[Rule] = [PRIMITIVES[spec.primitive](spec, new_id) for spec in specs]
        self._wall = wall
        self._closed: set[str] = set()

    def step(self, look: Look) -> list[Event]:
        """What all rules say of a moment. What is open when a schedule closes ends with its last presence."""
        said: list[Event] = []
        for rule in self.rules:
            if self.scheduled(rule, look.at):
                self._closed.discard(rule.spec.code)
                said += rule.step(look)
            elif rule.spec.code not in self._closed:
                self._closed.add(rule.spec.code)
                said += rule.finish()
        return said

    def finish(self) -> list[Event]:
        return [event for rule in self.rules for event in rule.finish()]

    def readings(self) -> list[Reading]:
        """What there is to tell since it was last asked."""
        return [reading for rule in self.rules for reading in rule.readings()]

    def scheduled(self, rule: Rule, at: float) -> bool:
        return self._wall is None or rule.spec.schedule.open(self._wall(at))

    def due(self, at: float) -> list[Rule]:
        """The rules that would take a look at that moment."""
        return [rule for rule in self.rules if self.scheduled(rule, at) and rule.due(at)]

    @property
    def rate(self) -> float:
        """Looks a second with which all of them do well."""
        return max((rule.rate for rule in self.rules), default=Rule.rate)

    def wants(self, field: str) -> bool:
        """Whether any rule can use that field of a look."""
        return any(field in rule.wants for rule in self.rules)
