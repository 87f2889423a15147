"""A small district that runs, with crowd counters that know their ground and a base map."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from chengyun.kernel.actor import system
from chengyun.people import actions as people
from chengyun.server import district_folder
from tests.chaos import district
from tests.district import small

COUNTERS = [
    small.ASSET_HEAD,
    "cnt-a,counter,西门人流点,West gate counter,m-000,113.7005,34.7015,,area_m2=100",
    "cnt-b,counter,东门人流点,East gate counter,m-100,113.7055,34.7015,,area_m2=50",
    "cnt-c,counter,无面积人流点,Counter without ground,m-010,113.701,34.7055,,",
    "cnt-d,counter,静默人流点,Silent counter,m-011,113.703,34.7055,,area_m2=80",
]
BASE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[113.7, 34.702], [113.708, 34.702]]},
            "properties": {
                "kind": "road",
                "width": "main",
                "code": "r-huanghe",
                "name_zh": "黄河路",
                "name_en": "Huanghe Road",
            },
        },
        {
            "type": "Feature",
            "geometry": small.square(6, 6, 7, 7),
            "properties": {"kind": "water", "code": "w-lake", "name_zh": "如意湖", "name_en": "Ruyi Lake"},
        },
    ],
}


def load(folder: Path) -> None:
    """Load it all and start the roster."""
    district.write_folder(folder)
    (folder / "assets/counters.csv").write_text("\n".join(COUNTERS) + "\n", encoding="utf-8")
    (folder / "base.geojson").write_text(json.dumps(BASE, ensure_ascii=False), encoding="utf-8")
    with (folder / "datastreams.csv").open("a", encoding="utf-8", newline="") as file:
        for letter, place in zip("abcd", ("m-000", "m-100", "m-010", "m-011"), strict=True):
            row = [
                f"{letter}.people",
                "people_present",
                f"cnt-{letter}",
                place,
                "gw",
                60,
                300,
                "",
                "",
                "open",
                "",
            ]
            csv.writer(file, lineterminator="\n").writerow(row)
    district_folder.load(folder)
    people.start_roster(actor=system("test"))
