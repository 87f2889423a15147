"""The rain of 20 July 2021 on the sample district: gauges at work, and red signals that somebody has to decide on."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios" / "rain-2021"


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rain")
    environment = os.environ | {
        "CHENGYUN_DATABASE_URL": f"sqlite:///{folder / 'rain.sqlite3'}",
        "CHENGYUN_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "chengyun.server.settings",
    }
    command = [sys.executable, "-m", "tests.live.rain", str(SCENARIO)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def expected():
    return json.loads((SCENARIO / "expected.json").read_text())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_known_sums_of_rain_are_stored(day, expected):
    def millimetres(begin: str, end: str) -> float:
        first, last = (at(text).timestamp() * 1000 for text in (begin, end))
        return round(sum(value for ms, value in day["rain"] if first <= ms < last) / 12, 1)

    known = expected["rain_mm"]
    assert (
        millimetres("2023-07-20T16:00+08:00", "2023-07-20T17:00+08:00") == known["from_1600_to_1700"] == 201.9
    )
    assert (
        millimetres("2023-07-19T20:00+08:00", "2023-07-20T20:00+08:00") == known["24_hours_to_2000"] == 552.5
    )
    assert millimetres("2023-07-19T20:00+08:00", "2023-07-20T17:00+08:00") < 457.5


def test_what_the_gateway_packed_again_is_stored_once(day, expected):
    assert day["repeats"] == expected["repeated"] > 0
    assert day["report"]["observations"] == expected["observations"] - expected["repeated"]


def test_the_first_signal_waits_for_a_decision_and_the_alarm_climbs(day):
    first = [(when, kind) for when, kind, number in day["warnings"] if number == 1]
    assert first[0] == ("2023-07-19T14:01:00+00:00", "warning.received")
    assert first[1] == ("2023-07-19T14:11:00+00:00", "warning.undecided"), "ten minutes, as the district says"
    kinds = Counter(kind for _, kind in first)
    assert kinds["warning.undecided"] == 7 and kinds["warning.decided"] == 1
    assert {"DUTY", "LEAD", "CMD-2", "CMD"} <= set(day["told"])
    level_1 = next(step for step in day["report"]["posture"] if step["level"] == 1)
    assert (at(level_1["at"]) - at(first[0][0])).total_seconds() > 18 * 3600, "the lesson of that day"
    assert [item["what"] for item in day["handed_over"][0]] == ["undecided_warning"]


def test_a_signal_that_is_decided_on_in_time_alarms_nobody(day):
    alarmed = {number for _, kind, number in day["warnings"] if kind == "warning.undecided"}
    assert alarmed == {1, 2, 5}
    assert {number for _, kind, number in day["warnings"] if kind == "warning.decided"} == {1, 2, 3, 4, 5}


def test_people_declare_each_level_and_the_citys_response_moves_nothing(day, expected):
    def shown(steps):
        return [(at(step["at"]), step["kind"], step["mode"], step["level"]) for step in steps]

    assert shown(day["report"]["posture"]) == shown(expected["posture"])
    assert [step["level"] for step in expected["posture"]] == [4, 3, 1, 3, 3]
    assert all(step["by"].startswith("p-") for step in day["report"]["posture"]) and day["responses"] == 1


def test_water_raises_alarms_point_by_point_and_grid_by_grid(day, expected):
    alerts = day["report"]["alerts"]
    points = {alert["subject"] for alert in alerts if alert["rule"] == "ponding-depth"}
    # Two minutes over the limit make an alarm, so a point that only touched it makes none.
    assert 0.85 * expected["points_at_15_cm"] <= len(points) <= expected["points_at_15_cm"]
    widespread = [alert for alert in alerts if alert["rule"] == "ponding-widespread"]
    assert {alert["level"] for alert in widespread} == {1} and len(widespread) >= 5
    assert min(alert["opened"] for alert in alerts) >= "2023-07-20T08:05"


def test_the_drowned_gauge_clears_nothing_and_its_case_is_not_closed(day):
    standing = [alert for alert in day["report"]["alerts"] if alert["cleared"] is None]
    assert {(alert["rule"], alert["subject"]) for alert in standing} == {
        ("ponding-depth", "datastream:tun-009.depth"),
        ("ponding-widespread", "area:g2-05"),
    }
    assert day["report"]["cases"]["by_state"] == {"archived": 6, "settled": 1}


def test_nobody_is_left_alone_and_nothing_is_broken(day):
    assert day["report"]["cases"]["escalations"] > 0 and day["report"]["orphans"] == 0
    assert day["report"]["journal"]["chain_ok"] and day["faults"] == [] and day["refused"] == []
