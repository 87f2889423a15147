"""Pictures with known answers. A net that is fed wrongly answers nonsense without an error: this is where it is noticed.

`street` is drawn by the project: nets that know COCO see the sign, the clock and the figure in it with high scores, and see
none of them when colours, means or sizes are not what they were trained with.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from chengyun_vision.frames import Image
from chengyun_vision.models.manifest import Manifest
from chengyun_vision.problem import Problem

WIDTH, HEIGHT = 640, 480


def picture(manifest: Manifest) -> Image:
    """The golden picture of a manifest. Raises `Problem` where there is none."""
    name = manifest.golden.picture
    if name in DRAWN:
        return DRAWN[name]()
    place = (manifest.place or Path()).with_name(Path(name).name)
    # Decoded from bytes, for imread cannot open every path on every system.
    image = None
    if place.is_file():
        image = cv2.imdecode(np.frombuffer(place.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise Problem(
            f"没有校验图 {name}。", f"the golden picture {name} is not there or is no picture.", where=str(place),
            hint_zh=f"放在清单旁，或用自绘的 {'、'.join(DRAWN)}。",
            hint_en=f"Put it beside the manifest, or use a drawn one: {', '.join(DRAWN)}.",
        )  # fmt: skip
    return np.asarray(image, np.uint8)


def street() -> Image:
    """A stop sign, a clock and a standing figure before a grey ground: 480 x 640 x 3."""
    fade = np.linspace(210.0, 150.0, HEIGHT)[:, None, None] * np.array([1.05, 1.0, 0.92])
    image = np.broadcast_to(np.clip(fade, 0, 255).astype(np.uint8), (HEIGHT, WIDTH, 3)).copy()
    image[int(HEIGHT * 0.62) :] = (105, 108, 112)
    _clock(image, (110, 110), 80)
    _stop_sign(image, (330, 130), 75)
    _figure(image, (540, 430), 300)
    return image


def grey() -> Image:
    """Nothing at all, for nets whose answer to nothing is known: 480 x 640 x 3 of 114."""
    return np.full((HEIGHT, WIDTH, 3), 114, np.uint8)


DRAWN: dict[str, Callable[[], Image]] = {"street": street, "grey": grey}


def _clock(image: Image, centre: tuple[int, int], radius: int) -> None:
    def at(turn: float, reach: float) -> tuple[int, int]:
        angle = turn * 2 * np.pi
        return int(centre[0] + np.sin(angle) * radius * reach), int(
            centre[1] - np.cos(angle) * radius * reach
        )

    ink = (20, 20, 20)
    cv2.circle(image, centre, radius, (40, 40, 40), -1, cv2.LINE_AA)
    cv2.circle(image, centre, int(radius * 0.9), (245, 245, 245), -1, cv2.LINE_AA)
    for hour in range(12):
        cv2.line(image, at(hour / 12, 0.72), at(hour / 12, 0.85), ink, 4, cv2.LINE_AA)
    cv2.line(image, centre, at(0.17, 0.5), ink, 5, cv2.LINE_AA)
    cv2.line(image, centre, at(0.955, 0.73), ink, 4, cv2.LINE_AA)


def _stop_sign(image: Image, centre: tuple[int, int], radius: int) -> None:
    def corners(reach: float) -> NDArray[np.int32]:
        angles = np.pi / 8 + np.arange(8) * np.pi / 4
        around = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius * reach
        return np.asarray(np.array(centre) + around, np.int32)

    white = (250, 250, 250)
    cv2.rectangle(image, (centre[0] - 6, centre[1]), (centre[0] + 6, HEIGHT), (120, 120, 120), -1)
    cv2.fillPoly(image, [corners(1.0)], white, cv2.LINE_AA)
    cv2.fillPoly(image, [corners(0.93)], (30, 20, 190), cv2.LINE_AA)
    cv2.putText(
        image, "STOP", (centre[0] - 62, centre[1] + 20), cv2.FONT_HERSHEY_SIMPLEX, 1.79, white, 8, cv2.LINE_AA
    )


def _figure(image: Image, foot: tuple[int, int], height: int) -> None:
    """Drawn from measures in eighths of its height; nobody's likeness."""
    unit = height / 8

    def at(right: float, up: float) -> tuple[int, int]:
        return int(foot[0] + right * unit), int(foot[1] - up * unit)

    def thick(units: float) -> int:
        return int(units * unit)

    skin, coat, dark, black = (140, 170, 215), (140, 60, 40), (70, 50, 40), (20, 20, 20)
    for side in (-1, 1):
        cv2.line(image, at(side * 0.5, 4), at(side * 0.65, 0.2), dark, thick(0.9), cv2.LINE_AA)
        cv2.ellipse(image, at(side * 0.8, 0.15), (thick(0.6), thick(0.25)), 0, 0, 360, black, -1, cv2.LINE_AA)
    torso = np.array([at(-1.1, 6.6), at(1.1, 6.6), at(0.9, 3.8), at(-0.9, 3.8)], np.int32)
    cv2.fillPoly(image, [torso], coat, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.line(image, at(side * 1.1, 6.3), at(side * 1.5, 4), coat, thick(0.6), cv2.LINE_AA)
        cv2.circle(image, at(side * 1.5, 3.8), thick(0.3), skin, -1, cv2.LINE_AA)
    cv2.line(image, at(0, 6.6), at(0, 7), skin, thick(0.5), cv2.LINE_AA)
    cv2.ellipse(image, at(0, 7.35), (thick(0.48), thick(0.62)), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(image, at(0, 7.6), (thick(0.5), thick(0.45)), 0, 180, 360, (30, 25, 20), -1, cv2.LINE_AA)
