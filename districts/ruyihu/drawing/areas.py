"""The grids: 8 second-level, 61 third-level, 365 micro, 62 dedicated, 123 dedicated micro; rings, beats, scenes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shapely.geometry import Polygon
from shapely.ops import unary_union

from . import plan
from .plan import R_INNER, R_OUTER, between, cell, constant

VALID_FROM = "2023-01-01"

# code, names, from and to angle (None = the lake), dedicated micro grids as (angular cuts, radial cuts)
NAMED: list[tuple[str, str, str, tuple[int, int] | None, tuple[int, int]]] = [
    ("d-01", "国际会展中心", "International Convention and Exhibition Centre", (225, 320), (2, 2)),
    ("d-02", "千玺广场", "Qianxi Plaza", (35, 95), (3, 1)),
    ("d-03", "河南艺术中心", "Henan Art Centre", (320, 395), (3, 1)),
    ("d-04", "红白花公园", "Red and White Flower Park", (165, 225), (2, 1)),
    ("d-05", "文化广场", "Culture Square", (95, 165), (2, 1)),
    ("d-06", "如意湖", "Ruyi Lake", None, (1, 1)),
]
PLACES = [
    ("学校", "school", 4),
    ("商业综合体", "shopping complex", 3),
    ("公园", "park", 2),
    ("交通枢纽", "transport hub", 2),
]
PLACES += [("医院", "hospital", 1), ("酒店", "hotel", 1)]


@dataclass
class Drawn:
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent: str | None
    shape: Polygon
    attrs: dict[str, Any] = field(default_factory=dict)
    grids: list[str] = field(default_factory=list)

    def feature(self) -> dict[str, Any]:
        props: dict[str, Any] = {
            "code": self.code,
            "name_zh": self.name_zh,
            "name_en": self.name_en,
            "kind": self.kind,
        }
        props |= {"parent": self.parent, "valid_from": VALID_FROM}
        if self.grids:
            props["grids"] = self.grids
        if self.attrs:
            props["attrs"] = self.attrs
        return {"type": "Feature", "geometry": plan.geometry(self.shape), "properties": props}


@dataclass
class Tower:
    code: str
    ring: str
    angle: float
    shape: Polygon
    floors: int
    weight: float


def towers() -> list[Tower]:
    """43 towers: 20 in the inner ring, 23 in the outer; floor counts are drawn, not surveyed."""
    out: list[Tower] = []
    for ring, count, r, base, span, depth in (
        ("inner", 20, 572.0, 20, 40, 50),
        ("outer", 23, 708.0, 29, 44, 50),
    ):
        for i in range(count):
            # The offset keeps every tower clear of the third-level boundaries at multiples of 360/13 degrees.
            angle = 360 * (i + 0.5) / count
            near = round(angle * 13 / 360) * 360 / 13
            if abs(angle - near) < 3.5:
                angle = near + (3.5 if angle >= near else -3.5)
            floors = base + (i * 7 + 3) % 5 - 2
            shape = plan.box(plan.at(angle, r), span, depth, angle)
            weight = floors * shape.area * (0.94 + 0.03 * (i % 5))
            out.append(Tower(f"b-{len(out) + 1:02d}", ring, angle, shape, floors, weight))
    return out


def _core() -> list[Drawn]:
    out: list[Drawn] = []
    n = 0
    for code, zh, en, span, (cuts, rings) in NAMED:
        whole = plan.disc(plan.lake) if span is None else cell(*span, plan.lake, constant(R_INNER))
        attrs = {"area_m2": round(whole.area), "status": "suggested"}
        out.append(Drawn(code, zh, en, "dedicated", "g2-08", whole, attrs))
        parts = [whole]
        if span is not None:
            width = (span[1] - span[0]) / cuts
            mid = (
                [plan.lake, constant(R_INNER)]
                if rings == 1
                else [plan.lake, constant(350), constant(R_INNER)]
            )
            # 95 degrees in two would fall between the drawing angles: cut at a multiple of 2.5.
            edges = [round((span[0] + width * k) / 2.5) * 2.5 for k in range(cuts + 1)]
            parts = [
                cell(edges[i], edges[i + 1], mid[j], mid[j + 1]) for i in range(cuts) for j in range(rings)
            ]
        for k, part in enumerate(parts, 1):
            n += 1
            out.append(
                Drawn(f"dm-{n:03d}", f"{zh}微网格{k}", f"{en}, part {k}", "dedicated_micro", code, part)
            )
    return out


def _dedicated_rest(drawn_towers: list[Tower]) -> list[Drawn]:
    out: list[Drawn] = []
    number, micro = 6, 15
    places = [(zh, en) for zh, en, count in PLACES for _ in range(count)]
    spots = [(60 * s + off, f"g2-{s + 2:02d}") for s in range(6) for off in (17.5, 42.5)] + [(30.0, "g2-02")]
    todo: list[tuple[str, str, str, Polygon, int, dict[str, Any]]] = []
    for tower in drawn_towers:
        label = ("内环" if tower.ring == "inner" else "外环", "inner" if tower.ring == "inner" else "outer")
        name = (
            f"商务{label[0]}楼宇专属网格 {tower.code[2:]}",
            f"Tower grid {tower.code[2:]} ({label[1]} ring)",
        )
        shape = plan.box(plan.at(tower.angle, 572.0 if tower.ring == "inner" else 708.0), 52, 60, tower.angle)
        todo.append((*name, "g2-01", shape, 2, {"building": tower.code}))
    for i, ((zh, en), (angle, parent)) in enumerate(zip(places, spots, strict=True)):
        shape = plan.box(plan.at(angle, between(0.26)(angle)), 90, 50, angle)
        todo.append(
            (
                f"{zh}专属网格 {i + 50}",
                f"Dedicated grid {i + 50} ({en})",
                parent,
                shape,
                2 if i < 9 else 1,
                {},
            )
        )
    for zh, en, parent, shape, parts, attrs in todo:
        number += 1
        code = f"d-{number:02d}"
        out.append(Drawn(code, zh, en, "dedicated", parent, shape, attrs | {"status": "suggested"}))
        for k, part in enumerate(plan.halves(shape) if parts == 2 else [shape], 1):
            micro += 1
            out.append(
                Drawn(f"dm-{micro:03d}", f"{zh}·{k}", f"{en}, part {k}", "dedicated_micro", code, part)
            )
    return out


def _grids() -> list[Drawn]:
    out: list[Drawn] = []
    third: list[tuple[str, float, float, Any, Any]] = []
    control = plan.band(constant(R_INNER), constant(R_OUTER))
    out.append(
        Drawn("g2-01", "商务区社区二级网格", "Business District community grid", "grid2", "ryh", control)
    )
    for i in range(13):
        third.append(("g2-01", 360 * i / 13, 360 * (i + 1) / 13, constant(R_INNER), constant(R_OUTER)))
    for s in range(6):
        code, a0 = f"g2-{s + 2:02d}", 60.0 * s
        shape = cell(a0, a0 + 60, constant(R_OUTER), between(1))
        out.append(
            Drawn(
                code, f"第{'二三四五六七'[s]}社区二级网格", f"Community grid {s + 2}", "grid2", "ryh", shape
            )
        )
        for i in range(4):
            for lo, hi in ((0.0, 0.5), (0.5, 1.0)):
                third.append((code, a0 + 15 * i, a0 + 15 * i + 15, between(lo), between(hi)))
    core = plan.disc(constant(R_INNER))
    out.append(
        Drawn("g2-08", "文化会展二级专属网格", "Culture and Convention dedicated grid", "grid2", "ryh", core)
    )
    n = 0
    for k, (parent, a0, a1, inner, outer) in enumerate(third, 1):
        code = f"g3-{k:02d}"
        out.append(
            Drawn(
                code,
                f"三级网格 {k:02d}",
                f"Third-level grid {k:02d}",
                "grid3",
                parent,
                cell(a0, a1, inner, outer),
            )
        )

        def mid(a: float, lo: Any = inner, hi: Any = outer) -> float:
            return (lo(a) + hi(a)) / 2

        width = (a1 - a0) / 3
        cells = [
            (a0 + width * j, a0 + width * (j + 1), lo, hi)
            for j in range(3)
            for lo, hi in ((inner, mid), (mid, outer))
        ]
        if k == 61:  # 61 x 6 is one more than 365: the last one is not cut in depth
            cells[4:] = [(a0 + width * 2, a1, inner, outer)]
        for b0, b1, lo, hi in cells:
            n += 1
            out.append(
                Drawn(
                    f"m-{n:03d}",
                    f"微网格 {n:03d}",
                    f"Micro grid {n:03d}",
                    "micro",
                    code,
                    cell(b0, b1, lo, hi),
                )
            )
    return out


def _overlays(grids: list[Drawn]) -> list[Drawn]:
    by_code = {g.code: g for g in grids}
    note = {"status": "schematic"}

    def colour(name: str, rank: int) -> dict[str, Any]:
        return {"colour": name, "rank": rank, **note}

    core, control = plan.disc(constant(R_INNER)), plan.band(constant(R_INNER), constant(R_OUTER))
    warning = plan.band(constant(R_OUTER), between(1))
    out = [
        Drawn("ring-core", "核心圈", "Core ring", "ring", "ryh", core, colour("red", 1), ["g2-08"]),
        Drawn("ring-control", "管控圈", "Control ring", "ring", "ryh", control, colour("orange", 2), ["g2-01"]),
        Drawn("ring-warning", "警戒圈", "Warning ring", "ring", "ryh", warning, colour("yellow", 3),
              [f"g2-{k:02d}" for k in range(2, 8)]),
    ]  # fmt: skip
    third = [g for g in grids if g.kind == "grid3"]
    groups = [third[0:4], third[4:8], third[8:13]] + [third[13 + 6 * k : 19 + 6 * k] for k in range(8)]
    groups += [[by_code[c] for c in ("d-01", "d-04", "d-06")], [by_code[c] for c in ("d-02", "d-03", "d-05")]]
    for k, group in enumerate(groups, 1):
        # 6 third-level grids may straddle two communities: beats follow the police, not the grids.
        shape = unary_union([g.shape.buffer(0.2, join_style="mitre") for g in group]).buffer(
            -0.2, join_style="mitre"
        )
        shape = max(shape.geoms, key=lambda p: p.area) if shape.geom_type != "Polygon" else shape
        out.append(
            Drawn(
                f"beat-{k:02d}",
                f"警格 {k:02d}",
                f"Police beat {k:02d}",
                "beat",
                "ryh",
                shape,
                dict(note),
                [g.code for g in group],
            )
        )
    shore = plan.band(plan.lake, lambda a: plan.lake(a) + 60)
    axis = cell(225, 320, constant(300), constant(R_INNER))
    out.append(Drawn("s-lakeside", "环湖步道", "Lakeside walk", "scene", "ryh", shore, dict(note)))
    out.append(
        Drawn(
            "s-forecourt", "会展中心前广场", "Convention Centre forecourt", "scene", "ryh", axis, dict(note)
        )
    )
    return out


def areas() -> list[Drawn]:
    root = Drawn(
        "ryh",
        "如意湖办事处",
        "Ruyi Lake Sub-district Office",
        "district",
        None,
        plan.disc(between(1)),
        {"status": "schematic"},
    )
    drawn_towers = towers()
    tree = _grids() + _core() + _dedicated_rest(drawn_towers)
    return [root, *tree, *_overlays(tree)]
