#!/usr/bin/env python3
"""Writes inputs.jsonl.gz and expected.json: the rain of Zhengzhou's 20 July 2021 on the sample district.

    python scenarios/rain-2021/write.py            writes both files
    python scenarios/rain-2021/write.py --check    exit 1 if what is committed is not what this program writes

Known of that day (weather service and press): 201.9 mm between 16:00 and 17:00, 552.5 mm in the 24 hours to 20:00 at the
national station; 457.5 mm in the 24 hours to 17:00; red signals at 21:59, 06:02, 09:08, 11:50 and 16:01; the city's response
at level I at 16:30. An hourly series is not known: what lies between the known sums is made up, and so is every depth of
water. Nothing about a real place may be concluded from it. The sample district is described from 2023 on, so the day is
called 19 and 20 July 2023; the hours are those of 2021.

The same program writes the same bytes on every machine: the only chance in it is `random.Random(SEED)`.
"""

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ZONE = timezone(timedelta(hours=8))
START = datetime(2023, 7, 19, 20, 0, tzinfo=ZONE)
STEP = 5  # minutes
STEPS = 30 * 60 // STEP  # until 02:00 of the 21st
SEED = 20210720

POINTS = [f"pond-{n:03}" for n in range(1, 153)] + [f"tun-{n:03}" for n in range(1, 13)]
RAIN = [f"rain-{n:03}" for n in range(1, 41)]
STATION = "rain-001"  # carries the known sums exactly

# Millimetres an hour at the station from 20:00 on. Known: the hour from 16:00, and the sum of the first 24.
HOURS = [
    7.4, 9.1, 12.6, 10.3, 8.8, 6.2, 5.1, 4.4, 3.9, 6.0, 9.7, 12.2, 10.8, 8.5, 9.9, 11.6, 13.4, 15.1, 31.7, 50.9,
    201.9, 60.0, 29.0, 14.0, 6.0, 2.5, 0.8, 0.0, 0.0, 0.0,
]  # fmt: skip
PEAK, DAY_MM, PEAK_MM = 20, 552.5, 201.9
# How an hour's rain lies within it; the peak is heaviest in its middle.
EVEN = [1] * 12
SURGE = [6, 8, 9, 11, 12, 13, 13, 12, 10, 9, 8, 7]

DEEP = 0.15  # metres: what one city files as a case
RUNS_OFF = 0.015  # metres a step, at least, once the rain is less than the drain
CUT = ("16:40", "17:00")  # the gateway is cut off; afterwards it packs again what it had sent from 16:25 on
REPACKED_FROM = "16:25"
DROWNED = ("tun-009", "17:10")  # a gauge under water: it says nothing any more, and what it said last stands
# What actors.yaml declares: when, what, which declaration, the one it follows, the level.
POSTURE = [
    ("2023-07-20T06:20", "declared", 1, None, 4),
    ("2023-07-20T11:58", "declared", 2, 1, 3),
    ("2023-07-20T16:34", "declared", 3, 2, 1),
    ("2023-07-20T22:30", "downgraded", 4, 3, 3),
    ("2023-07-21T00:50", "ended", 4, None, 3),
]
TWICE_AT = "13:00"  # a clock set back by five minutes: two depths for one moment, and both are kept


def step(clock: str) -> int:
    """Steps after the start for a wall time (of the 20th, from 20:00 on of the 19th)."""
    hour, past = map(int, clock.split(":"))
    return ((hour - 20) % 24 * 60 + past) // STEP


def at(n: int) -> datetime:
    return START + timedelta(minutes=STEP * n)


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def station() -> list[float]:
    """mm/h in each step; with one decimal, and every hour's sum exact."""
    rates = []
    for hour, total in enumerate(HOURS):
        shape = SURGE if hour == PEAK else EVEN
        tenths = round(total * 10 * 12)  # a rate of 1 mm/h is 1/12 mm in five minutes
        exact = [tenths * part / sum(shape) for part in shape]
        whole = [int(x) for x in exact]
        for place in sorted(range(12), key=lambda p: (whole[p] - exact[p], p))[: tenths - sum(whole)]:
            whole[place] += 1
        rates += [x / 10 for x in whole]
    return rates


def rain(chance: random.Random) -> dict[str, list[float]]:
    """mm/h at each gauge: the station's, and more or less of it elsewhere."""
    series = station()
    found = {STATION: series}
    for gauge in RAIN[1:]:
        share = chance.uniform(0.8, 1.2)
        found[gauge] = [round(rate * share, 1) for rate in series]
    return found


def depths(rates: dict[str, list[float]], chance: random.Random) -> dict[str, list[float]]:
    """Metres of water at each point: what falls faster than it drains stays, and runs off at the pace of the drain."""
    found = {}
    for number, point in enumerate(POINTS):
        falls = rates[RAIN[number % len(RAIN)]]
        drain = chance.uniform(2.4, 21.0)  # mm in five minutes
        gathers = chance.uniform(0.001, 0.006)  # metres of water for a millimetre that does not drain
        most = chance.uniform(0.25, 0.75) if point.startswith("pond") else chance.uniform(0.4, 1.0)
        depth, series = 0.0, []
        for rate in falls:
            change = gathers * (rate / 12 - drain)
            depth = min(most, max(0.0, depth + (change if change > 0 else min(change, -RUNS_OFF))))
            series.append(round(depth, 2))
        found[point] = series
    return found


def readings(
    n: int, rates: dict[str, list[float]], water: dict[str, list[float]]
) -> Iterator[tuple[str, float, str]]:
    """What is measured in one step. A gauge of depth reports every hour while it is dry and has been for an hour."""
    for gauge in RAIN:
        yield f"{gauge}.rate", rates[gauge][n], "mm/h"
    for point in POINTS:
        if point == DROWNED[0] and n >= step(DROWNED[1]):
            continue
        if n % 12 == 0 or any(water[point][max(0, n - 12) : n + 1]):
            yield f"{point}.depth", water[point][n], "m"


def messages() -> Iterator[dict[str, Any]]:
    """Every message with its arrival, not yet in order."""
    chance = random.Random(SEED)
    rates = rain(chance)
    water = depths(rates, chance)
    kept: list[dict[str, Any]] = []
    for n in range(STEPS):
        moment = iso(at(n))
        rows = [{"ds": ds, "at": moment, "v": v, "u": u} for ds, v, u in readings(n, rates, water)]
        if step(REPACKED_FROM) <= n < step(CUT[1]):
            kept += rows
        if step(CUT[0]) <= n < step(CUT[1]):
            continue
        delay = timedelta(milliseconds=chance.randint(900, 4_000))
        yield {
            "at": iso(at(n) + delay),
            "source": "water-gw",
            "key": f"water-gw-{n:04}",
            "observations": rows,
        }
    back = at(step(CUT[1])) + timedelta(seconds=40)
    yield {"at": iso(back), "source": "water-gw", "key": "water-gw-kept", "observations": kept}
    moment = at(step(TWICE_AT))
    twice = {
        "ds": "pond-001.depth",
        "at": iso(moment),
        "v": round(water["pond-001"][step(TWICE_AT)] + 0.01, 2),
        "u": "m",
    }
    later = iso(moment + timedelta(minutes=STEP, seconds=20))
    yield {"at": later, "source": "water-gw", "key": "water-gw-clock", "observations": [twice]}


def write() -> tuple[str, dict[str, Any]]:
    """The lines of inputs.jsonl and the figures that a replay of them must show."""
    everything = sorted(messages(), key=lambda x: (x["at"], x["source"], x["key"]))
    lines = "".join(json.dumps(x, ensure_ascii=False, separators=(",", ":")) + "\n" for x in everything)
    chance = random.Random(SEED)
    rates = rain(chance)
    water = depths(rates, chance)
    sent = [(row["ds"], row["at"], row["v"]) for x in everything for row in x["observations"]]
    wet = {point: max(series) for point, series in water.items()}
    first = min(n for n in range(STEPS) if any(series[n] >= DEEP for series in water.values()))
    day = step("19:55") + 1
    figures = {
        "messages": len(everything),
        "redelivered": 0,
        "unreadable": 0,
        "broken_observations": {},
        "observations": len(sent),
        "repeated": len(sent) - len(set(sent)),
        "gauges": {"ponding": 152, "tunnel": 12, "rain": 40},
        "rain_mm": {
            "from_1600_to_1700": round(sum(rates[STATION][step("16:00") : step("17:00")]) / 12, 1),
            "24_hours_to_2000": round(sum(rates[STATION][:day]) / 12, 1),
        },
        "points_at_15_cm": sum(depth >= DEEP for depth in wet.values()),
        "first_point_at_15_cm": iso(at(first)),
        "dry_again_by_0200": sum(series[-1] == 0 for series in water.values()),
        "posture": [
            {
                "at": iso(datetime.fromisoformat(f"{when}:00+08:00")),
                "kind": f"posture.{kind}",
                "area": "/ryh/",
                "declaration": number,
                "follows": follows,
                "mode": "emergency",
                "level": level,
            }
            for when, kind, number, follows, level in POSTURE
        ],
    }
    assert figures["rain_mm"] == {"from_1600_to_1700": PEAK_MM, "24_hours_to_2000": DAY_MM}
    return lines, figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed files, write nothing"
    )
    check = parser.parse_args().check
    lines, expected = write()
    figures = json.dumps(expected, indent=2) + "\n"
    inputs, about = HERE / "inputs.jsonl.gz", HERE / "expected.json"
    if check:
        # The text is compared, not the packed bytes: those depend on the zlib at hand.
        same = gzip.decompress(inputs.read_bytes()).decode() == lines and about.read_text() == figures
        print("as written" if same else "differs from what write.py writes", file=sys.stderr)
        return 0 if same else 1
    inputs.write_bytes(gzip.compress(lines.encode(), mtime=0))
    about.write_text(figures)
    print(figures, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
