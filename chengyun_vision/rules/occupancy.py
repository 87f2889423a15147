"""So many things at once stand in a zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from chengyun_vision.frames import Event, Look
from chengyun_vision.rules.base import OneSpell, around
from chengyun_vision.rules.params import COMMON, Number, Param


class Occupancy(OneSpell):
    """Holds while `at_least` things of the classes stand in the zone. Peak: the most at once."""

    kind = "occupancy"
    wants: tuple[str, ...] = ("detections",)
    params: ClassVar[Mapping[str, Param]] = {
        **COMMON,
        "at_least": Number(1, 1, 100_000, whole=True),
        "hold_on": Number(1.0, 0, 86_400),
        "hold_off": Number(2.0, 0, 86_400),
    }

    def _see(self, look: Look) -> list[Event]:
        things = self.counted(look)
        if things is None:
            return []
        self._level(len(things))
        holds = len(things) >= self.spec.number("at_least")
        return self._step(look.at, holds, len(things), box=around([thing.box for thing in things]))
