"""What a signal may say is a closed list, and nothing in it can identify or judge a person."""

from __future__ import annotations

import copy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel.packs import PackRefused
from chengyun.signals import vocabulary
from chengyun.signals.logic.vocabulary import VocabularyRefused, parse
from tests.signals import small

DOCUMENT = yaml.safe_load(vocabulary.FILE.read_text("utf-8"))
GOOD = {"zh": "水温", "en": "Water temperature", "unit": "Cel", "nature": "gauge", "min": -5, "max": 60}


def with_quantity(code: str, **body) -> dict:
    document = copy.deepcopy(DOCUMENT)
    document["quantities"][code] = GOOD | body
    return document


def test_the_three_quantities_of_a_crowd_are_three():
    known = vocabulary.quantities()
    natures = {
        code: (known[code].nature, known[code].unit)
        for code in ("people_present", "line_flow_in", "line_count")
    }
    assert natures == {
        "people_present": ("gauge", "person"),
        "line_flow_in": ("flow", "person/min"),
        "line_count": ("cumulative", "person"),
    }


def test_a_new_quantity_of_a_thing_is_welcome():
    assert parse(with_quantity("water_temperature"))[0]["water_temperature"].unit == "Cel"


@pytest.mark.parametrize(
    "code",
    [
        "face_id", "faceMatch", "faces_seen", "facial_score", "identity", "person_id", "re_id", "reid_vector", "plate_text",
        "plate_number", "licence_plate", "opinion_index", "public_opinions", "emotion", "sentiment_score", "gait",
        "track_id",
        "imsi_count", "mac_seen", "gender", "age_group", "ethnic_share", "religion", "protest_size", "watchlist_hit", "name",
        "key_person_near", "party_member_count", "phone_seen",
    ],
)  # fmt: skip
def test_what_identifies_or_judges_people_is_refused(code):
    with pytest.raises(VocabularyRefused, match=code):
        parse(with_quantity(code))


@pytest.mark.parametrize(
    "name", ["人脸数量", "车牌识别", "重点人员", "舆情指数", "身份核验", "横幅检测", "人员轨迹"]
)
def test_so_it_is_in_chinese(name):
    with pytest.raises(VocabularyRefused):
        parse(with_quantity("something", zh=name))


def test_english_names_and_units_are_held_to_it_too():
    with pytest.raises(VocabularyRefused):
        parse(with_quantity("something", en="Faces seen"))
    with pytest.raises(VocabularyRefused):
        parse(with_quantity("something", unit="face"))


@given(
    st.sampled_from(sorted(DOCUMENT["refused"]["words"] + DOCUMENT["refused"]["phrases"])),
    st.sampled_from(["", "count_", "near_", "a.b."]),
    st.sampled_from(["", "_score", "s", "_per_minute", "Index"]),
)
def test_no_disguise_by_prefix_or_suffix(word, before, after):
    with pytest.raises(VocabularyRefused):
        parse(
            with_quantity(
                f"{before}{word}{after}" if not after.startswith("s") or len(after) > 1 else f"{before}{word}"
            )
        )


@pytest.mark.parametrize(
    "body", [{"unit": ""}, {"nature": "mood"}, {"min": 5, "max": 5}, {"min": None}, {"zh": ""}]
)
def test_a_quantity_without_a_meaning_is_refused(body):
    with pytest.raises(VocabularyRefused, match="odd"):
        parse(with_quantity("odd", **body))


def test_a_topic_that_nobody_could_assess_is_refused():
    with pytest.raises(VocabularyRefused, match="moods"):
        parse(with_quantity("odd", needs_assessment="moods", min=0, max=1))


def test_the_list_of_refused_terms_cannot_be_emptied():
    document = copy.deepcopy(DOCUMENT)
    document["refused"]["words"] = []
    with pytest.raises(VocabularyRefused):
        parse(document)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("z.x,mood,,m-000,gw,60,300,,,open,", "quantity"),
        ("z.face,smoke,,m-000,gw,60,300,,,open,", "code"),
        ("z.plate_text,smoke,,m-000,gw,60,300,,,open,", "code"),
        ("z.x,people_present,,m-000,nobody,60,300,,,open,", "source"),
        ("z.x,people_present,,m-000,gw,60,300,-5,,open,", "min"),
        ("z.x,people_present,,m-000,gw,60,300,nan,,open,", "min"),
        ("z.x,people_present,,m-000,gw,-1,300,,,open,", "every_s"),
        ("c1.people,people_present,,m-000,gw,60,300,,,open,", "code"),
        ("z.x,people_present,,m-000,balance,60,300,,,open,", "source"),
    ],
)
def test_a_datastream_that_cannot_be_is_refused_with_its_place(tmp_path, line, field):
    folder = small.write_folder(tmp_path, streams=[*small.STREAMS, line])
    with pytest.raises(PackRefused) as refused:
        small.read(folder)
    found = [p for p in refused.value.problems if p.file == "datastreams.csv" and p.field == field]
    assert found and found[0].reason


def test_a_balance_takes_only_what_is_counted(tmp_path):
    sources = copy.deepcopy(small.SOURCES)
    sources["balances"][0]["inputs"] = [{"stream": "c1.people", "sign": 1}, {"stream": "nowhere", "sign": 1}]
    sources["balances"].append({"stream": "c2.people", "inputs": [{"stream": "a.present", "sign": 1}]})
    with pytest.raises(PackRefused) as refused:
        small.read(small.write_folder(tmp_path, sources=sources))
    reasons = " ".join(problem.reason for problem in refused.value.problems)
    assert "neither a flow nor a cumulative count" in reasons
    assert "'nowhere' is not in" in reasons
    assert "its source must be" in reasons
    assert "derived itself" in reasons
