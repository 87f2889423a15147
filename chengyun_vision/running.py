"""What a running camera is set to, what it is given and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chengyun_vision.decode import Mode
from chengyun_vision.frames import Box, Event, Frame, Look, Reading
from chengyun_vision.geometry import Zone


class Sees(Protocol):
    """What the pipeline needs of a model: `models.Model` is one."""

    @property
    def gives(self) -> str: ...

    labels: frozenset[str]

    def look(self, frame: Frame, regions: Sequence[Box] | None = None) -> Look: ...

    def tiles(self) -> tuple[Box, ...]: ...


class Keeps(Protocol):
    """Masks pictures and stores them. The looks it is given have `detections` only where a model looked for people: what
    moves, or a model of cars alone, says nothing of where heads are."""

    def note(self, look: Look) -> None:
        """A look at a picture that may not be stored: what has to stay covered. Cheap."""
        ...

    def keep(self, event: Event, frame: Frame, look: Look) -> tuple[str, ...]:
        """References of what was stored for an event, beside those it has; none where nothing may be."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one camera; all suggested (建议值). `fps`: looks a second at most. `mode`, `every`: of the decoder. `tiles`: look
    at 2 x 2 parts, for high points. `gated`: ask packet sizes and motion before decoding and detecting. `recheck_s`: the
    longest time without a look. `ignore`: zones in which motion does not count.
    """

    fps: float = 2.0
    mode: Mode = "keyframe"
    every: float = 10.0
    tiles: bool = False
    gated: bool = True
    recheck_s: float = 10.0
    ignore: tuple[Zone, ...] = ()


@dataclass(slots=True)
class Said:
    """What one step says, in order."""

    events: list[Event] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def __iadd__(self, other: Said) -> Said:
        self.events += other.events
        self.readings += other.readings
        return self


@dataclass(slots=True)
class Tally:
    """Since the pipeline was made. `looked`: pictures that were examined; `detected`: that a model saw; `quiet`: moments
    that packet sizes or the gate found unchanged; `failed`: pictures on which a step broke; `unseen_s`: seconds in which
    nothing was examined although the camera should have been."""

    packets: int = 0
    decoded: int = 0
    looked: int = 0
    detected: int = 0
    quiet: int = 0
    failed: int = 0
    unseen_s: float = 0.0
    first: float | None = None
    last: float | None = None
