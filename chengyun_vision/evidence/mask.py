"""Masks a picture, then encodes it. There is no other way from a picture to a file.

    masker = Masker(faces=find_faces(path))           # one a camera; holds what was covered over the next pictures
    picture = masker.masked_jpeg(frame, look.detections, privacy=[polygon, ...])
    if picture is not None: keep(picture.jpeg, picture.sha256)

Order: the camera's privacy zones, then the head's share of every person box, every face box and a margin about each, held
over the track and for some seconds; when unsure (no person detector looked, or persons too small to place a head) the whole
picture is made coarse, or none is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from chengyun_vision.frames import Detection, Frame, Tracked

Polygon = Sequence[tuple[float, float]]  # 0-1 of the picture


@dataclass(frozen=True, slots=True)
class Masked:
    """A picture that may be stored. `how`: "heads" (only these were covered) or "whole" (all of it is coarse).

    `sha256`: of `jpeg`, hexadecimal. `width`, `height`: pixels.
    """

    at: float
    jpeg: bytes
    sha256: str
    how: Literal["heads", "whole"]
    width: int
    height: int


def masked_jpeg(
    frame: Frame,
    detections: Iterable[Detection | Tracked] | None,
    *,
    privacy: Sequence[Polygon] = (),
) -> Masked | None:
    """One masked picture, with nothing known of the pictures before it. None: nothing may be stored.

    `detections`: of this very picture; None when no person detector looked at it.
    """
    raise NotImplementedError
