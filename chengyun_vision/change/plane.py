"""What motion and background share: a small plane of brightness, its light and noise, and boxes around what differs."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from chengyun_vision.frames import Box, Image
from chengyun_vision.geometry import Zone

cv2.setNumThreads(1)

SIZE = (320, 180)  # width, height: `frame.luma(*SIZE)`

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

# Every so many pixels suffice to know the light and the noise of the whole.
_SPARSE = 4
# How alike two pictures are whose difference is light alone: correlation of their brightness.
_SAME_PLACE = 0.9


def smooth(luma: Image) -> Plane:
    """The plane as floats, a little blurred: taken by nearest pixel it is full of noise."""
    return np.asarray(cv2.blur(luma, (3, 3)), np.float32)


def light(now: Plane, before: Plane) -> float:
    """By how much brighter the picture is, as a factor: the median over the picture, so what moves in it does not count."""
    a, b = now[::_SPARSE, ::_SPARSE], before[::_SPARSE, ::_SPARSE]
    return min(10.0, max(0.1, _middle((a + 1.0) / (b + 1.0))))


def noise(difference: Plane) -> float:
    """Standard deviation of what differs everywhere, by the median: grey levels."""
    return _middle(difference[::_SPARSE, ::_SPARSE]) * 1.4826


def _middle(values: Plane) -> float:
    """The median, without what numpy's own does beside: it is asked for several times a picture."""
    flat = values.ravel()
    return float(np.partition(flat, flat.size // 2)[flat.size // 2])


def edges(plane: Plane) -> Plane:
    """How steep the brightness is at each pixel."""
    return np.asarray(
        cv2.magnitude(cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1)), np.float32
    )


def same_place(now: Plane, before: Plane) -> bool:
    """Whether two pictures show the same place in another light."""
    a = now[::_SPARSE, ::_SPARSE].ravel()
    b = before[::_SPARSE, ::_SPARSE].ravel()
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return scale > 0 and float(a @ b) / scale > _SAME_PLACE


def heeded(ignore: Sequence[Zone], shape: tuple[int, ...]) -> Mask | None:
    """255 where the picture counts, 0 in the zones to ignore; None when all of it counts."""
    if not ignore:
        return None
    mask: Mask = np.full(shape[:2], 255, np.uint8)
    for zone in ignore:
        mask[zone.grid(shape[0], shape[1])] = 0
    return mask


def pieces(mask: Mask, smallest: float) -> list[tuple[Box, NDArray[np.bool_]]]:
    """The connected pieces of a mask with at least that share of the picture: box, and which pixels (height x width)."""
    height, width = mask.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for i in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[i])
        if area >= smallest * width * height:
            box = Box(x / width, y / height, (x + w) / width, (y + h) / height)
            found.append((box, np.asarray(labels == i)))
    return found
