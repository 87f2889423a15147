"""Draws the sample district. `python districts/ruyihu/draw.py` writes the files beside it; the same bytes every time.

The counts are the reference district's. Positions, shapes, names of people and everything marked `suggested` or
`schematic` are drawn here and are no survey of any real place. Run it only to change the drawing: the output is committed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from drawing import assets, base, buildings, elements, people, plan  # noqa: E402
from drawing.areas import VALID_FROM, areas, towers  # noqa: E402

NOTE = "Schematic: drawn by the project, no survey of a real place. 示意图,由本项目绘制,非实测。"
ASSET = "code,kind,name_zh,name_en,area,lon,lat,upstream,attrs"


class Plain(yaml.SafeDumper):
    """No anchors: a reader should not have to look elsewhere for a value."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_yaml(name: str, head: str, data: dict[str, Any]) -> None:
    text = yaml.dump(
        data, Dumper=Plain, allow_unicode=True, sort_keys=False, default_flow_style=None, width=110
    )
    (HERE / name).write_text(f"# {head}\n{text}", encoding="utf-8")


def main() -> None:
    drawn = areas()
    ground = assets.Ground(drawn)
    rng = Random(20231231)
    west, south = plan.lonlat((min(x for x, _ in plan.CORNERS), min(y for _, y in plan.CORNERS)))
    east, north = plan.lonlat((max(x for x, _ in plan.CORNERS), max(y for _, y in plan.CORNERS)))
    district: dict[str, Any] = {
        "code": "ryh", "name_zh": "如意湖办事处", "name_en": "Ruyi Lake Sub-district Office",
        "timezone": "Asia/Shanghai", "crs": "EPSG:4326", "centre": [plan.LON0, plan.LAT0],
        "bbox": [round(west - 0.001, 6), round(south - 0.001, 6), round(east + 0.001, 6), round(north + 0.001, 6)],
        "tolerance_m": 2.0, "schematic": True, "valid_from": VALID_FROM, "attribution": "", "map_approval": "",
        "note_zh": "网格、楼宇、摄像机等数量真实;位置、形状、人员均为示意。",
        "note_en": "Counts of grids, towers, cameras and so on are real; positions, shapes and people are drawn.",
    }  # fmt: skip
    write_yaml("district.yaml", NOTE, district)
    plan.write_geojson(HERE / "areas.geojson", NOTE, [a.feature() for a in drawn])
    plan.write_geojson(HERE / "buildings.geojson", NOTE, buildings.buildings(towers(), ground))

    plan.write_geojson(HERE / "base.geojson", NOTE, base.base(drawn))

    crowd = assets.crowd_spots(ground, rng)
    cabinets = assets.cabinets(ground)
    files = {
        "cabinets": cabinets,
        "cameras": assets.cameras(ground, crowd, cabinets, rng),
        "counters": assets.counters(ground, crowd),
        "gauges": assets.gauges(ground, rng),
        "parking": assets.parking(ground),
        "gates": assets.gates(ground),
        "screens": assets.screens(ground, rng),
    }
    for name, rows in files.items():
        plan.write_csv(HERE / "assets" / f"{name}.csv", ASSET, rows)
    counts = assets.count_by_area([r for rows in files.values() for r in rows], ground)
    columns = "area,code,name_zh,name_en,quantity,unit,department,status"
    plan.write_csv(HERE / "elements.csv", columns, elements.elements(counts))

    staff, posts = people.staff(), people.posts(drawn, ground)
    write_yaml("organisations.yaml", NOTE, {"departments": people.organisations()})
    plan.write_csv(HERE / "staff.csv", "ref_hint,name,department,phone", staff)
    plan.write_csv(HERE / "posts.csv", "code,kind,name_zh,name_en,area,department,lon,lat,reports_to", posts)
    plan.write_csv(HERE / "leaders.csv", "area,post,role", people.leaders(drawn))
    rosters = people.duty(staff, posts)
    write_yaml("duty.yaml", "Suggested rosters, no real ones. 建议值。", rosters)
    demo = people.accounts(staff, rosters)
    write_yaml("roles.yaml", "Demo accounts. Passwords are set when the demo starts, never here.", demo)


if __name__ == "__main__":
    main()
