"""Writes datastreams.csv from the assets beside it: `python districts/ruyihu/sources/write_datastreams.py`.

The same bytes every time. What is not connected in the sample (most gauges and cameras) is listed and out of service: a
datastream in service that never sends would be a silent sensor, and an alarm. Intervals and lateness are suggested (建议值).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
COLUMNS = (
    "code",
    "quantity",
    "asset",
    "area",
    "source",
    "every_s",
    "late_s",
    "min",
    "max",
    "klass",
    "in_service",
)

# Cameras beside a counter or a metro exit report once a minute; two more are watched by an algorithm.
CONNECTED_CAMERAS = {f"cam-{n:04d}" for n in range(1, 34)} | {"cam-0123"}
ALGORITHMS = [
    ("cam-0123", "illegal_parking"), ("cam-0456", "smoke"), ("cam-0018", "fallen_person"),
    ("cam-0029", "intrusion_water"), ("cam-0030", "floating_debris"),
]  # fmt: skip
CONNECTED_ALGORITHMS = {"cam-0123.illegal_parking", "cam-0456.smoke"}
GAUGES = {
    "ponding": ("depth", "water_depth"),
    "tunnel": ("depth", "water_depth"),
    "culvert": ("depth", "water_depth"),
    "channel": ("level", "water_level"),
    "river": ("level", "water_level"),
    "canal": ("level", "water_level"),
    "rain": ("rate", "rain_rate"),
}


def assets(name: str) -> Iterator[dict[str, str]]:
    with (HERE / "assets" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def stream(
    suffix: str,
    quantity: str,
    asset: dict[str, str],
    source: str,
    every: int,
    late: int = 300,
    on: bool = True,
    top: str = "",
) -> tuple[str, ...]:
    code = f"{asset['code']}.{suffix}"
    return (
        code,
        quantity,
        asset["code"],
        asset["area"],
        source,
        str(every),
        str(late),
        "",
        top,
        "open",
        "yes" if on else "no",
    )


def rows() -> Iterator[tuple[str, ...]]:
    for counter in assets("counters"):
        if counter["kind"] == "counter":
            yield stream("people", "people_present", counter, "cnt-gw", 60)
        else:
            yield stream("in", "line_flow_in", counter, "metro-gw", 60, 900)
            yield stream("out", "line_flow_out", counter, "metro-gw", 60, 900)
    for park in assets("parking"):
        yield stream("in", "vehicle_flow_in", park, "park-gw", 60, 900)
        yield stream("out", "vehicle_flow_out", park, "park-gw", 60, 900)
        yield stream("present", "vehicles_present", park, "balance", 60, 900)
    cameras = {camera["code"]: camera for camera in assets("cameras")}
    for code, camera in cameras.items():
        yield stream("up", "camera_up", camera, "cam-gw", 60, on=code in CONNECTED_CAMERAS)
    for code, quantity in ALGORITHMS:
        # Sent on change and while it lasts: silence says nothing.
        yield stream(
            quantity, quantity, cameras[code], "cam-gw", 0, on=f"{code}.{quantity}" in CONNECTED_ALGORITHMS
        )
    for gauge in assets("gauges"):
        attrs = dict(pair.split("=", 1) for pair in gauge["attrs"].split(";"))
        suffix, quantity = GAUGES[attrs["point"]]
        yield stream(suffix, quantity, gauge, "water-gw", 300, 3600, on=False)
    yield ("wx.wind", "wind_speed", "", "ryh", "wx-gw", "600", "3600", "", "", "open", "no")
    yield ("wx.gust", "wind_gust", "", "ryh", "wx-gw", "600", "3600", "", "", "open", "no")
    yield ("wx.temperature", "temperature", "", "ryh", "wx-gw", "600", "3600", "", "", "open", "no")


def main() -> None:
    with (HERE / "datastreams.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows(rows())


if __name__ == "__main__":
    main()
