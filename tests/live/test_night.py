"""New Year's Eve 2023, whole, through the command that people use; twice, because the same night gives the same hash."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios" / "nye-2023"


def play(folder: Path, name: str, *options: str) -> dict:
    out = folder / f"{name}.json"
    environment = {key: value for key, value in os.environ.items() if key != "CHENGYUN_DATABASE_URL"}
    command = [
        sys.executable,
        "-m",
        "chengyun.server.cli",
        "replay",
        str(SCENARIO),
        "--json",
        str(out),
        *options,
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(out.read_text())


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    return play(tmp_path_factory.mktemp("night"), "first")


@pytest.fixture(scope="module")
def expected():
    return json.loads((SCENARIO / "expected.json").read_text())


def test_it_has_the_shape_that_is_published(night):
    schema = json.loads((ROOT / "chengyun" / "live" / "replay.schema.json").read_text())
    jsonschema.validate(night, schema, format_checker=jsonschema.FormatChecker())


def test_everything_that_could_be_read_was_stored(night, expected):
    broken = sum(expected["broken_observations"].values())
    assert night["observations"] <= expected["observations"] - broken
    # What came twice counts once; the duplicates are the smallest part of the night.
    assert night["observations"] > expected["observations"] * 0.97


def test_at_six_the_alarm_at_once_the_proposal_and_then_a_person_declares(night):
    crowd = [alert for alert in night["alerts"] if alert["rule"] == "crowd-core-total"]
    assert [alert["level"] for alert in crowd] == [1]
    assert crowd[0]["opened"].startswith("2023-12-31T10:00")
    assert crowd[0]["cleared"] is not None
    emergency = [
        step
        for step in night["posture"]
        if step["mode"] == "emergency" and step["kind"] == "posture.declared"
    ]
    assert [step["level"] for step in emergency] == [1]
    assert "2023-12-31T10:00" < emergency[0]["at"] < "2023-12-31T10:05"
    assert emergency[0]["by"].startswith("p-"), "a person declares, never the software"


def test_every_case_found_its_end_and_nobody_was_left_alone(night):
    assert night["orphans"] == 0
    assert set(night["cases"]["by_state"]) == {"archived"}
    assert sum(night["cases"]["by_state"].values()) >= 10
    assert night["cases"]["escalations"] > 0, "one desk was slow that night: somebody must have been told"


def test_the_chain_holds_and_the_same_night_gives_the_same_hash(night, tmp_path):
    again = play(tmp_path, "again")
    assert night["journal"]["chain_ok"] and again["journal"]["chain_ok"]
    assert again["journal"] == night["journal"]
    assert {**again, "wall_s": 0} == {**night, "wall_s": 0}


def test_other_rules_give_another_night_and_the_difference_is_told(night, tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    for path in (ROOT / "districts" / "ruyihu" / "rules").glob("*.yaml"):
        (rules / path.name).write_text(
            path.read_text().replace("1: {set: 50000, clear: 48000}", "1: {set: 60000, clear: 58000}")
        )
    other = play(tmp_path, "other", "--with-rules", str(rules))
    crowd = [alert for alert in other["alerts"] if alert["rule"] == "crowd-core-total"]
    assert crowd and crowd[0]["opened"] > "2023-12-31T11"
    assert other["journal"]["head_hash"] != night["journal"]["head_hash"]
