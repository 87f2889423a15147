"""The sample district with more gauges than it has: a copy of its folder, loaded as any other district would be."""

from __future__ import annotations

import csv
import json
import math
import shutil
from pathlib import Path

from shapely.geometry import Point, shape
from shapely.strtree import STRtree

# A quantity of the vocabulary that no rule of the sample judges, from a source of the sample.
QUANTITY, SOURCE = "temperature", "wx-gw"


def write(sample: Path, folder: Path, more: int) -> None:
    """Copy a district's folder and add so many gauges to it, evenly over its micro grids, one datastream each."""
    shutil.copytree(sample, folder)
    places = _lattice(sample / "areas.geojson", more)
    gauges = [
        [
            f"air-{n:05}",
            "gauge",
            f"气温点 {n:05}",
            f"Air gauge {n:05}",
            area,
            f"{lon:.6f}",
            f"{lat:.6f}",
            "",
            "",
        ]
        for n, (area, lon, lat) in enumerate(places, start=1)
    ]
    streams = [
        [f"{row[0]}.air", QUANTITY, row[0], row[4], SOURCE, "1", "300", "", "", "open", "yes"]
        for row in gauges
    ]
    _append(folder / "assets" / "gauges.csv", gauges)
    _append(folder / "datastreams.csv", streams)


def _append(path: Path, rows: list[list[str]]) -> None:
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _lattice(areas: Path, count: int) -> list[tuple[str, float, float]]:
    """(micro grid, longitude, latitude) of so many crossings of a lattice over them, the same ones each time."""
    micro = [
        (one["properties"]["code"], shape(one["geometry"]))
        for one in json.loads(areas.read_bytes())["features"]
        if one["properties"]["kind"] == "micro"
    ]
    tree = STRtree([ground for _, ground in micro])
    west, south, east, north = _bounds(tree)
    # Longitudes are shorter than latitudes by the cosine of the latitude: steps of equal length on the ground.
    narrow = math.cos(math.radians((south + north) / 2))
    step = math.sqrt(sum(ground.area for _, ground in micro) * narrow / count)
    found: list[tuple[str, float, float]] = []
    while len(found) < count:
        step *= 0.95
        across = [west + n * step / narrow for n in range(int((east - west) / step * narrow) + 1)]
        along = [south + n * step for n in range(int((north - south) / step) + 1)]
        places = [Point(x, y) for y in along for x in across]
        within = dict(reversed(tree.query(places, "within").T.tolist()))
        found = [(micro[within[n]][0], places[n].x, places[n].y) for n in sorted(within)]
    # A few too many: left out evenly.
    return [found[n * len(found) // count] for n in range(count)]


def _bounds(tree: STRtree) -> tuple[float, float, float, float]:
    boxes = [ground.bounds for ground in tree.geometries]
    lows, highs = [min(b[i] for b in boxes) for i in (0, 1)], [max(b[i] for b in boxes) for i in (2, 3)]
    return lows[0], lows[1], highs[0], highs[1]
