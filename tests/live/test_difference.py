"""`chengyun replay --rules OTHER`: one short evening under two sets of rules, as people type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from chengyun.live import difference
from tests.chaos.district import RULES
from tests.live import short

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "chengyun" / "live"


def chengyun(*words: str, lang: str = "en_GB.UTF-8") -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CHENGYUN_", "LC_"))} | {
        "LANG": lang
    }
    command = [sys.executable, "-m", "chengyun.server.cli", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    where = tmp_path_factory.mktemp("nights")
    scenario = short.write_scenario(where)
    # Milder levels, no proposal at all, and a rule that is new.
    rules = json.loads(json.dumps(RULES))
    by_code = {rule["code"]: rule for rule in rules["rules"]}
    by_code["crowded"]["levels"] = {2: 170, 3: 130}
    by_code["total"]["levels"] = {1: 5000}
    rules["rules"].append(by_code["crowded"] | {"code": "busy", "levels": {4: 90}, "hysteresis": 5})
    other = where / "other.yaml"
    other.write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    out = where / "both.json"
    done = chengyun("replay", str(scenario), "--rules", str(other), "--json", str(out), lang="zh_CN.UTF-8")
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout, json.loads(out.read_text())


def test_both_nights_and_their_difference_have_the_shapes_that_are_published(told: Any) -> None:
    both = told[1]
    jsonschema.validate(both, json.loads((SCHEMAS / "difference.schema.json").read_text()))
    shape = json.loads((SCHEMAS / "replay.schema.json").read_text())
    for night in (both["before"], both["after"]):
        jsonschema.validate(night, shape, format_checker=jsonschema.FormatChecker())


def test_what_the_other_rules_change_is_named(told: Any) -> None:
    both = told[1]
    found = both["difference"]
    assert found["rules"]["total"] == [1, 0] and found["rules"]["busy"] == [0, 8]
    assert found["rules"]["crowded-long"] == [8, 8] and found["rules"]["crowded"] == [8, 8]
    assert found["posture"] == [2, 0]
    assert {alert["rule"] for alert in found["alerts"]["gone"]} == {"total", "crowded"}
    assert {alert["rule"] for alert in found["alerts"]["new"]} == {"busy", "crowded"}
    assert found["orphans"] == [0, 0]


def test_people_read_it_in_their_language(told: Any) -> None:
    text = told[0]
    assert "报警 total" in text and "不再出现" in text
    assert next(line for line in text.splitlines() if "报警 total" in line).endswith("*")
    assert not next(line for line in text.splitlines() if "crowded-long" in line).endswith("*")


def test_rules_that_cannot_be_read_are_named_and_nothing_is_compared(tmp_path: Path) -> None:
    scenario = short.write_scenario(tmp_path)
    broken = tmp_path / "broken.yaml"
    broken.write_text("rules: [{code: x, when: never}]")
    done = chengyun("replay", str(scenario), "--rules", str(broken))
    assert done.returncode == 2 and "could not be played with the other rules" in done.stderr
    assert "broken.yaml" in done.stderr and not done.stdout


def test_the_same_night_twice_differs_in_nothing() -> None:
    alert = {"rule": "r", "subject": "s", "level": 1, "opened": "2023-12-31T08:00:00+00:00", "cleared": None}
    night: dict[str, Any] = {"alerts": [alert], "posture": [], "orphans": 0}
    night["cases"] = {"by_state": {"closed": 1}, "on_time": 1, "escalations": 0}
    same = difference.compare(night, night)
    assert same["alerts"] == {"gone": [], "new": [], "changed": []}
    assert not [line for line in difference.lines(same) if line.endswith("*")]
    later = night | {"alerts": [alert | {"cleared": "2023-12-31T09:00:00+00:00"}]}
    changed = difference.compare(night, later)["alerts"]
    assert changed["gone"] == changed["new"] == [] and len(changed["changed"]) == 1
