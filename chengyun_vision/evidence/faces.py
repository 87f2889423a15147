"""Where faces are, so that they can be covered. The only place in which a face detector runs; nothing but boxes leaves it,
and the boxes do not leave the masking."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

import cv2
import numpy as np

from chengyun_vision.frames import Box, Image
from chengyun_vision.problem import Problem

# YuNet, Apache-2.0, ShiqiYu/libfacedetection.train @ 0047ac24a. Another file would find other faces: measure it first.
FILE = "yunet_n_640_640.onnx"
SHA256 = "25a606a145a5b6d7271ae138fbd00eba91dad8b83222ae3f2c7ecd0f4a7b0e31"
# Low on purpose: a place covered without need harms nobody. Suggested (建议值).
SCORE = 0.4
# Faces that fill the picture are found when it is this wide, small ones at its own width, the smallest at twice that.
NEAR = 320
ENLARGED_UP_TO = 800  # the width in pixels above which a picture is not enlarged


class Faces:
    """`find(image)` gives boxes of faces, 0-1 of the picture. `score`: from which they are taken."""

    def __init__(self, weights: bytes, *, score: float = SCORE) -> None:
        if hashlib.sha256(weights).hexdigest() != SHA256:
            raise Problem(
                "人脸遮挡权重与登记的校验值不符。", "the weights for covering faces are not the ones that were measured.",
                hint_zh=f"应为 {FILE}，sha256 {SHA256[:12]}…。", hint_en=f"Expected {FILE}, sha256 {SHA256[:12]}….",
            )  # fmt: skip
        buffer = np.frombuffer(weights, np.uint8)
        self._net = cv2.FaceDetectorYN.create(
            "onnx", buffer, np.zeros(0, np.uint8), (320, 320), score, 0.3, 500
        )

    def find(self, image: Image, widths: Collection[int] | None = None) -> list[Box]:
        """`image`: H x W x 3, blue green red. `widths`: pixels; how wide it is made before each look."""
        height, width = image.shape[:2]
        found: list[Box] = []
        for wide in widths or {NEAR, width, 2 * width if width <= ENLARGED_UP_TO else width}:
            high = max(1, round(height * wide / width))
            scaled = cv2.resize(
                image, (wide, high), interpolation=cv2.INTER_AREA if wide < width else cv2.INTER_LINEAR
            )
            self._net.setInputSize((wide, high))
            _, rows = self._net.detect(scaled)
            for x, y, w, h in rows[:, :4].tolist() if rows is not None else []:
                found.append(Box(x / wide, y / high, (x + w) / wide, (y + h) / high))
        return found


def find_faces(folder: Path) -> Faces | None:
    """The face detector whose weights lie in a folder, None where they do not. Raises `Problem` for other weights."""
    place = folder / FILE
    return Faces(place.read_bytes()) if place.is_file() else None
