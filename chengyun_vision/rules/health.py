"""The camera itself: there, and able to see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from chengyun_vision.frames import Event, Look
from chengyun_vision.rules.base import Rule
from chengyun_vision.rules.params import COMMON, Flag, Param
from chengyun_vision.rules.spec import Spec
from chengyun_vision.rules.spell import Spell

CAUSES = ("offline", "frozen", "dark", "blurred", "covered", "moved", "corrupt", "clock")
# Which of them somebody may have done to the camera.
TAMPERED = frozenset({"covered", "moved"})
_SIZES = ("min_height", "min_area", "min_score")


class CameraHealth(Rule):
    """An event for each state of the camera that is told; `about` names it. Peak: for how many seconds it has held.

    How long a state must last before it is told is decided where it is measured; hold times here come on top. Each cause
    may be left out by `cause: false`.
    """

    kind = "camera_health"
    wants: tuple[str, ...] = ("health",)
    params: ClassVar[Mapping[str, Param]] = {
        **{key: param for key, param in COMMON.items() if key not in _SIZES},
        **{cause: Flag(True) for cause in CAUSES},
    }

    def __init__(self, spec: Spec, new_id: Callable[[], str]) -> None:
        super().__init__(spec, new_id)
        self._spells: dict[str, Spell] = {
            c: self._spell(c, update_every=60.0) for c in CAUSES if spec.flag(c)
        }
        self._bad: frozenset[str] = frozenset()
        self._told: dict[str, float] = {}
        self._pictured = False

    def _see(self, look: Look) -> list[Event]:
        health = look.health or {}
        said: list[Event] = []
        for cause, spell in self._spells.items():
            if cause in health:
                held = health[cause]
                said += spell.step(look.at, held > 0, held, since=look.at - held)
        self._pictured |= look.width > 0
        self._bad = frozenset(cause for cause, spell in self._spells.items() if spell.open)
        for role, value in self._states().items():
            if self._told.get(role) != value:
                self._told[role] = value
                self._tell(role, value, look.at)
        return said

    def _states(self) -> dict[str, float]:
        if "offline" in self._bad:
            return {"up": 0.0}  # who sees nothing does not know whether it is covered
        if not self._pictured:
            return {}  # a camera that has not sent a picture yet is not up
        return {"up": 1.0, "tampered": float(bool(TAMPERED & self._bad))}

    def _regular(self, at: float) -> None:
        for role, value in self._states().items():
            self._tell(role, value, at)

    def _end(self) -> list[Event]:
        self._bad, self._told, self._pictured = frozenset(), {}, False
        return [event for spell in self._spells.values() for event in spell.finish()]

    def _stirring(self) -> bool:
        return False  # the camera's health is looked at in any case
