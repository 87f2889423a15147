"""What is refused stands in one place, the vocabulary in one file, and both hold."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import chengyun_vision
from chengyun.signals import vocabulary as platform
from chengyun_vision import refused, vocabulary

WORKER = Path(chengyun_vision.__file__).parent


def test_platform_and_worker_read_the_same_file():
    assert vocabulary.file().samefile(platform.FILE)
    kinds = yaml.safe_load(platform.FILE.read_text("utf-8"))["objects"]
    assert {code: (kind.zh, kind.en) for code, kind in vocabulary.kinds().items()} == {
        code: (body["zh"], body["en"]) for code, body in kinds.items()
    }


def test_the_worker_finds_it_without_importing_the_platform():
    code = (
        "import sys; from chengyun_vision import vocabulary, refused; assert 'person' in vocabulary.kinds();"
        "assert refused.why('face'); print([m for m in sys.modules if m.split('.')[0] in ('chengyun', 'django')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=WORKER.parent)
    assert said.stdout.strip() == "[]", said.stderr


ABOUT_PEOPLE = """
face|Faces|human-face|HumanFace|face_id|licence plate|license_plate_text|LicensePlate|plate_number|reid_feature|gait|opinion
re-identification|embedding|arcface_r50|identity|emotion|gender|woman|girl|ethnicity_race|person_id|banner|车牌识别|人脸|情绪
行人重识别|性别
"""
ABOUT_THINGS = "person|car|cell phone|manhole|plate|surface|output0|758|pred_logits|dets|labels|碗|行人"


@pytest.mark.parametrize("text", ABOUT_PEOPLE.strip().replace("\n", "|").split("|"))
def test_refused(text):
    assert refused.why(text) is not None


@pytest.mark.parametrize("text", ABOUT_THINGS.split("|"))
def test_not_refused(text):
    assert refused.why(text) is None


def test_no_kind_of_the_vocabulary_is_refused():
    for kind in vocabulary.kinds().values():
        assert refused.first((kind.code, kind.zh, kind.en)) is None


def test_whatever_the_platform_refuses_is_refused_here():
    words = yaml.safe_load(platform.FILE.read_text("utf-8"))["refused"]
    for word in [*words["words"], *words["phrases"], *words["chinese"]]:
        assert refused.why(word), word


def test_a_row_of_many_numbers_looks_like_an_embedding():
    assert refused.embedding([(1, 512)])
    assert refused.embedding([(1, 100, 4), (1, 128, 1, 1)])
    assert not refused.embedding([(1, 300, 6)])
    assert not refused.embedding([(1, 1, 96, 128)])
    assert not refused.embedding([(1, 4)])


def test_the_list_stands_nowhere_else():
    """No other module of the worker holds one of the list's own words as a text of its own, nor does a data file."""
    own = refused._WORDS | set(refused._PHRASES) | set(refused._CHINESE)
    for place in WORKER.rglob("*.py"):
        if place.name == "refused.py":
            continue
        texts = {
            node.value
            for node in ast.walk(ast.parse(place.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not texts & own, f"{place}: {texts & own}"
    for place in WORKER.rglob("*.yaml"):
        assert not _scalars(yaml.safe_load(place.read_text("utf-8"))) & own, place


def _scalars(value) -> set:
    if isinstance(value, dict):
        return set().union(*(_scalars(item) for pair in value.items() for item in pair), set())
    if isinstance(value, list):
        return set().union(*(_scalars(item) for item in value), set())
    return {value} if isinstance(value, str) else set()
