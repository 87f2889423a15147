"""The places by name: a function of the second and of whether something happens there now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from chengyun_vision.frames import Image
from chengyun_vision.problem import Problem
from chengyun_vision.scenes import draw

Paint = Callable[[Image, float, int, float | None], Image]


@dataclass(frozen=True, slots=True)
class Place:
    """`paint(ground, at, seed, since)`: `since` is for how many seconds that goes on which happens here, None while it does
    not. `lane`: whether the ground has a fire lane."""

    code: str
    zh: str
    en: str
    paint: Paint
    lane: bool = False

    def picture(self, at: float, seed: int, since: float | None) -> Image:
        """The picture of that second, H x W x 3, blue green red."""
        painted = self.paint(_ground(seed, self.lane).copy(), at, seed, since)
        return draw.grained(painted, at, seed)


@lru_cache(maxsize=32)
def _ground(seed: int, lane: bool) -> Image:
    picture = draw.ground(seed)
    if lane:
        draw.lane(picture)
    return picture


def _square(picture: Image, at: float, seed: int, since: float | None) -> Image:
    draw.walkers(picture, at, seed, 9 if since is None else 18)
    return picture


def _bag(picture: Image, at: float, seed: int, since: float | None) -> Image:
    if since is not None:
        draw.bag(picture, 330, 290)
    draw.walkers(picture, at, seed, 3, near=0.6)
    return picture


def _fire_lane(picture: Image, at: float, seed: int, since: float | None) -> Image:
    if since is not None:
        # It drives in within six seconds, and stays.
        draw.car(picture, 260 - 480 * max(0.0, 1 - since / 6), 300, (60, 60, 170), wide=150)
    draw.walkers(picture, at, seed, 1, near=0.55)
    return picture


def _covered(picture: Image, at: float, seed: int, since: float | None) -> Image:
    if since is not None:
        return np.full_like(picture, 38)
    draw.walkers(picture, at, seed, 3, near=0.6)
    return picture


def _smoke(picture: Image, at: float, seed: int, since: float | None) -> Image:
    if since is not None:
        draw.smoke(picture, at, seed, 420, 210)
    return picture


def _road(picture: Image, at: float, seed: int, since: float | None) -> Image:
    if since is not None:
        draw.car(picture, (at * 90) % (draw.WIDTH + 240) - 180, 300, (150, 90, 40))
    return picture


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        place.code: place
        for place in (
            Place("square", "广场行人", "a square with people walking; more of them now and then", _square),
            Place("left-bag", "遗留的包", "a bag is put down, stays, and is taken away", _bag),
            Place(
                "fire-lane", "消防通道停车", "a car drives into a fire lane and stays", _fire_lane, lane=True
            ),
            Place("covered-lens", "镜头被遮挡", "somebody covers the lens", _covered),
            Place("smoke", "升起的烟", "smoke rises", _smoke),
            Place("road", "空旷道路", "an empty road; cars pass now and then", _road, lane=True),
        )
    }
)


def named(code: str) -> Place:
    """Raises `Problem` with the names that are known."""
    place = PLACES.get(code)
    if place is None:
        raise Problem(
            f"没有场景 {code!r}。", f"there is no scene {code!r}.", where="scene://",
            hint_zh=f"已知:{'、'.join(PLACES)}。", hint_en=f"Known: {', '.join(PLACES)}.",
        )  # fmt: skip
    return place
