"""The pure part: shares, shapes, addresses, pictures, words in any order, how long things stay."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.video import presets
from chengyun.video.logic import addresses, jpeg, keeping, problems, purposes, shapes
from chengyun.video.logic.events import Known, merge
from chengyun.video.logic.leasing import Seats, decide
from chengyun.video.logic.wilson import share
from chengyun_vision.rules import binding as theirs
from chengyun_vision.rules import preset as their_presets
from tests.video.pictures import jpeg as picture
from tests.video.pictures import segment

START = datetime(2024, 1, 1, tzinfo=UTC)


@given(st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(counts):
    found = share(*counts)
    if counts[1] == 0:
        assert found.share is found.low is found.high is None
        return
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.high - found.low > 0


def test_the_interval_is_wilsons():
    found = share(9, 10)
    assert (round(found.low, 3), round(found.high, 3)) == (0.596, 0.982)
    assert share(0, 10).low == 0 and round(share(0, 10).high, 3) == 0.278
    with pytest.raises(ValueError):
        share(3, 2)


# What may be bound: the same answer as the worker's own rule, for every purpose, basis and terms.

TABLE = presets.purposes()


@given(
    st.sampled_from([*TABLE.names, "advertising"]),
    st.lists(st.sampled_from([*TABLE.bases, "CN-X"]), max_size=3).map("+".join),
    st.none() | st.sets(st.sampled_from(sorted(TABLE.names))),
)
def test_the_platform_and_the_worker_agree_on_what_may_be_bound(purpose, basis, terms):
    class Preset:
        pass

    preset = Preset()
    preset.purpose = purpose
    camera = theirs.camera(
        "c", {"legal_basis": basis, "owner": "ga"} | ({} if terms is None else {"terms": terms})
    )
    ours = purposes.may_bind(TABLE, purpose, camera="c", legal_basis=basis, owner="ga", terms=terms)
    assert (ours is None) == (theirs.may_bind(preset, camera) is None)
    if ours is None:
        assert purpose in purposes.allowed(TABLE, basis, terms)


def test_every_shipped_algorithm_is_read_as_the_worker_reads_it():
    assert set(presets.shipped()) == set(their_presets.shipped())
    for code, ours in presets.shipped().items():
        other = their_presets.shipped()[code]
        assert (ours.zh, ours.primitive, ours.purpose, ours.on) == (
            other.zh,
            other.primitive,
            other.purpose,
            other.on,
        )
        assert (dict(ours.quantities), ours.needs) == (dict(other.quantities), other.needs)


def test_what_the_worker_gets_is_what_it_reads():
    zone = {"code": "z", "points": [[0, 0], [1, 0], [1, 1]], "square_metres": 40.0}
    line = {"code": "l", "points": [[0.1, 0.5], [0.9, 0.5]]}
    schedule = {"days": ["mon"], "times": ["22:00-02:00"]}
    for code, preset in presets.shipped().items():
        body = {"zones": [zone], "schedule": schedule, "cadence": 3.0}
        if "line" in preset.needs:
            body = {"lines": [line], "schedule": schedule}
        assert shapes.faults(body, preset.needs) == []
        spoken = {"z": dict(preset.quantities), "l": dict(preset.quantities)}
        rules = shapes.rules_of("b", code, body, spoken)
        (spec,) = their_presets.read_rules(rules, "lease")
        assert spec.code == f"b.{spec.place}" and spec.purpose == preset.purpose
        assert dict(spec.quantities) == dict(preset.quantities)


# Shapes on the picture

coordinates = st.floats(0, 1, allow_nan=False)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=7))
def test_a_zone_that_we_take_the_worker_takes_too(points):
    from chengyun_vision import geometry
    from chengyun_vision.problem import Problem

    ours = shapes.zone_fault(points)
    try:
        geometry.zone("z", [list(p) for p in points])
    except Problem:
        assert ours is not None, points


@pytest.mark.parametrize("points", [
    [], [[0, 0], [1, 1]], [[0, 0], [1, 0], [float("nan"), 1]], [[0, 0], [1, 0], [1, 2]], [[0, 0], [0, 0], [1, 1]],
    [[0, 0], [1, 1], [1, 0], [0, 1]], [[0, 0], [0.5, 0], [1, 0]], [[0, 0, 0], [1, 0, 0], [1, 1, 0]],
])  # fmt: skip
def test_no_zone(points):
    assert shapes.zone_fault(points)


@pytest.mark.parametrize(("body", "field"), [
    ({"zones": [{"code": "Z!", "points": [[0, 0], [1, 0], [1, 1]]}]}, "zones.0.code"),
    ({"zones": [{"code": "a", "points": [[0, 0], [1, 0], [1, 1]]}] * 2}, "zones.0.code"),
    ({"lines": [{"code": "a", "points": [[0, 0], [0, 0]]}]}, "lines.0.points"),
    ({"settings": {"x": math.inf}}, "settings.x"),
    ({"settings": {"x": math.nan}}, "settings.x"),
    ({"settings": {"X y": 1}}, "settings"),
    ({"cadence": -1.0}, "cadence"),
    ({"schedule": {"days": ["fun"], "times": []}}, "schedule.days"),
    ({"schedule": {"days": ["mon"], "times": ["25:00-26:00"]}}, "schedule.times"),
    ({"zones": [{"code": "a", "points": [[0, 0], [1, 0], [1, 1]], "square_metres": -3}]}, "zones.0.square_metres"),
])  # fmt: skip
def test_what_is_wrong_names_its_place(body, field):
    assert field in [said.field for said in shapes.faults(body)]


# Addresses


@pytest.mark.parametrize("address", [
    "rtsp://admin:12345@10.0.0.1/1", "rtsp://admin@10.0.0.1/1", "http://h/x?password=1", "http://h/x?token=a", "ftp://h/x",
    "javascript:alert(1)", "rtsp:///x", "rtsp://h/a b", "rtsp://h/\x00", "rtsp://h:99999999/x", "rtsp://[::1/x",
    "rtsp://h/" + "x" * 300,
])  # fmt: skip
def test_no_credentials_and_no_nonsense_in_an_address(address):
    assert addresses.fault(address)


def test_an_address_is_shown_by_its_host_alone():
    assert addresses.fault("rtsp://nvr.example:554/secret/path?channel=1") is None
    assert addresses.shown("rtsp://nvr.example:554/secret/path?channel=1") == "rtsp://nvr.example"


# Pictures


def test_the_size_of_a_picture():
    assert jpeg.size_of(picture(640, 360)) == (640, 360)


@pytest.mark.parametrize("content", [
    b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\x89PNG" + b"x" * 100, picture()[:-2], picture() + b"PK\x03\x04more\xff\xd9",
    picture(0, 10), picture(9000, 10), picture(extra=segment(0xE1, b"Exif\x00\x00")), picture(extra=segment(0xFE, b"note")),
])  # fmt: skip
def test_no_picture(content):
    with pytest.raises(jpeg.NotAPicture):
        jpeg.size_of(content)


@given(st.data())
def test_a_broken_picture_is_refused_and_nothing_worse(data):
    content = bytearray(picture())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    try:
        width, height = jpeg.size_of(bytes(content))
    except jpeg.NotAPicture:
        return
    assert 0 < width <= jpeg.MAX_SIDE and 0 < height <= jpeg.MAX_SIDE


# Words about an event


def said(state, at, *, start=0, end=None, peak=1.0):
    moment = START + timedelta(seconds=at)
    over = None if end is None else START + timedelta(seconds=end)
    return Known(state, START + timedelta(seconds=start), over, peak, 0.0, moment)


def told(words):
    known, turns = None, []
    for word in words:
        merged = merge(known, word.state, word)
        known = merged.known
        if merged.turned:
            turns.append(merged.turned)
    return known, turns


def test_whatever_the_order_the_end_is_the_same():
    words = [said("new", 1), said("update", 2, peak=5.0), said("update", 3, peak=2.0), said("end", 4, end=3)]
    wanted, _ = told(words)
    assert (wanted.state, wanted.peak, wanted.end) == ("end", 5.0, START + timedelta(seconds=3))
    for order in itertools.permutations(words + [words[1]]):
        found, turns = told(order)
        assert found == wanted
        assert turns.count("ended") == 1 and turns[-1] == "ended", "it ends once, and nothing opens it again"


def test_the_same_word_again_changes_nothing():
    known, _ = told([said("new", 1)])
    again = merge(known, "new", said("new", 1))
    assert not again.changed and not again.turned


def test_what_was_lost_from_sight_counts_again_when_its_worker_is_back():
    lost = Known("lost", START, None, 1.0, 0.0, START + timedelta(seconds=5))
    assert merge(lost, "update", said("update", 5)).turned == ""
    assert merge(lost, "update", said("update", 6)).turned == "open"
    assert merge(lost, "end", said("end", 6, end=6)).turned == "ended"


# How long a picture stays


@given(st.integers(0, 200), st.integers(1, 60), st.integers(0, 100), st.booleans(), st.booleans())
def test_floor_and_ceiling(day, floor, more, waiting, held):
    def at(days):
        return START + timedelta(days=days)

    stays = keeping.stays(at(day), floor=at(floor), ceiling=at(floor + more), waiting=waiting, held=held)
    if day < floor or held:
        assert stays
    elif day >= floor + more or not waiting:
        assert not stays


# Who gets which camera


@given(
    st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.integers(-5, 20), st.sets(st.integers(0, 12)), st.booleans()
)  # fmt: skip
def test_a_worker_keeps_takes_and_gives_up_each_camera_once(own, free, room, has, leaving):
    free = free - own
    found = decide(Seats(sorted(own), sorted(free)), room=room, has=has, leaving=leaving)
    assert set(found.keep) | set(found.give_up) == own and not set(found.keep) & set(found.give_up)
    assert set(found.take) <= free
    if leaving:
        assert not found.keep and not found.take
    else:
        assert len(found.keep) + len(found.take) <= max(0, len(has & own) + room)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("", "", ""),
        ("no model. / 没有模型。", "没有模型。", "no model."),
        ("a / b: no model. / 没有模型。", "没有模型。", "a / b: no model."),
        ("cut off", "cut off", "cut off"),
        (" / 没有", " / 没有", " / 没有"),
    ],
)
def test_what_a_worker_says_has_two_halves(text, zh, en):
    assert problems.both(text) == (zh, en)
