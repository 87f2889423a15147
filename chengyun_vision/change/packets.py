"""Has anything changed since the last keyframe, told from the sizes of packets alone: nothing is decoded to know it.

Between keyframes an encoder sends differences. While nothing moves they stay near a level of that camera, that hour, that
rate control; what moves lifts them. The level is learned from intervals after which a decoded picture showed no motion
(`confirm`), so that a busy street never counts as quiet and noise at night soon does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chengyun_vision.frames import Packet

Change = Literal["changed", "quiet"]


@dataclass(frozen=True, slots=True)
class Interval:
    """One keyframe with what came before it. `start`, `end`: `at` of the two keyframes. `why`: learning, bytes, recheck,
    gap (time broke) or quiet. `rate`: bytes per second between them; `level`: what is quiet here (None while learning).
    """

    start: float
    end: float
    verdict: Change
    why: str
    rate: float
    level: float | None


class PacketWatch:
    """One camera's watch. `recheck_s`: quiet is never said for longer than this (suggested: 5 s)."""

    def __init__(self, recheck_s: float = 5.0) -> None:
        self.recheck_s = recheck_s

    def add(self, packet: Packet) -> Interval | None:
        """Feed every packet. Answers at keyframes: "changed" = decode this keyframe, "quiet" = as at the last look."""
        raise NotImplementedError

    def confirm(self, moved: bool) -> None:
        """What the picture decoded after a "changed" showed, by `Motion` or the tracker. Call it for each one decoded."""
        raise NotImplementedError

    def reset(self) -> None:
        """After Notice "opened", "jumped", "resized" or "dropped": begins to learn again (levels are kept on "dropped")."""
        raise NotImplementedError
