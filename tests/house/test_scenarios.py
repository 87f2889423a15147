"""Scenarios in the repository can be read, are what their programs write, and speak of things that exist."""

import csv
import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import orjson
import pytest

from chengyun.live.scenario import Scenario
from tests.house.source import ROOT

FOLDERS = sorted(p.parent for p in (ROOT / "scenarios").glob("*/scenario.yaml"))
named = pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)


def _column(scenario: Scenario, file: str, column: str) -> set[str]:
    with (scenario.district_folder / file).open(encoding="utf-8-sig", newline="") as rows:
        return {row[column] for row in csv.DictReader(rows)}


@named
def test_the_inputs_are_what_the_program_writes(folder: Path):
    program = folder / "write.py"
    if not program.is_file():
        pytest.skip("recorded, not written")
    done = subprocess.run([sys.executable, str(program), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@named
def test_acts_are_unique_and_name_posts_and_actions_that_exist(folder: Path):
    scenario = Scenario(folder)
    ids = Counter(act.id for act in scenario.acts)
    assert [name for name, count in ids.items() if count > 1] == []
    posts = _column(scenario, "posts.csv", "code") | {"system"}
    # `$payload.post` is whoever the entry says answers for it.
    assert {act.who.removesuffix("@next") for act in scenario.acts if not act.who.startswith("$")} <= posts
    opening = [act["do"] for act in scenario.meta.opening]
    missing = [name for name in [*opening, *(act.do for act in scenario.acts)] if not _action(name)]
    assert missing == []


@named
def test_acts_use_only_what_earlier_acts_saved(folder: Path):
    acts = Scenario(folder).acts
    used = {
        name for act in acts for name in re.findall(r"\$saved\.([\w-]+)", json.dumps(act.args, default=str))
    }
    assert used <= {act.save for act in acts}


@named
def test_readings_are_of_datastreams_that_exist(folder: Path):
    scenario = Scenario(folder)
    known = _column(scenario, "datastreams.csv", "code")
    sent: Counter[str] = Counter()
    for message in scenario.inputs():
        if message.form == "json":
            sent.update(row["ds"] for row in orjson.loads(message.body)["observations"])
    expected = json.loads((folder / "expected.json").read_text())
    unknown = sum(count for code, count in sent.items() if code not in known)
    assert unknown == expected["broken_observations"].get("unknown_datastream", 0)


@named
def test_the_inputs_carry_what_is_expected(folder: Path):
    scenario = Scenario(folder)
    messages = list(scenario.inputs())
    expected = json.loads((folder / "expected.json").read_text())
    first = {(m.source, m.key): m for m in reversed(messages)}
    assert len(messages) == expected["messages"]
    assert len(messages) - len(first) == expected["redelivered"]
    assert sum(m.form == "raw" for m in first.values()) == expected["unreadable"]
    rows = [row for m in first.values() if m.form == "json" for row in orjson.loads(m.body)["observations"]]
    assert len(rows) == expected["observations"]
    assert scenario.meta.start <= messages[0].at and messages[-1].at <= scenario.meta.end


def _action(name: str) -> bool:
    domain, _, verb = name.partition(".")
    try:
        return callable(getattr(importlib.import_module(f"chengyun.{domain}.actions"), verb, None))
    except ModuleNotFoundError:
        return False
