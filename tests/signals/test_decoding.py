"""Decoders never raise, whatever a device sends, and every fault names its place and its reason."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.signals.logic import reasons
from chengyun.signals.logic.check import check
from chengyun.signals.logic.decode import Decoded, decode
from chengyun.signals.logic.stream import Stream

NOW = 1_704_016_800_000
DAY = 86_400_000


def stream(number: int, code: str, **more) -> Stream:
    body = {
        "quantity": "people_present", "nature": "gauge", "unit": "person", "accepts": {"person": 1.0, "count": 1.0},
        "source_id": 1, "area_id": 1, "area_code": "m", "area_path": "/m/", "lo": 0, "hi": 1000,
    }  # fmt: skip
    return Stream(id=number, code=code, **(body | more))


STREAMS = {
    "c1": stream(1, "c1"),
    "c2": stream(2, "c2", source_id=2),
    "s": stream(3, "s", nature="state", hi=1),
    "off": stream(4, "off", off="out_of_service"),
}


def run(body: bytes, form: str = "json", *, has_key: bool = True):
    decoded = decode(body, form)
    return decoded, check(decoded, STREAMS, source_id=1, arrived_ms=NOW, keep_ms=30 * DAY, has_key=has_key)


def sane(decoded: Decoded, taken) -> None:
    assert len(taken.rows) == len(taken.readings)
    for fault in taken.faults:
        assert fault.reason in reasons.QUARANTINED
        assert fault.detail and len(fault.detail) < 400
        if fault.index is None:
            assert not taken.rows
    numbers = [fault.index for fault in taken.faults if fault.index is not None] + [
        row[4] for row in taken.rows
    ]
    assert len(numbers) == len(set(numbers)), "a reading has one fate"
    for minute, stream_id, at, _, _, value, arrived, late in taken.rows:
        assert minute == at // 60_000 and stream_id in (1, 3) and arrived == NOW and late in (0, 1)
        assert isinstance(value, float) and 0 <= value <= 1000


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["c1", "c2", "s", "off", "person", "count", "2024-01-01T18:00:00+08:00", NOW, NOW // 1000, 5]),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
json_reading = st.dictionaries(st.sampled_from(["ds", "at", "v", "u", "x"]), anything, max_size=5)
senml_record = st.dictionaries(
    st.sampled_from(["bn", "bt", "bu", "bv", "bver", "n", "t", "u", "v", "vb", "vs", "vd", "s", "ut", "x_"]),
    anything,
    max_size=6,
)
FORMS = st.sampled_from(["json", "senml", "raw"])


@settings(max_examples=150)
@given(st.binary(max_size=300), FORMS)
def test_any_bytes(body, form):
    sane(*run(body, form))


@settings(max_examples=300)
@given(st.lists(json_reading | anything, max_size=6), FORMS, st.booleans())
def test_any_list_of_readings(items, form, has_key):
    # The standard library writes NaN and huge numbers as devices do; orjson would refuse to.
    sane(*run(json.dumps(items).encode(), form, has_key=has_key))


@settings(max_examples=300)
@given(st.lists(senml_record, min_size=1, max_size=6))
def test_any_senml(items):
    sane(*run(json.dumps(items).encode(), "senml"))


@settings(max_examples=100)
@given(st.lists(json_reading, max_size=4), anything)
def test_any_object_around_it(items, at):
    sane(*run(json.dumps({"observations": items, "at": at}).encode()))


def test_a_time_beside_the_list_holds_for_readings_without_one():
    body = {"at": NOW, "observations": [{"ds": "c1", "v": 1}, {"ds": "c1", "v": 2, "at": NOW - 1000}]}
    _, taken = run(orjson.dumps(body), has_key=False)
    assert [row[2] for row in taken.rows] == [NOW, NOW - 1000]


def test_a_message_id_lets_a_reading_do_without_a_time():
    body = orjson.dumps([{"ds": "c1", "v": 1}])
    assert run(body, has_key=False)[1].faults[0].reason == reasons.NO_TIME
    assert run(body, has_key=True)[1].rows[0][2] == NOW


def senml(*records, has_key: bool = False):
    return run(json.dumps(records).encode(), "senml", has_key=has_key)[1]


def test_senml_base_fields_add_up():
    taken = senml(
        {"bn": "c", "bt": NOW / 1000, "bu": "count", "bv": 10, "n": "1", "v": 5},
        {"n": "1", "t": -60, "v": 7},
        {"bn": "", "n": "s", "vb": True, "u": None},
    )
    assert [(r[1], r[2], r[5]) for r in taken.rows[:2]] == [(1, NOW, 15.0), (1, NOW - 60_000, 17.0)]


def test_senml_times_below_2_to_the_28_are_relative_to_now():
    assert senml({"n": "c1", "v": 1, "t": -30}, has_key=True).rows[0][2] == NOW - 30_000
    assert senml({"n": "c1", "v": 1, "t": -30}).faults[0].reason == reasons.NO_TIME


def test_senml_a_record_of_base_fields_alone_is_no_reading():
    taken = senml({"bn": "c1", "bt": NOW / 1000}, {"n": "", "v": 3})
    assert len(taken.rows) == 1 and not taken.faults


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"n": "c1", "vs": "text"}, "vs"), ({"n": "c1", "vd": "aGk"}, "vd"), ({"n": "c1", "s": 3}, "s"),
        ({"n": 7, "v": 1}, "n"),
        ({"n": "c1", "vb": 1}, "vb"), ({"n": "c1", "v": 1, "t": "now"}, "t"), ({"v": 1}, "n"), ({"n": "c1"}, "v"),
    ],
)  # fmt: skip
def test_senml_what_cannot_be_taken_costs_itself(record, field):
    taken = senml({"bt": NOW / 1000, "n": "c1", "v": 1}, record)
    assert len(taken.rows) == 1
    assert (taken.faults[0].index, taken.faults[0].field) == (1, field)


@pytest.mark.parametrize(
    "record",
    [{"bver": 11, "n": "c1", "v": 1}, {"bt": "x", "n": "c1", "v": 1}, {"must_": 1, "n": "c1", "v": 1}],
)
def test_senml_that_must_be_refused_is_refused_whole(record):
    taken = senml({"n": "c1", "v": 1, "t": NOW / 1000}, record)
    assert not taken.rows and taken.faults[0].reason == reasons.BAD_SHAPE
