"""How close people stand: for safety, never for what they came for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from chengyun_vision.frames import Event, Look
from chengyun_vision.rules.base import OneSpell
from chengyun_vision.rules.params import COMMON, Choice, Number, Param
from chengyun_vision.rules.spec import Spec


class Density(OneSpell):
    """Holds while the density is at least `threshold`. Peak: the highest.

    `unit` per_m2: people per square metre of the zone (`square_metres`), counted `by` a density map (heat), by points or
    by a detector's boxes; any: by the first of them that the moment offers. share: which share of the zone on the picture
    lies under the boxes of the classes; for a place without a measured area.
    """

    kind = "density"
    wants: tuple[str, ...] = ("heat", "points", "detections")
    params: ClassVar[Mapping[str, Param]] = {
        **COMMON,
        "unit": Choice("per_m2", ("per_m2", "share")),
        "by": Choice("any", ("any", "heat", "points", "boxes")),
        "threshold": Number(2.0, 0.001, 20),
        "hold_on": Number(5.0, 0, 86_400),
        "hold_off": Number(10.0, 0, 86_400),
    }

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        super().__init__(spec, new_id)
        by = "boxes" if spec.word("unit") == "share" else spec.word("by")
        self.wants = {"any": self.wants, "boxes": ("detections",)}.get(by, (by,))

    def _see(self, look: Look) -> list[Event]:
        value = self._density(look)
        if value is None:
            return []
        if self.spec.word("unit") == "per_m2":
            self._level(value)
        return self._step(look.at, value >= self.spec.number("threshold"), value)

    def _density(self, look: Look) -> float | None:
        zone = self.spec.zone
        if self.spec.word("unit") == "share":
            things = self.counted(look)
            return None if things is None else zone.share_under(thing.box for thing in things)
        if zone.square_metres is None:
            return None
        count = self._count(look)
        return None if count is None else count / zone.square_metres

    def _count(self, look: Look) -> float | None:
        if look.heat is not None and "heat" in self.wants:
            # A map never counts the whole picture: what lies outside the zone is another place.
            return self.spec.zone.sum_of(look.heat)
        if look.points is not None and "points" in self.wants:
            return sum(self.spec.zone.holds(point) for point in look.points)
        things = self.counted(look)
        return None if things is None else len(things)
