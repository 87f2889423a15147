"""The drawing under the map: roads, water, green and plain houses. Nothing here is governed; all of it is drawn."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.ops import unary_union
from shapely.strtree import STRtree

from . import plan
from .areas import Drawn, towers
from .plan import R_INNER, R_OUTER, between, constant

Row = dict[str, Any]
BEYOND = 420.0  # how far the drawing goes on outside the district, so that the map does not end at its line
NUMBERS = "一二三四五六七八九十"
# Half the width of the ground a road takes from houses.
HALF = {"trunk": 30.0, "main": 20.0, "street": 11.0, "path": 3.0}


class Drawing:
    """Collects features; remembers where a house must not stand."""

    def __init__(self) -> None:
        self.features: list[Row] = []
        self.taken: list[Polygon] = []

    def road(self, points: list[plan.Point], width: str, code: str = "", zh: str = "", en: str = "") -> None:
        names = {"code": code, "name_zh": zh, "name_en": en} if code else {}
        line = [plan.lonlat(p) for p in points]
        self.features.append(
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": line},
                "properties": {"kind": "road", "width": width} | names,
            }
        )
        self.taken.append(LineString(points).buffer(HALF[width]))

    def ground(self, kind: str, shape: Any, code: str = "", zh: str = "", en: str = "") -> None:
        names = {"code": code, "name_zh": zh, "name_en": en} if code else {}
        parts = list(shape.geoms) if isinstance(shape, MultiPolygon) else [shape]
        for n, part in enumerate(parts):
            own = names | {"code": f"{code}-{n + 1}"} if code and n else names
            self.features.append(
                {"type": "Feature", "geometry": plan.geometry(part), "properties": {"kind": kind} | own}
            )
            self.taken.append(part.buffer(6))

    def house(self, shape: Polygon, height: float) -> None:
        self.features.append(
            {
                "type": "Feature",
                "geometry": plan.geometry(shape),
                "properties": {"kind": "block", "height_m": height},
            }
        )


def around(radius: plan.Radius) -> list[plan.Point]:
    ring = [plan.at(a, radius(a)) for a in plan.ANGLES[:-1:2]]
    return [*ring, ring[0]]


def _watercourse(side: int) -> list[plan.Point]:
    """The river (1, east) and the canal (-1, west), where the gauges of the sample stand; drawn on beyond the district."""
    shares = [-0.25 + 0.05 * k for k in range(31)]
    return [(side * (880 + 30 * math.sin(9 * s)), -880 + 1760 * s) for s in shares]


def _waters(d: Drawing) -> None:
    d.ground("water", plan.disc(plan.lake), "w-lake", "如意湖", "Ruyi Lake")
    for side, half, code, zh, en in (
        (1, 17.0, "w-river", "如意河", "Ruyi River"),
        (-1, 11.0, "w-canal", "东风渠", "Dongfeng Canal"),
    ):
        d.ground("water", LineString(_watercourse(side)).buffer(half, quad_segs=2), code, zh, en)


def _greens(d: Drawing, areas: list[Drawn]) -> None:
    water = unary_union([plan.disc(plan.lake), *(LineString(_watercourse(s)).buffer(18) for s in (1, -1))])
    by_code = {a.code: a for a in areas}
    shore = plan.band(plan.lake, lambda a: plan.lake(a) + 42)
    park = by_code["d-04"].shape.difference(shore.buffer(4)).buffer(-14)
    d.ground("green", shore, "p-shore", "环湖绿地", "Lakeside green")
    d.ground("green", park, "p-flowers", "红白花公园", "Red and White Flower Park")
    whole = plan.disc(between(1)).buffer(-45)
    for side, code, zh, en in (
        (1, "p-river", "滨河绿带", "Riverside green"),
        (-1, "p-canal", "干渠绿带", "Canalside green"),
    ):
        strip = LineString(_watercourse(side)).buffer(46, quad_segs=2).difference(water).intersection(whole)
        # Wide enough to be a park on the outer bank alone: the inner one is built up.
        outer = (
            [part for part in strip.geoms if abs(part.centroid.x) > 880]
            if hasattr(strip, "geoms")
            else [strip]
        )
        d.ground("green", unary_union(outer), code, zh, en)
    for n, area in enumerate((a for a in areas if a.kind == "dedicated" and a.name_zh.startswith("公园")), 1):
        d.ground(
            "green", area.shape.buffer(-4, join_style="mitre"), f"p-park-{n}", f"社区公园{n}", f"Park {n}"
        )


def _roads(d: Drawing) -> None:
    d.road(around(constant(R_INNER)), "main", "r-inner", "商务内环路", "Business Inner Ring Road")
    d.road(around(constant(R_OUTER)), "main", "r-outer", "商务外环路", "Business Outer Ring Road")
    d.road(around(lambda a: plan.lake(a) + 14), "path", "r-lakeside", "环湖步道", "Lakeside walk")
    d.road(around(between(0.5)), "street", "r-middle", "社区环街", "Community Ring Street")
    for i in range(13):  # the lines between the third-level grids of the business district
        a = 360 * i / 13
        number = NUMBERS[i] if i < 10 else "十" + NUMBERS[i - 10]
        ends = [plan.at(a, R_INNER), plan.at(a, R_OUTER)]
        d.road(ends, "street", f"r-street-{i + 1:02d}", f"商务{number}街", f"Business Street {i + 1}")
    for i in range(24):  # and those between the communities and their grids
        a = 15.0 * i
        ends = [plan.at(a, R_OUTER), plan.at(a, plan.edge(a) + (BEYOND if i % 4 == 0 else 0))]
        if i % 4 == 0:
            n = i // 4 + 1
            d.road(ends, "main", f"r-radial-{n}", f"放射{NUMBERS[n - 1]}路", f"Radial Road {n}")
        else:
            d.road(ends, "street")
    east, north_east, north_west, south_west, south_east = plan.CORNERS
    for a, b, width, code, zh, en in (
        (north_west, north_east, "main", "r-huanghe", "黄河路", "Huanghe Road"),
        (south_west, south_east, "trunk", "r-jinshui", "金水路", "Jinshui Road"),
        (south_west, north_west, "trunk", "r-zhongzhou", "中州大道", "Zhongzhou Avenue"),
    ):
        d.road(_longer(a, b, BEYOND), width, code, zh, en)
    d.road([_longer(east, south_east, BEYOND)[1], east, _longer(east, north_east, BEYOND)[1]], "main")


def _longer(a: plan.Point, b: plan.Point, by: float) -> list[plan.Point]:
    """The line from a to b, drawn on at both ends."""
    size = math.dist(a, b)
    dx, dy = (b[0] - a[0]) / size * by, (b[1] - a[1]) / size * by
    return [(a[0] - dx, a[1] - dy), (b[0] + dx, b[1] + dy)]


def _houses(d: Drawing, areas: list[Drawn], rng: Random) -> None:
    """Houses of 3 to 11 storeys: rows around the business district, low ones between its towers, a few beyond the line."""
    taken = d.taken + [t.shape.buffer(12) for t in towers()]
    tree = STRtree(taken)
    made: list[Polygon] = []

    def build(angle: float, r: float, along: float, across: float, low: int, high: int) -> None:
        centre = plan.at(angle, r)
        shape = plan.box(centre, along, across, angle)
        if any(taken[int(i)].intersects(shape) for i in tree.query(shape)):
            return
        if any(other.distance(shape) < 9 for other in made[-120:]):
            return
        made.append(shape)
        d.house(shape, round(rng.randint(low, high) * 3.2 + 1.2, 1))

    for k in range(39):  # between the two rows of towers
        build(360 * (k + 0.5) / 39, 640 + rng.uniform(-4, 4), rng.uniform(26, 38), rng.uniform(22, 30), 3, 6)
    r = R_OUTER + 44.0
    while r < 1800:
        pitch = rng.uniform(60, 72)
        count = int(2 * math.pi * r / pitch)
        shift = rng.random()
        for k in range(count):
            angle = 360 * (k + shift) / count % 360
            edge = plan.edge(angle)
            inside = r < edge - 34
            if not inside and (r < edge + 40 or r > edge + BEYOND - 60 or rng.random() < 0.5):
                continue
            storeys = (4, 11) if inside else (3, 7)
            build(angle, r + rng.uniform(-5, 5), rng.uniform(30, 48), rng.uniform(14, 24), *storeys)
        r += 50.0


def base(areas: list[Drawn]) -> list[Row]:
    """All features, ground first, so that what comes later lies above. The same each time."""
    d = Drawing()
    _waters(d)
    _greens(d, areas)
    _roads(d)
    _houses(d, areas, Random(20240101))
    order = {"green": 0, "water": 1, "road": 2, "block": 3}
    return sorted(d.features, key=lambda f: order[f["properties"]["kind"]])
