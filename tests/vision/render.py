"""Clips of our own making: small scenes drawn by numpy, and the files they are encoded into. Shared by all vision tests.

A scene is a function of time: `scene(t) -> H x W x 3 uint8 (BGR)`. Compose one from parts:

    scene = Scene(320, 180, [Mover((0, 60), (300, 60), 0, 6), Standing((200, 90), since=4)], noise=2)
    path = write(tmp_path / "a.mkv", scene, seconds=10, fps=10, gop=10)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np

cv2.setNumThreads(1)

Draw = Callable[[float], np.ndarray]


@dataclass(frozen=True)
class Mover:
    """A rectangle whose upper left corner goes from `a` to `b` (pixels) between `start` and `end` (s); away otherwise."""

    a: tuple[float, float]
    b: tuple[float, float]
    start: float
    end: float
    size: tuple[int, int] = (20, 40)
    colour: tuple[int, int, int] = (25, 30, 45)

    def place(self, t: float) -> tuple[int, int] | None:
        if not self.start <= t <= self.end:
            return None
        share = (t - self.start) / max(1e-9, self.end - self.start)
        x = self.a[0] + share * (self.b[0] - self.a[0])
        y = self.a[1] + share * (self.b[1] - self.a[1])
        return round(x), round(y)


def Standing(
    at: tuple[float, float],
    since: float = 0,
    until: float = 1e9,
    size: tuple[int, int] = (20, 40),
    colour: tuple[int, int, int] = (25, 30, 45),
) -> Mover:
    """A rectangle that is there, still, from `since` to `until`."""
    return Mover(at, at, since, until, size, colour)


@dataclass
class Scene:
    """A textured ground with things on it.

    `noise`: standard deviation per pixel (sensor noise). `gain(t)`: light, 1 = as drawn. `covered`: (from, until) s with
    the lens covered. `frozen`: (from, until) seconds in which time stands still. `blurred`: (from, until) out of focus.
    `shake`: pixels of shift at a time, `shift(t) -> (dx, dy)`. Deterministic for the same `seed`.
    """

    width: int = 320
    height: int = 180
    things: Sequence[Mover] = ()
    noise: float = 0.0
    gain: Callable[[float], float] = lambda t: 1.0
    covered: tuple[float, float] | None = None
    frozen: tuple[float, float] | None = None
    blurred: tuple[float, float] | None = None
    shift: Callable[[float], tuple[float, float]] | None = None
    seed: int = 1
    _ground: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        coarse = rng.integers(
            70, 180, (max(2, self.height // 12), max(2, self.width // 12), 3), dtype=np.uint8
        )
        ground = cv2.resize(coarse, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        for _ in range(12):  # edges, so that sharpness and shift can be told
            x, y = int(rng.integers(0, self.width)), int(rng.integers(0, self.height))
            colour = tuple(int(c) for c in rng.integers(30, 220, 3))
            cv2.rectangle(ground, (x, y), (x + self.width // 10, y + self.height // 8), colour, 1)
        self._ground = ground

    def __call__(self, t: float) -> np.ndarray:
        rng = np.random.default_rng([self.seed, round(t * 1000)])
        if self.frozen and self.frozen[0] <= t < self.frozen[1]:
            t, rng = self.frozen[0], np.random.default_rng(self.seed)
        if self.covered and self.covered[0] <= t < self.covered[1]:
            picture = np.full((self.height, self.width, 3), 12, np.float32)
        else:
            picture = self._ground.astype(np.float32)
            for thing in self.things:
                place = thing.place(t)
                if place:
                    (x, y), (w, h) = place, thing.size
                    picture[max(0, y) : max(0, y + h), max(0, x) : max(0, x + w)] = thing.colour
            if self.shift:
                dx, dy = self.shift(t)
                move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
                picture = cv2.warpAffine(
                    picture, move, (self.width, self.height), borderMode=cv2.BORDER_REFLECT
                )
            if self.blurred and self.blurred[0] <= t < self.blurred[1]:
                picture = cv2.GaussianBlur(picture, (0, 0), max(2.0, self.width / 80))
            picture = picture * self.gain(t)
        if self.noise:
            picture = picture + self.noise * rng.standard_normal((self.height, self.width, 1), np.float32)
        return np.clip(picture, 0, 255).astype(np.uint8)


def luma(picture: np.ndarray, width: int = 320, height: int = 180) -> np.ndarray:
    """The brightness plane of a drawn picture, H x W uint8, as `Frame.luma` would give it."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_NEAREST)


def write(
    path: Path,
    scene: Draw,
    *,
    seconds: float,
    fps: int = 10,
    gop: int = 10,
    codec: str = "mpeg4",
    bit_rate: int = 0,
    b_frames: int = 0,
) -> Path:
    """Encodes a scene (mpeg4, mjpeg or libvpx; the container by the file's ending: .mkv, .avi, .mp4, .ts). Returns `path`.

    `bit_rate` 0: constant quality, so that sizes speak of the picture alone; otherwise the encoder's rate control rules.
    `b_frames` (mpeg4): pictures stored out of order, so many between two others.
    """
    with av.open(str(path), "w") as out:
        first = scene(0.0)
        stream = out.add_stream(codec, rate=fps)
        stream.width, stream.height = first.shape[1], first.shape[0]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        context = stream.codec_context
        context.thread_count = 1
        context.gop_size = gop
        if bit_rate:
            stream.bit_rate = bit_rate
        elif codec != "libvpx":
            context.qmin = context.qmax = 4
        context.max_b_frames = b_frames
        if codec == "mpeg4":
            context.options = {
                "sc_threshold": "1000000000"
            }  # keyframes at the interval only, as cameras send them
        for i in range(round(seconds * fps)):
            picture = av.VideoFrame.from_ndarray(scene(i / fps), format="bgr24")
            picture.pts = i
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path
