"""What places are drawn of: ground with edges, figures without faces, cars, a bag, smoke. All by numpy, all by seed."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from chengyun_vision.frames import Image

cv2.setNumThreads(1)

WIDTH, HEIGHT = 640, 360
Colour = tuple[int, int, int]


def ground(seed: int, low: int = 80, high: int = 165) -> Image:
    """A paved place: coarse patches, joints between slabs, a few things with edges at the far side."""
    rng = np.random.default_rng([seed, 1])
    coarse = rng.integers(low, high, (HEIGHT // 24, WIDTH // 24, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for y in range(HEIGHT // 3, HEIGHT, 40):
        cv2.line(picture, (0, y), (WIDTH, y + 6), (60, 62, 64), 1)
    for x in range(-WIDTH, 2 * WIDTH, 70):
        cv2.line(picture, (x, HEIGHT), (x // 2 + WIDTH // 4, HEIGHT // 3), (64, 66, 68), 1)
    for _ in range(14):  # fronts of houses: windows and doors
        x, y = int(rng.integers(0, WIDTH - 60)), int(rng.integers(4, HEIGHT // 3 - 40))
        shade = tuple(int(c) for c in rng.integers(40, 210, 3))
        cv2.rectangle(
            picture, (x, y), (x + int(rng.integers(20, 60)), y + int(rng.integers(16, 36))), shade, -1
        )
        cv2.rectangle(picture, (x, y), (x + 20, y + 16), (30, 30, 34), 1)
    return np.asarray(picture, np.uint8)


def lane(picture: Image) -> None:
    """A fire lane along the lower half: yellow edges and hatching."""
    for y in (220, 320):
        cv2.line(picture, (0, y), (WIDTH, y - 10), (40, 190, 210), 3)
    for x in range(0, WIDTH, 90):
        cv2.line(picture, (x, 318), (x + 40, 222), (50, 170, 190), 1)


def figure(picture: Image, x: float, y: float, high: float, colour: Colour, step: float) -> None:
    """Somebody walking: a body, legs that swing by `step` (radians), a round head with nothing on it. `x`, `y`: the feet."""
    px, py, h = round(x), round(y), max(6.0, high)
    swing = round(0.12 * h * math.sin(step))
    cv2.line(picture, (px, round(py - 0.45 * h)), (px - swing, py), (45, 40, 40), max(1, round(0.09 * h)))
    cv2.line(picture, (px, round(py - 0.45 * h)), (px + swing, py), (52, 46, 44), max(1, round(0.09 * h)))
    cv2.ellipse(
        picture, (px, round(py - 0.62 * h)), (round(0.14 * h), round(0.24 * h)), 0, 0, 360, colour, -1
    )
    cv2.circle(picture, (px, round(py - 0.92 * h)), max(2, round(0.08 * h)), (120, 140, 165), -1)


def walkers(picture: Image, at: float, seed: int, count: int, near: float = 0.95) -> None:
    """So many figures that cross the place, each at its own pace, near ones larger. `near`: how far down they come, 0-1."""
    rng = np.random.default_rng([seed, 2])
    for number in range(count):
        depth, speed, begin = rng.uniform(0.42, near), rng.uniform(18, 42), rng.uniform(0, 2 * WIDTH)
        red, green, blue = (int(c) for c in rng.integers(30, 220, 3))
        x = (begin + at * speed * depth) % (1.6 * WIDTH) - 0.3 * WIDTH
        x = WIDTH - x if number % 2 else x
        figure(picture, x, HEIGHT * depth, 0.30 * HEIGHT * depth, (blue, green, red), at * 5 + number)


def car(picture: Image, x: float, y: float, colour: Colour, wide: int = 120) -> None:
    """A car from its side. `x`, `y`: the lower left corner."""
    px, py, h = round(x), round(y), round(wide * 0.36)
    cv2.rectangle(picture, (px, py - round(0.6 * h)), (px + wide, py - 4), colour, -1)
    roof = np.array(
        [
            (px + wide * 0.2, py - 0.6 * h),
            (px + wide * 0.32, py - h),
            (px + wide * 0.7, py - h),
            (px + wide * 0.85, py - 0.6 * h),
        ]
    )
    cv2.fillPoly(picture, [np.rint(roof).astype(np.int32)], tuple(int(c * 0.6) for c in colour))
    for wheel in (0.22, 0.78):
        cv2.circle(picture, (px + round(wide * wheel), py - 4), round(0.16 * h) + 3, (20, 20, 20), -1)


def bag(picture: Image, x: int, y: int, size: int = 30) -> None:
    """A bag that somebody put down. `x`, `y`: the middle of its foot."""
    cv2.rectangle(picture, (x - size // 2, y - size), (x + size // 2, y), (28, 24, 92), -1)
    cv2.ellipse(picture, (x, y - size), (size // 3, size // 4), 0, 180, 360, (20, 18, 60), 2)


def smoke(picture: Image, at: float, seed: int, x: int, y: int) -> None:
    """Grey puffs that rise, grow and drift from a place."""
    rng = np.random.default_rng([seed, 3])
    for phase, lean, shade in zip(
        rng.uniform(0, 6, 9), rng.uniform(-8, 22, 9), rng.integers(120, 190, 9), strict=True
    ):
        age = (at + phase) % 6
        middle = (round(x + lean * age), round(y - 32 * age))
        over = picture.copy()
        cv2.circle(over, middle, round(8 + 9 * age), (int(shade),) * 3, -1)
        cv2.addWeighted(over, 0.5 - 0.07 * age, picture, 0.5 + 0.07 * age, 0, picture)


@lru_cache(maxsize=16)
def _grain(seed: int) -> tuple[Image, Image]:
    """What is added and what is taken away, larger than the picture: each moment cuts its own piece out of it."""
    rng = np.random.default_rng([seed, 4])
    noise = np.rint(rng.normal(0.0, 2.0, (HEIGHT + 64, WIDTH + 64, 1))).repeat(3, axis=2)
    return np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8)


def grained(picture: Image, at: float, seed: int) -> Image:
    """Sensor noise of that very moment: a living camera never shows the same picture twice."""
    turn = (round(at * 1000) * 2654435761) & 0xFFFFFFFF
    x, y = (turn >> 8) % 64, (turn >> 20) % 64
    more, less = (part[y : y + HEIGHT, x : x + WIDTH] for part in _grain(seed))
    return np.asarray(cv2.subtract(cv2.add(picture, more), less), np.uint8)
