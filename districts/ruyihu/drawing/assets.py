"""What stands in the district: cameras, counters, gauges, car parks, gates, screens, network cabinets."""

from __future__ import annotations

import math
from collections import defaultdict
from random import Random
from typing import Any

from shapely.geometry import Point
from shapely.strtree import STRtree

from . import plan
from .areas import NAMED, Drawn

Row = dict[str, Any]


class Ground:
    """Which leaf grid a point of the plan lies in (the smallest wins)."""

    def __init__(self, areas: list[Drawn]) -> None:
        self.leaves = sorted(
            (a for a in areas if a.kind in ("micro", "dedicated_micro")), key=lambda a: a.shape.area
        )
        self.by_code = {a.code: a for a in areas}
        self.tree = STRtree([a.shape for a in self.leaves])
        self.in_dedicated = STRtree([a.shape for a in areas if a.kind == "dedicated"])

    def leaf(self, xy: plan.Point) -> str:
        hits = sorted(int(i) for i in self.tree.query(Point(xy), predicate="intersects"))
        return self.leaves[hits[0]].code

    def inside(self, code: str, rng: Random, margin: float = 2.0) -> plan.Point:
        """A point of the area `code`; for a micro grid, one that no dedicated grid has taken over."""
        area = self.by_code[code]
        shape = area.shape.buffer(-margin)
        x0, y0, x1, y1 = shape.bounds
        while True:
            xy = (rng.uniform(x0, x1), rng.uniform(y0, y1))
            if shape.contains(Point(xy)) and (
                area.kind != "micro" or not len(self.in_dedicated.query(Point(xy), "within"))
            ):
                return xy


def attrs(**pairs: Any) -> str:
    return ";".join(f"{k}={v}" for k, v in pairs.items())


def row(
    code: str, kind: str, zh: str, en: str, ground: Ground, xy: plan.Point, upstream: str = "", **more: Any
) -> Row:
    lon, lat = plan.lonlat(xy)
    base: Row = {
        "code": code,
        "kind": kind,
        "name_zh": zh,
        "name_en": en,
        "area": ground.leaf(xy),
        "lon": lon,
        "lat": lat,
    }
    return base | {"upstream": upstream, "attrs": attrs(**more)}


def cabinets(ground: Ground) -> list[Row]:
    """Network cabinets (suggested): when one loses power, its cameras are silent for that reason."""
    spots = [plan.at(360 * k / 8 + 10, 300) for k in range(8)] + [
        plan.at(360 * k / 13 + 14, 640) for k in range(13)
    ]
    spots += [plan.at(360 * k / 24 + 7, 930) for k in range(24)]
    return [
        row(
            f"cab-{k:02d}",
            "cabinet",
            f"网络机柜 {k:02d}",
            f"Network cabinet {k:02d}",
            ground,
            xy,
            status="suggested",
        )
        for k, xy in enumerate(spots, 1)
    ]


def crowd_spots(ground: Ground, rng: Random) -> list[tuple[str, plan.Point]]:
    """Two counting places for each of the 15 micro grids around the lake; on the lake itself, at the shore."""
    out: list[tuple[str, plan.Point]] = []
    for code in [f"dm-{k:03d}" for k in range(1, 16)]:
        for k in range(2):
            shore = code == "dm-015"
            angle = 40.0 + 170 * k
            xy = plan.at(angle, plan.lake(angle) - 3) if shore else ground.inside(code, rng, 15)
            out.append((code, xy))
    return out


EXITS = [("exit-A", "A", 235.0, 470.0), ("exit-B", "B", 268.0, 480.0), ("exit-C", "C", 305.0, 470.0)]
PARKS = [("park-01", "会展中心停车场", "Convention Centre car park", 250.0, 440.0, 1200)]
PARKS += [("park-02", "千玺广场停车场", "Qianxi Plaza car park", 80.0, 440.0, 800)]
PARKS += [("park-03", "文化广场停车场", "Culture Square car park", 130.0, 440.0, 600)]

# How a camera looks at a place: place class, owner (an organisation of the pack), the article of the 2025 regulation.
_PLACES = {
    "core": [
        ("square", "ga", "CN-SC-799-7"),
        ("park", "yl", "CN-SC-799-7"),
        ("waterside", "sw", "CN-SC-799-7"),
    ],
    "tower": [
        ("building_entrance", "property", "CN-SC-799-9"),
        ("parking_entrance", "property", "CN-SC-799-9"),
    ],
    "street": [
        ("road", "ga", "CN-SC-799-7"),
        ("crossing", "jj", "CN-SC-799-7"),
        ("sidewalk", "cg", "CN-SC-799-7"),
    ],
}
_PLACE_ZH = {"square": "广场", "park": "公园", "waterside": "水域岸线", "building_entrance": "楼宇出入口", "road": "道路",
             "parking_entrance": "停车场出入口",
             "crossing": "路口", "sidewalk": "人行道", "metro_exit": "地铁出入口"}  # fmt: skip


def cameras(ground: Ground, crowd: list[tuple[str, plan.Point]], cabs: list[Row], rng: Random) -> list[Row]:
    """1,406 cameras: 30 beside the crowd counters, 3 at the metro exits, 3 at car parks, the rest over all leaf grids."""
    spots: list[tuple[plan.Point, str, str, str]] = [(xy, *_PLACES["core"][0]) for _, xy in crowd]
    spots += [(plan.at(a, r + 4), "metro_exit", "ga", "CN-SC-799-7") for *_, a, r in EXITS]
    spots += [(plan.at(a, r + 4), *_PLACES["tower"][1]) for _, _, _, a, r, _ in PARKS]
    core = [f"dm-{k:03d}" for k in range(1, 16)]
    towers = [f"dm-{k:03d}" for k in range(16, 102)]
    rest = [f"dm-{k:03d}" for k in range(102, 124)]
    ring = [f"m-{k:03d}" for k in range(1, 79)]
    outer = [f"m-{k:03d}" for k in range(79, 366)]
    plan_of = core * 16 + towers * 3 + rest * 2 + ring * 3 + outer * 2
    plan_of += outer[: 1406 - len(spots) - len(plan_of)]
    for i, code in enumerate(plan_of):
        group = "core" if code in core else "tower" if code in towers else "street"
        spots.append((ground.inside(code, rng, 1.5), *_PLACES[group][i % len(_PLACES[group])]))
    out: list[Row] = []
    for k, (xy, place, owner, basis) in enumerate(spots, 1):
        lon, lat = plan.lonlat(xy)
        cab = min(cabs, key=lambda c: math.hypot((c["lon"] - lon) * 0.82, c["lat"] - lat))
        more = {"legal_basis": basis, "owner": owner, "place": place, "sign": "yes", "retention_days": 30}
        name = (f"{_PLACE_ZH[place]}摄像机 {k:04d}", f"Camera {k:04d} ({place.replace('_', ' ')})")
        out.append(row(f"cam-{k:04d}", "camera", *name, ground, xy, cab["code"], **more))
    return out


def counters(ground: Ground, crowd: list[tuple[str, plan.Point]]) -> list[Row]:
    """30 crowd counters that share the core's open ground among them, and the line counters of three metro exits."""
    share = [min(4200.0, ground.by_code[code].shape.area / 4) for code, _ in crowd]
    named = {code: zh for code, zh, *_ in NAMED}
    out: list[Row] = []
    for k, ((code, xy), open_m2) in enumerate(zip(crowd, share, strict=True), 1):
        parent = ground.by_code[code].parent or ""
        size = round(open_m2 / 10) * 10
        more = {"area_m2": size, "capacity": size, "status": "suggested"}
        out.append(
            row(
                f"cnt-{k:02d}",
                "counter",
                f"{named[parent]}人流点 {k:02d}",
                f"Crowd counter {k:02d}",
                ground,
                xy,
                f"cam-{k:04d}",
                **more,
            )
        )
    for k, (code, letter, angle, r) in enumerate(EXITS, 31):
        xy = plan.at(angle, r)
        out.append(
            row(
                code,
                "exit",
                f"地铁{letter}口",
                f"Metro exit {letter}",
                ground,
                xy,
                f"cam-{k:04d}",
                status="suggested",
            )
        )
    return out


GAUGES = [  # code, kind of point, names, how many, real count?, distance from the centre
    ("pond", "ponding", "道路积水点", "Road ponding point", 152, True),
    ("tun", "tunnel", "隧道水位点", "Tunnel", 12, True),
    ("culv", "culvert", "桥涵水位点", "Bridge or culvert", 30, True),
    ("chan", "channel", "明渠水位点", "Open channel", 28, True),
    ("riv", "river", "河道水位点", "River", 96, False),
    ("canal", "canal", "干渠水位点", "Canal", 57, False),
    ("rain", "rain", "雨量站", "Rain gauge", 40, False),
]


def gauges(ground: Ground, rng: Random) -> list[Row]:
    out: list[Row] = []
    micros = [f"m-{k:03d}" for k in range(1, 366)]
    for g, (prefix, subtype, zh, en, count, real) in enumerate(GAUGES):
        stride = len(micros) / count
        for k in range(1, count + 1):
            if subtype in (
                "river",
                "canal",
            ):  # two drawn watercourses cross the plan, outside the outer ring road
                side, share = (1, k / (count + 1)) if subtype == "river" else (-1, k / (count + 1))
                xy = (side * (880 + 30 * math.sin(9 * share)), -880 + 1760 * share)
            else:
                xy = ground.inside(micros[int((k - 1) * stride + g * 3) % 365], rng)
            status = "counted" if real else "suggested"
            out.append(
                row(
                    f"{prefix}-{k:03d}",
                    "gauge",
                    f"{zh} {k:03d}",
                    f"{en} {k:03d}",
                    ground,
                    xy,
                    point=subtype,
                    scope="city",
                    status=status,
                )
            )
    return out


def parking(ground: Ground) -> list[Row]:
    return [
        row(code, "parking", zh, en, ground, plan.at(a, r), spaces=spaces, status="suggested")
        for code, zh, en, a, r, spaces in PARKS
    ]


def gates(ground: Ground) -> list[Row]:
    """Where ring roads are crossed: each can be closed (堵), diverted (疏) or opened (通) by a named person."""
    out: list[Row] = []
    for ring, zh, count, r, letter in (
        ("ring-core", "内环", 12, 500.0, "i"),
        ("ring-control", "外环", 16, 775.0, "o"),
    ):
        for k in range(1, count + 1):
            xy = plan.at(360 * (k - 0.5) / count + 1, r)
            name = (f"{zh}卡口 {k:02d}", f"{'Inner' if letter == 'i' else 'Outer'} ring gate {k:02d}")
            out.append(
                row(
                    f"gate-{letter}-{k:02d}",
                    "gate",
                    *name,
                    ground,
                    xy,
                    ring=ring,
                    width_m=12,
                    status="suggested",
                )
            )
    return out


def screens(ground: Ground, rng: Random) -> list[Row]:
    out: list[Row] = []
    for k in range(1, 25):
        code = f"dm-{k:03d}" if k < 15 else f"dm-{k * 3:03d}"
        xy = ground.inside(code, rng, 3)
        owner = "cyzx" if k % 3 == 0 else "property"
        out.append(
            row(
                f"scr-{k:02d}",
                "screen",
                f"公共显示屏 {k:02d}",
                f"Public display {k:02d}",
                ground,
                xy,
                owner=owner,
                status="suggested",
            )
        )
    return out


def count_by_area(rows: list[Row], ground: Ground) -> dict[tuple[str, str], int]:
    """(dedicated grid, asset kind) -> how many."""
    out: dict[tuple[str, str], int] = defaultdict(int)
    for r in rows:
        out[(ground.by_code[r["area"]].parent or "", r["kind"])] += 1
    return out
