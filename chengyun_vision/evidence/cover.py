"""What of a picture must not be seen, and how it is made so. Pure functions on arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from chengyun_vision.frames import Box, Image

Polygon = Sequence[tuple[float, float]]  # 0-1 of the picture

VEHICLES = frozenset({"car", "bus", "truck"})
RIDDEN = frozenset({"bicycle", "motorcycle"})


@dataclass(frozen=True, slots=True)
class Cover:
    """All suggested (建议值), in shares of a person's or a face's own box unless said otherwise.

    head: how far down from the upper edge a standing person's head may reach; bent: that of one who is not upright, cut off
    by the picture's edge, or seen without a face detector beside. upright: height by width from which somebody stands.
    margin: about each region, to every side. across: how many cells a head may have. least_cell: pixels. least_px: height
    in pixels of a person's box below which its head has no place of its own. slim: height by width from which such a box
    holds enough of somebody that no face in it can be large. whole_across: cells over the width of a picture
    that is made coarse as a whole. plates_from: height within a vehicle's box below which plates are; plate_across: cells
    over the width of a vehicle.
    """

    head: float = 0.32
    bent: float = 0.6
    upright: float = 1.8
    margin: float = 0.12
    face_margin: float = 0.35
    head_of_height: float = 0.14
    across: float = 3.0
    least_cell: int = 8
    least_px: int = 40
    slim: float = 1.4
    whole_across: int = 24
    plates_from: float = 0.4
    plate_across: int = 16


@dataclass(frozen=True, slots=True)
class Region:
    """A part to be made coarse, 0-1 of the picture. `cell`: 0-1 of the picture's height."""

    box: Box
    cell: float


def of_person(box: Box, width: int, height: int, cover: Cover, *, wary: bool) -> Region:
    """The part of a person's box that holds the head; all of it when it is too small to say where in it the head is.

    `wary`: no face detector looks for what this one misses.
    """
    wide, high = box.right - box.left, box.bottom - box.top
    aspect = (high * height) / max(1e-9, wide * width)
    cut = box.bottom > 0.98 or box.left < 0.01 or box.right > 0.99
    if aspect < 1.2 or high * height < cover.least_px:  # lying, half hidden, small: the head may be anywhere
        share = 1.0
    elif aspect < cover.upright or cut or wary:
        share = cover.bent
    else:
        share = cover.head
    # Whose legs are not in the picture has a larger head for the box's height.
    head = high * cover.head_of_height * (1.0 if share == cover.head else 2.0)
    side, up = wide * cover.margin, high * cover.margin
    return Region(
        Box(
            box.left - side, box.top - up, box.right + side, min(box.top + high * share, box.bottom) + up / 2
        ),
        head / cover.across,
    )


def faceless(box: Box, width: int, height: int, cover: Cover) -> bool:
    """Whether a small person's box cannot hold a face of 12 pixels, however that person stands.

    Shoulders are a quarter of a person's height across, a face a tenth of it high. A box of 40 pixels that is 1.4 times as
    high as wide shows 0.35 of somebody at least, who is then 115 pixels tall and has a face of 11. One that is wider, or
    that the lower edge of the picture cuts off, may be the head and shoulders of somebody near.
    """
    tall, across = (box.bottom - box.top) * height, (box.right - box.left) * width
    return tall < cover.least_px and tall >= cover.slim * across and box.bottom <= 0.98


def of_rider(box: Box, cover: Cover) -> Region:
    """Over a cycle that is ridden sits somebody whom the detector may have missed: its own height above it."""
    high = box.bottom - box.top
    return Region(
        Box(box.left, box.top - 0.9 * high, box.right, box.top + 0.3 * high), 0.3 * high / cover.across
    )


def of_face(box: Box, cover: Cover) -> Region:
    side, up = (box.right - box.left) * cover.face_margin, (box.bottom - box.top) * cover.face_margin
    return Region(
        Box(box.left - side, box.top - up, box.right + side, box.bottom + up),
        (box.bottom - box.top) / cover.across,
    )


def of_vehicle(box: Box, width: int, height: int, cover: Cover) -> Region:
    """The part of a vehicle that has its plates."""
    high, side = box.bottom - box.top, (box.right - box.left) * 0.05
    cell = (box.right - box.left) * width / height / cover.plate_across
    return Region(
        Box(box.left - side, box.top + high * cover.plates_from, box.right + side, box.bottom + 0.05 * high),
        cell,
    )


def burn(image: Image, privacy: Iterable[Polygon]) -> None:
    """Fills the camera's privacy zones, in place. Raises ValueError for a polygon that is none."""
    height, width = image.shape[:2]
    for polygon in privacy:
        corners = np.asarray(polygon, np.float64)
        if (
            corners.ndim != 2
            or corners.shape[0] < 3
            or corners.shape[1] != 2
            or not np.isfinite(corners).all()
        ):
            raise ValueError("a privacy zone needs three corners or more, each of two numbers")
        # To the outer pixel: a zone's edge belongs to it.
        points = np.clip(np.rint(corners * (width, height)), -(2**14), 2**14).astype(np.int32)
        cv2.fillPoly(image, [points], (0, 0, 0))
        cv2.polylines(image, [points], True, (0, 0, 0), 2)


def coarsen(image: Image, region: Region, least_cell: int) -> None:
    """Replaces a part by few cells of one colour each, in place.

    A cell is the mean of its pixels, rounded to one of 16 steps: what is finer is gone, and no filter brings it back, as it
    can from a blur. Cells begin at the region's own corner.
    """
    height, width = image.shape[:2]
    left, right = (
        max(0, int(np.floor(region.box.left * width))),
        min(width, int(np.ceil(region.box.right * width))),
    )
    top, bottom = (
        max(0, int(np.floor(region.box.top * height))),
        min(height, int(np.ceil(region.box.bottom * height))),
    )
    if left >= right or top >= bottom:
        return
    cell = max(float(least_cell), region.cell * height)
    part = image[top:bottom, left:right]
    across, down = max(1, int(part.shape[1] / cell)), max(1, int(part.shape[0] / cell))
    small = np.asarray(cv2.resize(part, (across, down), interpolation=cv2.INTER_AREA), np.uint8)
    small = small // 16 * 16 + 8
    image[top:bottom, left:right] = cv2.resize(
        small, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_NEAREST
    )


def coarsen_all(image: Image, cover: Cover) -> None:
    """The whole picture in few cells: colours and places of large things, nothing else."""
    height, width = image.shape[:2]
    cell = max(width, height) / cover.whole_across / height
    coarsen(image, Region(Box(0.0, 0.0, 1.0, 1.0), cell), cover.least_cell)
