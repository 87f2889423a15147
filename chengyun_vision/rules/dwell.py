"""A thing of a class stays in a zone: parked where nobody may, or going round and round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from chengyun_vision.frames import Event, Look
from chengyun_vision.rules.base import Rule
from chengyun_vision.rules.params import COMMON, Flag, Number, Param
from chengyun_vision.rules.spec import Spec
from chengyun_vision.rules.spell import Spell
from chengyun_vision.rules.spots import Spots


class Dwell(Rule):
    """An event for each thing that stays for `stay` seconds. Peak: 1.

    `still`: it must stand in one place (`same`: how alike the boxes of two looks are), and be found there at the share
    `filled` of all looks. Found by place alone, at any cadence. Otherwise it may move about in the zone: that takes tracks,
    and so two looks a second.
    """

    kind = "dwell"
    wants: tuple[str, ...] = ("detections",)
    params: ClassVar[Mapping[str, Param]] = {
        **{key: param for key, param in COMMON.items() if key != "hold_on"},
        "stay": Number(180.0, 0, 86_400),
        "still": Flag(True),
        "same": Number(0.5, 0.1, 0.95),
        "filled": Number(0.6, 0, 1),
        "hold_off": Number(20.0, 0, 86_400),
        "flicker": Number(10.0, 0, 3_600),
    }

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        super().__init__(spec, new_id)
        self._spots = Spots(self._of, spec.number("same"))
        if not spec.flag("still"):
            self.wants = ("tracks",)
        self._roaming: dict[tuple[int, float], Spell] = {}

    def _of(self, label: str) -> Spell:
        return self._spell(label, on=self.spec.number("stay"))

    def _see(self, look: Look) -> list[Event]:
        if not self.spec.flag("still"):
            return self._roam(look)
        things = self.counted(look)
        if things is None:
            return []
        return self._spots.step(look.at, [(thing.label, thing.box, None) for thing in things])

    def _roam(self, look: Look) -> list[Event]:
        said: list[Event] = []
        here = {(t.number, t.since): t for t in look.tracks or () if t.sure and self.takes(t)}
        for key, track in here.items():
            spell = self._roaming.setdefault(key, self._of(track.label))
            said += spell.step(look.at, True, box=track.box)
        for key in self._roaming.keys() - here.keys():
            said += self._roaming[key].step(look.at, False)
        self._roaming = {key: spell for key, spell in self._roaming.items() if not spell.idle}
        return said

    def _end(self) -> list[Event]:
        said = self._spots.finish() + [e for spell in self._roaming.values() for e in spell.finish()]
        self._roaming = {}
        return said

    def _stirring(self) -> bool:
        return bool(self._spots) or bool(self._roaming)
