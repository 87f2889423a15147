"""A camera's live picture, made only while somebody looks: keyframes, privacy zones burnt in, made smaller."""

from __future__ import annotations

import time
from collections.abc import Sequence

import cv2
import numpy as np

from chengyun_vision.decode import Decoder
from chengyun_vision.evidence.cover import Polygon, burn
from chengyun_vision.frames import Packet
from chengyun_vision.source.base import Facts

# Suggested values (建议值): pixels across, pictures a second, and how long it goes on after it was last asked for.
WIDE, RATE, HOLD_S = 960, 2.0, 5.0


class Watched:
    """`ask` while somebody looks; `take` for the newest picture."""

    def __init__(self, privacy: Sequence[Polygon]) -> None:
        self._privacy = privacy
        self._facts: Facts | None = None
        self._decoder: Decoder | None = None
        self._until = self._made = 0.0
        self._jpeg: bytes | None = None

    def opened(self, facts: Facts | None) -> None:
        self._facts, self._decoder = facts, None

    def ask(self) -> None:
        self._until = time.monotonic() + HOLD_S

    def feed(self, packet: Packet) -> None:
        now = time.monotonic()
        if now > self._until:
            self._decoder = self._jpeg = None
            return
        if not packet.keyframe or now - self._made < 0.9 / RATE or self._facts is None:
            return
        if self._decoder is None:
            self._decoder = Decoder(self._facts, "keyframe")
        try:
            for frame in self._decoder.decode(packet):
                image = np.array(frame.bgr())
                burn(image, self._privacy)
                if frame.width > WIDE:
                    size = WIDE, max(1, round(frame.height * WIDE / frame.width))
                    image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
                done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 75])
                if done:
                    self._jpeg, self._made = data.tobytes(), now
        except Exception:  # no picture is no reason to stop looking for what happens
            self._jpeg = None
        self._decoder.notices()

    def take(self) -> bytes | None:
        """The newest picture, once."""
        jpeg, self._jpeg = self._jpeg, None
        return jpeg
