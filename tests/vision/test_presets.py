"""The shipped algorithms, files of rules, and which cameras a rule may look through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun_vision import vocabulary
from chengyun_vision.problem import Problem
from chengyun_vision.rules import binding, preset
from chengyun_vision.rules.binding import Camera, may_bind
from chengyun_vision.rules.primitives import PRIMITIVES

# What the algorithms are, in the order in which people ask for them.
ALGORITHMS = """
crowd_over_capacity crowd_density people_over_line queue_length vehicle_count vehicles_over_line
illegal_parking blocked_fire_lane piled_bicycles road_occupation goods_outside exposed_rubbish
overflowing_bin smoke open_flame fireworks floating_debris road_ponding abandoned_object fallen_person
waters_edge damaged_road camera_health
""".split()
PLACE = {
    "line": {"line": {"points": [[0, 0.5], [1, 0.5]]}},
    "square_metres": {"zone": {"points": [[0, 0], [1, 0], [1, 1]], "square_metres": 100}},
}


def body(code: str) -> dict[str, object]:
    known = preset.shipped()[code]
    place = next((PLACE[need] for need in ("line", "square_metres") if need in known.needs), {})
    return {"code": "x", "preset": code, **place}


def test_the_shipped_presets_are_the_twenty_three():
    assert sorted(preset.shipped()) == sorted(ALGORITHMS) and len(ALGORITHMS) == 23


@pytest.mark.parametrize("code", ALGORITHMS)
def test_each_names_its_model_and_what_was_measured_and_runs(code):
    known = preset.shipped()[code]
    for words in (known.model_words, known.measured):
        assert words.zh and words.en
    assert re.search("[\u4e00-\u9fff]", known.zh) and re.search("[A-Za-z]", known.en)
    assert known.purpose in binding.purposes()
    if not known.on:
        assert known.data is not None and known.data.zh and known.data.en, "what would make it"
    if known.model == "none":
        assert known.on and known.primitive in ("left_object", "camera_health")
    spec = preset.rule_of(body(code), "test")
    rule = PRIMITIVES[spec.primitive](spec, lambda: "e")
    assert not rule.awake and spec.preset == code and spec.word("evidence")


def test_the_eight_primitives_are_all_used_and_each_can_be_named_alone():
    assert {known.primitive for known in preset.shipped().values()} == set(PRIMITIVES) and len(
        PRIMITIVES
    ) == 8
    assert preset.spec_of(preset.named("occupancy")).number("at_least") == 1
    with pytest.raises(Problem, match="line"):
        preset.spec_of(preset.named("line_crossing"))


def test_a_preset_that_is_on_looks_only_for_what_a_shipped_model_sees():
    manifest = yaml.safe_load(
        (Path(preset.__file__).parents[1] / "models/manifests/yolox-nano.yaml").read_text("utf-8")
    )
    seen = set(manifest["classes"].values())
    for known in preset.shipped().values():
        if known.on:
            assert known.classes <= seen, known.code


def write(folder: Path, **change: object) -> Path:
    content = yaml.safe_load((preset.FOLDER / "illegal_parking.yaml").read_text("utf-8"))
    content.update(change)
    place = folder / "own.yaml"
    place.write_text(
        yaml.safe_dump({k: v for k, v in content.items() if v is not None}, allow_unicode=True), "utf-8"
    )
    return place


@pytest.mark.parametrize(
    ("change", "where", "reason"),
    [
        ({"primitive": "face_match"}, "primitive", "no primitive"),
        ({"purpose": "marketing"}, "purpose", "no purpose"),
        ({"classes": ["person", "face"]}, "classes", "nobody is identified"),
        ({"classes": ["unicorn"]}, "classes", "no object"),
        ({"classes": "person"}, "classes", "list"),
        ({"code": "key_person_watchlist"}, "own.yaml", "nobody is identified"),
        ({"en": "Face recognition at the gate"}, "own.yaml", "nobody is identified"),
        ({"en": "Follow the same person again (re-id)"}, "own.yaml", "nobody is identified"),
        ({"zh": "车牌识别"}, "own.yaml", "nobody is identified"),
        ({"zh": "重点人员布控"}, "own.yaml", "nobody is identified"),
        ({"quantities": {"state": "people_present"}}, "quantities: state", "nature state"),
        ({"quantities": {"level": "faces_seen"}}, "quantities: level", "nature gauge"),
        ({"quantities": {"who": "people_present"}}, "quantities", "role"),
        ({"settings": {"stay": "long"}}, "settings: stay", "number"),
        ({"settings": {"stay": -1}}, "settings: stay", "outside"),
        ({"settings": {"stay": float("nan")}}, "settings: stay", "number"),
        ({"settings": {"patience": 3}}, "settings: patience", "no such key"),
        ({"settings": {"still": 1}}, "settings: still", "true or false"),
        ({"settings": {"evidence": "raw"}}, "settings: evidence", "one of"),
        ({"settings": {"severity": 2.5}}, "settings: severity", "whole"),
        ({"settings": [1]}, "settings", "keys with values"),
        ({"status": "maybe"}, "status", "on or off"),
        ({"status": "off"}, "data", "which data and labels"),
        ({"model": {"kind": "oracle", "zh": "无", "en": "none"}}, "model: kind", "one of"),
        ({"model": {"kind": "detector", "en": "some"}}, "model", "zh and en"),
        ({"measured": None}, "own.yaml", "measured is missing"),
        ({"track": True}, "track", "no such key"),
    ],
)
def test_a_wrong_preset_is_refused_by_file_key_and_reason(tmp_path, change, where, reason):
    with pytest.raises(Problem) as refused:
        preset.load(write(tmp_path, **change))
    assert "own.yaml" in refused.value.where and where in refused.value.where
    assert reason in str(refused.value)
    assert re.search("[\u4e00-\u9fff]", str(refused.value)), "in Chinese too"


RULES = """
rules:
  - code: gate-1
    preset: people_over_line
    zh: 一号门
    line: {code: gate, points: [[0.1, 0.5], [0.9, 0.5]]}
    settings: {band: 0.02}
    schedule: {days: [sat, sun], times: ["08:00-20:00"]}
  - code: square
    primitive: occupancy
    zone: {code: square, points: [[0, 0], [1, 0], [1, 1]], square_metres: 900}
    classes: [person]
    settings: {at_least: 50}
    quantities: {level: people_present}
"""


def test_a_file_of_rules_says_what_goes_before_the_preset(tmp_path):
    place = tmp_path / "rules.yaml"
    place.write_text(RULES, "utf-8")
    gate, square = preset.load_rules(place)
    assert (gate.code, gate.zh, gate.en, gate.preset) == (
        "gate-1",
        "一号门",
        "People over a line",
        "people_over_line",
    )
    assert gate.line is not None and gate.line.band == 0.02 == gate.number("band")
    assert gate.number("window") == 60 and gate.place == "gate" and gate.schedule.spans
    assert (square.number("at_least"), square.zone.square_metres, square.place) == (50, 900, "square")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("preset: people_over_line", "preset: people_over_lime", "rules[0]: preset"),
        ("    primitive: occupancy\n", "", "rules[1]"),
        ("primitive: occupancy", "primitive: occupancy\n    preset: smoke", "rules[1]"),
        ("code: square\n    primitive", "code: gate-1\n    primitive", "rules[1]: code"),
        ("[1, 0], [1, 1]]", "[1, 0], [1, 2]]", "rules[1]: zone: points"),
        ("[0.9, 0.5]]", "[0.1, 0.5]]", "rules[0]: line: points"),
        ("square_metres: 900", "square_metres: many", "rules[1]: zone: square_metres"),
        ("square_metres: 900", "square_metres: -1", "rules[1]: zone"),
        ("    line: {code: gate, points: [[0.1, 0.5], [0.9, 0.5]]}\n", "", "rules[0]: line"),
        ("band: 0.02", "band: 0.5", "rules[0]: settings: band"),
        ('"08:00-20:00"', '"8 to 8"', "rules[0]: schedule: times"),
        ("classes: [person]", "classes: []", "rules[1]: classes"),
        ("classes: [person]", "identity: true", "rules[1]: identity"),
        ("rules:", "rules: [", "line"),
        ("rules:", "cameras:", "cameras"),
    ],
)
def test_a_wrong_rule_is_refused_by_file_rule_and_key(tmp_path, old, new, where):
    assert old in RULES
    place = tmp_path / "rules.yaml"
    place.write_text(RULES.replace(old, new, 1), "utf-8")
    with pytest.raises(Problem) as refused:
        preset.load_rules(place)
    assert refused.value.where.startswith("rules.yaml") and where in refused.value.where


@pytest.mark.parametrize("content", [b"", b"- 1", b"\xff\xfe\x00", b"rules: 3", b"a: &a [*a]", b"{" * 5000])
def test_what_is_no_file_of_rules_is_refused(tmp_path, content):
    place = tmp_path / "rules.yaml"
    place.write_bytes(content)
    with pytest.raises(Problem, match="rules.yaml"):
        preset.load_rules(place)


def test_a_file_that_is_not_there_or_much_too_long_is_refused(tmp_path):
    with pytest.raises(Problem, match="no such file"):
        preset.load_rules(tmp_path / "nowhere.yaml")
    with pytest.raises(Problem, match="preset"):
        preset.named("nowhere")
    long = tmp_path / "long.yaml"
    long.write_bytes(b"#" * 1_100_000)
    with pytest.raises(Problem, match="larger"):
        preset.load_rules(long)


plain = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(
    "code zh en primitive preset purpose classes quantities settings zone line schedule points".split()
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(PRIMITIVES)),
    st.dictionaries(keys, plain, max_size=4),
    st.dictionaries(st.sampled_from(["points", "code", "square_metres"]), plain, max_size=3),
)
def test_whatever_a_rule_is_it_is_read_or_refused(primitive, change, zone):
    given_rule = {"primitive": primitive, "code": "x", "zone": zone, **change}
    try:
        preset.read_rules([given_rule], "rules")
    except Problem as problem:
        assert problem.where.startswith("rules")


preset_keys = st.sampled_from(
    "code zh en primitive purpose classes quantities settings status model measured data needs".split()
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(preset_keys, plain, max_size=3))
def test_whatever_a_preset_is_it_is_read_or_refused(tmp_path_factory, change):
    place = tmp_path_factory.mktemp("presets", numbered=True)
    try:
        preset.load(write(place, **change))
    except Problem as problem:
        assert problem.where.startswith("own.yaml")


# which cameras

OWN = frozenset({"public_safety", "traffic"})


@pytest.mark.parametrize(
    ("code", "camera", "reason"),
    [
        ("illegal_parking", Camera("c1", ("CN-SC-799-7",), "jj", OWN), None),
        ("crowd_over_capacity", Camera("c1", ("CN-SC-799-7",), "ga", OWN), None),
        ("illegal_parking", Camera("c1", (), "jj", OWN), "no legal basis"),
        ("illegal_parking", Camera("c1", ("CN-SOMETHING",), "jj", OWN), "legal basis of camera c1"),
        (
            "road_occupation",
            Camera("c1", ("CN-SC-799-7",), "cg", frozenset({"city_order"})),
            "legal basis of camera c1",
        ),
        (
            "road_occupation",
            Camera("c1", ("CN-SC-799-7", "CN-CITY-ORDER"), "cg", frozenset({"city_order"})),
            None,
        ),
        ("illegal_parking", Camera("c1", ("CN-SC-799-7",), "jj", None), "no terms of use"),
        (
            "illegal_parking",
            Camera("c1", ("CN-SC-799-7",), "jj", frozenset({"public_safety"})),
            "does not allow",
        ),
        ("camera_health", Camera("c1", ("CN-SC-799-9",), "property", frozenset({"upkeep"})), None),
        (
            "floating_debris",
            Camera("c1", ("CN-SC-799-9",), "property", frozenset({"flood"})),
            "legal basis of camera",
        ),
    ],
)
def test_a_rule_looks_only_where_basis_and_owner_allow_its_purpose(code, camera, reason):
    said = may_bind(preset.shipped()[code], camera)
    if reason is None:
        assert said is None
    else:
        assert said is not None and reason in said.en and re.search("[\u4e00-\u9fff]", said.zh)


def test_a_rule_that_changes_its_purpose_is_judged_by_the_new_one():
    spec = preset.rule_of({"code": "x", "preset": "illegal_parking", "purpose": "city_order"}, "rules[0]")
    said = may_bind(spec, Camera("c1", ("CN-SC-799-7",), "jj", frozenset({"traffic", "city_order"})))
    assert said is not None and "legal basis" in said.en


def test_a_camera_from_the_registry():
    attrs = {"legal_basis": "CN-SC-799-7 + CN-CITY-ORDER", "owner": "cg", "terms": "city_order+facilities"}
    made = binding.camera("cam-1", attrs)
    assert made == Camera(
        "cam-1", ("CN-SC-799-7", "CN-CITY-ORDER"), "cg", frozenset({"city_order", "facilities"})
    )
    assert binding.camera("cam-2", {}) == Camera("cam-2", (), "", None)


def test_the_tables_of_purposes_hold_together():
    for covered in binding.bases().values():
        assert set(covered) <= set(binding.purposes())
    assert all(words["zh"] and words["en"] for words in binding.purposes().values())
    known = vocabulary.document()["quantities"]
    for shipped in preset.shipped().values():
        assert set(shipped.quantities.values()) <= set(known)
