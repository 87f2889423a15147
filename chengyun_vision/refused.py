"""What no model may put out and no rule may ask for. This list stands here and nowhere else.

Refused is whatever says who somebody is, recognises somebody again, reads a plate, or judges people: their mood, belief,
origin, sex, age, or what they gather for. The words common to all signals come from `refused:` of the vocabulary; what is
particular to models stands below. A face detector is used inside the masking of evidence alone and never through a model's
manifest, so a face is refused here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from chengyun_vision import vocabulary

# Words of models: in the names of classes and outputs, in a model's id or its recorded description.
_WORDS = frozenset(
    "embedding embeddings embed descriptor arcface cosface facenet insightface sface adaface fingerprint iris retina "
    "reidentification osnet anpr alpr lpr lprnet ocr happy angry sad smile smiling race skin nationality demographic "
    "male female man men woman women boy girl child children elderly adult hijab turban uniformed police suspect "
    "banner placard".split()
)
_PHRASES = (
    "feature_vector", "id_feature", "re_identification", "human_face", "human_head_id", "track_id", "licence_number",
    "vehicle_registration_plate", "registration_plate", "car_plate", "plate_char", "plate_recognition", "face_landmarks",
)  # fmt: skip
_CHINESE = ("特征向量", "重识别", "表情", "男", "女", "儿童", "老人", "种族", "肤色", "标语")
# Names of things in which a refused word speaks of no person: a telephone on a table, the track of a railway.
_THINGS = frozenset(
    "cell_phone mobile_phone train_track railway_track name_board parking_man_hole man_hole fire_man_hole".split()
)
# A row of so many numbers for each picture is how an embedding looks.
EMBEDDING = range(64, 4097)


@cache
def _terms() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    common = vocabulary.document()["refused"]
    return (
        _WORDS | frozenset(common["words"]),
        _PHRASES + tuple(common["phrases"]),
        _CHINESE + tuple(common["chinese"]),
    )


def why(text: str) -> str | None:
    """The refused term that a text contains, None where there is none. Case, hyphens and CamelCase make no difference."""
    words, phrases, chinese = _terms()
    parts = _split(text)
    joined = "_".join(parts)
    if joined in _THINGS:
        return None
    for part in parts:
        if part in words or part.removesuffix("s") in words:
            return part
    for phrase in phrases:
        if f"_{phrase}_" in f"_{joined}_" or phrase.replace("_", "") in parts:
            return phrase
    return next((term for term in chinese if term in text), None)


def first(texts: Iterable[str]) -> tuple[str, str] | None:
    """The first text that contains a refused term, and the term."""
    return next(((text, term) for text in texts if (term := why(text)) is not None), None)


def embedding(shapes: Iterable[Sequence[int]]) -> bool:
    """Whether an output looks like an embedding: one row of many numbers for each picture, and no head reads it."""
    rows = ([size for size in shape if size != 1] for shape in shapes)
    return any(len(row) == 1 and row[0] in EMBEDDING for row in rows)


def _split(text: str) -> list[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word]
