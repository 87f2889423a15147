"""Follows things over the pictures of one camera, at two pictures a second or more. Below that: count, do not follow.

Numbers are drawn at random for each session and end with it; nothing of how a thing looks is kept, only where it was.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from chengyun_vision.frames import Detection, Tracked


class Tracker:
    """One camera's running tracks. `numbers`: where random numbers come from (tests give their own)."""

    def __init__(self, *, numbers: random.Random | None = None) -> None:
        self._numbers = numbers or random.SystemRandom()

    def update(self, at: float, detections: Iterable[Detection]) -> tuple[Tracked, ...]:
        """The tracks seen in this picture and those lost for a moment only. `at`: seconds, growing; a jump starts anew."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forgets everything: another stream, another view, a clock that jumped."""
        raise NotImplementedError
