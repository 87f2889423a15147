"""Small steps of reading a file of rules: each raises `Problem` with the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chengyun_vision import geometry
from chengyun_vision.geometry import WHOLE, Line, Zone
from chengyun_vision.problem import Problem

_LARGEST = 1_000_000  # bytes of a file of rules


@dataclass(frozen=True, slots=True)
class Words:
    zh: str
    en: str


def document(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST:
            raise Problem("文件过大。", f"the file is larger than {_LARGEST} bytes.", where=str(path))
        return yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise Problem("没有这个文件。", "there is no such file.", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("文件无法读取。", f"the file cannot be read: {error}.", where=str(path)) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path.name}: line {mark.line + 1}" if mark else path.name
        raise Problem(
            "不是有效的 YAML。", f"this is no YAML: {getattr(error, 'problem', error)}.", where=place
        ) from None


def keys(body: Any, known: set[str], where: str) -> dict[str, Any]:
    found = mapping(body, where)
    for key in found:
        if key not in known:
            raise Problem(f"不认识的键 {key}。", f"there is no such key; known: {', '.join(sorted(known))}.",
                          where=f"{where}: {key}")  # fmt: skip
    return found


def mapping(body: Any, where: str) -> dict[str, Any]:
    if not isinstance(body, dict) or not all(isinstance(key, str) for key in body):
        raise Problem("应为键值表。", "keys with values are wanted here.", where=where)
    return body


def text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 200:
        raise Problem("应为 1 到 200 字的文本。", "a text of 1 to 200 characters is wanted.", where=where)
    return value.strip()


def texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise Problem("应为列表。", "a list is wanted.", where=where)
    return [text(one, where) for one in value]


def words(body: Any, where: str) -> Words:
    found = mapping(body, where)
    if not all(isinstance(found.get(key), str) and found[key].strip() for key in ("zh", "en")):
        raise Problem("要有 zh 与 en。", "zh and en are wanted.", where=where)
    return Words(found["zh"].strip(), found["en"].strip())


def zone(body: Any, where: str) -> Zone:
    where = f"{where}: zone"
    body = keys(body, {"code", "points", "square_metres"}, where)
    metres = body.get("square_metres")
    if metres is not None and (isinstance(metres, bool) or not isinstance(metres, int | float)):
        raise Problem("square_metres 应为数字。", "a number is wanted.", where=f"{where}: square_metres")
    points = body.get("points", WHOLE.corners)
    try:
        return geometry.zone(text(body.get("code", "zone"), f"{where}: code"), points, square_metres=metres)
    except Problem as problem:
        raise problem if problem.where.startswith(where) else problem.at(f"{where}: points") from None


def line(body: Any, values: Mapping[str, Any], where: str) -> Line:
    where = f"{where}: line"
    body = keys(body, {"code", "points"}, where)
    code = text(body.get("code", "line"), f"{where}: code")
    try:
        return geometry.line(code, body.get("points"), band=float(values.get("band", 0.01)))
    except Problem as problem:
        raise problem.at(f"{where}: points") from None
