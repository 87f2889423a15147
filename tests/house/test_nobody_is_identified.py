"""Places, things and crowds as numbers: what identifies or judges people has no name here.

No quantity, kind, rule, field, function or text of a file may speak of it. A list whose purpose is to refuse such words
says so in its name (REFUSED_..., OUT_OF_SCOPE, `refused:`) and is let through; comments and docstrings may explain the rule.
"""

import ast
import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.source import ROOT, Module, modules, snippet, words

REFUSED_WORDS = {
    "face", "faces", "facial", "biometric", "biometrics", "gait", "reid", "reidentification", "reidentify",
    "watchlist", "blacklist", "emotion", "sentiment", "opinion", "opinions",
    "ethnicity", "religion", "protest", "petitioner", "imsi", "imei",
}  # fmt: skip
REFUSED_PHRASES = [
    ("plate", "text"), ("plate", "number"), ("licence", "plate"), ("license", "plate"), ("number", "plate"),
    ("id", "card"), ("key", "person"), ("person", "id"), ("party", "member"), ("party", "membership"),
    ("re", "identification"), ("re", "id"), ("identity", "card"), ("identity", "number"), ("identity", "match"),
    ("person", "identity"), ("identify", "person"),
]  # fmt: skip
REFUSED_CHINESE = [
    "人脸", "面部识别", "人像", "重点人员", "舆情", "身份证", "车牌", "步态", "横幅", "上访", "群体性事件",
    "集体性事件", "邪教", "党员身份", "民族成分", "宗教信仰",
]  # fmt: skip
REFUSED_MEASURES = {"mileage", "leaderboard", "onlinetime"}
REFUSED_MEASURE_PHRASES = [
    ("online", "time"), ("online", "hours"), ("online", "minutes"), ("step", "count"), ("likes", "count"),
    ("position", "history"), ("location", "history"), ("movement", "history"), ("position", "log"), ("staff", "track"),
]  # fmt: skip

_LISTS_THAT_REFUSE = {"refused", "refuse", "refuses", "forbidden", "never"}
DATA = ["districts", "scenarios", "chengyun"]


def offends(name: str) -> str | None:
    """The refused word in an identifier, a code or a short name, or None."""
    for chinese in REFUSED_CHINESE:
        if chinese in name:
            return chinese
    found = words(name)
    for word in found:
        if word in REFUSED_WORDS or word in REFUSED_MEASURES:
            return word
    for first, second in REFUSED_PHRASES + REFUSED_MEASURE_PHRASES:
        if any(pair == (first, second) for pair in zip(found, found[1:], strict=False)):
            return f"{first} {second}"
    return None


def refuses(name: str) -> bool:
    return bool(_LISTS_THAT_REFUSE & set(words(name))) or "out_of_scope" in name.lower()


def names_in(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Identifiers and texts of a module, without docstrings and without lists that refuse."""
    todo: list[ast.AST] = [module.tree]
    while todo:
        node = todo.pop()
        children = list(ast.iter_child_nodes(node))
        if isinstance(
            node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        ) and ast.get_docstring(node):
            children.remove(node.body[0])
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(refuses(ast.unparse(target)) for target in targets):
                continue
        todo.extend(children)
        if isinstance(node, ast.Name):
            yield node, node.id
        elif isinstance(node, ast.Attribute):
            yield node, node.attr
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node, node.name
        elif isinstance(node, (ast.arg, ast.keyword)) and node.arg:
            yield node, node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def texts_in(value: Any) -> Iterator[str]:
    """Keys and texts of parsed data, without what stands below a key that refuses."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not refuses(str(key)):
                yield str(key)
                yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def test_no_code_speaks_of_it():
    found = [
        f"{m.at(node)} {word}" for m in modules() for node, name in names_in(m) if (word := offends(name))
    ]
    assert not found, "\n".join(found)


def test_no_data_speaks_of_it():
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in _data_files()
        for text in _texts(path)
        if (word := offends(text))
    ]
    assert not found, "\n".join(sorted(set(found)))


def test_no_table_has_a_column_for_it():
    from django.apps import apps

    found = [
        f"{model._meta.label}.{field.name}: {word}"
        for model in apps.get_models()
        if model.__module__.startswith("chengyun.")
        for field in model._meta.get_fields()
        if (word := offends(field.name))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", [
    "class FaceMatch(models.Model): pass",
    "plate_text = models.CharField()",
    "rule = {'quantity': 'opinion.index'}",
    "kind = T('舆情', 'Public opinion')",
    "def re_identify(track, reid_model): pass",
    "mileage = models.FloatField()",
    "class PositionHistory(models.Model): pass",
    "staff_track = models.JSONField()",
])  # fmt: skip
def test_an_offence_is_seen(code):
    assert [word for _, name in names_in(snippet(code)) if (word := offends(name))]


@pytest.mark.parametrize("code", [
    '"""No face is ever stored."""',
    "REFUSED = {'face', 'plate_text'}",
    "surface = interface.template",
    "resides = platform.reidx",
])  # fmt: skip
def test_what_refuses_or_only_sounds_alike_is_let_through(code):
    assert not [word for _, name in names_in(snippet(code)) if (word := offends(name))]


def test_data_is_seen_and_its_refusing_lists_are_let_through():
    assert [t for t in texts_in({"quantities": [{"code": "face.count"}]}) if offends(t)]
    assert not [t for t in texts_in({"refused": ["face", "opinion"]}) if offends(t)]


def _data_files() -> Iterable[Path]:
    for folder in DATA:
        for pattern in ("*.yaml", "*.csv", "*.geojson"):
            yield from sorted((ROOT / folder).rglob(pattern))


def _texts(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".csv":
        for row in csv.reader(text.splitlines()):
            yield from row
        return
    load = json.loads if path.suffix == ".geojson" else yaml.safe_load
    try:
        yield from texts_in(load(text))
    except (ValueError, yaml.YAMLError):
        # A broken file is another test's business; its words still count.
        yield from text.splitlines()
