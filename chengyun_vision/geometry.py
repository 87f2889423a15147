"""Zones and lines in 0-1 of the picture, from its upper left corner: x to the right, y down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chengyun_vision.frames import Box
from chengyun_vision.problem import Problem

Point = tuple[float, float]
# Two corners closer than this are one: a tenth of a pixel of a 4K picture.
_NEAR = 1 / 40_000
_MOST = 200


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon that does not cross itself. Make it with `zone()`, which checks; its edge belongs to it."""

    code: str
    corners: tuple[Point, ...]
    square_metres: float | None = None
    _grids: dict[tuple[int, int], NDArray[np.bool_]] = field(default_factory=dict, compare=False, repr=False)

    def holds(self, point: Point) -> bool:
        """Whether a place lies in the zone or on its edge."""
        x, y = point
        inside = False
        for (ax, ay), (bx, by) in _edges(self.corners):
            if _on_edge((ax, ay), (bx, by), point):
                return True
            if (ay > y) != (by > y) and x < ax + (bx - ax) * (y - ay) / (by - ay):
                inside = not inside
        return inside

    @property
    def area(self) -> float:
        """Share of the picture."""
        return abs(_signed_area(self.corners))

    def share_of(self, box: Box) -> float:
        """Which share of a box lies inside, 0-1."""
        if box.area <= 0:
            return float(self.holds(box.foot))
        return min(1.0, abs(_signed_area(_clip(self.corners, box))) / box.area)

    def grid(self, height: int, width: int) -> NDArray[np.bool_]:
        """Which cells of a picture of that size have their middle inside, height x width. A small zone has one cell."""
        if (height, width) not in self._grids:
            self._grids[height, width] = _raster(self, height, width)
        return self._grids[height, width]

    def share_covered(self, mask: NDArray[np.bool_]) -> float:
        """Which share of the zone a mask (height x width, any size) covers, 0-1."""
        cells = self.grid(mask.shape[0], mask.shape[1])
        return float(np.count_nonzero(mask & cells)) / max(1, int(np.count_nonzero(cells)))

    def sum_of(self, heat: NDArray[np.floating[Any]]) -> float:
        """The sum of a map of numbers (height x width) over the zone."""
        return float(heat[self.grid(heat.shape[0], heat.shape[1])].sum())

    def share_under(self, boxes: Iterable[Box], cells: int = 96) -> float:
        """Which share of the zone lies under any of the boxes, 0-1; to about one part in `cells`."""
        mask = np.zeros((cells, cells), np.bool_)
        for box in boxes:
            left, top = (max(0, round(v * cells)) for v in (box.left, box.top))
            right, bottom = (min(cells, round(v * cells)) for v in (box.right, box.bottom))
            mask[top:bottom, left:right] = True
        return self.share_covered(mask)


@dataclass(frozen=True, slots=True)
class Line:
    """From `a` to `b`. Going `in` is crossing to the right hand of somebody who walks from a to b on the picture.

    `band`: within this distance of the line (in 0-1) nobody has a side, so that standing on it counts nothing.
    """

    code: str
    a: Point
    b: Point
    band: float = 0.01

    def side(self, point: Point) -> int:
        """+1 on the right hand, -1 on the left, 0 inside the band."""
        away = self._cross(point) / math.dist(self.a, self.b)
        return 0 if abs(away) < self.band else (1 if away > 0 else -1)

    def passed(self, before: Point, after: Point) -> bool:
        """Whether the way between two places leads through the line, between its ends."""
        first, last = self._cross(before), self._cross(after)
        if (first >= 0) == (last >= 0):
            return False
        t = first / (first - last)
        x, y = (p + t * (q - p) for p, q in zip(before, after, strict=True))
        (ax, ay), (bx, by) = self.a, self.b
        along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / math.dist(self.a, self.b) ** 2
        return 0 <= along <= 1

    def _cross(self, point: Point) -> float:
        (ax, ay), (bx, by) = self.a, self.b
        return (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)


WHOLE = Zone("picture", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))


def zone(code: str, points: Any, *, square_metres: float | None = None) -> Zone:
    """A zone from a list of [x, y]. Raises `Problem` with the reason: too few corners, outside 0-1, crossing itself."""
    corners = _points(points, f"zone {code}")
    if len(corners) > 1 and math.dist(corners[0], corners[-1]) < _NEAR:
        corners = corners[:-1]
    where = f"zone {code}"
    if len(corners) > _MOST:
        raise Problem(f"角点超过 {_MOST} 个。", f"a zone has {_MOST} corners at most.", where=where)
    if len(corners) < 3:
        raise Problem(
            "区域至少要有三个不同的角点。", "a zone has three different corners at least.", where=where
        )
    for number, (one, two) in enumerate(_edges(corners)):
        if math.dist(one, two) < _NEAR:
            raise Problem(
                f"第 {number + 1} 个角点重复。", f"corner {number + 1} is there twice.", where=where
            )
    if all(abs(_turn(corners[0], corners[1], corner)) < _NEAR for corner in corners):
        raise Problem("区域没有面积。", "the zone has no area.", where=where)
    crossing = _self_crossing(corners)
    if crossing:
        raise Problem(
            f"第 {crossing[0]} 条边与第 {crossing[1]} 条边相交。",
            f"edges {crossing[0]} and {crossing[1]} cross.",
            where=where,
            hint_zh="请按顺序点选角点。",
            hint_en="Give the corners in order, round the zone.",
        )
    if square_metres is not None and not 0 < square_metres < math.inf:
        raise Problem("square_metres 必须大于 0。", "square_metres is above 0.", where=where)
    return Zone(code, corners, square_metres)


def line(code: str, points: Any, *, band: float = 0.01) -> Line:
    """A line from [[x, y], [x, y]]. Raises `Problem`."""
    where = f"line {code}"
    ends = _points(points, where)
    if len(ends) != 2:
        raise Problem("线要有两个端点。", "a line has two ends.", where=where)
    if math.dist(*ends) < 0.01:
        raise Problem("线太短。", "the line is too short: 0.01 of the picture at least.", where=where)
    if not 0 <= band <= 0.25:
        raise Problem("band 应在 0 到 0.25 之间。", "band is between 0 and 0.25.", where=where)
    return Line(code, ends[0], ends[1], band)


def overlap(one: Box, two: Box) -> float:
    """Shared area over the area of both together, 0-1."""
    shared = _shared(one, two)
    return shared / (one.area + two.area - shared) if shared else 0.0


def covered(one: Box, by: Box) -> float:
    """Which share of a box lies under another, 0-1."""
    return _shared(one, by) / one.area if one.area > 0 else 0.0


def _shared(one: Box, two: Box) -> float:
    wide = min(one.right, two.right) - max(one.left, two.left)
    high = min(one.bottom, two.bottom) - max(one.top, two.top)
    return max(0.0, wide) * max(0.0, high)


def _points(points: Any, where: str) -> tuple[Point, ...]:
    if not isinstance(points, list | tuple):
        raise Problem("应为 [x, y] 的列表。", "a list of [x, y] is wanted.", where=where)
    found: list[Point] = []
    for number, pair in enumerate(points, 1):
        if (
            not isinstance(pair, list | tuple)
            or len(pair) != 2
            or any(isinstance(v, bool) or not isinstance(v, int | float) for v in pair)
            or not all(0 <= v <= 1 for v in pair)
        ):
            raise Problem(
                f"第 {number} 个点应为 [x, y],均在 0 到 1 之间。",
                f"point {number} is not [x, y] with both between 0 and 1 of the picture: {str(pair)[:60]}",
                where=where,
            )
        found.append((float(pair[0]), float(pair[1])))
    return tuple(found)


def _edges(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(corners, (*corners[1:], corners[0]), strict=True))


def _signed_area(corners: Sequence[Point]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in _edges(corners)) / 2 if corners else 0.0


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _on_edge(a: Point, b: Point, p: Point) -> bool:
    between = min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
    return between and abs(_turn(a, b, p)) <= 1e-12


def _self_crossing(corners: Sequence[Point]) -> tuple[int, int] | None:
    """The numbers (from 1) of two edges that meet although they are no neighbours, or that fold back on each other."""
    edges = _edges(corners)
    for i, (a, b) in enumerate(edges):
        for j in range(i + 1, len(edges)):
            c, d = edges[j]
            if j == i + 1 or (i == 0 and j == len(edges) - 1):
                # Neighbours share a corner; more than that is an edge that turns back on itself.
                shared, one, two = (b, a, d) if j == i + 1 else (a, b, c)
                back = (one[0] - shared[0]) * (two[0] - shared[0]) + (one[1] - shared[1]) * (
                    two[1] - shared[1]
                )
                if abs(_turn(shared, one, two)) <= 1e-12 and back > 0:
                    return i + 1, j + 1
            elif _meet(a, b, c, d):
                return i + 1, j + 1
    return None


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    if _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0:
        return True
    return _on_edge(a, b, c) or _on_edge(a, b, d) or _on_edge(c, d, a) or _on_edge(c, d, b)


def _clip(corners: Sequence[Point], box: Box) -> list[Point]:
    """The part of a polygon inside a box, cut side by side. Parts of a bent polygon hang together by edges without area."""
    found = list(corners)
    for axis, limit, keep in ((0, box.left, 1), (0, box.right, -1), (1, box.top, 1), (1, box.bottom, -1)):
        cut: list[Point] = []
        for one, two in _edges(found) if found else ():
            first, second = keep * (one[axis] - limit), keep * (two[axis] - limit)
            if first >= 0:
                cut.append(one)
            if (first >= 0) != (second >= 0):
                t = first / (first - second)
                cut.append((one[0] + t * (two[0] - one[0]), one[1] + t * (two[1] - one[1])))
        found = cut
    return found


def _raster(area: Zone, height: int, width: int) -> NDArray[np.bool_]:
    x = ((np.arange(width) + 0.5) / width)[None, :]
    y = ((np.arange(height) + 0.5) / height)[:, None]
    inside = np.zeros((height, width), np.bool_)
    for (ax, ay), (bx, by) in _edges(area.corners):
        if ay == by:
            continue
        inside ^= ((ay > y) != (by > y)) & (x < ax + (bx - ax) * (y - ay) / (by - ay))
    if not inside.any():
        cx = sum(p[0] for p in area.corners) / len(area.corners)
        cy = sum(p[1] for p in area.corners) / len(area.corners)
        inside[min(height - 1, int(cy * height)), min(width - 1, int(cx * width))] = True
    return inside
