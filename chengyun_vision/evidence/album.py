"""Which pictures belong to the events of one camera that are open, and which are still wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chengyun_vision.evidence.policy import Keep, wanted
from chengyun_vision.frames import Event, Frame, Look
from chengyun_vision.running import Keeps


class Album:
    """`policy`: of a rule, by its code. An event's pictures stay with it from word to word, and are forgotten with it."""

    def __init__(self, keeps: Keeps | None, policy: Callable[[str], Keep]) -> None:
        self._keeps, self._policy = keeps, policy
        self._kept: dict[str, tuple[str, ...]] = {}

    def note(self, look: Look) -> None:
        if self._keeps is not None:
            self._keeps.note(look)

    def of(self, event: Event, frame: Frame | None, look: Look) -> Event:
        """The event with its pictures. `frame`: the one it speaks of, None where none came."""
        known = self._kept.get(event.id, ())
        if (
            self._keeps is not None
            and frame is not None
            and wanted(self._policy(event.rule), event.state, len(known))
        ):
            known += self._keeps.keep(replace(event, evidence=known), frame, look)
        if event.state == "end":
            self._kept.pop(event.id, None)
        elif known:
            self._kept[event.id] = known
        return replace(event, evidence=known) if known else event
