"""43 towers in two rings, and three landmarks."""

from __future__ import annotations

from shapely.geometry import Point

from . import plan
from .areas import Tower
from .assets import Ground, Row

GROSS_M2 = 2_330_000  # real: 43 towers, 2.33 million m2 in all; how it divides among them is drawn


def buildings(towers: list[Tower], ground: Ground) -> list[Row]:
    total = sum(t.weight for t in towers)
    shares = [round(t.weight / total * GROSS_M2) for t in towers]
    shares[-1] += GROSS_M2 - sum(shares)
    out: list[Row] = []
    for tower, gross in zip(towers, shares, strict=True):
        ring = ("内环", "inner ring") if tower.ring == "inner" else ("外环", "outer ring")
        props: Row = {"code": tower.code, "name_zh": f"商务{ring[0]} {tower.code[2:]} 号楼", "kind": "tower"}
        props |= {
            "name_en": f"Tower {tower.code[2:]} ({ring[1]})",
            "floors": tower.floors,
            "gross_area_m2": gross,
        }
        props |= {
            "height_m": round(tower.floors * 3.9 + 6, 1),
            "attrs": {"ring": tower.ring, "status": "schematic"},
        }
        centre = tower.shape.centroid
        props["area"] = next(
            a.code
            for a in ground.by_code.values()
            if a.kind == "dedicated" and a.shape.contains(Point(centre.x, centre.y))
        )
        out.append({"type": "Feature", "geometry": plan.geometry(tower.shape), "properties": props})
    marks = [
        ("会展中心主馆", "Convention Centre hall", "d-01", 272, 150, 110, 40),
        ("千玺广场塔楼", "Qianxi Plaza tower", "d-02", 65, 60, 60, 280),
    ]
    marks.append(("艺术中心", "Art Centre", "d-03", 357, 110, 70, 45))
    for k, (zh, en, area, angle, along, across, height) in enumerate(marks, 1):
        shape = plan.box(plan.at(angle, 370.0), along, across, angle)
        props = {
            "code": f"b-l{k}",
            "name_zh": zh,
            "name_en": en,
            "kind": "landmark",
            "area": area,
            "height_m": height,
        }
        props["attrs"] = {"status": "schematic"}
        out.append({"type": "Feature", "geometry": plan.geometry(shape), "properties": props})
    return out
