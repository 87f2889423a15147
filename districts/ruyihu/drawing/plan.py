"""The drawing board: a flat plan in metres around the lake, and how it becomes WGS-84.

Everything is polar: two ring roads around the lake, cells between angles and radii. All cells take their arc points
from ONE list of angles, so that neighbours share their vertices and a child never sticks out of its parent.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from shapely.geometry import Polygon
from shapely.geometry.polygon import orient

LON0, LAT0 = 113.72, 34.77
M_PER_LAT = 110_940.0
M_PER_LON = 111_320.0 * math.cos(math.radians(LAT0))

R_INNER = 505.0  # 0.8 km2 inside the inner ring road
R_OUTER = 780.0  # drawn: the outer ring road
AREA_KM2 = 4.5  # the part that the digital twin covers
# North = Huanghe Rd, south = Jinshui Rd, west = Zhongzhou Ave; the east side is drawn freely.
_CORNERS = [(1160.0, 20.0), (1120.0, 1085.0), (-955.0, 1050.0), (-1085.0, -995.0), (1050.0, -1035.0)]

Radius = Callable[[float], float]
Point = tuple[float, float]


def _scaled(corners: list[Point]) -> list[Point]:
    factor = math.sqrt(AREA_KM2 * 1e6 / Polygon(corners).area)
    return [(x * factor, y * factor) for x, y in corners]


CORNERS = _scaled(_CORNERS)


def edge(angle: float) -> float:
    """Distance in metres from the centre to the district boundary in that direction (degrees, 0 = east)."""
    dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    for (x1, y1), (x2, y2) in zip(CORNERS, CORNERS[1:] + CORNERS[:1], strict=True):
        ex, ey = x2 - x1, y2 - y1
        det = ex * dy - ey * dx
        if abs(det) < 1e-9:
            continue
        along = (dx * y1 - dy * x1) / det
        far = (ex * y1 - ey * x1) / det
        if far > 0 and -1e-9 <= along <= 1 + 1e-9:
            return far
    raise AssertionError(f"no boundary at {angle} degrees")


def lake(angle: float) -> float:
    """The shore of the lake: a soft, slightly eccentric oval."""
    a = math.radians(angle)
    return 185 + 28 * math.cos(2 * a + 0.6) + 8 * math.cos(3 * a)


def constant(r: float) -> Radius:
    return lambda _angle: r


def between(share: float) -> Radius:
    """The line at `share` of the way from the outer ring road to the district boundary."""
    return lambda angle: R_OUTER + share * (edge(angle) - R_OUTER)


def _angles() -> list[float]:
    raw = [2.5 * k for k in range(145)] + [360 * k / 39 for k in range(40)]
    raw += [math.degrees(math.atan2(y, x)) % 360 for x, y in CORNERS]
    return sorted({round(a, 7) for a in raw})


ANGLES = _angles()


def steps(a0: float, a1: float) -> list[float]:
    """All drawing angles from a0 to a1 (degrees, a0 < a1, may run past 360)."""
    turns = int(a0 // 360)
    a0, a1 = a0 - 360 * turns, a1 - 360 * turns
    wheel = ANGLES + [a + 360 for a in ANGLES[1:]]
    return wheel[bisect_left(wheel, a0 - 1e-6) : bisect_right(wheel, a1 + 1e-6)]


def at(angle: float, r: float) -> Point:
    a = math.radians(angle)
    return r * math.cos(a), r * math.sin(a)


def cell(a0: float, a1: float, inner: Radius, outer: Radius) -> Polygon:
    arc = steps(a0, a1)
    return Polygon([at(a, outer(a)) for a in arc] + [at(a, inner(a)) for a in reversed(arc)])


def disc(radius: Radius) -> Polygon:
    return Polygon([at(a, radius(a)) for a in ANGLES[:-1]])


def band(inner: Radius, outer: Radius) -> Polygon:
    return Polygon([at(a, outer(a)) for a in ANGLES[:-1]], [[at(a, inner(a)) for a in ANGLES[:-1]]])


def box(centre: Point, along: float, across: float, angle: float) -> Polygon:
    """A rectangle whose `across` axis points to `angle`."""
    ca, sa = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    corners = [
        (across / 2, -along / 2),
        (across / 2, along / 2),
        (-across / 2, along / 2),
        (-across / 2, -along / 2),
    ]
    return Polygon([(centre[0] + u * ca - v * sa, centre[1] + u * sa + v * ca) for u, v in corners])


def halves(shape: Polygon) -> tuple[Polygon, Polygon]:
    """Cut a rectangle made by `box` into two."""
    a, b, c, d = list(shape.exterior.coords)[:4]
    ab, cd = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), ((c[0] + d[0]) / 2, (c[1] + d[1]) / 2)
    return Polygon([a, ab, cd, d]), Polygon([ab, b, c, cd])


def lonlat(point: Point) -> list[float]:
    """Metres to [lon, lat], 6 decimals (about 0.1 m)."""
    return [round(LON0 + point[0] / M_PER_LON, 6), round(LAT0 + point[1] / M_PER_LAT, 6)]


def geometry(shape: Polygon) -> dict[str, Any]:
    shape = orient(shape)
    rings = []
    for ring in (shape.exterior, *shape.interiors):
        points: list[list[float]] = []
        for xy in ring.coords:
            p = lonlat((xy[0], xy[1]))
            if not points or points[-1] != p:
                points.append(p)
        rings.append(points)
    return {"type": "Polygon", "coordinates": rings}


def write_geojson(path: Path, note: str, features: Iterable[dict[str, Any]]) -> None:
    """One feature a line, so that a change reads well in a diff."""
    lines = [json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features]
    head = json.dumps({"type": "FeatureCollection", "schematic": True, "note": note}, ensure_ascii=False)
    path.write_text(head[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def write_csv(path: Path, columns: str, rows: Iterable[dict[str, Any]]) -> None:
    names = columns.split(",")
    lines = [columns]
    for row in rows:
        extra = set(row) - set(names)
        assert not extra, f"{path.name}: {extra}"
        values = ["" if row.get(n) is None else str(row[n]) for n in names]
        assert not any(c in v for v in values for c in ',"\n'), values
        lines.append(",".join(values))
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
