"""The sample district's datastreams, and the inputs of its night."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import orjson
import pytest

from chengyun.kernel import clock
from chengyun.kernel.packs import Pack
from chengyun.live.scenario import Scenario
from chengyun.signals import actions, totals
from chengyun.signals import pack as signals_pack
from chengyun.signals.actions import Message
from chengyun.signals.models import Datastream, IntakeCount, Latest
from tests.signals.small import TEST

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "districts" / "ruyihu"
NIGHT = ROOT / "scenarios" / "nye-2023"


def test_the_file_is_what_the_program_writes(tmp_path):
    copy = tmp_path / "ruyihu"
    (copy / "sources").mkdir(parents=True)
    program = FOLDER / "sources" / "write_datastreams.py"
    (copy / "sources" / program.name).write_bytes(program.read_bytes())
    (copy / "assets").symlink_to(FOLDER / "assets")
    subprocess.run([sys.executable, str(copy / "sources" / program.name)], check=True)
    assert (copy / "datastreams.csv").read_bytes() == (FOLDER / "datastreams.csv").read_bytes()


def test_it_has_the_real_counts():
    rows = list(csv.DictReader((FOLDER / "datastreams.csv").open(encoding="utf-8")))
    by_quantity = Counter(row["quantity"] for row in rows)
    assert by_quantity["people_present"] == 30
    assert by_quantity["line_flow_in"] == by_quantity["line_flow_out"] == 3
    assert by_quantity["vehicle_flow_in"] == by_quantity["vehicles_present"] == 3
    assert by_quantity["camera_up"] == 1406
    assert by_quantity["water_depth"] + by_quantity["water_level"] + by_quantity["rain_rate"] == 415


@pytest.fixture
def night(db):
    from chengyun.district import actions as district
    from chengyun.district import pack as district_pack

    scenario = Scenario(NIGHT)
    with clock.use(clock.Virtual(scenario.meta.start)) as virtual:
        pack = Pack(FOLDER)
        places, data = district_pack.read(pack), signals_pack.read(pack)
        pack.check()
        district.load_district(actor=TEST, data=places)
        actions.load_signals(TEST, data=data)
        yield scenario, virtual


def test_every_message_of_the_night_meets_the_expected_answer(night):
    scenario, virtual = night
    expected = orjson.loads((NIGHT / "expected.json").read_bytes())
    for message in scenario.inputs():
        virtual.advance_to(max(message.at, virtual.now()))
        actions.receive_many(
            [Message(message.source, message.body, message.form, message.key, arrived_at=message.at)]
        )
        if message.source == "cnt-gw" and message.at.isoformat().startswith("2023-12-31T18:00"):
            crowd = totals.total(_core(), "people_present")
            assert crowd.value > 50_000 and crowd.complete
    counts = Counter()
    for row in IntakeCount.objects.all():
        counts[row.what] += row.n
    assert counts["accepted"] == expected["observations"] - sum(expected["broken_observations"].values())
    assert counts["duplicate"] == expected["redelivered"]
    assert counts["bad_json"] == expected["unreadable"]
    bad = {"unknown_stream": "unknown_datastream"}
    found = {bad.get(what, what): n for what, n in counts.items()}
    for what, number in expected["broken_observations"].items():
        assert found.pop(what) == number, what
    assert set(found) == {"accepted", "duplicate", "bad_json", "late"}
    # Cars are what came in less what went out; every park stays within what it can hold.
    assert Latest.objects.filter(stream__quantity="vehicles_present").count() == 3
    assert all(row.value > 0 for row in Latest.objects.filter(stream__quantity="vehicles_present"))
    # Nothing that is in service stays silent all night.
    heard = set(Latest.objects.values_list("stream_id", flat=True))
    silent = Datastream.objects.filter(in_service=True, every_s__gt=0).exclude(pk__in=heard)
    assert list(silent.values_list("code", flat=True)) == []


def _core():
    from chengyun.district import queries

    return queries.area("ring-core")
