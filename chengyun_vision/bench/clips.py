"""Clips to measure on: a place in which nothing happens for sixteen seconds of twenty, and somebody is about for four.

They are encoded as cameras encode: H.264 Main, 25 pictures a second, a keyframe each second, no B-frames. That takes the
program `ffmpeg`, which is run beside, never linked; where it is not installed the clips are MPEG-4, and say so.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av
import cv2
import numpy as np

from chengyun_vision.frames import Image
from chengyun_vision.scenes import draw

FPS, ROUND, BUSY = 25, 20.0, 4.0  # pictures a second made; seconds of a round; of these with somebody in it
Rate = Literal["variable", "constant"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`most`: bits a second. `rate`: variable up to `most`, as good as it need be, or constant. `noise`: of the sensor, grey
    levels or so. `fps`: pictures a second, of which `FPS` are made."""

    width: int
    height: int
    most: int
    rate: Rate = "variable"
    noise: int = 6
    fps: int = FPS

    @property
    def name(self) -> str:
        return f"{self.height}p, {self.rate} rate"


MAIN = Kind(1920, 1080, 4_000_000)
CAPPED = Kind(1920, 1080, 4_000_000, "constant")
SMALLER = Kind(1280, 720, 2_000_000)
SUB = Kind(640, 360, 500_000, fps=15)


def h264() -> bool:
    return shutil.which("ffmpeg") is not None


def encode(pictures: Iterable[Image], path: Path, kind: Kind) -> Path:
    """`pictures`: BGR, all of one size, `FPS` a second; enlarged and grained here. Raises `OSError` where ffmpeg fails."""
    return _by_ffmpeg(pictures, path, kind) if h264() else _by_libav(pictures, path, kind)


def drawn(rounds: int, seed: int = 7) -> Iterator[Image]:
    """Each round another visitor, of another height, colour, pace and way."""
    ground = draw.ground(seed)
    for number in range(rounds):
        rng = np.random.default_rng([seed, number])
        high, feet = float(rng.uniform(40, 150)), float(rng.uniform(170, 350))
        colour = tuple(int(part) for part in rng.integers(20, 235, 3))
        way = 1 if rng.random() < 0.5 else -1
        for step in range(round(ROUND * FPS)):
            into = step / FPS - (ROUND - BUSY)
            picture = ground
            if into >= 0:
                picture = ground.copy()
                across = (into / BUSY) * (draw.WIDTH + high) - high / 2
                x = across if way > 0 else draw.WIDTH - across
                draw.figure(picture, x, feet, high, (colour[0], colour[1], colour[2]), into * 6)
            yield picture


def visits(clip: Path, begins: Iterable[float]) -> Iterator[Image]:
    """Real visits to a place: for each, four seconds of the clip from where somebody begins to come in, after sixteen of the
    place as it was just before. `begins`: seconds of the clip."""
    wanted = sorted(begins)
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        shown: list[tuple[float, Image]] = []
        for frame in container.decode(stream):
            at = float(frame.time or 0.0)
            if not wanted:
                return
            if at < wanted[0] - 0.1:
                continue
            shown.append((at, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)))
            if at >= wanted[0] + BUSY:
                empty = shown[0][1]
                yield from (empty for _ in range(round((ROUND - BUSY) * FPS)))
                for step in range(round(BUSY * FPS)):
                    due = wanted[0] + step / FPS
                    yield min(shown, key=lambda one: abs(one[0] - due))[1]
                shown = []
                wanted.pop(0)


def _at(pictures: Iterable[Image], fps: int) -> Iterator[Image]:
    """Of `FPS` pictures a second `fps`."""
    yield from (
        picture for number, picture in enumerate(pictures) if (number + 1) * fps // FPS > number * fps // FPS
    )


def _by_ffmpeg(pictures: Iterable[Image], path: Path, kind: Kind) -> Path:
    rate = (
        ["-crf", "23", "-maxrate", str(kind.most), "-bufsize", str(2 * kind.most)]
        if kind.rate == "variable"
        else [
            *("-b:v", str(kind.most), "-minrate", str(kind.most), "-maxrate", str(kind.most)),
            *("-bufsize", str(kind.most), "-nal-hrd", "cbr"),
        ]
    )
    look = f"fps={kind.fps},scale={kind.width}:{kind.height}:flags=bicubic,noise=alls={kind.noise}:allf=t"
    process: Any = None
    for picture in pictures:
        if process is None:
            size = f"{picture.shape[1]}x{picture.shape[0]}"
            process = subprocess.Popen(
                [
                    *("ffmpeg", "-y", "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size),
                    *("-r", str(FPS), "-i", "-", "-vf", look, "-pix_fmt", "yuv420p", "-c:v", "libx264"),
                    *("-profile:v", "main", "-preset", "veryfast", "-bf", "0", "-threads", "2"),
                    *(
                        "-g",
                        str(kind.fps),
                        "-keyint_min",
                        str(kind.fps),
                        "-sc_threshold",
                        "0",
                        *rate,
                        str(path),
                    ),
                ],
                stdin=subprocess.PIPE,
            )
        process.stdin.write(np.ascontiguousarray(picture).tobytes())
    if process is None:
        raise OSError("there is no picture to encode")
    process.stdin.close()
    if process.wait() != 0:
        raise OSError(f"ffmpeg ended with {process.returncode}")
    return path


def _by_libav(pictures: Iterable[Image], path: Path, kind: Kind) -> Path:
    noise = np.random.default_rng(kind.noise)
    grains = [
        noise.normal(0, kind.noise / 2, (kind.height, kind.width, 1)).astype(np.int16) for _ in range(8)
    ]
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("mpeg4", rate=kind.fps)
        stream.width, stream.height = kind.width, kind.height
        stream.pix_fmt, stream.bit_rate = "yuv420p", kind.most
        context = stream.codec_context
        context.thread_count, context.gop_size = 1, kind.fps
        context.options = {"sc_threshold": "1000000000"}
        for number, picture in enumerate(_at(pictures, kind.fps)):
            large = cv2.resize(picture, (kind.width, kind.height), interpolation=cv2.INTER_CUBIC)
            grained = np.clip(large.astype(np.int16) + grains[number % len(grains)], 0, 255)
            frame: Any = av.VideoFrame.from_ndarray(grained.astype(np.uint8), format="bgr24")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
