"""A district is data: part of central Shanghai, made into a pack from OpenStreetMap, goes through the very same code.

Data © OpenStreetMap contributors, ODbL 1.0; looked for beside the repository, never part of it.
"""

import json
import math
import time
from collections import Counter

import pytest
from shapely.geometry import shape

from chengyun.district import queries
from chengyun.district.models import Area, Asset, Building
from chengyun.kernel.models import JournalEntry
from tests import shared_data
from tests.district import small

WEST, SOUTH, EAST, NORTH = 121.4802, 31.2264, 121.5209, 31.2510
TOWER = (121.4953, 31.2419)  # the Oriental Pearl Tower
HEIGHTS_KNOWN = 0.3
POI_KINDS = {"subway_entrance": "exit", "toilets": "toilet", "parking": "parking", "bus_stop": "bus_stop"}


def rectangle(x0, y0, x1, y1):
    """A rectangle in shares of the district's bounds."""
    xs, ys = (WEST + s * (EAST - WEST) for s in (x0, x1)), (SOUTH + s * (NORTH - SOUTH) for s in (y0, y1))
    (a, b), (c, d) = xs, ys
    return {"type": "Polygon", "coordinates": [[[a, c], [b, c], [b, d], [a, d], [a, c]]]}


def circle(lon, lat, metres):
    step = [math.radians(a) for a in range(0, 360, 10)]
    ring = [[lon + metres * math.cos(a) / 95_200, lat + metres * math.sin(a) / 110_900] for a in step]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def collection(name):
    return json.loads((shared_data.path("geo", "lujiazui_osm") / name).read_text(encoding="utf-8"))[
        "features"
    ]


def grids():
    found = [small.feature("ljz", "district", None, rectangle(0, 0, 1, 1))]
    for i in range(4):
        x, y = (i % 2) / 2, (i // 2) / 2
        found.append(small.feature(f"g2-{i}", "grid2", "ljz", rectangle(x, y, x + 0.5, y + 0.5)))
        for j in range(4):
            u, v = x + (j % 2) / 4, y + (j // 2) / 4
            found.append(small.feature(f"g3-{i}{j}", "grid3", f"g2-{i}", rectangle(u, v, u + 0.25, v + 0.25)))
            for k in range(4):
                s, t = u + (k % 2) / 8, v + (k // 2) / 8
                micro = rectangle(s, t, s + 0.125, t + 0.125)
                found.append(small.feature(f"m-{i}{j}{k}", "micro", f"g3-{i}{j}", micro))
    core = circle(*TOWER, 900)
    inside = [
        f["properties"]["code"]
        for f in found
        if f["properties"]["kind"] == "micro" and share(f["geometry"], core) > 0.6
    ]
    found.append(small.feature("ring-core", "ring", "ljz", core, grids=inside))
    return found


def share(part, whole):
    a, b = shape(part), shape(whole)
    return a.intersection(b).area / a.area


def micro_at(lon, lat):
    col, row = (int(8 * (v - lo) / (hi - lo)) for v, lo, hi in ((lon, WEST, EAST), (lat, SOUTH, NORTH)))
    i, j, k = ((col >> n & 1) + 2 * (row >> n & 1) for n in (2, 1, 0))
    return f"m-{i}{j}{k}"


def middle(geometry):
    point = shape(geometry).representative_point()
    return point.x, point.y


def label(props, fallback):
    zh = str(props.get("name") or fallback)[:100]
    return {"name_zh": zh, "name_en": str(props.get("name:en") or zh)[:100]}


def building_features():
    found = []
    for n, f in enumerate(collection("buildings.geojson")):
        if f["geometry"]["type"] != "Polygon" or f["properties"]["kind"] not in ("building", "building_part"):
            continue
        props = {"code": f"b-{n}", "kind": f["properties"]["kind"], "area": micro_at(*middle(f["geometry"]))}
        props |= label(f["properties"], f"Building {n}")
        if (f["properties"].get("height") or 0) > 0:
            props["height_m"] = f["properties"]["height"]
        found.append({"type": "Feature", "geometry": f["geometry"], "properties": props})
    return found


def asset_lines():
    lines = ["code,kind,name_zh,name_en,area,lon,lat,attrs"]
    for n, f in enumerate(collection("pois.geojson")):
        kind = POI_KINDS.get(f["properties"]["kind"])
        if kind and f["geometry"]["type"] == "Point":
            lon, lat = f["geometry"]["coordinates"][:2]
            names = label(f["properties"], f"{kind} {n}")
            zh, en = (names[key].replace(",", " ").replace('"', " ") for key in ("name_zh", "name_en"))
            lines.append(
                f"p-{n},{kind},{zh},{en},{micro_at(lon, lat)},{lon},{lat},osm={f['properties'].get('id', 0)}"
            )
    return lines


@pytest.fixture
def folder(tmp_path):
    district = {
        "code": "ljz", "name_zh": "陆家嘴", "name_en": "Lujiazui", "centre": [TOWER[0], TOWER[1]],
        "bbox": [WEST, SOUTH, EAST, NORTH], "valid_from": "2023-01-01", "attribution": "© OpenStreetMap contributors",
    }  # fmt: skip
    files = {
        "district.yaml": district,
        "areas.geojson": {"type": "FeatureCollection", "features": grids()},
        "buildings.geojson": {"type": "FeatureCollection", "features": building_features()},
        "assets/osm.csv": asset_lines(),
    }
    return small.write(tmp_path, files)


@pytest.mark.django_db
def test_a_second_district_is_only_data(folder):
    began = time.monotonic()
    first = small.load(folder)
    assert first.changed and time.monotonic() - began < 30
    assert Counter(Area.objects.values_list("kind", flat=True)) == {
        "district": 1, "grid2": 4, "grid3": 16, "micro": 64, "ring": 1,
    }  # fmt: skip
    assert Building.objects.count() > 1400
    assert Building.objects.exclude(height_m=None).count() > HEIGHTS_KNOWN * Building.objects.count()
    assert Asset.objects.filter(kind="exit").count() == 16
    assert queries.root().code == "ljz"
    assert queries.settings().attribution == "© OpenStreetMap contributors"
    assert queries.locate(*TOWER).code == micro_at(*TOWER)
    assert queries.locate(*TOWER).path in queries.grounds(queries.area("ring-core"))
    for asset in Asset.objects.select_related("area")[:20]:
        assert queries.locate(asset.lon, asset.lat, ["micro"]).code == asset.area.code

    assert not small.load(folder).changed
    assert JournalEntry.objects.count() == 1
