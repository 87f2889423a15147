"""Numbers of one picture. Nothing here knows of time or of hold times."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chengyun_vision.frames import Image

cv2.setNumThreads(1)

# Suggested values.
DARK = 30.0  # mean brightness, 0-255, under which nothing can be told apart
FLAT = 12.0  # standard deviation of brightness of a covered lens
ALIKE = 0.35  # correlation of the outlines of two pictures of one view
STRANGE = 0.15  # of two that have nothing in common
SHIFTED = 0.03  # of the picture's width: more than a mast sways
SURE = 0.08  # response of the phase correlation that can be believed

Outline = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Light:
    """`mean`, `spread` of the brightness, 0-255."""

    mean: float
    spread: float


def brightness(luma: Image) -> Light:
    sparse = luma[::4, ::4]
    return Light(float(sparse.mean()), float(sparse.std()))


def sharpness(luma: Image) -> float:
    """Variance of the Laplacian at half size (noise averaged out): only to be compared with the same camera's own."""
    half = cv2.resize(luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(half, cv2.CV_32F, ksize=3).var())


def outline(luma: Image) -> Outline:
    """The edges of a picture, 160 x 90 or so, whatever its light: what two views of one place have in common."""
    small = cv2.resize(luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    edges = cv2.magnitude(cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1))
    soft = cv2.GaussianBlur(np.minimum(edges, 4 * np.median(edges) + 8), (5, 5), 0)
    return np.asarray(soft - soft.mean(), np.float32)


def same_view(a: Outline, b: Outline) -> bool | None:
    """Whether two outlines are of the same view; None when it cannot be told (fog, night, a crowd)."""
    if a.shape != b.shape:
        return False
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    alike = float((a * b).sum() / scale) if scale > 0 else 0.0
    if alike >= ALIKE:
        return True
    window = cv2.createHanningWindow((a.shape[1], a.shape[0]), cv2.CV_32F)
    (dx, dy), response = cv2.phaseCorrelate(a, b, window)
    if response >= SURE:
        return bool(np.hypot(dx, dy) <= SHIFTED * a.shape[1])
    return False if alike < STRANGE else None
