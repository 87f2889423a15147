#!/usr/bin/env python3
"""Writes inputs.jsonl.gz and expected.json of the night 2023-12-31 16:30 to 2024-01-01 02:30 in the sample district.

    python scenarios/nye-2023/write.py            writes both files
    python scenarios/nye-2023/write.py --check    exit 1 if what is committed is not what this program writes

Known of that night (press): from 17:00 the crowd grows; at 18:00 an alarm says that 50,000 people are present; holiday
mode becomes emergency mode, level I; 2,000 people are sent. Every other number is made up and smooth, so that the
software has a night to run on: it is no measurement, and nothing about the real place may be concluded from it.

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
START = datetime(2023, 12, 31, 16, 30, tzinfo=ZONE)
MINUTES = 600
SEED = 20231231
LIMIT = 50_000  # the one known threshold

COUNTERS = [f"cnt-{n:02}" for n in range(1, 31)]
CAMERAS = [f"cam-{n:04}" for n in (*range(1, 34), 123)]
UNITS = {"people": "person", "flow": "person/min", "cars": "vehicle/min", "state": "1"}

# People present in all thirty places (suggested, but for 17:00 and 18:00).
CROWD = {
    "16:30": 20_800, "17:00": 26_400, "17:30": 38_900, "17:59": 49_650, "18:00": 50_180, "18:10": 52_000,
    "18:30": 54_600, "19:30": 56_800, "20:30": 57_900, "21:30": 59_600, "22:30": 62_300, "23:20": 66_100,
    "23:50": 67_900, "00:02": 67_200, "00:15": 61_000, "00:30": 52_000, "00:45": 43_500, "01:00": 36_000,
    "01:15": 29_500, "01:30": 23_800, "02:00": 14_500, "02:30": 8_900,
}  # fmt: skip
# How much of it stands at each counter; by the lake (29, 30) it gathers towards midnight.
WEIGHTS = dict(
    zip(COUNTERS, [0.8] * 8 + [1.2] * 6 + [0.95] * 6 + [0.85] * 4 + [1.05] * 4 + [1.3, 1.25], strict=True)
)
LAKE = {"16:30": 1.0, "22:30": 1.05, "23:40": 1.55, "00:05": 1.55, "00:20": 1.0, "02:30": 1.0}
EXITS = {"A": 0.45, "B": 0.2, "C": 0.35}
PARKING = {
    "park-01": {"16:30": 640, "18:40": 1150, "23:40": 1180, "01:20": 260, "02:30": 120},
    "park-02": {"16:30": 410, "18:20": 770, "23:50": 780, "01:10": 190, "02:30": 90},
    "park-03": {"16:30": 290, "18:50": 560, "23:45": 585, "01:15": 130, "02:30": 70},
}

# When the scripted people of actors.yaml change the mode: the alarm of 18:00:05.040, 80 s until it is declared, and so on.
# `chengyun rules test` takes the thresholds of the night from here; a test compares it with the replay.
POSTURE = [
    ("16:30:00.000", "declared", 1, None, "holiday", None),
    ("18:01:25.040", "declared", 2, None, "emergency", 1),
    ("01:20:00.000", "downgraded", 3, 2, "emergency", 3),
    ("01:50:00.000", "ended", 3, None, "emergency", 3),
]

# What goes wrong, on purpose.
SPIKE = ("17:22", "cnt-17", 9_800)  # one reading of one minute
SILENT = ("cnt-23", "20:10", "20:50")  # the sensor says nothing, its camera is well
CAMERA_OUT = [("cam-0009", "19:05", "19:25"), ("cam-0123", "22:40", "23:05")]  # cnt-09 hangs on cam-0009
EXIT_B_SHUT = ("18:25", "23:00")  # inflow limited
PARKED_CAR = ("cam-0123.illegal_parking", "19:12", "19:48")
SMOKE = [("cam-0456.smoke", "20:31", "20:45"), ("cam-0456.smoke", "22:15", "22:18")]  # the second is steam
METRO_LINK_DOWN = ("21:15", "21:25")  # what it kept arrives at 21:26 in one burst, newest first
REDELIVER_EVERY = 47  # messages: a gateway that missed our answer sends again, same key
OVERTAKEN_EVERY = 53  # minutes: a metro message arrives after its successor
# One reading of a counter replaced by something that must be refused: minute, counter, change, reason.
BROKEN: list[tuple[str, str, dict[str, Any], str]] = [
    ("17:10", "cnt-10", {"ds": "cnt-99.people"}, "unknown_datastream"),
    ("17:40", "cnt-12", {"v": "NaN"}, "not_a_number"),
    ("18:20", "cnt-04", {"u": "vehicle"}, "wrong_unit"),
    ("19:00", "cnt-21", {"v": None}, "not_a_number"),
    ("19:40", "cnt-30", {"v": -7}, "out_of_range"),
    ("20:25", "cnt-15", {"at": "2024-01-02T20:25:00.000+08:00"}, "future"),
    ("21:50", "cnt-02", {"v": 1_000_000_000}, "out_of_range"),
    ("22:05", "cnt-08", {"at": "22h05"}, "bad_time"),
]


def minute(clock: str) -> int:
    """Minutes after the start for a wall time of that night."""
    hour, past = map(int, clock.split(":"))
    return (hour * 60 + past - 16 * 60 - 30) % 1440


def moment(text: str) -> datetime:
    """The moment of a wall time `HH:MM:SS.mmm` of that night."""
    seconds = float(text[5:].lstrip(":"))
    return START + timedelta(minutes=minute(text[:5]), seconds=seconds)


def between(m: int, begin: str, end: str) -> bool:
    return minute(begin) <= m < minute(end)


def curve(points: dict[str, float], m: int) -> float:
    """Straight lines between (wall time, value) points."""
    known = sorted((minute(clock), value) for clock, value in points.items())
    for (m0, v0), (m1, v1) in zip(known, known[1:], strict=False):
        if m0 <= m <= m1:
            return v0 + (v1 - v0) * (m - m0) / (m1 - m0)
    raise ValueError(f"minute {m} is outside the night")


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def crowd(chance: random.Random) -> list[dict[str, int]]:
    """People present per counter for each minute; the parts add up to the curve (with a little noise) exactly."""
    phase = {c: chance.uniform(0, 1) for c in COUNTERS}
    night, drift = [], 0.0
    for m in range(MINUTES + 1):
        drift = 0.8 * drift + chance.uniform(-20, 20)  # stays within +-100
        total = round(curve(CROWD, m) + drift)
        wave = {c: 1 + 0.12 * abs(((m / 90 + phase[c]) % 2) - 1) for c in COUNTERS}
        lake = curve(LAKE, m)
        parts = {c: WEIGHTS[c] * wave[c] * (lake if c in ("cnt-29", "cnt-30") else 1) for c in COUNTERS}
        scale = total / sum(parts.values())
        exact = {c: parts[c] * scale for c in COUNTERS}
        shared = {c: int(exact[c]) for c in COUNTERS}
        rest = total - sum(shared.values())
        for c in sorted(COUNTERS, key=lambda c: (shared[c] - exact[c], c))[:rest]:
            shared[c] += 1
        night.append(shared)
    return night


def readings(
    m: int, night: list[dict[str, int]], chance: random.Random
) -> dict[str, list[tuple[str, Any, str]]]:
    """What each gateway measured in one minute: (datastream, value, unit)."""
    clock = (START + timedelta(minutes=m)).strftime("%H:%M")
    out = {camera for camera, begin, end in CAMERA_OUT if between(m, begin, end)}
    dumb = {c for c in COUNTERS if "cam-00" + c[4:] in out}
    if between(m, *SILENT[1:]):
        dumb.add(SILENT[0])
    people = {c: v for c, v in night[m].items() if c not in dumb}
    if clock == SPIKE[0]:
        people[SPIKE[1]] = SPIKE[2]
    counted = [(f"{c}.people", v, UNITS["people"]) for c, v in people.items()]

    change = sum(night[min(m + 1, MINUTES)].values()) - sum(night[m].values())
    metro = []
    for name, share in EXITS.items():
        churn = chance.randint(10, 24)
        come = round(share * (0.5 * max(change, 0))) + churn
        go = round(share * (0.5 * max(-change, 0))) + churn
        if name == "B" and between(m, *EXIT_B_SHUT):
            come = 0
        metro += [(f"exit-{name}.in", come, UNITS["flow"]), (f"exit-{name}.out", go, UNITS["flow"])]

    cars = []
    for park, points in PARKING.items():
        delta = round(curve(points, min(m + 1, MINUTES))) - round(curve(points, m))
        churn = chance.randint(0, 2)
        cars += [(f"{park}.in", max(delta, 0) + churn, UNITS["cars"])]
        cars += [(f"{park}.out", max(-delta, 0) + churn, UNITS["cars"])]

    seen = [(f"{camera}.up", int(camera not in out), UNITS["state"]) for camera in CAMERAS]
    for stream in (PARKED_CAR[0], SMOKE[0][0]):
        if stream.split(".")[0] not in out:
            on = any(name == stream and between(m, begin, end) for name, begin, end in [PARKED_CAR, *SMOKE])
            seen.append((stream, int(on), UNITS["state"]))
    return {"cnt-gw": counted, "metro-gw": metro, "park-gw": cars, "cam-gw": seen}


def messages() -> Iterator[dict[str, Any]]:
    """Every message of the night with its arrival, not yet in order."""
    chance = random.Random(SEED)
    night = crowd(chance)
    broken = {(minute(clock), counter): change for clock, counter, change, _ in BROKEN}
    for m in range(MINUTES):
        at = START + timedelta(minutes=m)
        for source, measured in readings(m, night, chance).items():
            rows = [{"ds": ds, "at": iso(at), "v": v, "u": u} for ds, v, u in measured]
            if source == "cnt-gw":
                for row in rows:
                    row.update(broken.get((m, row["ds"].split(".")[0]), {}))
            delay = timedelta(milliseconds=chance.randint(800, 5_500))
            if source == "metro-gw" and between(m, *METRO_LINK_DOWN):
                delay = timedelta(minutes=minute("21:26") - m, seconds=10 + 2 * (minute("21:25") - m))
            elif source == "metro-gw" and m % OVERTAKEN_EVERY == 40:
                delay = timedelta(seconds=75)
            elif source == "park-gw" and m == minute("18:30"):
                delay = timedelta(hours=3)
            yield {"at": iso(at + delay), "source": source, "key": f"{source}-{m:04}", "observations": rows}
    cut = iso(START + timedelta(minutes=minute("21:05"), seconds=30))
    yield {
        "at": cut,
        "source": "park-gw",
        "key": "park-gw-cut",
        "raw": '{"observations": [{"ds": "park-01.in", "at',
    }


def redelivered(first: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same key once more, some seconds later; one of them with other content: the first one counts."""
    chance = random.Random(SEED + 1)
    for n, message in enumerate(first):
        if n % REDELIVER_EVERY == 11 and "raw" not in message:
            later = datetime.fromisoformat(message["at"]) + timedelta(seconds=chance.randint(2, 40))
            again = dict(message, at=iso(later))
            if message["source"] == "cnt-gw" and between(n // 4, "22:00", "22:50"):
                again["observations"] = [dict(row, v=1) for row in message["observations"]]
            yield again


def write() -> tuple[str, dict[str, Any]]:
    """The lines of inputs.jsonl and the figures that a replay of them must show."""
    first = sorted(messages(), key=lambda x: (x["at"], x["source"], x["key"]))
    twice = list(redelivered(first))
    everything = sorted([*first, *twice], key=lambda x: (x["at"], x["source"], x["key"]))
    lines = "".join(json.dumps(x, ensure_ascii=False, separators=(",", ":")) + "\n" for x in everything)
    totals = [sum(shared.values()) for shared in crowd(random.Random(SEED))]
    over = next(m for m, total in enumerate(totals) if total > LIMIT)
    peak = max(range(len(totals)), key=totals.__getitem__)
    reasons: dict[str, int] = {}
    for *_, reason in BROKEN:
        reasons[reason] = reasons.get(reason, 0) + 1
    expected = {
        "messages": len(everything),
        "redelivered": len(twice),
        "unreadable": 1,
        "observations": sum(len(x.get("observations", [])) for x in first),
        "broken_observations": dict(sorted(reasons.items())),
        "people_present": {
            "passes_50000_at": iso(START + timedelta(minutes=over)),
            "peak": totals[peak],
            "peak_at": iso(START + timedelta(minutes=peak)),
            "at_0130": totals[minute("01:30")],
        },
        "posture": [
            {
                "at": iso(moment(at)),
                "kind": f"posture.{kind}",
                "area": "/ryh/",
                "declaration": number,
                "follows": follows,
                "mode": mode,
                "level": level,
            }
            for at, kind, number, follows, mode, level in POSTURE
        ],
    }
    return lines, expected


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
