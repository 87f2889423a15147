"""What all primitives share: the order of looks, cadence, which things count, events by spells, readings."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from statistics import median_low
from typing import ClassVar

from chengyun_vision.frames import Box, Detection, Event, Look, Reading, Tracked
from chengyun_vision.rules.params import Param
from chengyun_vision.rules.spec import Spec
from chengyun_vision.rules.spell import Hold, Spell

# A look so much older than the newest one came late and is passed over; older still, and the clock was set back.
_LATE = 10.0
_SOON = 1e-6


class Rule(ABC):
    """A small state machine: looks in, events out; neither I/O nor clock nor chance (ids come from outside).

    `wants`: fields of `Look` of which one at least must be there for the rule to see anything. `helped_by`: fields that make
    it surer where they are there. `rate`: looks a second with which it does well (suggested 建议值). `value`: how much the
    newest look that it took found, in the unit of its limit; None where it holds nothing against a limit.
    """

    kind: ClassVar[str]
    params: ClassVar[Mapping[str, Param]]
    wants: tuple[str, ...]
    helped_by: tuple[str, ...] = ()
    rate: ClassVar[float] = 2.0

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        self.spec, self._new_id = spec, new_id
        self._newest: float | None = None
        self._used: float | None = None
        self.value: float | None = None
        self._since_report = 0.0  # when the present interval of readings began
        self._over = 0.0  # seconds of it that were looked at
        self._levels: list[float] = []
        self._readings: list[Reading] = []
        self._open: set[str] = set()

    # what the pipeline calls

    def step(self, look: Look) -> list[Event]:
        """What this moment says. A look without what the rule wants, a late one and one before the cadence say nothing."""
        if not math.isfinite(look.at):
            return []
        said: list[Event] = []
        if self._newest is not None and look.at <= self._newest:
            if self._newest - look.at <= _LATE:
                return []
            said = self.finish()
        self._newest = look.at
        if all(getattr(look, name) is None for name in self.wants) or not self.due(look.at):
            return said
        step = 0.0 if self._used is None else look.at - self._used
        if self._used is None:
            self._since_report = look.at
        self._over += step if step <= self.unseen_after else 0.0
        self._used = look.at
        said += self._known(self._see(look))
        self._report(look.at)
        return said

    def due(self, at: float) -> bool:
        """Whether the cadence asks for a look at that moment."""
        return self._used is None or at - self._used >= self.spec.number("cadence") - _SOON

    def finish(self) -> list[Event]:
        """No look follows this one (end of a clip, schedule closes, clock set back): what is open ends."""
        if self._used is not None:
            self._report(self._used, last=True)
        said = self._known(self._end())
        self._newest = self._used = None
        self._over, self._levels = 0.0, []
        return said

    def readings(self) -> list[Reading]:
        """What there is to tell beside events since it was last asked."""
        told, self._readings = self._readings, []
        return told

    @property
    def unseen_after(self) -> float:
        """Looks further apart than this (seconds) leave a gap."""
        return max(self.spec.number("unseen_after"), 3 * self.spec.number("cadence"))

    @property
    def used(self) -> float | None:
        """When the newest look was that it took; None before the first."""
        return self._used

    @property
    def awake(self) -> bool:
        """Whether something is going on that has to be looked at again, even if nothing moves."""
        return bool(self._open) or self._stirring()

    # what a primitive says

    @abstractmethod
    def _see(self, look: Look) -> list[Event]: ...

    @abstractmethod
    def _end(self) -> list[Event]: ...

    @abstractmethod
    def _stirring(self) -> bool: ...

    # what a primitive uses

    def _spell(self, about: str = "", **hold: float) -> Spell:
        number = self.spec.number
        values = {
            "on": number("hold_on", 0.0),
            "off": number("hold_off"),
            "flicker": number("flicker", 0.0),
            "filled": number("filled", 0.0),
        }
        times = Hold(**{**values, "unseen_after": self.unseen_after, **hold})
        return Spell(
            times, self._new_id, rule=self.spec.code, kind=self.kind, zone=self.spec.place, about=about
        )

    def _large(self, box: Box) -> bool:
        number = self.spec.number
        return box.bottom - box.top >= number("min_height") and box.area >= number("min_area")

    def takes(self, thing: Detection | Tracked) -> bool:
        """Whether a thing is of the rule's classes, large and certain enough, and stands in the zone."""
        return (
            thing.label in self.spec.classes
            and thing.score >= self.spec.number("min_score")
            and self._large(thing.box)
            and self.spec.zone.holds(foot(thing.box))
        )

    def counted(self, look: Look) -> list[Detection] | None:
        """What counts of what the detector saw; None where it did not look."""
        if look.detections is None:
            return None
        return [thing for thing in look.detections if self.takes(thing)]

    def _level(self, value: float) -> None:
        """How much there is now, for the reading of the present interval."""
        self._levels.append(value)

    def _tell(self, role: str, value: float, at: float, over: float = 0.0) -> None:
        quantity = self.spec.quantities.get(role)
        if quantity:
            self._readings.append(Reading(quantity, value, at, self.spec.code, self.spec.place, over))

    def _report(self, at: float, *, last: bool = False) -> None:
        if at - self._since_report < self.spec.number("report") - _SOON and not last:
            return
        self._regular(at)
        self._since_report, self._over, self._levels = at, 0.0, []

    def _regular(self, at: float) -> None:
        """The readings of an interval that ends."""
        if self._levels:
            # The median: a flicker of the detector in one picture is no crowd and no empty square.
            self._tell("level", median_low(self._levels), at, self._over)
        self._tell("state", float(bool(self._open)), at)

    def _known(self, events: list[Event]) -> list[Event]:
        """Keeps what is open, and tells at once when the rule's state turns."""
        for event in events:
            before = bool(self._open)
            if event.state == "end":
                self._open.discard(event.id)
            else:
                self._open.add(event.id)
            if bool(self._open) != before:
                self._tell(
                    "state", float(bool(self._open)), self._used if self._used is not None else event.start
                )
        return events


class OneSpell(Rule):
    """A rule with one thing that holds or not."""

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        super().__init__(spec, new_id)
        self._one = self._spell()

    def _step(
        self, at: float, holds: bool, value: float, *, since: float | None = None, box: Box | None = None
    ) -> list[Event]:
        self.value = value
        return self._one.step(at, holds, value, since=since, box=box)

    def _end(self) -> list[Event]:
        return self._one.finish()

    def _stirring(self) -> bool:
        return not self._one.idle


def foot(box: Box) -> tuple[float, float]:
    """Where a thing stands, inside the picture: detectors put boxes a little beyond its edge."""
    x, y = box.foot
    return min(1.0, max(0.0, x)), min(1.0, max(0.0, y))


def around(boxes: list[Box]) -> Box | None:
    """The smallest box around all."""
    if not boxes:
        return None
    return Box(
        min(b.left for b in boxes),
        min(b.top for b in boxes),
        max(b.right for b in boxes),
        max(b.bottom for b in boxes),
    )
