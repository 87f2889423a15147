"""From a picture, or a part of one, to what a net takes, and where that part lies within it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from chengyun_vision.frames import Box, Image
from chengyun_vision.models.manifest import Input


@dataclass(frozen=True, slots=True)
class Placement:
    """The rectangle, in pixels of the net's input, that the picture fills; the rest is padding."""

    left: int
    top: int
    width: int
    height: int

    def shares(self, places: NDArray[Any]) -> NDArray[np.float32]:
        """N x 2 or N x 4 in pixels of the input -> 0-1 of the picture, cut off at its edges."""
        times = places.shape[1] // 2
        moved = (places - np.array([self.left, self.top] * times)) / np.array(
            [self.width, self.height] * times
        )
        return np.asarray(np.clip(moved, 0.0, 1.0), np.float32)


def crop(image: Image, region: Box) -> tuple[Image, Box]:
    """The part of the picture, and its box to the pixel. At least two pixels wide and high."""
    height, width = image.shape[:2]
    left, right = _span(region.left, region.right, width)
    top, bottom = _span(region.top, region.bottom, height)
    return image[top:bottom, left:right], Box(left / width, top / height, right / width, bottom / height)


def fitting(width: int, height: int, to: Input) -> tuple[int, int] | None:
    """The width and height that a picture so large has in the net's input, where it is far smaller there and may as well
    come so small; else None."""
    placed = _placement(width, height, to)
    much = placed.width * placed.height * 4 < width * height and min(width, height) > 2 * to.height
    return (placed.width, placed.height) if much else None


def prepare(image: Image, to: Input) -> tuple[NDArray[np.float32], Placement]:
    """`image`: H x W x 3, blue green red. Gives 1 x C x H x W or 1 x H x W x C, float32."""
    placed = _placement(image.shape[1], image.shape[0], to)
    shrinking = placed.width * placed.height * 4 < image.shape[0] * image.shape[1]
    # Far smaller: mean of the pixels, for linear interpolation would look at four of them only and lose small things.
    how = cv2.INTER_AREA if shrinking and min(image.shape[:2]) > 2 * to.height else cv2.INTER_LINEAR
    small = cv2.resize(image, (placed.width, placed.height), interpolation=how)
    if to.colour == "grey":
        small = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)[:, :, None]
    if (placed.width, placed.height) != (to.width, to.height):
        padded = np.full((to.height, to.width, small.shape[2]), to.pad, np.uint8)
        padded[placed.top : placed.top + placed.height, placed.left : placed.left + placed.width] = small
        small = padded
    channels = small.shape[2]
    tensor = np.empty((1, channels, to.height, to.width), np.float32)
    for index in range(channels):
        plane = small[:, :, channels - 1 - index if to.colour == "rgb" else index]
        np.multiply(plane, np.float32(to.scale / to.std[index]), out=tensor[0, index], dtype=np.float32)
        tensor[0, index] -= np.float32(to.mean[index] / to.std[index])
    return (tensor if to.layout == "nchw" else np.ascontiguousarray(tensor.transpose(0, 2, 3, 1))), placed


def _placement(width: int, height: int, to: Input) -> Placement:
    if to.resize == "stretch":
        return Placement(0, 0, to.width, to.height)
    ratio = min(to.width / width, to.height / height)
    wide, high = max(1, int(width * ratio)), max(1, int(height * ratio))
    spare = (to.width - wide, to.height - high) if to.centre else (0, 0)
    return Placement(spare[0] // 2, spare[1] // 2, wide, high)


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    first = min(max(0, int(np.floor(low * size))), size - min(2, size))
    return first, max(min(size, int(np.ceil(high * size))), first + min(2, size))
