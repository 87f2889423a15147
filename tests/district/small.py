"""A district small enough to break in every way: 1 + 2 + 4 + 8 grids, two dedicated ones, overlays, a few things."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from chengyun.district import actions
from chengyun.district import pack as district_pack
from chengyun.kernel.actor import system
from chengyun.kernel.packs import Pack

Files = dict[str, Any]
CAMERA = "legal_basis=CN-SC-799-7;owner=ga;place=road;sign=yes;retention_days=30"
ASSET_HEAD = "code,kind,name_zh,name_en,area,lon,lat,upstream,attrs"


def square(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    """A rectangle in thousandths of a degree from 113.7 E, 34.7 N."""
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    return {"type": "Polygon", "coordinates": [[[113.7 + x / 1000, 34.7 + y / 1000] for x, y in corners]]}


def feature(code: str, kind: str, parent: str | None, geometry: Any, **more: Any) -> dict[str, Any]:
    props = {
        "code": code,
        "name_zh": f"区域{code}",
        "name_en": f"Area {code}",
        "kind": kind,
        "parent": parent,
    } | more
    return {"type": "Feature", "geometry": geometry, "properties": props}


def files() -> Files:
    """The whole pack as data: YAML and GeoJSON as objects, CSV as lists of lines."""
    district = {
        "code": "tst", "name_zh": "测试辖区", "name_en": "Test district", "centre": [113.704, 34.704],
        "bbox": [113.699, 34.699, 113.709, 34.709], "valid_from": "2023-01-01",
    }  # fmt: skip
    areas = [feature("tst", "district", None, square(0, 0, 8, 8))]
    for i in range(2):
        areas.append(feature(f"g2-{i}", "grid2", "tst", square(4 * i, 0, 4 * i + 4, 8)))
        for j in range(2):
            areas.append(
                feature(f"g3-{i}{j}", "grid3", f"g2-{i}", square(4 * i, 4 * j, 4 * i + 4, 4 * j + 4))
            )
            for k in range(2):
                box = square(4 * i + 2 * k, 4 * j, 4 * i + 2 * k + 2, 4 * j + 4)
                areas.append(feature(f"m-{i}{j}{k}", "micro", f"g3-{i}{j}", box))
    areas.append(feature("d-1", "dedicated", "g2-0", square(1, 1, 3, 3), attrs={"capacity": 900}))
    areas.append(feature("dm-1", "dedicated_micro", "d-1", square(1, 1, 2, 3)))
    areas.append(feature("ring-1", "ring", "tst", square(0, 0, 4, 8), grids=["g2-0"]))
    areas.append(feature("beat-1", "beat", "tst", square(0, 0, 8, 4), grids=["g3-00", "g3-10"]))
    tower = feature(
        "b-1", "tower", None, square(1.2, 1.2, 1.8, 1.8), area="dm-1", floors=30, gross_area_m2=60000
    )
    del tower["properties"]["parent"]
    lines = [ASSET_HEAD]
    for n, area in enumerate(("m-000", "m-001", "m-010", "m-100", "m-111", "dm-1")):
        lon, lat = {
            "m-000": (0.5, 0.5),
            "m-001": (3.5, 0.5),
            "m-010": (1, 6),
            "m-100": (5, 2),
            "m-111": (7, 6),
        }.get(area, (1.5, 2))
        lines.append(
            f"cam-{n},camera,摄像机{n},Camera {n},{area},{113.7 + lon / 1000:.6f},{34.7 + lat / 1000:.6f},cab-1,{CAMERA}"
        )
    things = [
        ASSET_HEAD,
        "cab-1,cabinet,机柜,Cabinet,m-000,113.7005,34.7005,,",
        "cnt-1,counter,计数,Counter,dm-1,113.7015,34.702,cam-5,area_m2=400",
    ]
    elements = [
        "area,code,name_zh,name_en,quantity,unit,department,status",
        "d-1,tree,行道树,Street trees,120,株,yl,suggested",
    ]
    return {
        "district.yaml": district,
        "areas.geojson": {"type": "FeatureCollection", "features": areas},
        "buildings.geojson": {"type": "FeatureCollection", "features": [tower]},
        "assets/cameras.csv": lines,
        "assets/things.csv": things,
        "elements.csv": elements,
    }


def text(name: str, content: Any) -> str:
    if isinstance(content, str):
        return content
    if name.endswith(".csv"):
        return "\n".join(content) + "\n"
    return (
        yaml.safe_dump(content, allow_unicode=True)
        if name.endswith(".yaml")
        else json.dumps(content, ensure_ascii=False)
    )


def write(folder: Path, pack: Files) -> Path:
    for name, content in pack.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            target.unlink(missing_ok=True)
        elif isinstance(content, bytes):
            target.write_bytes(content)
        else:
            target.write_text(text(name, content), encoding="utf-8")
    return folder


def area(pack: Files, code: str) -> dict[str, Any]:
    return next(f for f in pack["areas.geojson"]["features"] if f["properties"]["code"] == code)


def changed(**contents: Any) -> Files:
    return copy.deepcopy(files()) | contents


def load(folder: Path) -> actions.Loaded:
    """Read, check, load, as `chengyun init` does. Raises `PackRefused`."""
    pack = Pack(folder)
    data = district_pack.read(pack)
    pack.check()
    return actions.load_district(actor=system("test"), data=data)
