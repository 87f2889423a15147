"""What moves, on a small luma plane: running average, absolute difference, boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from chengyun_vision.change.plane import (
    SIZE,
    Mask,
    Plane,
    heeded,
    light,
    noise,
    pieces,
    same_place,
    smooth,
)
from chengyun_vision.frames import Box, Image
from chengyun_vision.geometry import Zone

__all__ = ["SIZE", "Motion"]

_NOISES = 4.0  # so many standard deviations of the noise are no motion
_MOST = 0.5  # more of the picture than this at once is light, where the place is still the same
_APART = 0.4  # seconds between the two pictures of which a moving thing differs
_JOIN = np.ones((5, 5), np.uint8)


class Motion:
    """One camera's motion. `ignore`: zones that do not count. `threshold`: grey levels of difference (suggested: 12).
    `smallest`: least area of a moving piece, share of the picture (suggested: 0.0008, 46 pixels of 320 x 180). `memory_s`:
    what stands still is no motion after about so long.
    """

    def __init__(
        self,
        ignore: Sequence[Zone] = (),
        *,
        threshold: float = 12.0,
        smallest: float = 0.0008,
        memory_s: float = 2.0,
    ) -> None:
        self.ignore = tuple(ignore)
        self.threshold = threshold
        self.smallest = smallest
        self.memory_s = memory_s
        self.reset()

    def reset(self) -> None:
        """Forgets the average: after a jump, a new size, a new connection."""
        self._average: Plane | None = None
        self._before: Plane | None = None  # at least _APART earlier: what left no longer differs from it
        self._next: Plane | None = None  # what becomes of it when it is old enough
        self._next_at = 0.0
        self._heeded: Mask | None = None
        self._at = 0.0

    def look(self, luma: Image, at: float) -> tuple[Box, ...]:
        """Moving boxes against the running average; empty for the first picture. A global change of light is no motion."""
        plane = smooth(luma)
        if self._average is None or self._before is None or self._average.shape != plane.shape:
            self._start(plane, at)
            return ()
        moving = self._apart(plane, self._average)
        if np.count_nonzero(moving) > _MOST * moving.size and same_place(plane, self._average):
            self._start(plane, at)
            return ()
        if self._next is not None and not 0 <= at - self._next_at < _APART:
            self._before, self._next, self._next_at = self._next, plane, at
        if self._heeded is not None:
            moving &= self._heeded
        boxes = self._boxes(moving, plane, self._before)
        share = 1 - math.exp(-max(0.0, at - self._at) / self.memory_s)
        cv2.accumulateWeighted(plane, self._average, max(share, 0.02))
        self._at = at
        return boxes

    def _boxes(self, moving: Mask, plane: Plane, before: Plane) -> tuple[Box, ...]:
        """Around what differs from the picture before as well: a place that something left no longer does."""
        least = self.smallest * moving.size
        if np.count_nonzero(moving) < least / 4:  # holes are closed below
            return ()
        moving &= self._apart(plane, before)
        if np.count_nonzero(moving) < least / 4:
            return ()
        joined = np.asarray(cv2.morphologyEx(moving, cv2.MORPH_CLOSE, _JOIN), np.uint8)
        return tuple(box for box, _ in pieces(joined, self.smallest))

    def _start(self, plane: Plane, at: float) -> None:
        self._average, self._at = plane.copy(), at
        self._before, self._next, self._next_at = plane, plane.copy(), at
        self._heeded = heeded(self.ignore, plane.shape)

    def _apart(self, plane: Plane, other: Plane) -> Mask:
        """255 where the picture differs, whatever the light. `other` is brought to the light of `plane`."""
        difference = np.asarray(cv2.absdiff(plane, other * light(plane, other)), np.float32)
        limit = max(self.threshold, _NOISES * noise(difference))
        return np.asarray(difference > limit, np.uint8) * 255
