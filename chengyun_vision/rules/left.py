"""Something that was not there before stays. Nobody needs to know what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from chengyun_vision.frames import Box, Event, Look
from chengyun_vision.geometry import covered
from chengyun_vision.rules.base import Rule, foot
from chengyun_vision.rules.params import COMMON, Number, Param
from chengyun_vision.rules.spec import Spec
from chengyun_vision.rules.spots import Spots


class LeftObject(Rule):
    """An event for each thing of the background's making that stays for `stay` seconds. Peak: 1.

    Where a detector of people looks too, what lies under a person by `person_share` is that person standing still and is
    passed over, and a place with a person before it is not looked at. Without one, somebody who stands still for `stay`
    looks like a thing: hence the long default.
    """

    kind = "left_object"
    wants: tuple[str, ...] = ("blobs",)
    helped_by = ("detections",)
    params: ClassVar[Mapping[str, Param]] = {
        **{key: param for key, param in COMMON.items() if key != "hold_on"},
        "stay": Number(120.0, 0, 86_400),
        "same": Number(0.4, 0.1, 0.95),
        "max_area": Number(0.1, 0.0001, 1),
        "person_share": Number(0.4, 0.05, 1),
        "people_for": Number(10.0, 0, 600),
        "min_area": Number(0.001, 0, 1),
        "filled": Number(0.6, 0, 1),
        "hold_off": Number(20.0, 0, 86_400),
        "flicker": Number(10.0, 0, 3_600),
    }

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        super().__init__(spec, new_id)
        self._spots = Spots(lambda label: self._spell(label, on=spec.number("stay")), spec.number("same"))
        self._people: list[Box] = []
        self._people_at = 0.0

    def step(self, look: Look) -> list[Event]:
        if look.detections is not None:
            # The detector looks at other moments than the background; who stood there is remembered for a while.
            self._people = [thing.box for thing in look.detections if thing.label == "person"]
            self._people_at = look.at
        elif not 0 <= look.at - self._people_at <= self.spec.number("people_for"):
            self._people = []
        return super().step(look)

    def _see(self, look: Look) -> list[Event]:
        seen = [
            ("object", blob.box, blob.since)
            for blob in look.blobs or ()
            if self._large(blob.box)
            and blob.box.area <= self.spec.number("max_area")
            and self.spec.zone.holds(foot(blob.box))
            and not self._hidden(blob.box)
        ]
        return self._spots.step(look.at, seen, self._hidden)

    def _hidden(self, box: Box) -> bool:
        return any(covered(box, person) >= self.spec.number("person_share") for person in self._people)

    def _end(self) -> list[Event]:
        return self._spots.finish()

    def _stirring(self) -> bool:
        return bool(self._spots)
