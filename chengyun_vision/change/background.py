"""Things left behind: a slow background remembers the place as it was, a fast one follows; where the two differ and nothing
moves, something stands that was not there. Nobody knows what it is: that takes a model.

    pixel differs from slow   still against fast   what becomes of it
    no                        -                    slow follows the light there; its clock is set back
    yes                       no                   something passes: its clock stands
    yes                       yes                  its clock runs; from settle_s on it is part of a blob
    its clock passes swallow_s                     the slow background takes it in, the blob ends
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from chengyun_vision.change.plane import Mask, Plane, edges, heeded, light, noise, pieces, same_place, smooth
from chengyun_vision.frames import Blob, Image
from chengyun_vision.geometry import Zone

_NOISES = 5.0
_FOLLOW_S = 30.0  # how fast the slow background follows the light where nothing stands (suggested)
_LONGEST = (
    60.0  # a longer time without a picture counts as so much: nobody saw that it stood there all the while
)
_MOST = 0.4  # more of the picture than this, newly different at once, is light or another view
_CLEARER = 1.5  # by so much is the outline of a thing clearer where it is than where it is not
_RING = np.ones((3, 3), np.uint8)


class Background:
    """One camera's background. `swallow_s`: no standing thing becomes background before this (suggested: 1800 s).
    `settle_s`: how long a thing stands still before it is a blob (suggested: 5 s). `smallest`: share of the picture.
    """

    def __init__(
        self,
        ignore: Sequence[Zone] = (),
        *,
        settle_s: float = 5.0,
        swallow_s: float = 1800.0,
        threshold: float = 16.0,
        smallest: float = 0.001,
    ) -> None:
        self.ignore = tuple(ignore)
        self.settle_s, self.swallow_s = settle_s, swallow_s
        self.threshold, self.smallest = threshold, smallest
        self.reset()

    def reset(self) -> None:
        """Learns the place anew: after a new size, a moved camera."""
        self._slow: Plane | None = None
        self._fast: Plane | None = None
        self._clock: Plane | None = None  # seconds for which each pixel has stood still and different
        self._came: NDArray[np.float64] | None = None  # and since when
        self._heeded: Mask | None = None
        self._standing = False  # whether any pixel's clock runs
        self._at = 0.0

    def look(self, luma: Image, at: float) -> tuple[Blob, ...]:
        """What stands there now that did not. `luma`: as for `Motion`, in any rhythm (keyframes will do). A change of light
        over the whole picture makes no blob.
        """
        plane = smooth(luma)
        if self._slow is None or self._fast is None or self._clock is None or self._slow.shape != plane.shape:
            self._slow, self._fast, self._clock = plane, plane.copy(), np.zeros_like(plane)
            self._came = np.full(plane.shape, at, np.float64)
            self._standing = False
            self._heeded = heeded(self.ignore, plane.shape)
            self._at = at
            return ()
        assert self._came is not None
        passed = min(max(0.0, at - self._at), _LONGEST)
        self._came += at - self._at - passed
        self._at = at
        self._slow *= light(plane, self._slow)
        self._fast *= light(plane, self._fast)
        differs = self._apart(plane, self._slow)
        still = ~self._apart(plane, self._fast)
        fresh = differs & (self._clock == 0)
        if np.count_nonzero(fresh) > _MOST * fresh.size and same_place(plane, self._slow):
            self._slow[fresh] = plane[fresh]
            differs &= ~fresh
        if not differs.any() and not self._standing:
            self._came.fill(at)
            self._follow(plane, passed)
            cv2.accumulateWeighted(plane, self._slow, self._share(passed))
            return ()
        self._clock[differs & still] += passed
        self._clock[~differs] = 0
        self._came[self._clock == 0] = at
        self._learn(plane, differs, passed)
        self._standing = bool(self._clock.any())
        return self._blobs(plane, at)

    def _apart(self, plane: Plane, other: Plane) -> NDArray[np.bool_]:
        difference = np.asarray(cv2.absdiff(plane, other), np.float32)
        return np.asarray(difference > max(self.threshold, _NOISES * noise(difference)))

    def _learn(self, plane: Plane, differs: NDArray[np.bool_], passed: float) -> None:
        assert self._slow is not None and self._fast is not None and self._clock is not None
        self._slow += np.where(differs, 0, self._share(passed)) * (plane - self._slow)
        self._follow(plane, passed)
        swallowed = self._clock > self.swallow_s
        self._slow[swallowed] = plane[swallowed]
        self._clock[swallowed] = 0

    def _follow(self, plane: Plane, passed: float) -> None:
        assert self._fast is not None
        cv2.accumulateWeighted(plane, self._fast, max(0.05, 1 - math.exp(-6 * passed / self.settle_s)))

    @staticmethod
    def _share(passed: float) -> float:
        """Of the present picture in the slow background after so many seconds."""
        return max(0.005, 1 - math.exp(-passed / _FOLLOW_S))

    def _blobs(self, plane: Plane, at: float) -> tuple[Blob, ...]:
        assert self._slow is not None and self._clock is not None and self._came is not None
        long = self._clock >= self.settle_s
        if not long.any():
            return ()
        stands = np.asarray(long, np.uint8) * 255
        if self._heeded is not None:
            stands &= self._heeded
        stands = np.asarray(cv2.morphologyEx(stands, cv2.MORPH_OPEN, _RING), np.uint8)
        blobs = []
        for box, pixels in pieces(stands, self.smallest):
            if self._gone(plane, pixels):
                self._slow[pixels] = plane[pixels]
                self._clock[pixels] = 0
            else:
                blobs.append(Blob(box, float(np.median(self._came[pixels]))))
        return tuple(blobs)

    def _gone(self, plane: Plane, pixels: NDArray[np.bool_]) -> bool:
        """Whether a thing was taken away rather than brought: its outline is in the background, not in the picture. Asked
        while it is new: later it is what it was found to be.
        """
        assert self._slow is not None and self._clock is not None
        if float(np.median(self._clock[pixels])) > 2 * self.settle_s:
            return False
        solid = np.asarray(pixels, np.uint8)
        ring = np.asarray(cv2.dilate(solid, _RING, iterations=2) - cv2.erode(solid, _RING), np.bool_)
        return bool(edges(self._slow)[ring].mean() > _CLEARER * edges(plane)[ring].mean())
