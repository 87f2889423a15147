"""Pictures of a clip at so many a second, as the worker's frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from chengyun_vision.frames import Frame

cv2.setNumThreads(1)


def frame(image: np.ndarray, at: float = 0.0) -> Frame:
    """A frame of an array, H x W x 3, blue green red."""

    def luma(width: int, height: int) -> np.ndarray:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_NEAREST))

    return Frame(at, image.shape[1], image.shape[0], True, lambda: image, luma)


def pictures(path: Path, fps: float, until: float = 1e9) -> Iterator[Frame]:
    """One picture each 1/fps seconds of the clip, up to `until`."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        wanted = 0.0
        for picture in container.decode(stream):
            at = float(picture.pts * stream.time_base) if picture.pts is not None else wanted
            if at > until:
                return
            if at + 1e-6 >= wanted:
                wanted += 1 / fps
                yield frame(picture.to_ndarray(format="bgr24"), at)
