"""Which packets become pictures, and how. One thread; nothing that a broken stream does comes out of here as an exception.

    off        nothing
    snapshot   one keyframe in `every` seconds
    keyframe   every keyframe
    full       every picture (from the next keyframe on)

The mode may be changed at any time. A decoder belongs to one connection: make another when Notice "opened" comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chengyun_vision.frames import Frame, Packet
from chengyun_vision.source.base import Facts

Mode = Literal["off", "snapshot", "keyframe", "full"]


@dataclass(slots=True)
class Counts:
    """Since the decoder was made. `skipped`: packets that were not decoded on purpose. `resized`: changes of size."""

    decoded: int = 0
    skipped: int = 0
    corrupt: int = 0
    resized: int = 0
    last_picture: float | None = None


class Decoder:
    """`mode`, `every` (seconds, of the snapshot mode) may be set at run time. `counts` say what happened."""

    def __init__(self, facts: Facts, mode: Mode = "keyframe", every: float = 10.0) -> None:
        self.facts = facts
        self.mode: Mode = mode
        self.every = every
        self.counts = Counts()

    def wants(self, packet: Packet) -> bool:
        """Whether `decode` would look at this packet in the present mode: lets a caller ask cheaper questions first."""
        raise NotImplementedError

    def decode(self, packet: Packet) -> list[Frame]:
        """The pictures that this packet completes, `at` strictly growing. Empty when skipped, incomplete or corrupt."""
        raise NotImplementedError

    def flush(self) -> list[Frame]:
        """At the end of a clip: the pictures still inside."""
        raise NotImplementedError
