"""Parts of a picture: tiles, and how what was found in several parts comes together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chengyun_vision.frames import Box, Detection

WHOLE = Box(0.0, 0.0, 1.0, 1.0)
EDGE = 0.01  # of the picture: a box this near to an inner edge of its part was cut off there
INSIDE = 0.6  # share of a cut box that lies in another one of its kind: they are one thing


def tiles(columns: int = 2, rows: int = 2, overlap: float = 0.2) -> tuple[Box, ...]:
    """Parts of equal size that cover the picture. `overlap`: of a part's side, shared with its neighbour."""
    across, down = _spans(columns, overlap), _spans(rows, overlap)
    return tuple(Box(left, top, right, bottom) for top, bottom in down for left, right in across)


def merge(parts: Sequence[tuple[Box, Sequence[Detection]]], overlap: float) -> tuple[Detection, ...]:
    """One list, best first, of what was found in parts: boxes in 0-1 of the whole picture.

    Of boxes of one kind that overlap by more than `overlap` (intersection over union) the best stays; of one that a part's
    edge cut off, the whole one stays.
    """
    found = [(detection, _cut(detection.box, part)) for part, some in parts for detection in some]
    found.sort(key=lambda one: (one[1], -one[0].score))
    kept: list[Detection] = []
    for detection, cut in found:
        if not any(_same(detection, cut, other, overlap) for other in kept):
            kept.append(detection)
    return tuple(sorted(kept, key=lambda one: -one.score))


def gather(parts: Sequence[tuple[Box, NDArray[np.float32]]], whole: tuple[int, int]) -> NDArray[np.float32]:
    """Planes (C x h x w) of parts on one of the whole picture: C x `whole` (height, width); 0 where nobody looked.

    Values are taken from the first part that covers a place, so that what lies in two parts is not counted twice.
    """
    height, width = whole
    result = np.zeros((parts[0][1].shape[0], height, width), np.float32)
    y, x = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    free = np.ones((height, width), bool)
    for part, plane in parts:
        rows = np.flatnonzero((y >= part.top) & (y < part.bottom))
        columns = np.flatnonzero((x >= part.left) & (x < part.right))
        if not len(rows) or not len(columns):
            continue
        down = ((y[rows] - part.top) / (part.bottom - part.top) * plane.shape[1]).astype(int)
        over = ((x[columns] - part.left) / (part.right - part.left) * plane.shape[2]).astype(int)
        window = np.ix_(rows, columns)
        taken = np.where(
            free[window], plane[:, down[:, None], over[None, :]], result[:, rows[:, None], columns[None, :]]
        )
        result[:, rows[:, None], columns[None, :]] = taken
        free[window] = False
    return result


def overlap_of(one: Box, other: Box) -> float:
    """Intersection over union."""
    shared = _shared(one, other)
    union = one.area + other.area - shared
    return shared / union if union > 0 else 0.0


def _same(detection: Detection, cut: bool, other: Detection, overlap: float) -> bool:
    if detection.label != other.label:
        return False
    if overlap_of(detection.box, other.box) > overlap:
        return True
    return cut and _shared(detection.box, other.box) > INSIDE * detection.box.area


def _shared(one: Box, other: Box) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0.0, wide) * max(0.0, high)


def _cut(box: Box, part: Box) -> bool:
    """Whether an edge of its part, that is not one of the picture, cuts the box."""
    return (
        (part.left > 0.0 and box.left - part.left < EDGE)
        or (part.top > 0.0 and box.top - part.top < EDGE)
        or (part.right < 1.0 and part.right - box.right < EDGE)
        or (part.bottom < 1.0 and part.bottom - box.bottom < EDGE)
    )


def _spans(count: int, overlap: float) -> list[tuple[float, float]]:
    side = 1.0 / (count - (count - 1) * overlap)
    starts = [index * side * (1.0 - overlap) for index in range(count)]
    return [(start, min(1.0, start + side)) for start in starts]
