"""A place as a source of pictures, by a clock that is handed in: the district's, not the machine's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

import cv2

from chengyun_vision.frames import Packet
from chengyun_vision.problem import Problem
from chengyun_vision.scenes.draw import HEIGHT, WIDTH
from chengyun_vision.scenes.places import named
from chengyun_vision.source.base import Facts, Notice

SCHEME = "scene://"
# Seconds: of the whole round, from when in it something happens, and for how long. Suggested (建议值).
_TIMES = {"seed": 1.0, "every": 5400.0, "from": 1800.0, "for": 1800.0}


class SceneSource:
    """Pictures as JPEG, one each `period` seconds of the machine; their `at` and what they show are of `now()`.

    Raises `Problem` for an address that names no scene.
    """

    live = True

    def __init__(self, address: str, *, now: Callable[[], float] = time.time, period: float = 0.5) -> None:
        parts = urlsplit(address)
        self.place = named(parts.netloc)
        times = dict(_TIMES)
        for key, text in parse_qsl(parts.query):
            try:
                if key not in times or not 0 <= float(text) < 1e9:
                    raise ValueError
                times[key] = float(text)
            except ValueError:
                raise Problem(
                    f"场景参数 {key[:20]} 无效。", f"{key[:20]} is no number that a scene knows.",
                    where=f"{SCHEME}{parts.netloc}", hint_zh=f"可用:{'、'.join(_TIMES)}。",
                    hint_en=f"Known: {', '.join(_TIMES)}.",
                ) from None  # fmt: skip
        self.seed = int(times["seed"])
        self._every, self._from, self._for = max(1.0, times["every"]), times["from"], times["for"]
        self._now, self._period = now, period
        self._closing = threading.Event()
        self.facts: Facts | None = None

    def since(self, at: float) -> float | None:
        """For how many seconds that goes on which happens here; None while it does not."""
        passed = (at - self._from) % self._every
        return passed if passed < self._for else None

    def jpeg(self, at: float) -> bytes:
        picture = self.place.picture(at, self.seed, self.since(at))
        return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())

    def open(self) -> Iterator[Packet | Notice]:
        self.facts = Facts("picture", WIDTH, HEIGHT, 1 / self._period, True)
        last = float("-inf")
        while not self._closing.is_set():
            at = self._now()
            if at > last:  # a clock that waits for others gives no second picture of the same moment
                last = at
                data = self.jpeg(at)
                yield Packet(at, len(data), True, data)
            elif last - at > 5:  # it was set back
                yield Notice(at, "jumped", detail=f"{at - last:+.1f}")
                last = at
            self._closing.wait(self._period)

    def close(self) -> None:
        self._closing.set()
